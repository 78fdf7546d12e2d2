//! What is wrong with the machine: its environment, and tools that the manifest asks for.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::support::project::{Project, Run, finished};

fn run_in(project: &Project, args: &[&str], environment: &[(&str, &str)]) -> Run {
    let mut command = project.command(args);
    finished(command.envs(environment.iter().copied()).output().unwrap())
}

#[test]
fn flags_of_the_environment_that_a_release_does_not_use_are_said() {
    let project = Project::hello();
    for (flags, named) in [
        ("-cover -mod=mod", "`-cover`"),
        ("'-gcflags=-N -l'", "`-gcflags=-N -l`"),
        ("-tags=a --asmflags=-S", "`-tags=a`, `--asmflags=-S`"),
    ] {
        run_in(&project, &["check"], &[("GOFLAGS", flags)])
            .ends_with(0)
            .says(&format!("warning: ignoring {named} of GOFLAGS"))
            .says("into `flags`, `ldflags` or `tags` in `[build]`");
    }
    let harmless = [("GOFLAGS", "-mod=mod -buildvcs=false '-ldflags=-s -w' -v")];
    let run = run_in(&project, &["check"], &harmless).ends_with(0);
    assert!(!run.stderr.contains("GOFLAGS"), "{}", run.stderr);
}

#[test]
fn an_environment_that_the_go_tool_refuses_is_said_with_the_way_out() {
    let project = Project::hello();
    run_in(&project, &["check"], &[("GOFLAGS", "-nonsense")])
        .ends_with(3)
        .says("unknown flag -nonsense")
        .says("go env -u GOFLAGS");
    let homeless = project
        .command(&["check"])
        .env_remove("HOME")
        .env_remove("XDG_CACHE_HOME")
        .env_remove("GOCACHE")
        .output();
    finished(homeless.unwrap())
        .ends_with(3)
        .says("build cache is required")
        .says("set HOME, or GOCACHE");
    run_in(&project, &["check"], &[("GO111MODULE", "off")]).ends_with(0);
    run_in(&project, &["check"], &[("GOARCH", "nope")])
        .ends_with(3)
        .says("unsupported GOOS/GOARCH pair")
        .says("hint: mend what it names");
    project.write("go.mod", "modul x\n");
    project
        .run(&["check"])
        .ends_with(3)
        .says("unknown directive: modul")
        .says("hint: mend the line");
}

#[test]
fn what_keeps_the_go_tool_from_answering_is_told_once_and_nothing_that_follows_from_it() {
    let project = Project::hello();
    project.manifest(
        "[build]\ntargets = ['windows/amd64', 'linux/arm64']\n\
         [[binary]]\nname = 'a'\nmain = '.'\n[[binary]]\nname = 'b'\nmain = './cmd/b'\n\
         [[service]]\nbinary = 'a'\nname = 'A'\n",
    );
    let broken = run_in(&project, &["check"], &[("GOFLAGS", "-nonsense")]);
    let elsewhere = run_in(&project, &["check"], &[("GOROOT", "/nope")]);
    project.write("go.mod", "modul x\n");
    for run in [broken, elsewhere, project.run(&["check"])] {
        let run = run.ends_with(3);
        assert_eq!(run.stderr.matches("error: ").count(), 1, "{}", run.stderr);
        assert_eq!(run.stderr.matches("hint: ").count(), 1, "{}", run.stderr);
    }
}

#[test]
fn a_go_that_is_no_program_is_said() {
    let project = Project::hello();
    let go = project.beside("go");
    fs::write(&go, [0x7f, b'?', 0, 0]).unwrap();
    fs::set_permissions(&go, fs::Permissions::from_mode(0o755)).unwrap();
    run_in(
        &project,
        &["check"],
        &[("GORELEASE_GO", go.to_str().unwrap())],
    )
    .ends_with(3)
    .says("exec format error")
    .says("hint: is it a program for this system and processor");
}

#[test]
fn a_tool_that_signs_or_looks_for_holes_and_is_missing_is_said_at_its_table() {
    let project = Project::hello();
    let bin = project.beside("bin");
    fs::create_dir(&bin).unwrap();
    for tool in ["git", "go"] {
        symlink(which::which(tool).unwrap(), bin.join(tool)).unwrap();
    }
    for (manifest, place, tool) in [
        (
            "[sign.authenticode]\npkcs12 = 'k.pfx'\n",
            "1:1",
            "osslsigncode",
        ),
        (
            "[sign.authenticode]\ntool = 'signtool'\n",
            "2:8",
            "signtool",
        ),
        (
            "[sign.authenticode]\ntool = 'jsign'\nstoretype = 'X'\n",
            "2:8",
            "jsign",
        ),
        ("[[sign.detached]]\ntool = 'gpg'\n", "2:8", "gpg"),
        ("[[sign.detached]]\ntool = 'cosign'\n", "2:8", "cosign"),
        ("[vulnerabilities]\n", "1:1", "govulncheck"),
        (
            "[build]\ntargets = ['windows/amd64']\n[package]\nwindows = ['msi']\n[msi]\nbackend = 'wixl'\n\
             leave-out = ['access-lists', 'progress-texts', 'secure-properties']\n",
            "6:11",
            "wixl",
        ),
    ] {
        project.manifest(manifest);
        let run = run_in(&project, &["check"], &[("PATH", bin.to_str().unwrap())])
            .ends_with(4)
            .says(&format!("`{tool}` not found"))
            .says(&format!("release.toml:{place}"));
        assert!(run.stderr.contains("hint: "), "{}", run.stderr);
    }
}

#[test]
fn cleaning_the_cache_leaves_what_is_not_of_the_cache() {
    let project = Project::hello();
    project.run(&["build", "--target", "host"]).ends_with(0);
    fs::write(project.beside("cache").join("mine"), "precious").unwrap();
    project.run(&["cache", "clean"]).ends_with(0);
    assert_eq!(
        crate::support::project::names(&project.beside("cache")),
        ["lock", "mine"]
    );
}

#[test]
fn a_hook_that_cannot_start_is_said_with_its_reason() {
    let project = Project::hello();
    for (name, text, hint) in [
        ("crlf.sh", "#!/bin/sh\r\nexit 0\r\n", "CR LF line ends"),
        ("other.sh", "#!/no/such/shell\n", "`#!/no/such/shell`"),
    ] {
        project.write(name, text);
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(project.path(name), mode).unwrap();
        project.manifest(&format!("[[hooks.before]]\nrun = ['./{name}']\n"));
        project
            .run(&["build", "--target", "host"])
            .ends_with(1)
            .says("interpreter of")
            .says(hint);
    }
    project.manifest("[[hooks.before]]\nrun = ['echo a && b']\n");
    project
        .run(&["check"])
        .ends_with(4)
        .says("no shell is started")
        .says("[\"sh\", \"-c\", \"echo a && b\"]");
}

#[test]
fn an_after_hook_leaves_the_program_and_nothing_beside_it() {
    let project = Project::hello();
    let hook = |script: &str| {
        project.manifest(&format!(
            "[[binary]]\nname = 'hello'\n[[binary.hooks.after]]\nrun = ['sh', '-c', '{script}', 'sh', '{{{{ path }}}}']\n"
        ));
        project.run(&["build", "--target", "host"])
    };
    hook("rm \"$1\"")
        .ends_with(1)
        .says("the after-hook removed `hello`");
    hook("echo > \"$1.sig\"")
        .ends_with(0)
        .says("an after-hook wrote `hello.sig` beside `hello`");
}

#[test]
fn a_cache_that_cannot_be_trusted_or_made_is_done_without() {
    let project = Project::hello();
    let build = ["build", "--target", "host"];
    let cache = project.beside("cache");
    fs::create_dir(&cache).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
    project
        .run(&build)
        .ends_with(0)
        .says("can be written by other users, and is not used");
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 0);
    let file = project.beside("file");
    fs::write(&file, "").unwrap();
    let below = file.join("cache");
    run_in(
        &project,
        &build,
        &[("GORELEASE_CACHE", below.to_str().unwrap())],
    )
    .ends_with(0)
    .says("cannot be used");
    assert!(!project.path("dist/.work").exists());
}

#[test]
fn a_cache_in_the_work_tree_does_not_make_it_dirty() {
    let project = Project::hello();
    for _ in 0..2 {
        let place = [("GORELEASE_CACHE", "cache")];
        run_in(&project, &["build", "--target", "host"], &place)
            .ends_with(0)
            .says("1.2.3");
        let text = fs::read_to_string(project.path("dist/artifacts.json")).unwrap();
        assert!(text.contains("\"kind\": \"release\""), "{text}");
    }
    assert!(project.path("cache/steps").is_dir());
}

#[test]
fn folders_with_names_of_ours_are_not_removed() {
    for name in [
        ".new",
        ".old",
        ".work",
        "report.html",
        "artifacts.json",
        ".lock",
        ".results",
        ".committed",
    ] {
        let project = Project::hello();
        project.run(&["build", "--target", "host"]).ends_with(0);
        let path = project.path("dist").join(name);
        let _ = fs::remove_file(&path);
        fs::create_dir(&path).unwrap();
        fs::write(path.join("mine"), "precious").unwrap();
        project
            .run(&["build", "--target", "host"])
            .ends_with(3)
            .says(&format!("dist/{name}` was not made by gorelease"))
            .says("move it elsewhere");
        assert!(path.join("mine").exists(), "{name}");
    }
}

#[test]
fn a_refused_build_leaves_no_folder() {
    let project = Project::hello();
    project.manifest("[[binary]]\nname = 'x'\nmain = './nope'\n");
    project.run(&["build"]).ends_with(3);
    assert!(!project.path("dist").exists());
}

/// A results' folder may be copied by another user of the machine.
#[test]
fn everything_in_the_results_can_be_read_as_the_umask_allows() {
    let project = Project::hello();
    project.run(&["build", "--target", "host"]).ends_with(0);
    let mode = fs::metadata(project.path("dist/.results"))
        .unwrap()
        .permissions()
        .mode();
    let usual = fs::metadata(project.path("dist/.gitignore"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode, usual);
}

#[test]
fn a_cache_may_be_given_relative_to_the_folder_of_the_call() {
    let project = Project::hello();
    let mut command = project.command(&["-C", "project", "build", "--target", "host"]);
    command
        .current_dir(project.beside(""))
        .env("GORELEASE_CACHE", "here");
    finished(command.output().unwrap()).ends_with(0);
    assert!(project.beside("here/stage").is_dir());
}
