//! What these tests share: external tools.

use std::path::PathBuf;
use std::process::Command;

/// Finds a tool, or says that the test is skipped; fails instead when `GORELEASE_REQUIRE_TOOLS=1`.
pub fn tool(name: &str) -> Option<PathBuf> {
    which::which(name).map_or_else(|_| missing(&format!("`{name}` is not installed")), Some)
}

/// A Python that has these modules.
pub fn python(modules: &str) -> Option<PathBuf> {
    let python = tool("python3")?;
    let found = Command::new(&python)
        .args(["-c", &format!("import {modules}")])
        .output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    missing(&format!("python3 has not all of: {modules}"))
}

/// Says why a test is skipped; fails instead when `GORELEASE_REQUIRE_TOOLS=1`.
pub fn missing<T>(why: &str) -> Option<T> {
    assert!(
        std::env::var_os("GORELEASE_REQUIRE_TOOLS").is_none_or(|value| value != "1"),
        "{why}"
    );
    eprintln!("skipped: {why}");
    None
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
        "{command:?} failed:\n{stdout}\n{stderr}"
    );
    stdout
}
