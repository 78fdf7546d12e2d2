//! Symbolic links: to a file inside the project they are the file, everything else is refused by name.
#![cfg(unix)]

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::project::Project;

fn with_links() -> Project {
    let project = Project::hello();
    project.write("docs/guide.md", "# guide\n");
    for (target, link) in [
        ("loop", "loop"),
        ("b", "a"),
        ("a", "b"),
        (".", "self"),
        ("missing", "dangling"),
        ("/etc", "etc"),
        ("/etc/passwd", "passwd"),
        ("docs/guide.md", "guide.md"),
    ] {
        symlink(target, project.path(link)).unwrap();
    }
    project
}

#[test]
fn a_link_that_is_not_followed_is_named() {
    let project = with_links();
    for (from, message) in [
        ("loop", "the link `loop` leads nowhere, or to itself"),
        ("a", "the link `a` leads nowhere, or to itself"),
        (
            "dangling",
            "the link `dangling` leads nowhere, or to itself",
        ),
        ("passwd", "the link `passwd` leads out of the project"),
        ("etc/passwd", "the link `etc` leads out of the project"),
        ("etc/*", "the link `etc` leads out of the project"),
        ("self/main.go", "the link `self` leads to a folder"),
        ("self/self/**", "the link `self` leads to a folder"),
    ] {
        project.manifest(&format!("[[package.files]]\nfrom = '{from}'\n"));
        let run = project.run(&["check"]).ends_with(3).says(message);
        assert!(
            run.stderr.contains("release.toml:2:8") && run.stderr.contains("hint"),
            "{}",
            run.stderr
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf_8_is_refused_where_a_glob_takes_it() {
    use std::os::unix::ffi::OsStrExt as _;

    let project = Project::hello();
    let name = std::ffi::OsStr::from_bytes(b"docs/b\xffd.md");
    std::fs::create_dir(project.path("docs")).unwrap();
    std::fs::write(project.root().join(name), "text").unwrap();
    project.manifest("[[package.files]]\nfrom = '**/*.txt'\n[[package.files]]\nfrom = 'docs/**'\n");
    project.write("a.txt", "text");
    let run = project.run(&["check"]).ends_with(3);
    assert!(
        run.stderr
            .contains("the name of `docs/b\u{fffd}d.md` is not UTF-8")
            && run.stderr.contains("release.toml:4:8")
            && run.stderr.contains("hint: rename the file"),
        "{}",
        run.stderr
    );
}

#[test]
fn loops_do_not_stop_a_build_and_a_link_inside_is_the_file() {
    let project = with_links();
    project.manifest("[build]\ntargets = ['linux/amd64']\n[[package.files]]\nfrom = '**/*.md'\n");
    project.run(&["build"]).ends_with(0);
    let list = Command::new("tar")
        .arg("tf")
        .arg(project.path("dist/hello_1.2.3_linux_amd64.tar.gz"))
        .output()
        .unwrap();
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    let names: Vec<_> = list
        .lines()
        .map(|line| line.rsplit_once("amd64/").unwrap().1)
        .collect();
    assert_eq!(
        names,
        ["LICENSE", "README.md", "docs/guide.md", "guide.md", "hello"]
    );
}
