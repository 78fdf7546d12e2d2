//! The same commit gives the same bytes, wherever and whenever.

use std::fs;
use std::process::Command;

use crate::support::project::{Project, finished, names};

#[test]
fn two_folders_users_and_clocks_give_the_same_release() {
    let project = Project::hello();
    project.manifest(
        "[build]\ntargets = ['linux/amd64', 'windows/amd64', 'darwin/universal']\n\
         [package]\nlinux = ['tar.gz', 'tar.xz', 'tar.zst', 'zip', 'binary']\n",
    );
    project.run(&["build"]).ends_with(0);
    let clone = project.beside("a clone with spaces and ümlauts");
    assert!(
        Command::new("git")
            .arg("clone")
            .arg("--quiet")
            .arg(project.root())
            .arg(&clone)
            .status()
            .unwrap()
            .success()
    );
    let mut command = project.command(&["-C"]);
    command.arg(&clone).arg("build");
    command.env("GORELEASE_CACHE", project.beside("other cache"));
    command.envs([
        ("TZ", "Pacific/Chatham"),
        ("LC_ALL", "C"),
        ("USER", "nobody"),
        ("HOSTNAME", "elsewhere"),
    ]);
    // A umask belongs to the process; the shell sets it and becomes gorelease.
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg("umask 077; exec \"$@\"")
        .arg("sh")
        .arg(command.get_program())
        .args(command.get_args());
    shell.current_dir(project.root());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    finished(shell.output().unwrap()).ends_with(0);
    let results = project.results();
    assert_eq!(results, names(&clone.join("dist")));
    assert_eq!(results.len(), 9);
    for name in results {
        let (one, two) = (
            fs::read(project.path("dist").join(&name)),
            fs::read(clone.join("dist").join(&name)),
        );
        assert!(one.unwrap() == two.unwrap(), "{name} differs");
    }
}
