//! What is wrong with the project or the machine, not with the manifest.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use crate::support::project::{Project, names};

const HOST: [&str; 3] = ["build", "--target", "host"];

/// A folder for the PATH with these tools alone.
fn path_with(project: &Project, tools: &[&str]) -> PathBuf {
    let folder = project.beside("bin");
    fs::create_dir(&folder).unwrap();
    for tool in tools {
        std::os::unix::fs::symlink(which::which(tool).unwrap(), folder.join(tool)).unwrap();
    }
    folder
}

fn run_with(project: &Project, tools: &[&str], args: &[&str]) -> crate::support::project::Run {
    let path = path_with(project, tools);
    let output = project
        .command(args)
        .env("PATH", path)
        .env_remove("GORELEASE_GO")
        .output()
        .unwrap();
    crate::support::project::finished(output)
}

#[test]
fn without_go_nothing_is_built() {
    let project = Project::hello();
    run_with(&project, &["git"], &HOST)
        .ends_with(4)
        .says("`go` not found")
        .says("https://go.dev/dl");
    assert!(project.results().is_empty());
}

#[test]
fn without_git_a_version_must_be_given() {
    let project = Project::hello();
    run_with(&project, &["go"], &HOST)
        .ends_with(4)
        .says("`git` not found")
        .says("git-scm.com")
        .says("--version 1.2.3");
    fs::remove_dir_all(project.beside("bin")).unwrap();
    let given = [&HOST[..], &["--version", "1.0.0"]].concat();
    run_with(&project, &["go"], &given)
        .ends_with(0)
        .says("snapshot");
}

#[test]
fn a_go_that_is_too_old_is_said() {
    let project = Project::hello();
    let path = path_with(&project, &["git", "sh"]);
    let go = path.join("go");
    let script = "#!/bin/sh\n[ $1 = env ] && echo '{\"GOVERSION\":\"go1.20.14\"}' || echo '[]'\n";
    fs::write(&go, script).unwrap();
    fs::set_permissions(&go, fs::Permissions::from_mode(0o755)).unwrap();
    for command in [&HOST[..], &["check"]] {
        let output = project.command(command).env("PATH", &path).output();
        crate::support::project::finished(output.unwrap())
            .ends_with(3)
            .says("is Go 1.20.14, and gorelease needs 1.21 or newer")
            .says("https://go.dev/dl");
    }
    assert!(project.results().is_empty());
}

#[test]
fn a_module_that_is_too_new_for_this_go_is_said() {
    let project = Project::hello();
    project.write("go.mod", "module example.com/hello\n\ngo 1.999\n");
    let output = project
        .command(&HOST)
        .env("GOTOOLCHAIN", "local")
        .output()
        .unwrap();
    let run = crate::support::project::finished(output)
        .ends_with(3)
        .says("go.mod requires go >= 1.999");
    assert!(run.stderr.contains("hint"), "{}", run.stderr);
}

#[test]
fn a_package_that_does_not_compile_is_shown_as_the_compiler_said_it() {
    let project = Project::hello();
    project.run(&HOST).ends_with(0);
    let before = project.results();
    project.write("main.go", "package main\n\nfunc main() { nope() }\n");
    project
        .run(&HOST)
        .ends_with(1)
        .says("./main.go:3:15: undefined: nope")
        .says("hint: the same by hand, in `")
        .says("go build -trimpath");
    assert_eq!(project.results(), before);
    project.run(&["verify"]).ends_with(0);
}

#[test]
fn a_repository_without_a_commit_needs_a_snapshots_version() {
    let project = Project::hello();
    fs::remove_dir_all(project.path(".git")).unwrap();
    project.git(&["init", "--quiet"]);
    project
        .run(&HOST)
        .ends_with(0)
        .says("there is no commit yet");
    project
        .run(&["build", "--target", "host", "--release"])
        .ends_with(3)
        .says("there is no commit yet")
        .says("hint: commit everything and tag the commit, such as with `git tag v1.2.3`");
}

#[test]
fn a_dirty_tree_is_no_release() {
    let project = Project::hello();
    project.write("main.go", "package main\n\nfunc main() { println(1) }\n");
    project
        .run(&["build", "--target", "host", "--release"])
        .ends_with(3)
        .says("`main.go` differs from the commit")
        .says("hint: commit, stash or ignore what `git status` lists");
    assert!(project.results().is_empty());
}

#[test]
fn untracked_files_make_a_tree_dirty_whatever_the_users_settings() {
    let project = Project::hello();
    project.git(&["config", "status.showUntrackedFiles", "no"]);
    project.write("more.go", "package main\n");
    project
        .run(&["check", "--release"])
        .ends_with(3)
        .says("`more.go` differs from the commit");
}

#[test]
fn a_commit_without_a_tag_is_no_release() {
    let project = Project::hello();
    project.git(&["tag", "--delete", "v1.2.3"]);
    project
        .run(&["check", "--release"])
        .ends_with(3)
        .says("the commit has no tag such as `v1.2.3`")
        .says("hint: tag the commit, such as with `git tag v1.2.3`");
}

#[test]
fn a_program_that_is_not_for_a_target_is_said_with_the_way_to_leave_it_out() {
    let project = Project::hello();
    project.write(
        "main.go",
        "//go:build unix\n\npackage main\n\nfunc main() {}\n",
    );
    project
        .run(&["build", "--target", "windows/amd64"])
        .ends_with(3)
        .says(
            "`hello` is not built for windows/amd64: its build constraints exclude all files there",
        )
        .says("choose other targets");
    assert!(project.results().is_empty());
}

#[test]
fn a_hook_that_fails_shows_its_output_and_where_it_ran() {
    let project = Project::hello();
    project.manifest("[hooks]\nbefore = [{ run = ['sh', '-c', 'echo sorry >&2; exit 7'] }]\n");
    project
        .run(&HOST)
        .ends_with(1)
        .says("failed with exit code 7")
        .says("  sorry\n")
        .says("`--skip hooks` leaves out all hooks");
    project.write(
        "release.toml",
        "[hooks]\nbefore = [{ run = ['./LICENSE'] }]\n",
    );
    project
        .run(&["check"])
        .ends_with(3)
        .says("`./LICENSE` is not executable")
        .says("chmod +x ./LICENSE");
}

#[test]
fn the_results_never_replace_what_they_are_made_from() {
    let project = Project::hello();
    let before = names(&project.root());
    fs::create_dir(project.beside("full")).unwrap();
    fs::write(project.beside("full").join("precious"), "mine").unwrap();
    for out in [
        ".",
        "..",
        "../full",
        "new/..",
        "new/../.",
        ".git",
        "README.md",
    ] {
        let run = project
            .run(&["build", "--target", "host", "--out", out])
            .ends_with(3);
        assert!(run.stderr.contains("hint"), "{out}: {}", run.stderr);
        assert_eq!(names(&project.root()), before, "{out}");
    }
    assert_eq!(
        fs::read(project.beside("full").join("precious")).unwrap(),
        b"mine"
    );
}

#[test]
fn spaces_and_other_scripts_work_everywhere() {
    let project = Project::empty();
    project.write("go.mod", "module example.com/hello\n\ngo 1.21\n");
    project.write(
        "cmd/tool/main.go",
        "package main\n\nfunc main() { println(\"hello\") }\n",
    );
    project.write("文档/lies mich é.md", "# 你好\n");
    project.git(&["init", "--quiet", "--initial-branch=main"]);
    project.commit("first", Some("v1.2.3"));
    project.manifest(
        "[project]\nname = 'mein werkzeug é'\ntitle = '订单 ❤'\n\
         [build]\ntargets = ['linux/amd64', 'windows/amd64']\n\
         [[binary]]\nname = 'wörk 订单'\nmain = './cmd/tool'\n\
         [[package.files]]\nfrom = '文档/**'\n",
    );
    let root = project.beside("mein projekt é");
    let copied = Command::new("cp")
        .arg("-R")
        .arg(project.root())
        .arg(&root)
        .status();
    assert!(copied.unwrap().success());
    let args = [
        "build",
        "-C",
        root.to_str().unwrap(),
        "--out",
        "../die ergebnisse é",
    ];
    project.run(&args).ends_with(0);
    let out = project.beside("die ergebnisse é");
    assert_eq!(
        names(&out),
        [
            "SHA256SUMS",
            "artifacts.json",
            "mein werkzeug é_1.2.3_linux_amd64.tar.gz",
            "mein werkzeug é_1.2.3_windows_amd64.zip"
        ]
    );
    project.run(&["verify", out.to_str().unwrap()]).ends_with(0);
}
