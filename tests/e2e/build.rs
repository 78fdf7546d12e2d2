//! The main job.

use std::fs;
use std::process::Command;

use crate::support::project::{Project, finished};
use crate::support::require_tool;

#[test]
fn a_tagged_module_becomes_a_release_that_others_can_read() {
    let project = Project::hello();
    project.manifest("[build]\ntargets = ['linux/amd64', 'windows/amd64']\n");
    project.run(&["build"]).ends_with(0);
    assert_eq!(
        project.results(),
        [
            "SHA256SUMS",
            "artifacts.json",
            "hello_1.2.3_linux_amd64.tar.gz",
            "hello_1.2.3_windows_amd64.zip"
        ]
    );
    let dist = project.path("dist");
    let sums = Command::new("sha256sum")
        .args(["--check", "--strict", "SHA256SUMS"])
        .current_dir(&dist)
        .status();
    assert!(sums.unwrap().success());

    let unpacked = project.beside("unpacked");
    fs::create_dir(&unpacked).unwrap();
    let tar = Command::new("tar")
        .arg("xzf")
        .arg(dist.join("hello_1.2.3_linux_amd64.tar.gz"))
        .current_dir(&unpacked)
        .status();
    assert!(tar.unwrap().success());
    let folder = unpacked.join("hello_1.2.3_linux_amd64");
    let output = Command::new(folder.join("hello")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "hello 1.2.3\n");
    assert!(folder.join("LICENSE").is_file() && folder.join("README.md").is_file());

    let info = Command::new("go")
        .args(["version", "-m"])
        .arg(folder.join("hello"))
        .output()
        .unwrap();
    let info = String::from_utf8_lossy(&info.stdout).into_owned();
    assert!(
        info.contains("-trimpath=true") && info.contains("vcs.modified=false"),
        "{info}"
    );

    if let Some(unzip) = require_tool("unzip") {
        let test = Command::new(unzip)
            .args(["-tq"])
            .arg(dist.join("hello_1.2.3_windows_amd64.zip"))
            .status();
        assert!(test.unwrap().success());
    }
}

#[test]
fn programs_of_one_target_are_compiled_together_and_named_as_the_manifest_says() {
    let project = Project::hello();
    for name in ["api", "worker"] {
        project.write(
            &format!("cmd/{name}/main.go"),
            "package main\n\nfunc main() {}\n",
        );
    }
    project.manifest(
        "[build]\ntargets = ['linux/amd64', 'linux/arm/7']\n\
         [[binary]]\nname = 'orders-api'\nmain = './cmd/api'\n\
         [[binary]]\nname = 'orders-worker'\nmain = './cmd/worker'\n\
         [package]\nlinux = ['tar.zst', 'binary']\nfolder = ''\nchecksums = ['sha256', 'sha512']\n",
    );
    let plan = project
        .run(&["plan", "--format", "json"])
        .ends_with(0)
        .stdout;
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let builds = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["action"]["kind"] == "go-build")
        .count();
    assert_eq!(builds, 2, "one for each target");

    project.run(&["build"]).ends_with(0);
    let results = project.results();
    assert!(
        results.contains(&"orders-worker_1.2.3_linux_armv7".to_owned()),
        "{results:?}"
    );
    assert_eq!(results.len(), 2 + 4 + 3, "{results:?}");
    let list = Command::new("tar")
        .arg("tf")
        .arg(project.path("dist/hello_1.2.3_linux_amd64.tar.zst"))
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&list.stdout),
        "LICENSE\nREADME.md\norders-api\norders-worker\n"
    );
    let sums = Command::new("sha512sum")
        .args(["--check", "--strict", "SHA512SUMS"])
        .current_dir(project.path("dist"))
        .status();
    assert!(sums.unwrap().success());
}

#[test]
fn both_macos_processors_fit_into_one_file() {
    let project = Project::hello();
    project.manifest("[build]\ntargets = ['darwin/universal']\n[package]\ndarwin = ['binary']\n");
    project.run(&["build"]).ends_with(0);
    let file = project.path("dist/hello_1.2.3_darwin_universal");
    let head = fs::read(file).unwrap();
    assert_eq!(head[..8], [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]);
}

#[test]
fn hooks_run_with_the_targets_environment_and_stop_the_release_when_they_fail() {
    let project = Project::hello();
    project.manifest(
        "[build]\ntargets = ['linux/arm64']\n\
         [[hooks.before]]\nrun = ['sh', '-c', 'echo all {{ version }} > ../seen']\n\
         [[binary]]\nname = 'hello'\n\
         [[binary.hooks.before]]\nrun = ['sh', '-c', 'echo before $GOOS/$GOARCH >> ../seen']\n\
         [[binary.hooks.after]]\nrun = ['sh', '-c', 'echo after >> ../seen; test -x \"$0\"', '{{ path }}']\n",
    );
    project.run(&["build"]).ends_with(0);
    assert_eq!(
        fs::read_to_string(project.beside("seen")).unwrap(),
        "all 1.2.3\nbefore linux/arm64\nafter\n"
    );

    project.manifest("[build]\ntargets = ['linux/arm64']\n[[hooks.before]]\nrun = ['sh', '-c', 'echo no licence key >&2; exit 3']\n");
    let before = project.results();
    project.run(&["build"]).ends_with(1).says("no licence key");
    assert_eq!(project.results(), before);
}

#[test]
fn without_a_manifest_everything_is_inferred_and_said() {
    let project = Project::hello();
    project
        .run(&["build", "--target", "host"])
        .ends_with(0)
        .says("inferred");
    assert_eq!(project.results().len(), 3);
}

#[test]
fn a_changed_tree_is_a_snapshot_that_a_release_refuses() {
    let project = Project::hello();
    project.write("main.go", "package main\n\nfunc main() {}\n");
    project
        .run(&["build", "--target", "linux/amd64", "--release"])
        .ends_with(3)
        .says("`main.go` differs from the commit");
    project
        .run(&["build", "--target", "linux/amd64"])
        .ends_with(0)
        .says("hello 1.2.4-dev.0.g")
        .says("snapshot, because `main.go` differs");
    project
        .run(&[
            "build",
            "--target",
            "linux/amd64",
            "--snapshot",
            "9.9.9-test.1",
        ])
        .ends_with(0);
    assert!(
        project
            .results()
            .contains(&"hello_9.9.9-test.1_linux_amd64.tar.gz".to_owned())
    );
}

#[test]
fn outside_git_a_version_is_enough() {
    let project = Project::hello();
    fs::remove_dir_all(project.path(".git")).unwrap();
    project
        .run(&["build", "--target", "linux/amd64"])
        .ends_with(3)
        .says("--version 1.2.3");
    project
        .run(&["build", "--target", "linux/amd64", "--version", "1.2.3"])
        .ends_with(0);
    assert!(
        project
            .results()
            .contains(&"hello_1.2.3_linux_amd64.tar.gz".to_owned())
    );
}

#[test]
fn a_linked_worktree_knows_its_commit() {
    let project = Project::hello();
    project.git(&["worktree", "add", "--quiet", "../linked"]);
    let run = project
        .command(&["-C", "../linked", "build", "--target", "linux/amd64"])
        .output()
        .unwrap();
    crate::support::project::finished(run)
        .ends_with(0)
        .says("linked worktree");
    let text = fs::read_to_string(project.beside("linked/dist/artifacts.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["release"]["kind"], "release");
    assert_eq!(
        json["release"]["commit"]["hash"].as_str().unwrap().len(),
        40
    );
}

#[test]
fn a_repository_inside_another_keeps_its_own_commit() {
    let project = Project::hello();
    let third = Project::hello();
    let allowed = "protocol.file.allow=always";
    let url = third.root().to_str().unwrap().to_owned();
    project.git(&["-c", allowed, "submodule", "--quiet", "add", &url, "third"]);
    project.commit("second", None);
    project.git(&["worktree", "add", "--quiet", "inner", "v1.2.3"]);
    for folder in ["third", "inner"] {
        project
            .run(&[
                "-C",
                folder,
                "build",
                "--target",
                "linux/amd64",
                "--release",
            ])
            .ends_with(0)
            .says("linked worktree or submodule");
    }
}

#[test]
fn a_workspace_is_released_by_tags_of_its_own_folder() {
    let project = Project::hello();
    fs::remove_file(project.path("go.mod")).unwrap();
    fs::remove_file(project.path("main.go")).unwrap();
    for name in ["app", "tool"] {
        project.write(
            &format!("{name}/go.mod"),
            &format!("module example.com/{name}\n\ngo 1.21\n"),
        );
        project.write(
            &format!("{name}/main.go"),
            "package main\n\nfunc main() {}\n",
        );
    }
    project.write("go.work", "go 1.21\n\nuse (\n\t./app\n\t./tool\n)\n");
    project.commit("second", Some("v2.0.0"));
    project
        .run(&["check", "--release"])
        .ends_with(0)
        .says("2.0.0: release");
    project.git(&["tag", "tool/v3.0.0"]);
    project
        .run(&["-C", "tool", "check", "--release"])
        .ends_with(0)
        .says("tool 3.0.0: release");
}

#[test]
fn all_failures_are_shown_when_asked_for() {
    let project = Project::hello();
    project.write("broken_linux.go", "package main\n\nvar x int = \"text\"\n");
    project.write("broken_darwin.go", "package main\n\nvar y int = \"text\"\n");
    project.manifest("[build]\ntargets = ['darwin/arm64', 'linux/amd64', 'windows/amd64']\n");
    let run = project.run(&["build", "--keep-going"]).ends_with(1);
    for part in [
        "broken_linux.go:3",
        "broken_darwin.go:3",
        "linux/amd64",
        "darwin/arm64",
    ] {
        assert!(
            run.stderr.contains(part),
            "{part} is not in:\n{}",
            run.stderr
        );
    }
    assert_eq!(project.results(), Vec::<String>::new());
}

/// A git hook sets variables that point at its own repository.
#[test]
fn a_release_made_from_a_git_hook_is_of_its_own_repository() {
    let project = Project::hello();
    project.manifest(
        "[build]\ntargets = ['linux/amd64']\n\
         [[hooks.before]]\nrun = ['sh', '-c', 'git rev-parse HEAD > ../commit']\n",
    );
    let other = Project::empty();
    other.git(&["init", "--quiet"]);
    other.commit("another repository", None);
    let build = project
        .command(&["build"])
        .env("GIT_DIR", other.path(".git"))
        .env("GIT_WORK_TREE", other.root())
        .output();
    finished(build.unwrap()).ends_with(0);
    let text = fs::read_to_string(project.path("dist/artifacts.json")).unwrap();
    let artifacts: serde_json::Value = serde_json::from_str(&text).unwrap();
    let commit = fs::read_to_string(project.beside("commit")).unwrap();
    assert_eq!(artifacts["release"]["commit"]["hash"], commit.trim());
}
