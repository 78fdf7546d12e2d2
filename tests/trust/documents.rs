//! What a release says about itself: the same each time, for any executable, and with consequences.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::bench::read;
use crate::fixture::{Fixture, python, run};
use crate::support::project::{Project, finished};
use crate::support::{require_tool, skip};

#[test]
fn a_rebuild_that_differs_is_explained() {
    let Some(_) = require_tool("go").and_then(|_| require_tool("git")) else {
        return;
    };
    let project = Project::hello();
    project.manifest(
        "[build]\ntargets = ['windows/amd64', 'linux/amd64']\nallow-env = ['STAMP']\n\
         ldflags = ['-X main.version={{ env.STAMP }}']\n\
         [package]\nwindows = ['zip', 'msi']\nlinux = ['binary']\n[provenance]\n\
         [msi.environment]\nSTAMP = '{{ env.STAMP }}'\n",
    );
    let build = || {
        let mut command = project.command(&["build"]);
        finished(command.env("STAMP", "one").output().unwrap()).ends_with(0);
    };
    build();
    let rebuild = |stamp: &str| {
        let mut command = project.command(&["verify", "--rebuild", "--yes"]);
        finished(command.env("STAMP", stamp).output().unwrap())
    };
    rebuild("one").ends_with(0);
    let run = rebuild("another").ends_with(5);
    assert!(
        run.stderr
            .contains("hello_1.2.3_linux_amd64: sections differ: "),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains(
            "hello_1.2.3_windows_amd64.zip: `hello_1.2.3_windows_amd64/hello.exe`: sections differ"
        ),
        "{}",
        run.stderr
    );

    for word in [
        "hello_1.2.3_windows_amd64.msi: `hello.exe`: sections differ",
        "hello_1.2.3_windows_amd64.msi: Environment[",
        "`one`, and `another` when built again",
        "provenance.intoto.json: `internalParameters.builds.hello linux/amd64.flags[",
    ] {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }

    project.write(
        "main.go",
        "package main\n\nvar version = \"\"\n\nfunc main() { println(version) }\n",
    );
    build();
    rebuild("one").ends_with(5).says("made from a changed tree");
}

/// Version, manifest, programs and what is left out are the command line's, which the commit does not know.
#[test]
fn a_rebuild_asks_for_what_was_asked_for() {
    let Some(_) = require_tool("go").and_then(|_| require_tool("git")) else {
        return;
    };
    let project = Project::hello();
    project.write("tool/main.go", "package main\n\nfunc main() {}\n");
    project.manifest(
        "[build]\ntargets = ['linux/amd64']\n[[binary]]\nname = 'hello'\nmain = '.'\n\
         [[binary]]\nname = 'tool'\nmain = './tool'\n",
    );
    let manifest = fs::read_to_string(project.path("release.toml")).unwrap();
    let other = manifest
        .replace("'.'", "'..'")
        .replace("'./tool'", "'../tool'");
    project.write(
        "other/named.toml",
        &format!("{other}[package]\nlinux = ['binary', 'tar.zst']\n"),
    );
    project.commit("untagged", None);
    let build = [
        "build",
        "--version",
        "3.0.0-rc.1",
        "--manifest",
        "other/named.toml",
        "--binary",
        "hello",
        "--skip",
        "archive",
        "--skip",
        "checksums",
        "--out",
        "../asked",
    ];
    project.run(&build).ends_with(0);
    let folder = project.beside("asked");
    assert!(folder.join("hello_3.0.0-rc.1_linux_amd64").exists());
    project
        .run(&["verify", "--rebuild", "--yes", "../asked"])
        .ends_with(0);

    let metadata = fs::read_to_string(folder.join("artifacts.json")).unwrap();
    let told: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    assert_eq!(told["release"]["version-origin"], "version-option");
    assert_eq!(
        told["selection"],
        serde_json::json!({
            "manifest": "other/named.toml", "binaries": ["hello"], "skip": ["archive", "checksums"]
        })
    );
}

#[test]
fn the_same_commit_gives_the_same_documents() {
    let Some(_) = require_tool("go").and_then(|_| require_tool("git")) else {
        return;
    };
    let project = Project::hello();
    project.manifest(
        "[build]\ntargets = ['windows/amd64', 'darwin/universal']\n[sbom]\n[provenance]\n",
    );
    project.run(&["build"]).ends_with(0);
    let clone = project.beside("another folder");
    run(Command::new("git")
        .args(["clone", "--quiet"])
        .arg(project.root())
        .arg(&clone));
    let mut command = project.command(&["build"]);
    command
        .current_dir(&clone)
        .env("GORELEASE_CACHE", project.beside("other cache"));
    command.envs([("TZ", "Pacific/Chatham"), ("LC_ALL", "C")]);
    finished(command.output().unwrap()).ends_with(0);
    for name in project.results() {
        let (one, two) = (
            fs::read(project.path("dist").join(&name)),
            fs::read(clone.join("dist").join(&name)),
        );
        assert!(one.unwrap() == two.unwrap(), "{name} differs");
    }
}

#[test]
fn any_go_executable_gets_a_bill_of_materials() {
    let (Some(fixture), Some(python)) = (Fixture::get(), python()) else {
        return;
    };
    let executable = fixture.build("linux/s390x");
    for (spec, module) in [("cyclonedx", "cyclonedx"), ("spdx", "spdx_tools")] {
        let document = Command::new(env!("CARGO_BIN_EXE_gorelease"))
            .args(["sbom", "--spec", spec])
            .arg(&executable)
            .output()
            .unwrap();
        assert!(
            document.status.success(),
            "{}",
            String::from_utf8_lossy(&document.stderr)
        );
        let path = fixture
            .scratch("sbom-command")
            .join(format!("{spec}.{}.json", &spec[..4]));
        fs::write(&path, &document.stdout).unwrap();
        let text = String::from_utf8(document.stdout).unwrap();
        assert!(
            text.contains("golang.org/x/mod") && text.contains("2026-03-04T05:06:07Z"),
            "{text}"
        );
        run(Command::new(python)
            .args([
                "-c",
                &format!("import json, sys, {module}; json.load(open(sys.argv[1]))"),
            ])
            .arg(&path));
    }
    let text = Command::new(env!("CARGO_BIN_EXE_gorelease"))
        .args(["sbom", "Cargo.toml"])
        .output()
        .unwrap();
    assert_eq!(text.status.code(), Some(2));
}

#[test]
fn known_vulnerabilities_stop_a_release_that_asks_for_it() {
    let Some(_) = require_tool("go").and_then(|_| require_tool("git")) else {
        return;
    };
    if which::which("govulncheck").is_err() {
        let _: Option<()> = skip("`govulncheck` is not installed");
        return;
    }
    let project = Project::hello();
    let database = project.beside("vulndb");
    write_database(&database);
    let manifest = |policy: &str, database: &str| {
        project.manifest(&format!(
            "[build]\ntargets = ['linux/amd64']\n[vulnerabilities]\npolicy = '{policy}'\ndatabase = '{database}'\n",
        ));
    };
    manifest("report", &format!("file://{}", database.display()));
    project.run(&["build"]).ends_with(0);
    let report = read(&project.path("dist/vulnerabilities.json"));
    assert!(
        report.contains("GO-2026-9999") && report.contains("\"reachable\": true"),
        "{report}"
    );
    manifest("fail", "../vulndb");
    project.run(&["build"]).ends_with(1).says("GO-2026-9999");
}

/// A database with one entry: every version of the standard library's package runtime is vulnerable.
fn write_database(folder: &Path) {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let modified = "\"modified\":\"2026-01-01T00:00:00Z\"";
    write("index/db.json", &format!("{{{modified}}}"));
    write(
        "index/modules.json",
        &format!("[{{\"path\":\"stdlib\",\"vulns\":[{{\"id\":\"GO-2026-9999\",{modified}}}]}}]"),
    );
    write(
        "index/vulns.json",
        &format!("[{{\"id\":\"GO-2026-9999\",{modified}}}]"),
    );
    write(
        "ID/GO-2026-9999.json",
        &format!(
            "{{\"schema_version\":\"1.3.1\",\"id\":\"GO-2026-9999\",{modified},\"published\":\"2026-01-01T00:00:00Z\",\
             \"summary\":\"Invented\",\"affected\":[{{\"package\":{{\"name\":\"stdlib\",\"ecosystem\":\"Go\"}},\
             \"ranges\":[{{\"type\":\"SEMVER\",\"events\":[{{\"introduced\":\"0\"}}]}}],\
             \"ecosystem_specific\":{{\"imports\":[{{\"path\":\"runtime\"}}]}}}}]}}"
        ),
    );
}
