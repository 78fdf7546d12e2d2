//! What is reused, and what is not.

use std::fs;
use std::path::PathBuf;

use crate::support::project::{Project, finished, names};

fn executable(project: &Project) -> PathBuf {
    let stages = fs::read_dir(project.beside("cache/stage")).unwrap();
    stages
        .map(|stage| stage.unwrap().path().join("bin/hello"))
        .find(|path| path.is_file())
        .unwrap()
}

fn reused(project: &Project) -> Vec<bool> {
    let run = project.run(&["build", "--format", "json"]).ends_with(0);
    let events = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let finished =
        events.filter(|event| event["event"] == "finished" && !event["target"].is_null());
    finished
        .map(|event| event["reused"].as_bool().unwrap())
        .collect()
}

#[test]
fn nothing_changed_means_nothing_is_made_again() {
    let project = Project::hello();
    project.manifest("[build]\ntargets = ['linux/amd64']\n");
    assert_eq!(reused(&project), [false, false]);
    let first = fs::read(project.path("dist/hello_1.2.3_linux_amd64.tar.gz")).unwrap();
    assert_eq!(reused(&project), [true, true]);
    assert_eq!(
        fs::read(project.path("dist/hello_1.2.3_linux_amd64.tar.gz")).unwrap(),
        first
    );

    project.write("README.md", "# changed\n");
    project.manifest("[build]\ntargets = ['linux/amd64']\n");
    assert!(!reused(&project)[1], "the readme is in the archive");
}

#[test]
fn a_damaged_output_of_the_go_tool_is_not_taken_for_up_to_date() {
    let project = Project::hello();
    project.manifest("[build]\ntargets = ['linux/amd64']\n");
    project.run(&["build"]).ends_with(0);
    let archive = project.path("dist/hello_1.2.3_linux_amd64.tar.gz");
    let right = fs::read(&archive).unwrap();
    let executable = executable(&project);
    let length = fs::metadata(&executable).unwrap().len();
    fs::File::options()
        .write(true)
        .open(&executable)
        .unwrap()
        .set_len(length / 2)
        .unwrap();
    project.run(&["build"]).ends_with(0);
    assert_eq!(fs::metadata(&executable).unwrap().len(), length);
    assert_eq!(fs::read(&archive).unwrap(), right);
}

#[test]
fn without_the_cache_nothing_is_read_or_kept() {
    let project = Project::hello();
    project
        .run(&["build", "--target", "linux/amd64", "--no-cache"])
        .ends_with(0);
    assert!(!project.beside("cache").exists());
    assert_eq!(project.results().len(), 3);
}

#[test]
fn the_cache_can_be_cleaned() {
    let project = Project::hello();
    project
        .run(&["build", "--target", "linux/amd64"])
        .ends_with(0);
    let told = project.run(&["cache", "clean", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&told.ends_with(0).stdout).unwrap();
    assert!(told["freed-bytes"].as_u64().unwrap() > 0, "{told}");
    assert_eq!(names(&project.beside("cache")), ["lock"]);
}

#[test]
fn more_digests_are_made_and_fewer_are_not_kept() {
    let project = Project::hello();
    let checksums = |algorithms: &str| {
        project.write(
            "release.toml",
            &format!("[build]\ntargets = ['linux/amd64']\n[package]\nchecksums = {algorithms}\n"),
        );
        // A tree that is not clean: the actions are the same each time.
        project.run(&["build", "--version", "1.2.3"]).ends_with(0);
        fs::read_to_string(project.path("dist/artifacts.json")).unwrap()
    };
    let short = checksums("['sha256']");
    assert!(!short.contains("\"sha512\": "));
    assert!(checksums("['sha256', 'sha512']").contains("\"sha512\": "));
    assert!(!checksums("['sha256']").contains("\"sha512\": "));
}

#[test]
fn a_relative_cache_is_one_folder_whatever_the_programs_folder() {
    let project = Project::hello();
    project.write("tool/go.mod", "module example.com/tool\n\ngo 1.21\n");
    project.write("tool/main.go", "package main\n\nfunc main() {}\n");
    project.manifest(
        "[build]\ntargets = ['linux/amd64']\n[[binary]]\nname = 'tool'\ndir = 'tool'\nmain = '.'\n",
    );
    let build = project
        .command(&["build"])
        .env("GORELEASE_CACHE", "../relative")
        .output();
    finished(build.unwrap()).ends_with(0);
    assert!(project.beside("relative/stage").is_dir());
}
