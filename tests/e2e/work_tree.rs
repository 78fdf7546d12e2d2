//! What a release says of its tree is true, whatever happens while it is built.
#![cfg(unix)]

use std::fs;

use crate::support::project::Project;

const HEAD: &str = "[build]\ntargets = ['linux/amd64']\n[package]\nlinux = ['binary']\n";

fn record(project: &Project) -> serde_json::Value {
    let text = fs::read_to_string(project.path("dist/artifacts.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_hook_that_changes_the_tree_makes_no_release() {
    let project = Project::hello();
    for (command, named) in [
        ("echo // gen >> main.go", "main.go"),
        ("echo x > gen.txt", "gen.txt"),
    ] {
        let hook = format!("[[hooks.before]]\nrun = ['sh', '-c', '{command}']\n");
        project.manifest(&format!("{HEAD}{hook}"));
        let run = project.run(&["build", "--release"]).ends_with(1);
        run.says(&format!("`{named}` was changed during the build"));
        assert!(!project.path("dist/artifacts.json").exists());
        project.git(&["checkout", "--", "."]);
        project.git(&["clean", "--force", "--quiet"]);

        project.run(&["build"]).ends_with(0).says(&format!(
            "`{named}` was changed during the build: this is a snapshot"
        ));
        let release = &record(&project)["release"];
        assert_eq!(release["kind"], "snapshot");
        assert_eq!(release["commit"]["dirty"], true);
        project.run(&["verify"]).ends_with(0);
        fs::remove_dir_all(project.path("dist")).unwrap();
        project.git(&["checkout", "--", "."]);
        project.git(&["clean", "--force", "--quiet"]);
    }
}

#[test]
fn a_hook_that_changes_nothing_git_sees_is_no_change() {
    let project = Project::hello();
    project.write(".gitignore", "ignored.txt\n");
    project.manifest(&format!(
        "{HEAD}[[hooks.before]]\nrun = ['sh', '-c', 'echo x > ignored.txt']\n"
    ));
    project.run(&["build", "--release"]).ends_with(0);
    assert_eq!(record(&project)["release"]["kind"], "release");
}

#[test]
fn a_cache_inside_the_tree_does_not_change_it() {
    let project = Project::hello();
    project.manifest(HEAD);
    let build = project
        .command(&["build", "--release"])
        .env("GORELEASE_CACHE", project.path("cache"))
        .output();
    crate::support::project::finished(build.unwrap()).ends_with(0);
    assert_eq!(record(&project)["release"]["commit"]["dirty"], false);
}

#[test]
fn a_changed_program_or_record_is_found() {
    let project = Project::hello();
    project.manifest(HEAD);
    project.run(&["build", "--release"]).ends_with(0);
    let binary = &record(&project)["artifacts"][0]["binaries"][0];
    assert_eq!(binary["module-version"], "v1.2.3");
    assert_eq!(binary["build"]["env"]["GOAMD64"], "v1");
}

#[test]
fn another_version_stamped_by_go_is_said() {
    let project = Project::hello();
    project.manifest(HEAD);
    project.git(&["tag", "--delete", "v1.2.3"]);
    project.git(&["tag", "2.0.0"]);
    project
        .run(&["build", "--release"])
        .ends_with(0)
        .says("the go tool stamped the version `v0.0.0-")
        .says("not `v2.0.0`");
}

#[test]
fn packed_files_have_the_mode_and_the_bytes_of_the_commit() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = Project::hello();
    project.write("conf/a.yaml", "a: 1\n");
    project.write("conf/run.sh", "#!/bin/sh\n");
    project.git(&["add", "--all"]);
    project.git(&["update-index", "--chmod=+x", "conf/run.sh"]);
    project.git(&["commit", "--quiet", "--message", "files"]);
    project.git(&["config", "core.fileMode", "false"]);
    for name in ["a.yaml", "run.sh"] {
        let path = project.path("conf").join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
    }
    fs::write(
        project.path("release.toml"),
        "[build]\ntargets = ['linux/amd64']\n[[package.files]]\nfrom = 'conf/*'\n",
    )
    .unwrap();
    let mode = |name: &str| {
        let plan = project.run(&["plan", "--format", "json"]).ends_with(0);
        let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
        let steps = plan["steps"].as_array().unwrap().iter();
        let mut entries = steps.flat_map(|step| step["action"]["entries"].as_array().into_iter());
        let entries = entries.next().unwrap();
        let entry = entries
            .iter()
            .find(|entry| entry["name"].as_str().unwrap().ends_with(name));
        entry.unwrap()["mode"].as_u64().unwrap()
    };
    assert_eq!((mode("a.yaml"), mode("run.sh")), (0o644, 0o755));

    project.git(&["add", "--all"]);
    project.git(&["commit", "--quiet", "--message", "manifest"]);
    project.git(&["tag", "--force", "v1.2.3"]);
    // What git is told not to look at is clean to it, and other bytes all the same.
    project.git(&["update-index", "--assume-unchanged", "conf/a.yaml"]);
    project.write("conf/a.yaml", "a: 2\n");
    project
        .run(&["build", "--release"])
        .ends_with(3)
        .says("`conf/a.yaml` differs from the commit, and git was told not to look at it");
    project
        .run(&["check"])
        .ends_with(0)
        .says("warning: `conf/a.yaml` differs");
    project.git(&["update-index", "--no-assume-unchanged", "conf/a.yaml"]);
    project.git(&["config", "core.autocrlf", "true"]);
    fs::remove_file(project.path("conf/a.yaml")).unwrap();
    project.git(&["checkout", "--", "conf/a.yaml"]);
    project
        .run(&["build", "--release"])
        .ends_with(3)
        .says("`conf/a.yaml` has other bytes than in the commit");
    project.git(&["config", "core.autocrlf", "false"]);

    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n";
    project.write("conf/a.yaml", pointer);
    project.git(&["add", "--all"]);
    project.git(&["commit", "--quiet", "--message", "pointer"]);
    project
        .run(&["check"])
        .ends_with(0)
        .says("warning: `conf/a.yaml` is a Git LFS pointer");
}
