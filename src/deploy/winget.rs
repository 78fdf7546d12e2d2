//! The three winget manifests of an MSI package (winget-cli, schemas 1.12.0).

use serde_json::{Value, json};

use super::config::Winget;
use super::folder::{GeneratedFile, file};
use super::model::{Artifact, Deployment};
use super::yaml;

const VERSION: &str = "1.12.0";

/// Version, default locale and installer.
pub(super) fn manifests(
    deployment: &Deployment,
    winget: &Winget,
    package: &Artifact,
) -> Vec<GeneratedFile> {
    let name = |suffix: &str| format!("automation/winget/{}{suffix}.yaml", winget.identifier);
    [("", "version", version(deployment, winget)), (".locale.en-US", "defaultLocale", locale(deployment, winget)), (".installer", "installer", installer(deployment, winget, package))]
        .into_iter()
        .map(|(suffix, kind, value)| {
            let head = format!("# yaml-language-server: $schema=https://aka.ms/winget-manifest.{kind}.{VERSION}.schema.json\n\n");
            file(&name(suffix), head + &yaml::block(&value))
        })
        .collect()
}

fn version(deployment: &Deployment, winget: &Winget) -> Value {
    json!({
        "PackageIdentifier": winget.identifier, "PackageVersion": deployment.product.version, "DefaultLocale": "en-US",
        "ManifestType": "version", "ManifestVersion": VERSION,
    })
}

fn locale(deployment: &Deployment, winget: &Winget) -> Value {
    let product = &deployment.product;
    let mut locale = json!({
        "PackageIdentifier": winget.identifier, "PackageVersion": product.version, "PackageLocale": "en-US", "Publisher": product.manufacturer,
        "PackageName": product.title, "License": winget.license, "ShortDescription": short_description(deployment),
        "ManifestType": "defaultLocale", "ManifestVersion": VERSION,
    });
    if let Some(homepage) = &deployment.origin.homepage {
        locale["PackageUrl"] = json!(homepage);
    }
    locale
}

/// The first line of the description, or the title: 3 to 256 characters.
fn short_description(deployment: &Deployment) -> String {
    let first = deployment.origin.description.lines().next();
    let short: String = first.unwrap_or_default().trim().chars().take(256).collect();
    if short.chars().count() < 3 {
        return deployment.product.title.clone();
    }
    short
}

fn installer(deployment: &Deployment, winget: &Winget, package: &Artifact) -> Value {
    let architecture = match deployment.product.architecture.as_str() {
        "amd64" => "x64",
        "arm64" => "arm64",
        _ => "x86",
    };
    let file_name = package.file.rsplit('/').next().unwrap_or(&package.file);
    // What Programs and Features shows: winget compares it, and would offer an upgrade for ever if it differed.
    let mut entry = json!({
        "DisplayName": deployment.product.title, "Publisher": deployment.product.manufacturer,
        "ProductCode": package.product_code, "UpgradeCode": package.upgrade_code,
    });
    if let Some(version) = &package.product_version {
        entry["DisplayVersion"] = json!(version);
    }
    json!({
        "PackageIdentifier": winget.identifier, "PackageVersion": deployment.product.version,
        "InstallerType": "msi", "Scope": "machine",
        "Installers": [{
            "Architecture": architecture,
            "InstallerUrl": winget.url.replace("{{ file }}", file_name),
            "InstallerSha256": package.sha256.to_uppercase(),
            "ProductCode": package.product_code,
            "AppsAndFeaturesEntries": [entry],
        }],
        "ManifestType": "installer", "ManifestVersion": VERSION,
    })
}
