//! The playbook: ansible-lint with the real collections, and its texts read back by PyYAML.

use std::process::Command;

use serde_json::Value;

use crate::fixture::config;
use crate::folder::{EVERYTHING, HOSTILE, files};
use crate::support::python::{python, yaml_to_json};

#[test]
fn ansible_lint_accepts_the_playbook() {
    // The package ansible carries the collections, against which the linter checks modules and their options.
    let Some(python) = python("ansible", &["ansible-lint", "ansible"]) else {
        return;
    };
    let lint = python.with_file_name("ansible-lint");
    let folder = tempfile::tempdir().expect("a folder");
    for (index, title) in ["Contoso Orders", HOSTILE[0], HOSTILE[5]]
        .iter()
        .enumerate()
    {
        let (_, files) = files(title, &config(EVERYTHING));
        let path = folder.path().join(format!("playbook{index}.yml"));
        std::fs::write(path, &files["automation/ansible.yml"]).expect("a file");
    }
    let (_, plain) = files("Contoso Orders", &config("ansible = {}"));
    std::fs::write(
        folder.path().join("plain.yml"),
        &plain["automation/ansible.yml"],
    )
    .expect("a file");
    let mut command = Command::new(&lint);
    if let Some(folder) = lint.parent() {
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", folder.display()));
    }
    let output = command
        .args(["--offline", "--profile", "production", "-q"])
        .args([
            "playbook0.yml",
            "playbook1.yml",
            "playbook2.yml",
            "plain.yml",
        ])
        .current_dir(folder.path())
        .output()
        .expect("ansible-lint");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Every text of a document.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(map) => map.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

#[test]
fn the_servers_values_are_in_the_playbook() {
    let (_, files) = files("Contoso Orders", &config(EVERYTHING));
    let Some(plays) = yaml_to_json(&files["automation/ansible.yml"]) else {
        return;
    };
    let mut found = Vec::new();
    texts(&plays[0], &mut found);
    for value in [
        "Web-Server",
        "RSAT-AD-PowerShell",
        "ORDERS01",
        "corp.example",
        "China Standard Time",
        "ntp1.corp.example,0x8 10.0.0.3,0x8",
        "Ethernet",
        "10.0.0.5",
        "10.0.0.1",
        "10.0.0.2",
    ] {
        assert!(
            found.iter().any(|text| text == value),
            "{value}: {found:#?}"
        );
    }
    // The clock is right before the domain is asked.
    let tasks = plays[0]["tasks"].as_array().expect("tasks");
    let place = |name: &str| tasks.iter().position(|task| task["name"] == name);
    assert!(place("Set the clock before anything asks a domain") < place("Join the domain"));
    assert!(place("Join the domain").is_some());
}

#[test]
fn the_scripts_are_run_from_a_folder_that_nobody_else_can_have_made() {
    let (_, files) = files("Contoso Orders", &config("ansible = {}"));
    let text = &files["automation/ansible.yml"];
    assert!(!text.contains("Temp"), "{text}");
    let Some(plays) = yaml_to_json(text) else {
        return;
    };
    let tasks = plays[0]["tasks"].as_array().expect("tasks");
    // Its access list comes with it, before the first file.
    let made = &tasks[0]["ansible.windows.win_powershell"];
    let script = made["script"].as_str().unwrap_or_default();
    assert!(
        script.contains("$env:ProgramFiles")
            && script.contains("CreateDirectory($Path, $Security)"),
        "{script}"
    );
    assert_eq!(made["parameters"]["Name"], r"Contoso Orders handover\1.4.2");
    assert!(tasks[1]["ansible.windows.win_copy"].is_object());
}

#[test]
fn without_a_server_table_the_playbook_prepares_nothing() {
    let (_, files) = files("Contoso Orders", &config("ansible = {}"));
    let Some(plays) = yaml_to_json(&files["automation/ansible.yml"]) else {
        return;
    };
    assert_eq!(plays.as_array().map(Vec::len), Some(1));
}

#[test]
fn names_are_read_back_as_they_are_and_never_as_templates() {
    for title in HOSTILE {
        let mut tables = config(EVERYTHING);
        let server = tables.server.as_mut().expect("the table");
        server.address.as_mut().expect("the address").interface = title.to_owned();
        let (_, files) = files(title, &tables);
        let Some(plays) = yaml_to_json(&files["automation/ansible.yml"]) else {
            return;
        };
        let mut found = Vec::new();
        texts(&plays, &mut found);
        let plain = title.replace("{{", "{ {").replace("{%", "{ %");
        assert!(found.contains(&plain), "{title}: {found:#?}");
        assert!(found.contains(&format!("Deploy {plain} 1.4.2")));
    }
}
