//! Progress is drawn on a terminal and taken away again: run on a pseudo-terminal of `script` (util-linux).

use std::process::Stdio;

use crate::support::project::{Project, finished};
use crate::support::require_tool;

/// What a terminal gets to see of `gorelease` with these arguments.
fn on_a_terminal(project: &Project, args: &str) -> Option<String> {
    let script = require_tool("script")?;
    let mut command = std::process::Command::new(script);
    let line = format!("'{}' {args}", env!("CARGO_BIN_EXE_gorelease"));
    command
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .current_dir(project.root())
        .stdin(Stdio::null())
        .env("TERM", "xterm-256color")
        .env("GORELEASE_CACHE", project.beside("cache"))
        .env_remove("NO_COLOR")
        .env_remove("GITHUB_ACTIONS");
    Some(finished(command.output().unwrap()).ends_with(0).stdout)
}

#[test]
fn progress_is_drawn_and_taken_away() {
    let project = Project::hello();
    project.manifest("[build]\ntargets = ['linux/amd64', 'windows/amd64']\n");
    let Some(text) = on_a_terminal(&project, "build") else {
        return;
    };
    let (drawing, rest) = text.rsplit_once("\u{1b}[2K").unwrap();
    assert!(drawing.contains("steps"), "{drawing:?}");
    assert!(drawing.contains("compiling"), "{drawing:?}");
    assert!(
        drawing.contains("\u{1b}[1A") || drawing.contains("\u{1b}[2A"),
        "{drawing:?}"
    );
    assert!(rest.contains("hello_1.2.3_windows_amd64.zip"), "{rest:?}");
    assert!(!rest.contains("compiling"), "{rest:?}");
}

#[test]
fn nothing_is_drawn_when_nobody_wants_it() {
    let project = Project::hello();
    project.manifest("[build]\ntargets = ['linux/amd64']\n");
    let Some(text) = on_a_terminal(&project, "build --progress never --color never") else {
        return;
    };
    assert!(!text.contains('\u{1b}'), "{text:?}");
    assert!(text.contains("linux/amd64  compiling"), "{text:?}");
}
