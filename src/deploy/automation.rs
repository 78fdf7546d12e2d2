//! Formats of automation that teams already have: one module each, and Scoop's here.

use serde_json::{Value, json};

use super::config::Config;
use super::folder::{GeneratedFile, file};
use super::model::*;

/// The files that the tables ask for.
pub(super) fn generate(deployment: &Deployment, config: &Config) -> Vec<GeneratedFile> {
    let mut files = Vec::new();
    if let Some(ansible) = &config.ansible {
        let hosts = ansible
            .hosts
            .clone()
            .unwrap_or_else(|| deployment.product.name.clone());
        files.push(file(
            "automation/ansible.yml",
            super::ansible::playbook(deployment, &hosts),
        ));
    }
    if config.dsc.is_some() {
        files.push(file(
            "automation/deployment.dsc.config.json",
            pretty(&super::dsc::document(deployment)),
        ));
    }
    let scoop = config
        .scoop
        .as_ref()
        .filter(|_| deployment.mode == Mode::Slots && !deployment.archives.is_empty());
    if let Some(scoop) = scoop {
        files.push(file(
            &format!("automation/{}.json", deployment.product.name),
            pretty(&scoop_manifest(deployment, scoop)),
        ));
    }
    if let (Some(winget), Some(package)) = (&config.winget, deployment.package()) {
        files.extend(super::winget::manifests(deployment, winget, package));
    }
    if let (Some(chocolatey), Some(package)) = (&config.chocolatey, deployment.package()) {
        files.extend(super::chocolatey::sources(deployment, chocolatey, package));
    }
    files
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn scoop_manifest(deployment: &Deployment, scoop: &super::config::Scoop) -> Value {
    let product = &deployment.product;
    let architecture = match product.architecture.as_str() {
        "amd64" => "64bit",
        "arm64" => "arm64",
        _ => "32bit",
    };
    let archives = &deployment.archives;
    let urls: Vec<String> = archives
        .iter()
        .map(|archive| scoop.url.replace("{{ file }}", &archive.file))
        .collect();
    let hashes: Vec<&str> = archives
        .iter()
        .map(|archive| archive.sha256.as_str())
        .collect();
    let programs: Vec<String> = archives
        .iter()
        .flat_map(|archive| &archive.programs)
        .map(|path| path.replace('/', "\\"))
        .collect();
    let description = match deployment.origin.description.lines().next() {
        Some(line) if !line.trim().is_empty() => line.trim(),
        _ => &product.title,
    };
    json!({
        "version": product.version,
        "description": description,
        "homepage": scoop.homepage,
        "license": scoop.license,
        "architecture": { architecture: { "url": urls, "hash": hashes } },
        "bin": programs,
    })
}
