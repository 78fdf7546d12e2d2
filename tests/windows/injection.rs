//! The injected program on a console, and the build itself.

use std::fs;
use std::path::Path;

use crate::program::{self, Program};
use crate::support;
use crate::support::wine::Wine;

#[test]
fn on_a_console_the_program_is_what_it_was() {
    let (Some(wine), Some(injected)) = (Wine::new("console"), program::endings()) else {
        return;
    };
    let Some(plain) = program::build(&program::source("endings"), "plain-console", &[]) else {
        return;
    };
    let run = |program: &Path, arguments: &[&str]| {
        let result = wine.run(&wine.windows_path(program), arguments);
        (result.code, result.stdout, result.stderr)
    };
    let arguments = [
        "arguments",
        "a b",
        "\"quoted\" $(x) & y",
        "",
        "--gorelease-service=Late",
    ];
    let expected = run(&plain, &arguments);
    assert_eq!(expected.0, 7);
    assert_eq!(run(&injected, &arguments), expected);
    assert_eq!(run(&injected, &[]), run(&plain, &[]));
}

#[test]
fn the_service_argument_on_a_console_is_explained() {
    let (Some(wine), Some(injected)) = (Wine::new("console-service"), program::endings()) else {
        return;
    };
    let result = wine.run(
        &wine.windows_path(&injected),
        &["--gorelease-service=Orders"],
    );
    assert_eq!((result.code, result.stdout.as_str()), (1, ""));
    assert!(
        result.stderr.contains("(1063)") && result.stderr.contains("hint: "),
        "{}",
        result.stderr
    );
}

#[test]
fn two_builds_in_two_folders_are_the_same_and_tell_no_path() {
    let mut executables = Vec::new();
    for folder in ["one", "another place"] {
        let base = support::cache().join("two").join(folder);
        let source = base.join("source");
        let _ = fs::remove_dir_all(&base);
        fs::create_dir_all(&source).expect("a folder");
        for file in ["go.mod", "main.go"] {
            fs::copy(program::source("endings").join(file), source.join(file)).expect("a copy");
        }
        let program = Program {
            directory: &source,
            import_path: "example.com/endings",
            files: &["main.go"],
        };
        let overlay = program::write_overlay(&program, &base.join("overlay"));
        let flags = [
            "-overlay",
            &overlay.display().to_string(),
            "-ldflags=-buildid=",
        ];
        let Some(executable) = program::build(&source, "two", &flags) else {
            return;
        };
        executables.push(fs::read(executable).expect("the executable"));
        let names: Vec<_> = fs::read_dir(&source)
            .expect("the source")
            .flatten()
            .map(|entry| entry.file_name())
            .collect();
        assert_eq!(names.len(), 2, "the source tree is untouched: {names:?}");
    }
    assert!(executables[0] == executables[1], "the executables differ");
    let text = String::from_utf8_lossy(&executables[0]);
    assert!(
        !text.contains("testbed") && !text.contains("goreleasehost/../"),
        "a path of the build is in the executable"
    );
}

#[test]
fn portable_parts_of_the_host_pass_vet_and_their_tests() {
    let Some(go) = support::require_tool("go") else {
        return;
    };
    let folder = support::root().join("templates/service-host");
    let run = |arguments: &[&str], os: Option<(&str, &str)>| {
        let mut command = std::process::Command::new(&go);
        command
            .current_dir(&folder)
            .args(arguments)
            .env("CGO_ENABLED", "0");
        if let Some((name, architecture)) = os {
            command.env("GOOS", name).env("GOARCH", architecture);
        }
        let output = command.output().expect("go runs");
        assert!(
            output.status.success(),
            "{arguments:?}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    };
    run(&["test", "./..."], None);
    for architecture in ["386", "amd64", "arm64"] {
        run(&["vet", "./..."], Some(("windows", architecture)));
    }
}
