//! What is found without being named: the manifest of a directory above, files behind globs; and small mistakes that used
//! to be answered by a hint for another cause.

use std::fs;

use crate::support::project::{Project, finished};

const MAIN: &str = "package main\n\nfunc main() {}\n";

#[test]
fn the_manifest_of_a_directory_above_counts() {
    let project = Project::hello();
    project.write("cmd/tool/main.go", MAIN);
    project.manifest("[[binary]]\nname = 'hello'\nmain = '.'\n");
    let run = |args: &[&str]| {
        let output = project
            .command(args)
            .current_dir(project.path("cmd/tool"))
            .output()
            .unwrap();
        finished(output)
    };
    run(&["check"])
        .ends_with(0)
        .says("found in a directory above");
    run(&["build", "--target", "host", "--release"])
        .ends_with(0)
        .says("found in a directory above");
    assert!(project.path("dist/artifacts.json").is_file());
    assert!(!project.path("cmd/tool/dist").exists());
    run(&["init", "--no-compile", "--dry-run"])
        .ends_with(0)
        .says("applies to this directory too");
}

#[test]
fn a_manifest_of_somebody_above_the_repository_does_not_count() {
    let project = Project::hello();
    fs::write(project.beside("release.toml"), "not = 'ours'\n").unwrap();
    project
        .run(&["check"])
        .ends_with(0)
        .says("no release.toml: everything is inferred");
}

#[cfg(unix)]
#[test]
fn a_manifest_that_is_a_link_to_nowhere_is_said() {
    let project = Project::hello();
    std::os::unix::fs::symlink("nowhere.toml", project.path("release.toml")).unwrap();
    project.run(&["check"]).ends_with(3).says("release.toml");
}

#[test]
fn a_manifest_that_git_ignores_is_a_warning() {
    let project = Project::hello();
    project.write(".gitignore", "/*.toml\ndist/\n");
    project.commit("ignore", Some("v1.2.4"));
    project.write("release.toml", "[build]\ntargets = ['linux/amd64']\n");
    project
        .run(&["check"])
        .ends_with(0)
        .says("git ignores `release.toml`");
    project.git(&["add", "--force", "release.toml"]);
    let run = project.run(&["check"]).ends_with(0);
    assert!(!run.stderr.contains("git ignores"), "{}", run.stderr);
}

#[test]
fn small_mistakes_have_their_own_cause() {
    let project = Project::hello();
    for (manifest, message, hint) in [
        (
            "[build]\nallow-env = ['STAMP_OF_NOBODY']\nldflags = ['-X main.version={{ env.STAMP_OF_NOBODY }}']\n",
            "the environment variable `STAMP_OF_NOBODY` is not set",
            "set it: `STAMP_OF_NOBODY=value gorelease build`",
        ),
        (
            "[build]\ntargets = ['linux/arm/v7']\n",
            "`v7` is no GOARM",
            "did you mean `linux/arm/7`?",
        ),
        (
            "[[binary]]\nname = 'x.exe'\nmain = '.'\n",
            "the binary's name ends with `.exe`",
            "write `x`: the extension is added for Windows",
        ),
        (
            "[[binary]]\nname = '{{ name }}'\nmain = '.'\n",
            "the binary's name cannot be a template",
            "`binary-name` in `[package]`",
        ),
        (
            "[package]\nwindows = ['zip', 'zip']\n",
            "the format `zip` is there twice",
            "remove one of them",
        ),
        (
            "[package]\nlinux = ['binary']\nbinary-name = 'same'\n",
            "several files would have the same name: `same`",
            "release.toml:3:15",
        ),
        (
            "[hooks]\nafter = [{ run = ['true'] }]\n",
            "unknown key `after` in `hooks`",
            "move it to `[[binary]]` as `hooks.after`",
        ),
    ] {
        project.manifest(manifest);
        project
            .run(&["check"])
            .ends_with(3)
            .says(message)
            .says(hint);
    }
}

#[test]
fn names_of_programs_of_windows_are_a_warning() {
    let project = Project::hello();
    project.manifest("[[binary]]\nname = 'net'\nmain = '.'\n");
    project
        .run(&["check"])
        .ends_with(0)
        .says("Windows has a program `net.exe` of its own");
    project.manifest("[build]\ntargets = ['linux/amd64']\n[[binary]]\nname = 'net'\nmain = '.'\n");
    let run = project.run(&["check"]).ends_with(0);
    assert!(!run.stderr.contains("of its own"), "{}", run.stderr);
}

#[test]
fn a_matrix_is_one_line() {
    let run = Project::hello()
        .run(&["plan", "--format", "github-matrix"])
        .ends_with(0);
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap();
}

#[test]
fn what_cannot_be_written_and_other_repositories_are_said_before_the_build() {
    let project = Project::hello();
    fs::write(project.beside("file"), "").unwrap();
    let run = project
        .run(&["check", "--out", "../file/dist"])
        .ends_with(3);
    assert!(run.stderr.contains("cannot be written"), "{}", run.stderr);
    let output = project
        .command(&["check"])
        .env("GORELEASE_CACHE", project.beside("file/cache"))
        .output()
        .unwrap();
    finished(output).ends_with(0).says("the cache directory");

    fs::create_dir(project.beside(".hg")).unwrap();
    project
        .run(&["check"])
        .ends_with(3)
        .says("multiple VCS detected: git in")
        .says("flags = [\"-buildvcs=false\"]");
    project.manifest("[build]\nflags = ['-buildvcs=false']\n");
    project.run(&["check"]).ends_with(0);
}

#[test]
fn a_snapshot_has_the_last_tag() {
    let project = Project::hello();
    project.write("more.txt", "more\n");
    project.manifest("[build]\ntargets = ['linux/amd64']\n[package]\nname = '{{ name }}_{{ tag }}_{{ target }}'\n");
    project.commit("more", None);
    project.git(&["commit", "--quiet", "--allow-empty", "--message", "later"]);
    let run = project.run(&["plan"]).ends_with(0);
    let text = run.stdout + &run.stderr;
    assert!(text.contains("hello_v1.2.3_linux_amd64"), "{text}");
}
