//! What these tests share beside the common support: Python's readers and running to the end.

use std::path::PathBuf;
use std::process::Command;

use crate::support::{require_tool, skip};

/// A Python that has these modules.
pub fn python(modules: &str) -> Option<PathBuf> {
    let python = require_tool("python3")?;
    let found = Command::new(&python)
        .args(["-c", &format!("import {modules}")])
        .output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    skip(&format!("python3 has not all of: {modules}"))
}

/// Runs a command to its end and gives its standard output; panics with everything it said when it fails.
pub fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?} failed: {}\n{stdout}\n{stderr}",
        output.status
    );
    stdout
}
