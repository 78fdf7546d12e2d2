//! Formats of automation that teams already have: Ansible, DSC, Scoop; [`super::winget`] has its own.
//!
//! Every scalar of a YAML file is written as JSON writes a string, which YAML 1.2 reads as it is: no name can break out.

use serde_json::{Value, json};

use super::config::Config;
use super::folder::{GeneratedFile, file};
use super::group_policy;
use super::model::*;

/// The files that the tables ask for.
pub(super) fn generate(deployment: &Deployment, config: &Config) -> Vec<GeneratedFile> {
    let mut files = Vec::new();
    if let Some(ansible) = &config.ansible {
        let hosts = ansible
            .hosts
            .clone()
            .unwrap_or_else(|| deployment.product.name.clone());
        files.push(file("automation/ansible.yml", playbook(deployment, &hosts)));
    }
    if config.dsc.is_some() {
        files.push(file(
            "automation/deployment.dsc.config.json",
            pretty(&dsc(deployment)),
        ));
    }
    if let (Some(scoop), Mode::Slots) = (&config.scoop, deployment.mode) {
        files.push(file(
            &format!("automation/{}.json", deployment.product.name),
            pretty(&scoop_manifest(deployment, scoop)),
        ));
    }
    if let (Some(winget), Some(package)) = (&config.winget, deployment.package()) {
        files.extend(super::winget::manifests(deployment, winget, package));
    }
    if let Some(policy) = &deployment.group_policy {
        files.push(file(
            "group-policy/policy.reg",
            group_policy::registry_file(policy),
        ));
        files.push(file(
            "group-policy/policy.lgpo.txt",
            group_policy::lgpo_text(policy),
        ));
    }
    files
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// A string as YAML: JSON's notation is a part of YAML 1.2.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The playbook but for its quoted names: it changes nothing on a second run, and says so.
const PLAYBOOK: &str = include_str!("../../templates/deploy/ansible.yml");

/// A playbook that brings the folder to the server and lets `Deploy.ps1` work.
fn playbook(deployment: &Deployment, hosts: &str) -> String {
    let product = &deployment.product;
    let folder = format!("C:\\Windows\\Temp\\{}-{}", product.name, product.version);
    PLAYBOOK
        .replace(
            "@NAME@",
            &quoted(&plain_jinja(&format!(
                "Deploy {} {}",
                product.title, product.version
            ))),
        )
        .replace("@HOSTS@", &quoted(&plain_jinja(hosts)))
        .replace("@FOLDER@", &quoted(&plain_jinja(&folder)))
}

/// A text that Ansible's template engine leaves as it is.
fn plain_jinja(text: &str) -> String {
    text.replace("{{", "{ {")
        .replace("{%", "{ %")
        .replace("{#", "{ #")
}

/// A DSC v3 document that asserts what the deployment brings about; `Deploy.ps1` brings it about.
fn dsc(deployment: &Deployment) -> Value {
    let mut resources = Vec::new();
    for service in &deployment.services {
        for instance in service
            .instances
            .iter()
            .filter(|instance| instance.slot.is_none())
        {
            resources.push(json!({
                "name": format!("Service {}", instance.service_name),
                "type": "Microsoft.Windows/Registry",
                "properties": {
                    "keyPath": format!(r"HKLM\SYSTEM\CurrentControlSet\Services\{}", instance.service_name),
                    "valueName": "ServiceSidType",
                    "valueData": { "DWord": match service.sid_type.as_str() { "none" => 0, "unrestricted" => 1, _ => 3 } },
                },
            }));
        }
    }
    for name in &deployment.prerequisites.forbidden_environment {
        resources.push(json!({
            "name": format!("{name} is not set"),
            "type": "Microsoft.Windows/Registry",
            "properties": {
                "keyPath": r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment",
                "valueName": name,
                "_exist": false,
            },
        }));
    }
    json!({
        "$schema": "https://aka.ms/dsc/schemas/v3/bundled/config/document.json",
        "metadata": { "product": deployment.product.title, "version": deployment.product.version },
        "resources": resources,
    })
}

fn scoop_manifest(deployment: &Deployment, scoop: &super::config::Scoop) -> Value {
    let product = &deployment.product;
    let architecture = match product.architecture.as_str() {
        "amd64" => "64bit",
        "arm64" => "arm64",
        _ => "32bit",
    };
    let programs: Vec<&Artifact> = deployment
        .artifacts
        .iter()
        .filter(|artifact| artifact.role == Role::Program)
        .collect();
    let file_name = |artifact: &Artifact| {
        artifact
            .file
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let urls: Vec<String> = programs
        .iter()
        .map(|artifact| scoop.url.replace("{{ file }}", &file_name(artifact)))
        .collect();
    let hashes: Vec<&str> = programs
        .iter()
        .map(|artifact| artifact.sha256.as_str())
        .collect();
    json!({
        "version": product.version,
        "description": product.title,
        "homepage": scoop.homepage,
        "license": scoop.license,
        "architecture": { architecture: { "url": urls, "hash": hashes } },
        "bin": programs.iter().map(|artifact| file_name(artifact)).collect::<Vec<_>>(),
    })
}
