//! Every semantic version can be released; a package that Windows Installer could not order names the key that helps.

use crate::support::project::{Project, finished, names};

const ZIP: &str = "[project]\nname = 'hello'\n[build]\ntargets = ['windows/amd64']\nallow-env = ['BUILD']\n\
                   [package]\nwindows = ['zip']\n";
const MSI: &str = "[project]\nname = 'hello'\nmanufacturer = 'Contoso'\n[build]\ntargets = ['windows/amd64']\n\
                   [package]\nwindows = ['zip', 'msi']\n[msi]\n\
                   upgrade-code = '6F0D8B1E-52C7-4B39-9E4A-0C6E3A5D7F21'\n";

fn tagged(manifest: &str, tag: &str) -> Project {
    let project = Project::hello();
    project.git(&["tag", "--delete", "v1.2.3"]);
    project.write("release.toml", manifest);
    project.commit("release", Some(tag));
    project
}

#[test]
fn a_version_without_an_order_is_released_with_a_note() {
    let project = tagged(ZIP, "v1.0.0-nightly.20260212.gabcdef1");
    let note = "the executables for Windows have the file version 1.0.0.39999, which is not unique to \
                1.0.0-nightly.20260212.gabcdef1: pre-release `nightly.20260212.gabcdef1` is more than one label and \
                one number; `file-version` in `[windows]` sets another";
    for command in ["plan", "build"] {
        let run = project.run(&[command, "--release"]).ends_with(0);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains(note), "{command}: {said}");
    }
    project
        .run(&[
            "verify",
            "dist",
            "--require-version",
            "1.0.0-nightly.20260212.gabcdef1",
        ])
        .ends_with(0);

    let mut tag = "v1.0.0-nightly.20260212.gabcdef1".to_owned();
    for (version, number) in [
        ("1.2.3-20240101", Some("1.2.3.9999")),
        ("1.0.0-rc.1.2", Some("1.0.0.40002")),
        ("1.0.20260212", Some("1.0.65535.65535")),
        ("2.0.0+build.5", None),
    ] {
        project.git(&["tag", "--delete", &tag]);
        tag = format!("v{version}");
        project.git(&["tag", &tag]);
        let run = project.run(&["check", "--release"]).ends_with(0);
        let note =
            number.map(|number| format!("file version {number}, which is not unique to {version}"));
        let said = format!("{}{}", run.stdout, run.stderr);
        match note {
            Some(note) => assert!(said.contains(&note), "{said}"),
            None => assert!(!said.contains("not unique"), "{said}"),
        }
    }
}

#[test]
fn a_package_that_cannot_be_ordered_names_the_key() {
    for (tag, message, hint, key) in [
        (
            "v1.0.0-nightly.20260212.gabcdef1",
            "Windows Installer cannot order version `1.0.0-nightly.20260212.gabcdef1`: pre-release \
             `nightly.20260212.gabcdef1` is more than one label and one number",
            "set `version` in `[msi]` to three numbers that grow with every release, such as \
             `{{ major }}.{{ minor }}.{{ env.BUILD_NUMBER }}`, or leave out `msi`",
            "26.2.{{ (prerelease|replace('nightly.', '')|split('.')|first|int) % 100 }}",
        ),
        (
            "v2026.1129.0",
            "version `2026.1129.0` is not a Windows Installer version: major 2026 is over 255",
            "set `version` in `[msi]` to three numbers up to 255.255.65535 that grow with every release, such as \
             `{{ major - 2000 }}.{{ minor // 100 }}.{{ minor % 100 }}`",
            "{{ major - 2000 }}.{{ minor // 100 }}.{{ minor % 100 }}",
        ),
    ] {
        let project = tagged(MSI, tag);
        let refused = project
            .run(&["check", "--release"])
            .ends_with(3)
            .says(message)
            .says(hint);
        assert!(
            refused.stderr.contains("release.toml:7:19"),
            "{}",
            refused.stderr
        );
        project.git(&["tag", "--delete", tag]);
        project.write("release.toml", &format!("{MSI}version = \"{key}\"\n"));
        project.commit("key", Some(tag));
        project.run(&["check", "--release"]).ends_with(0);
    }
}

#[test]
fn the_key_orders_packages_and_executables() {
    let key = "version = '{{ major - 2000 }}.{{ minor }}.{{ patch }}'\n";
    let project = tagged(
        &format!("{MSI}{key}[[service]]\nbinary = 'hello'\n[deploy]\nmode = 'msi'\n"),
        "v2026.8.1",
    );
    project.run(&["build", "--release"]).ends_with(0);
    project.run(&["verify", "dist"]).ends_with(0);
    let artifacts = std::fs::read_to_string(project.path("dist/artifacts.json")).unwrap();
    assert!(
        artifacts.contains("\"file-version\": \"26.8.1.65535\""),
        "{artifacts}"
    );
    let package = project
        .results()
        .into_iter()
        .find(|name| name.ends_with(".msi"))
        .unwrap();
    let inspected = project
        .run(&["inspect", &format!("dist/{package}")])
        .ends_with(0);
    assert!(
        inspected.stdout.contains("ProductVersion       26.8.1\n"),
        "{}",
        inspected.stdout
    );
    assert!(
        inspected.stdout.contains("26.8.1.65535"),
        "{}",
        inspected.stdout
    );

    let folder = project.path("dist/deploy");
    let target = names(&folder).into_iter().next().unwrap();
    let deployment = std::fs::read_to_string(folder.join(target).join("deployment.json")).unwrap();
    assert!(
        deployment.contains("\"product_version\": \"26.8.1\""),
        "{deployment}"
    );

    // A later release that Windows Installer would take for an earlier one.
    project.write("release.toml", &format!("{MSI}version = '26.7.9'\n"));
    project.commit("wrong", Some("v2026.9.0"));
    project
        .run(&["check", "--release"])
        .ends_with(0)
        .says("`msi.version` is the same for every release")
        .says(
            "Windows Installer would not take this for an upgrade of v2026.8.1: ProductVersion and file version are \
             26.7.9 and 26.7.9.65535, those of v2026.8.1 were 26.8.1 and 26.8.1.65535",
        );
}

#[test]
fn the_file_version_orders_executables_and_packages_of_one_version() {
    let tag = "v1.0.0-nightly.20260212.gabcdef1";
    let key = "[windows]\nfile-version = '{{ major }}.{{ minor }}.{{ patch }}.{{ env.BUILD }}'\n";
    let manifest = format!(
        "{}{key}",
        MSI.replace("[package]", "allow-env = ['BUILD']\n[package]")
    );
    let project = tagged(&manifest, tag);
    let with = |build: &str, arguments: &[&str]| {
        finished(
            project
                .command(arguments)
                .env("BUILD", build)
                .output()
                .unwrap(),
        )
    };
    let built = with("381", &["build", "--release"]).ends_with(0);
    assert!(!built.stderr.contains("not unique"), "{}", built.stderr);
    project.run(&["verify", "dist"]).ends_with(0);
    let artifacts = std::fs::read_to_string(project.path("dist/artifacts.json")).unwrap();
    assert!(
        artifacts.contains("\"file-version\": \"1.0.0.381\""),
        "{artifacts}"
    );
    with("65536", &["check", "--release"])
        .ends_with(3)
        .says("invalid Windows file version `1.0.0.65536`");
}

#[test]
fn a_tag_that_go_does_not_use_is_noted() {
    let project = tagged(ZIP, "1.4.2");
    let run = project.run(&["check"]).ends_with(0);
    let said = format!("{}{}", run.stdout, run.stderr);
    let note = "Go does not use the tag `1.4.2` as a version of `example.com/hello`: `debug.ReadBuildInfo` and \
                `go version -m` show another version than 1.4.2";
    assert!(said.contains(note), "{said}");
}
