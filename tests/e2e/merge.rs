//! A release from several runners.

use std::fs;

use crate::support::project::Project;
use crate::support::require_tool;

const MANIFEST: &str = "[build]\ntargets = ['linux/amd64', 'windows/amd64']\n";

fn part(project: &Project, target: &str, out: &str) {
    project
        .run(&["build", "--target", target, "--out", out])
        .ends_with(0);
}

#[test]
fn the_parts_of_a_matrix_make_the_whole() {
    let project = Project::hello();
    project.manifest(MANIFEST);
    let matrix = project
        .run(&["plan", "--format", "github-matrix"])
        .ends_with(0)
        .stdout;
    let matrix: serde_json::Value = serde_json::from_str(&matrix).unwrap();
    assert_eq!(matrix["include"][1]["target"], "windows/amd64");

    part(&project, "linux/*", "../one");
    part(&project, "windows", "../two");
    project
        .run(&["merge", "../one", "../two", "--out", "../joined"])
        .ends_with(0);
    project.run(&["build", "--out", "../whole"]).ends_with(0);
    for name in [
        "artifacts.json",
        "SHA256SUMS",
        "hello_1.2.3_linux_amd64.tar.gz",
        "hello_1.2.3_windows_amd64.zip",
    ] {
        let read = |folder: &str| fs::read(project.beside(folder).join(name)).unwrap();
        assert!(read("joined") == read("whole"), "{name} differs");
    }
}

/// What is said about the whole is joined, not refused for being different in each part.
#[test]
fn provenance_and_vulnerabilities_are_joined() {
    if require_tool("govulncheck").is_none() {
        return;
    }
    let project = Project::hello();
    let database = project.beside("vulndb");
    for (name, text) in [
        ("db.json", r#"{"modified":"2026-01-01T00:00:00Z"}"#),
        ("modules.json", "[]"),
        ("vulns.json", "[]"),
    ] {
        fs::create_dir_all(database.join("index")).unwrap();
        fs::write(database.join("index").join(name), text).unwrap();
    }
    project.manifest(&format!(
        "{MANIFEST}[provenance]\n[vulnerabilities]\ndatabase = '{}'\n\
         [package]\nchecksums = ['sha256', 'sha512']\n\
         [[sign.detached]]\ntool = 'minisign'\nkey = {{ file = '../minisign.key' }}\n",
        database.display()
    ));
    let key = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    let key = key.sk.to_box(None).unwrap().to_string();
    fs::write(project.beside("minisign.key"), key).unwrap();

    part(&project, "linux/*", "../one");
    part(&project, "windows", "../two");
    project
        .run(&["merge", "../one", "../two", "--out", "../joined"])
        .ends_with(0)
        .says("`SHA256SUMS.minisig` was left out")
        .says("minisign -S -m");
    let merge = ["merge", "../one", "../two", "--out", "../joined"];
    let told = project.run(&[&merge[..], &["--format", "json"]].concat());
    let told: serde_json::Value = serde_json::from_str(&told.ends_with(0).stdout).unwrap();
    assert_eq!(
        told["unsigned"],
        serde_json::json!(["SHA256SUMS.minisig", "SHA512SUMS.minisig"])
    );
    project.run(&["build", "--out", "../whole"]).ends_with(0);
    for name in [
        "provenance.intoto.json",
        "vulnerabilities.json",
        "artifacts.json",
        "SHA256SUMS",
        "SHA512SUMS",
    ] {
        let read = |folder: &str| {
            let file = project.beside(folder).join(name);
            fs::read_to_string(file).unwrap()
        };
        assert_eq!(read("joined"), read("whole"), "{name} differs");
    }
    assert!(!project.beside("joined/SHA256SUMS.minisig").exists());
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let project = Project::hello();
    project.manifest(MANIFEST);
    part(&project, "linux/*", "../one");
    project.write("main.go", "package main\n\nfunc main() { println(1) }\n");
    project.commit("second", Some("v1.2.4"));
    part(&project, "windows", "../two");
    project
        .run(&["merge", "../one", "../two", "--out", "../joined"])
        .ends_with(5)
        .says("different commits");
    fs::write(
        project.beside("one/hello_1.2.3_linux_amd64.tar.gz"),
        "other",
    )
    .unwrap();
    project
        .run(&["merge", "../one", "--out", "../joined"])
        .ends_with(5)
        .says("hello_1.2.3_linux_amd64.tar.gz");
    assert!(!project.beside("joined/artifacts.json").exists());
}

#[test]
fn other_manifests_and_two_files_of_one_name_are_refused() {
    let project = Project::hello();
    project.write(".gitignore", "notes.txt\nother.toml\n");
    project.write(
        "other.toml",
        &format!("{MANIFEST}[package]\ncompression = 1\n"),
    );
    project.write("notes.txt", "one");
    project.manifest(&format!(
        "{MANIFEST}[[package.files]]\nfrom = 'notes.txt'\n"
    ));
    part(&project, "linux/*", "../one");
    let args = ["--manifest", "other.toml", "--out", "../other"];
    let build = [&["build", "--target", "windows"], &args[..]].concat();
    project.run(&build).ends_with(0);
    let refused = |folder: &str, message: &str| {
        let run = project
            .run(&["merge", "../one", folder, "--out", "../joined"])
            .ends_with(5)
            .says(message);
        assert!(run.stderr.contains("hint"), "{}", run.stderr);
        assert!(!project.beside("joined/artifacts.json").exists());
    };
    refused("../other", "different manifests");

    // What is packed need not be in git.
    project.write("notes.txt", "two");
    part(&project, "linux/*", "../two");
    refused(
        "../two",
        "each have another `hello_1.2.3_linux_amd64.tar.gz`",
    );
}
