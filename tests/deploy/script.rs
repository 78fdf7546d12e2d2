//! `Deploy.ps1` as text: syntax, what Windows PowerShell 5.1 lacks, plain ASCII.

use std::process::Command;

use gorelease::deploy::script::deploy_script;

use crate::world::engine;

#[test]
fn the_script_is_plain_ascii() {
    assert!(deploy_script().is_ascii());
}

#[test]
fn the_script_is_good_for_both_editions() {
    let Some(engine) = engine() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("Deploy.ps1");
    std::fs::write(&path, deploy_script()).expect("the script");
    for check in ["--parse", "--lint-5.1"] {
        let output = Command::new(&engine)
            .arg(check)
            .arg(&path)
            .output()
            .expect("the engine");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.trim().is_empty(),
            "{check}: {text}"
        );
    }
}
