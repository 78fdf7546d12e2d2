//! The script for real Windows: its syntax, what Windows PowerShell 5.1 lacks, plain ASCII.

use std::fs;
use std::process::Command;

use crate::support::{powershell, root};

#[test]
fn the_script_for_windows_is_good_for_both_editions() {
    let Some(engine) = powershell::engine() else {
        return;
    };
    let script = root().join("tests/windows/msi.ps1");
    assert!(fs::read(&script).unwrap().is_ascii());
    for check in ["--parse", "--lint-5.1"] {
        let output = Command::new(&engine)
            .arg(check)
            .arg(&script)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.trim().is_empty(),
            "{check}: {text}"
        );
    }
}
