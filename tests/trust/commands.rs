//! `verify` and `merge` as commands: whose folder it is, what is demanded, and what a rebuild may run.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::bench::MinisignKey;
use crate::support::go_module;
use crate::support::project::Project;
use crate::support::require_tool;
use crate::tiny::{Tiny, metadata, reseal, seal};

/// A build of a project with a hook, and what was made of it.
fn built() -> Option<Project> {
    require_tool("go")?;
    require_tool("git")?;
    let project = Project::hello();
    project.manifest(
        "[build]\ntargets = ['linux/amd64']\n[sbom]\nformats = ['spdx']\n[[hooks.before]]\nrun = ['touch', '../hook-ran']\n",
    );
    project.run(&["build"]).ends_with(0);
    assert!(project.beside("hook-ran").exists());
    fs::remove_file(project.beside("hook-ran")).unwrap();
    Some(project)
}

/// A copy without the working files of the build.
fn published(project: &Project) -> String {
    let copy = project.beside("received");
    let _ = fs::remove_dir_all(&copy);
    go_module::copy(&project.path("dist"), &copy);
    for entry in fs::read_dir(&copy).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with('.') || name == "report.html" {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    copy.to_str().unwrap().to_owned()
}

#[test]
fn a_build_knows_its_own_folder_and_a_rebuild_runs_only_what_was_agreed_to() {
    let Some(project) = built() else { return };
    the_working_files_are_only_its_own(&project);
    let root = project.root();
    let dist = published(&project);
    let agreed = ["verify", "--rebuild", "--yes", &dist];
    project
        .run(&["verify", "--rebuild", &dist])
        .ends_with(2)
        .says("rebuilding hello 1.2.3 from commit ")
        .says("was not confirmed");
    assert!(!project.beside("hook-ran").exists());

    // A manifest that came with the files, by its whole path and from outside of the repository.
    fs::write(
        project.beside("evil.toml"),
        "[[hooks.before]]\nrun = ['touch', '../hook-ran']\n",
    )
    .unwrap();
    let evil = project.beside("evil.toml").display().to_string();
    for manifest in [evil.as_str(), "../evil.toml"] {
        let dist = published(&project);
        edit(Path::new(&dist), |file| {
            file["selection"] = json!({ "manifest": manifest })
        });
        project.run(&agreed).ends_with(5).says("invalid manifest");
    }
    assert!(!project.beside("hook-ran").exists());

    // What the commit makes is the measure, not what the release lists or how it calls it.
    let name = "hello_1.2.3_linux_amd64.spdx.json";
    let dist = published(&project);
    fs::write(Path::new(&dist).join("evil.json"), "{}\n").unwrap();
    fs::remove_file(Path::new(&dist).join(name)).unwrap();
    edit(Path::new(&dist), |file| {
        let artifacts = file["artifacts"].as_array_mut().unwrap();
        artifacts.retain(|artifact| artifact["name"] != name);
        // Otherwise the package would tell.
        for artifact in artifacts.iter_mut() {
            artifact["kind"] = "report".into();
        }
        artifacts.push(json!({ "name": "evil.json", "kind": "report", "size": 0, "sha256": "" }));
        artifacts
            .retain(|artifact| artifact["name"] == "evil.json" || artifact["name"] == "LICENSE");
    });
    let archive = "hello_1.2.3_linux_amd64.tar.gz";
    fs::remove_file(Path::new(&dist).join(archive)).unwrap();
    seal(Path::new(&dist));
    project.run(&["verify", &dist]).ends_with(0);
    project
        .run(&agreed)
        .ends_with(5)
        .says("evil.json: is not made by the commit")
        .says(&format!(
            "{archive}: is made by the commit, and not in the release"
        ));
    assert!(root.join("dist").exists());
}

fn edit(dist: &Path, change: impl Fn(&mut Value)) {
    let mut file = metadata(dist);
    change(&mut file);
    reseal(dist, &file);
}

fn the_working_files_are_only_its_own(project: &Project) {
    project
        .run(&["verify"])
        .ends_with(0)
        .says("nothing was authenticated")
        .says("hello 1.2.3, commit ");
    let json = project.run(&["verify", "--format", "json"]).ends_with(0);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (&json["authenticated"], &json["release"]["version"]),
        (&false.into(), &"1.2.3".into())
    );

    fs::create_dir(project.path("dist/.new")).ok();
    fs::write(project.path("dist/.new/evil.ps1"), "exit\n").unwrap();
    project
        .run(&["verify"])
        .ends_with(5)
        .says(".new/evil.ps1: does not belong");
    fs::remove_dir_all(project.path("dist/.new")).unwrap();

    let copy = project.beside("copy");
    go_module::copy(&project.path("dist"), &copy);
    project
        .run(&["verify", "../copy"])
        .ends_with(5)
        .says("report.html: does not belong")
        .says(".lock: does not belong");
    let moved = project.beside("moved");
    fs::rename(project.path("dist"), &moved).unwrap();
    project.run(&["verify", "../moved"]).ends_with(0);
    fs::rename(moved, project.path("dist")).unwrap();
    let dist = published(project);
    project.run(&["verify", &dist]).ends_with(0);
}

#[test]
fn what_cannot_be_demanded_is_a_usage_error_whatever_the_files_are() {
    let project = Project::empty();
    let tiny = Tiny::new();
    let dist = tiny.dist().display().to_string();
    let verify = |options: &[&str]| project.run(&[&["verify", &dist], options].concat());
    let key = tiny.public();
    verify(&["--minisign-key", &key, "--require-version", "v1.4.2"])
        .ends_with(0)
        .says("SHA256SUMS is signed by minisign key ");
    for (options, word) in [
        (
            &["--minisign-key", "RWQnonsense"][..],
            "invalid minisign public key",
        ),
        (&["--cosign-key", "/no/such/key"], "/no/such/key"),
        (&["--root", "/no/such.pem"], "/no/such.pem"),
        (&["--publisher", "Contoso Ltd"], "--root"),
        (&["--require-signer", "0123"], "only together with a key"),
        (&["--require-commit", "0123456"], "the whole hash"),
        (&["--yes"], "--rebuild"),
    ] {
        verify(options).ends_with(2).says(word);
    }
    verify(&["--minisign-key", &MinisignKey::new().public])
        .ends_with(5)
        .says("SHA256SUMS.minisig: ");
    verify(&["--require-version", "1.4.1"])
        .ends_with(5)
        .says("states version 1.4.2, not the required 1.4.1");
}

#[test]
fn merge_takes_only_parts_that_its_key_has_signed() {
    let project = Project::empty();
    let tiny = Tiny::new();
    let key = tiny.public();
    let part = tiny.copy();
    fs::write(part.join("report.html"), "left behind").unwrap();
    let words = ["merge", "--minisign-key", &key, part.to_str().unwrap()];
    project.run(&words).ends_with(0);
    assert!(!project.path("dist/report.html").exists());
    fs::write(part.join("vulnerabilities.json"), "{ }\n").unwrap();
    seal(&part);
    project.run(&words).ends_with(5).says("SHA256SUMS.minisig");
    project.run(&["merge", part.to_str().unwrap()]).ends_with(0);
}
