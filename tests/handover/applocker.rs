//! The AppLocker policy.

use std::process::Command;

use crate::fixture::config;
use crate::folder::{EVERYTHING, HOSTILE, files};
use crate::support::powershell::{EDITIONS, engine, file};
use crate::xml::{elements, paths};

#[test]
fn rules_have_ids_of_their_own_and_cover_services() {
    let (_, files) = files("Contoso Orders", &config(EVERYTHING));
    let rules = elements(&files["applocker.xml"]);
    let ids: Vec<&String> = rules
        .iter()
        .filter_map(|(_, attributes)| attributes.get("Id"))
        .collect();
    let mut unique = ids.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(ids.len(), unique.len());
    let modes: Vec<&String> = rules
        .iter()
        .filter(|(path, _)| path.len() == 2)
        .filter_map(|(_, attributes)| attributes.get("EnforcementMode"))
        .collect();
    assert_eq!(modes, ["AuditOnly", "AuditOnly", "AuditOnly"]);
    let hashes: Vec<&String> = rules
        .iter()
        .filter_map(|(_, attributes)| attributes.get("Data"))
        .collect();
    assert!(
        hashes[0].starts_with("0xCDCD"),
        "the Authenticode digest, not the file's: {hashes:?}"
    );
    assert!(
        rules
            .iter()
            .any(|(path, _)| path.last().is_some_and(|name| name == "RedstoneExtensions"))
    );
}

#[test]
fn a_signed_release_is_known_by_its_publisher() {
    let mut tables = config(EVERYTHING);
    let applocker = tables.applocker.as_mut().expect("the table");
    applocker.enforce = true;
    applocker.publisher = Some("CN=Contoso Ltd, C=US".to_owned());
    let (_, files) = files("Contoso Orders", &tables);
    let rules = elements(&files["applocker.xml"]);
    let publishers: Vec<&String> = rules
        .iter()
        .filter_map(|(_, attributes)| attributes.get("PublisherName"))
        .collect();
    // The program and Deploy.ps1, whose digest a signature changes.
    assert_eq!(publishers, ["CN=CONTOSO LTD, C=US", "CN=CONTOSO LTD, C=US"]);
    assert!(!files["applocker.xml"].contains("FileHash"));
    assert!(files["applocker.xml"].contains("EnforcementMode=\"Enabled\""));
}

#[test]
fn no_name_breaks_out_of_its_quotes() {
    let (_, plain) = files("Contoso Orders", &config(EVERYTHING));
    for title in HOSTILE {
        let (_, files) = files(title, &config(EVERYTHING));
        assert_eq!(
            paths(&files["applocker.xml"]),
            paths(&plain["applocker.xml"])
        );
        let names: Vec<String> = elements(&files["applocker.xml"])
            .into_iter()
            .filter_map(|(_, attributes)| attributes.get("Name").cloned())
            .collect();
        assert!(
            names.contains(&format!("{title} 1.4.2: orders.exe")),
            "{names:?}"
        );
    }
}

/// Doubles of the commands, which say what they were called with; the service is seen running when it is asked for again.
const DOUBLES: &str = r#"
function global:Set-AppLockerPolicy {
    param($XmlPolicy, [switch] $Merge)
    Write-Host "policy|$(Split-Path -Leaf $XmlPolicy)|$Merge"
}
function global:sc.exe {
    Write-Host "sc|$args"
    $global:LASTEXITCODE = if ($args[0] -eq 'start') { 1056 } else { 0 }
}
$global:Looks = 0
function global:Get-Service {
    param($Name)
    $global:Looks++
    Write-Host "service|$Name"
    [pscustomobject] @{ Status = if ($global:Looks -gt 1) { 'Running' } else { 'StartPending' } }
}
"#;

#[test]
fn the_script_merges_the_policy_and_starts_its_service() {
    let Some(engine) = engine() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (_, files) = files("Contoso Orders", &config(EVERYTHING));
    for name in ["applocker.xml", "Set-AppLocker.ps1"] {
        std::fs::write(folder.path().join(name), &files[name]).expect("a file");
    }
    let doubles = folder.path().join("doubles.ps1");
    std::fs::write(&doubles, DOUBLES).expect("the doubles");
    let script = folder.path().join("Set-AppLocker.ps1");
    // It finds errors of syntax, too.
    let output = Command::new(&engine)
        .arg("--lint-5.1")
        .arg(&script)
        .output()
        .expect("the engine");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.trim().is_empty(), "{text}");
    for edition in EDITIONS {
        for (arguments, expected) in [
            (&["-WhatIf"][..], vec![]),
            (
                &[],
                vec![
                    "policy|applocker.xml|True",
                    "sc|config AppIDSvc start= auto",
                    "sc|start AppIDSvc",
                    "service|AppIDSvc",
                    "service|AppIDSvc",
                ],
            ),
        ] {
            let output = file(&engine, edition, &script)
                .args(arguments)
                .env("PWSH_PRELUDE", &doubles)
                .output()
                .expect("the engine");
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let called: Vec<&str> = text.lines().filter(|line| line.contains('|')).collect();
            assert_eq!(called, expected, "{text}");
            assert!(output.status.success(), "{text}");
        }
    }
}
