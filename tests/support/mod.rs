//! What several test binaries share: the rule for missing tools, and the Wine test bed.
//!
//! Used with `#[path = "../support/mod.rs"] mod support;` from a folder test, or `mod support;` from a file
//! directly below `tests/`.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod go_module;
pub mod http;
pub mod poll;
pub mod powershell;
pub mod project;
pub mod python;
pub mod wine;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where prepared things (Wine prefix, compiled Go programs) are kept between runs.
pub fn cache() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    target.parent().unwrap_or(target).join("testbed")
}

/// The full path of an external tool, or none when the test has to be skipped.
///
/// A missing tool is told as `skipped: ...`; with `GORELEASE_REQUIRE_TOOLS=1` it fails the test.
pub fn require_tool(name: &str) -> Option<PathBuf> {
    match which::which(name) {
        Ok(path) => Some(path),
        Err(_) => skip(&format!("`{name}` is not installed")),
    }
}

/// Says that the test is skipped and why; fails when `GORELEASE_REQUIRE_TOOLS=1`.
///
/// The test runner shows nothing of a test that passes, so a line also goes to the file that `GORELEASE_SKIPPED` names.
#[allow(clippy::print_stderr)]
pub fn skip<T>(reason: &str) -> Option<T> {
    assert!(
        !tools_are_required(),
        "GORELEASE_REQUIRE_TOOLS=1, but {reason}"
    );
    eprintln!("skipped: {reason}");
    if let Some(file) = std::env::var_os("GORELEASE_SKIPPED") {
        let thread = std::thread::current();
        let reason = reason.lines().next().unwrap_or_default();
        let line = format!("{reason}\t{}\n", thread.name().unwrap_or("?"));
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(file)
            .unwrap();
        // In one piece: tests of one program run side by side.
        file.write_all(line.as_bytes()).unwrap();
    }
    None
}

fn tools_are_required() -> bool {
    std::env::var("GORELEASE_REQUIRE_TOOLS").is_ok_and(|value| value == "1")
}
