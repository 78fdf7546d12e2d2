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

const NO_ENGINE: &str = "there is no PowerShell engine for tests; name it with GORELEASE_PWSH";

/// The engine for tests: `$GORELEASE_PWSH`, `pwsh` on the PATH, or the shared test tool beside the repository; none
/// when the test has to be skipped.
///
/// An ordinary PowerShell has no drives, registry and prelude in place of a Windows, so it is passed over here (the
/// engine tells itself by its version); [`shells`] takes it for scripts that need none of these.
pub fn engine() -> Option<PathBuf> {
    find().or_else(|| super::skip(NO_ENGINE))
}

fn find() -> Option<PathBuf> {
    let named = std::env::var_os("GORELEASE_PWSH").map(PathBuf::from);
    let beside = super::root().join("../shared/tools/powershell/pwsh");
    [named, which::which("pwsh").ok(), Some(beside)]
        .into_iter()
        .flatten()
        .find(|path| is_for_tests(path))
}

/// What runs a script that needs no Windows around it: the engine for tests in both editions, otherwise an installed
/// PowerShell 7 as what it is. Empty when the test has to be skipped.
pub fn shells() -> Vec<(PathBuf, Edition)> {
    if let Some(engine) = find() {
        return EDITIONS.map(|edition| (engine.clone(), edition)).into();
    }
    let _: Option<()> = super::skip(NO_ENGINE);
    let installed = which::which("pwsh").ok();
    installed
        .into_iter()
        .map(|path| (path, Edition::Core))
        .collect()
}

/// What the parser has to say against a script.
pub fn syntax_errors(shell: &Path, script: &Path) -> String {
    let script = script.display().to_string().replace('\'', "''");
    let parse = format!(
        "$Errors = $null; \
         $null = [Management.Automation.Language.Parser]::ParseFile('{script}', [ref]$null, [ref]$Errors); \
         $Errors | ForEach-Object {{ \"$($_.Extent.StartLineNumber): $($_.Message)\" }}; 'parsed'"
    );
    let output = Command::new(shell)
        .args(["-NoProfile", "-NonInteractive", "-Command", &parse])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = text.trim_end().strip_suffix("parsed").map(str::to_owned);
    errors.unwrap_or(text + &String::from_utf8_lossy(&output.stderr))
}

fn is_for_tests(path: &Path) -> bool {
    let answer = Command::new(path).arg("--version").output();
    answer.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("engine for tests"))
}

/// A command that runs `script` in the given edition.
pub fn file(engine: &Path, edition: Edition, script: &Path) -> Command {
    let mut command = Command::new(engine);
    command
        .args(["-NoProfile", "-NonInteractive", "-File"])
        .arg(script)
        .env("LC_ALL", "C.UTF-8")
        // Code that runs for seconds only never pays for being measured.
        .env("DOTNET_TieredPGO", "0")
        .env_remove("PWSH_EDITION");
    if edition == Edition::Desktop {
        // A server in China: the code page without UTF-8 that shows most mistakes.
        command
            .env("PWSH_EDITION", "Desktop")
            .env("PWSH_ANSI", "936");
    }
    command
}
