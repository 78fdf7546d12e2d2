//! From `release.toml` through `gorelease build` to a running service: the wrapper, and an overlay of the user's own.

use std::fs;
use std::time::Duration;

use crate::project::Project;
use crate::registration::{Place, log, register_as, service, wait_for_log};
use crate::support;
use crate::support::wine::{State, Wine};
use gorelease::service::Symbolic;
use gorelease::service::model::HostMode;

const PATIENCE: Duration = Duration::from_secs(120);

const MANIFEST: &str = r#"
[project]
name = "pair"
[build]
targets = ["windows/amd64"]
flags = ["-overlay=build/overlay.json"]
[[binary]]
name = "inner"
main = "./cmd/inner"
[[binary]]
name = "outer"
main = "./cmd/outer"
[[service]]
binary = "inner"
name = "Inner"
[[service]]
binary = "outer"
name = "Outer"
host = "wrapper"
[package]
windows = ["zip"]
"#;

/// A program that says `words` and waits for the interrupt; what `greeting` says comes from another file.
fn program(words: &str) -> String {
    format!(
        "package main\n\nimport (\n\t\"log\"\n\t\"os\"\n\t\"os/signal\"\n)\n\nfunc main() {{\n\
         \tsignals := make(chan os.Signal, 1)\n\tsignal.Notify(signals, os.Interrupt)\n\
         \tlog.Print(\"{words}, \", greeting)\n\t<-signals\n\tlog.Print(\"good bye\")\n}}\n"
    )
}

fn greeting(text: &str) -> String {
    format!("package main\n\nconst greeting = \"{text}\"\n")
}

#[test]
fn wrapper_and_a_users_overlay_come_through_a_release() {
    let Some(go) = support::require_tool("go") else {
        return;
    };
    let Some(wine) = Wine::new("release") else {
        return;
    };
    let project = Project::of(
        "release",
        &[
            ("go.mod", "module example.com/pair\n\ngo 1.21\n"),
            ("release.toml", MANIFEST),
            ("LICENSE", "MIT\n"),
            ("cmd/inner/main.go", &program("inner of the tree")),
            ("cmd/inner/greeting.go", &greeting("greeting of the tree")),
            ("cmd/outer/main.go", &program("outer of the tree")),
            ("cmd/outer/greeting.go", &greeting("greeting of the tree")),
            // The user's own: another main, another file, and one that is only there.
            (
                "build/overlay.json",
                r#"{"Replace": {"cmd/inner/main.go": "build/main.go.txt", "cmd/inner/greeting.go": "",
                    "cmd/inner/other.go": "build/greeting.go.txt"}}"#,
            ),
            ("build/main.go.txt", &program("inner of the overlay")),
            (
                "build/greeting.go.txt",
                &greeting("greeting of the overlay"),
            ),
        ],
    );
    project.build();
    let changes = project.changes();
    assert!(
        changes.is_empty(),
        "the source tree is untouched: {changes:?}"
    );
    project.unpack(&wine.path(r"C:\unpacked"));

    let version = std::process::Command::new(go)
        .args(["version", "-m"])
        .arg(wine.path(r"C:\unpacked\outer.exe"))
        .output()
        .expect("go runs");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    assert!(version.contains("example.com/pair/cmd/outer"), "{version}");
    let outer = fs::read(wine.path(r"C:\unpacked\outer.exe")).expect("the program");
    let host = b"--gorelease-service=";
    let has_host = outer.windows(host.len()).any(|window| window == host);
    assert!(!has_host, "a program below the wrapper is as it was");

    for (name, executable, words) in [
        (
            "Inner",
            "inner.exe",
            "inner of the overlay, greeting of the overlay",
        ),
        (
            "Outer",
            "outer-service.exe",
            "outer of the tree, greeting of the tree",
        ),
    ] {
        let mut service = service(name, &[]);
        if name == "Outer" {
            service.host = HostMode::Wrapper;
            let program = r"{{ install_dir }}\outer.exe";
            service.program = Some(Symbolic::parse(program).expect("a symbol"));
        }
        let place = Place::new(name);
        register_as(
            &wine,
            &service,
            &place,
            &wine.path(r"C:\unpacked"),
            executable,
        );
        wine.start_service(name);
        wine.wait_for(name, State::Running, PATIENCE);
        wait_for_log(&wine, &place, name, words);
        wine.stop_in_order(name);
        let text = log(&wine, &place, name);
        assert!(text.contains("good bye"), "{name}: {text}");
    }
}
