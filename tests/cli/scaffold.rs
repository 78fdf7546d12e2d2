//! `gorelease scaffold service`: code that compiles, passes vet, and is never overwritten.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::project::Project;
use crate::support::{require_tool, skip};

const FILES: [&str; 3] = ["service.go", "service_other.go", "service_windows.go"];

/// `go` in the project; the output when it fails.
fn go(go: &Path, project: &Project, os: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(go)
        .args(arguments)
        .current_dir(project.root())
        .env("GOOS", os)
        .env("GOFLAGS", "-mod=mod")
        .output()
        .expect("go runs");
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_code_compiles_and_passes_vet_on_every_system() {
    let Some(tool) = require_tool("go") else {
        return;
    };
    let project = Project::hello();
    let run = project.run(&["scaffold", "service"]).ends_with(0);
    assert!(run.stdout.contains("go get golang.org/x/sys"), "{run:?}");
    project.write(
        "main.go",
        "package main\n\nimport \"context\"\n\nfunc main() { runService(\"Hello\", run) }\n\n\
         func run(ctx context.Context) error { <-ctx.Done(); return nil }\n",
    );
    if go(
        &tool,
        &project,
        "linux",
        &["get", "golang.org/x/sys@v0.30.0"],
    )
    .is_err()
    {
        skip::<()>("`golang.org/x/sys` cannot be fetched");
        return;
    }
    for os in ["windows", "linux", "darwin"] {
        go(&tool, &project, os, &["vet", "."]).unwrap();
        let output = if os == "windows" {
            "hello.exe"
        } else {
            "hello"
        };
        let output = project.beside(output).display().to_string();
        go(&tool, &project, os, &["build", "-o", &output, "."]).unwrap();
    }
    // What was written is what gofmt writes.
    let unformatted = Command::new(tool.with_file_name("gofmt"))
        .arg("-l")
        .args(FILES.map(|name| project.path(name)))
        .output()
        .expect("gofmt runs");
    assert_eq!(String::from_utf8_lossy(&unformatted.stdout), "");
    // And a service of it needs no host of ours.
    project.manifest("[build]\ntargets = ['windows/amd64']\n[[service]]\nbinary = 'hello'\n");
    let words = "host mode `native`, because `service_windows.go:";
    project.run(&["check"]).ends_with(0).says(words);
}

#[test]
fn no_file_is_ever_overwritten() {
    for name in FILES {
        let project = Project::hello();
        project.write(name, "package main // mine\n");
        let run = project.run(&["scaffold", "service"]).ends_with(1);
        let run = run.says(name).says("is already there");
        run.says("it is never overwritten");
        let text = fs::read_to_string(project.path(name)).unwrap();
        assert_eq!(text, "package main // mine\n");
        for other in FILES.iter().filter(|other| **other != name) {
            assert!(!project.path(other).exists(), "{other} was written");
        }
    }
}

#[test]
fn another_folder_can_be_named_and_must_be_there() {
    let project = Project::hello();
    project.write("cmd/agent/main.go", "package main\n\nfunc main() {}\n");
    project
        .run(&["scaffold", "service", "./cmd/agent"])
        .ends_with(0);
    for name in FILES {
        assert!(project.path("cmd/agent").join(name).is_file(), "{name}");
        assert!(!project.path(name).exists(), "{name}");
    }
    project
        .run(&["scaffold", "service", "cmd/none"])
        .ends_with(1)
        .says("cmd/none");
}

#[test]
fn commands_need_a_service() {
    let project = Project::hello();
    project.manifest("[build]\ntargets = ['windows/amd64']\n");
    project
        .run(&["scaffold", "sc"])
        .ends_with(1)
        .says("the manifest has no service")
        .says("add a `[[service]]`");
}
