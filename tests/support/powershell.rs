//! Running PowerShell scripts in both editions.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Whose manners the engine shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// Windows PowerShell 5.1.
    Desktop,
    /// PowerShell 7.
    Core,
}

/// Both, in the order of their age.
pub const EDITIONS: [Edition; 2] = [Edition::Desktop, Edition::Core];

/// The engine: `$GORELEASE_PWSH`, `pwsh` on the PATH, or the shared test tool beside the repository; none
/// when the test has to be skipped.
pub fn engine() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("GORELEASE_PWSH") {
        return Some(path.into());
    }
    if let Ok(path) = which::which("pwsh") {
        return Some(path);
    }
    let beside = super::root().join("../shared/tools/powershell/pwsh");
    if beside.exists() {
        return Some(beside);
    }
    super::skip("there is no `pwsh`; set GORELEASE_PWSH to a PowerShell")
}

/// A command that runs `script` in the given edition.
pub fn file(engine: &Path, edition: Edition, script: &Path) -> Command {
    let mut command = Command::new(engine);
    command
        .args(["-NoProfile", "-NonInteractive", "-File"])
        .arg(script)
        .env("LC_ALL", "C.UTF-8");
    if edition == Edition::Desktop {
        command.env("PWSH_EDITION", "Desktop");
    }
    command
}
