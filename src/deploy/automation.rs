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
    if let (Some(scoop), Mode::Slots) = (&config.scoop, deployment.mode) {
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
