//! The three winget manifests of an MSI package (winget-cli, schemas 1.12.0).

use serde_json::{Value, json};

use super::config::Winget;
use super::folder::{GeneratedFile, file};
use super::model::{Artifact, Deployment};

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
            file(&name(suffix), head + &yaml(&value, 0))
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
    json!({
        "PackageIdentifier": winget.identifier, "PackageVersion": product.version, "PackageLocale": "en-US", "Publisher": product.manufacturer,
        "PackageName": product.title, "License": winget.license, "ShortDescription": product.title,
        "ManifestType": "defaultLocale", "ManifestVersion": VERSION,
    })
}

fn installer(deployment: &Deployment, winget: &Winget, package: &Artifact) -> Value {
    let architecture = match deployment.product.architecture.as_str() {
        "amd64" => "x64",
        "arm64" => "arm64",
        _ => "x86",
    };
    let file_name = package.file.rsplit('/').next().unwrap_or(&package.file);
    json!({
        "PackageIdentifier": winget.identifier, "PackageVersion": deployment.product.version,
        "InstallerType": "msi", "Scope": "machine",
        "Installers": [{
            "Architecture": architecture,
            "InstallerUrl": winget.url.replace("{{ file }}", file_name),
            "InstallerSha256": package.sha256.to_uppercase(),
            "ProductCode": package.product_code,
            "AppsAndFeaturesEntries": [{ "ProductCode": package.product_code, "UpgradeCode": package.upgrade_code }],
        }],
        "ManifestType": "installer", "ManifestVersion": VERSION,
    })
}

/// Block style; every scalar as JSON writes it, which YAML 1.2 reads as it is.
fn yaml(value: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| match value {
                Value::Object(_) | Value::Array(_) => {
                    format!("{indent}{key}:\n{}", yaml(value, depth + 1))
                }
                scalar => format!("{indent}{key}: {scalar}\n"),
            })
            .collect(),
        Value::Array(values) => values
            .iter()
            .map(|value| {
                let text = yaml(value, depth + 1);
                format!("{indent}- {}", text.trim_start())
            })
            .collect(),
        scalar => format!("{indent}{scalar}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_objects_are_indented() {
        let value = json!({ "A": [{ "B": "x: \"y\"", "C": [1] }] });
        assert_eq!(
            yaml(&value, 0),
            "A:\n  - B: \"x: \\\"y\\\"\"\n    C:\n      - 1\n"
        );
    }
}
