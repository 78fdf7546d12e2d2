//! `Deploy.ps1` as text: syntax, what Windows PowerShell 5.1 lacks, plain ASCII.

use std::process::Command;

use gorelease::deploy::applocker::APPLY_SCRIPT;
use gorelease::deploy::install::{install_script, uninstall_script};
use gorelease::deploy::script::deploy_script;

use crate::support::powershell::{engine, file, shells, syntax_errors};

#[test]
fn the_script_is_plain_ascii() {
    assert!(deploy_script().is_ascii());
}

#[test]
fn the_script_is_good_for_both_editions() {
    let Some(engine) = engine() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("Deploy.ps1");
    let other = folder.path().join("Set-AppLocker.ps1");
    std::fs::write(&path, deploy_script()).expect("the script");
    std::fs::write(&other, APPLY_SCRIPT).expect("the script");
    assert!(APPLY_SCRIPT.is_ascii());
    for (check, path) in [
        ("--parse", &path),
        ("--lint-5.1", &path),
        ("--lint-5.1", &other),
    ] {
        let output = Command::new(&engine)
            .arg(check)
            .arg(path)
            .output()
            .expect("the engine");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.trim().is_empty(),
            "{check}: {text}"
        );
    }
}

/// By the parser of an installed PowerShell, too.
#[test]
fn every_script_is_parsed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    for (name, text) in [
        ("Deploy.ps1", deploy_script()),
        ("install.ps1", install_script()),
        ("uninstall.ps1", uninstall_script()),
    ] {
        std::fs::write(path(name), text).expect("a script");
    }
    std::fs::write(path("wrong.ps1"), "if (").expect("a script");
    for (shell, _) in shells().into_iter().take(1) {
        for name in ["Deploy.ps1", "install.ps1", "uninstall.ps1"] {
            assert_eq!(syntax_errors(&shell, &path(name)), "", "{name}");
        }
        assert_ne!(syntax_errors(&shell, &path("wrong.ps1")), "");
    }
}

/// Arguments reach a native command as they are, in both ways of PowerShell to pass them.
#[cfg(unix)]
#[test]
fn native_arguments_arrive_unchanged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let echo = folder.path().join("echo.py");
    std::fs::write(&echo, "import sys\nprint('|'.join(sys.argv[1:]))\n").expect("a program");
    let path = folder.path().join("quoting.ps1");
    let text = format!(
        "{}\nfunction Stop-Run {{ param($Message) throw $Message }}\n\
         foreach ($Value in '$(x) `S` \"quoted\\\" ''and'' more\\', '\"C:\\Program Files\\x.exe\" --a=\"b c\"', '', 'plain', 'C:\\a b\\', 'a\"b', '%PATH% & x') {{\n\
         $Result = Invoke-Native '/usr/bin/python3' @('{}', 'first', $Value, 'last')\n\
         if ($Result.Output -cne \"first|$Value|last\") {{ Write-Output \"[$Value] became $($Result.Output)\" }}\n}}\n",
        include_str!("../../templates/deploy/script/20-native.ps1"),
        echo.display()
    );
    std::fs::write(&path, text).expect("a script");
    for (shell, edition) in shells() {
        let output = file(&shell, edition, &path).output().expect("the engine");
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && text.trim().is_empty(),
            "{edition:?}: {text}"
        );
    }
}
