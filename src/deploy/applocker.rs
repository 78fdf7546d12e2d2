//! AppLocker: a policy that allows this release beside Windows' default rules, and the script that merges it.
//!
//! Format: AppLocker policy XML as `Get-AppLockerPolicy -Xml` gives it. Executables and packages are compared by their
//! Authenticode digest, scripts by the digest of the whole file.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::model::{AppLocker, Artifact, Deployment, Role};
use super::page::html as xml;

/// Merges the policy beside it, and switches the service on that applies it.
pub const APPLY_SCRIPT: &str = include_str!("../../templates/deploy/Set-AppLocker.ps1");

/// `applocker.xml`; `script` is `Deploy.ps1` as it lies in the folder.
pub fn policy(deployment: &Deployment, applocker: &AppLocker, script: &str) -> String {
    let mode = if applocker.enforce {
        "Enabled"
    } else {
        "AuditOnly"
    };
    let mut text = String::from("<AppLockerPolicy Version=\"1\">\n");
    for (collection, role) in [
        ("Exe", Some(Role::Program)),
        ("Msi", Some(Role::Package)),
        ("Script", None),
    ] {
        let _ = writeln!(
            text,
            "  <RuleCollection Type=\"{collection}\" EnforcementMode=\"{mode}\">"
        );
        defaults(&mut text, collection);
        for artifact in deployment
            .artifacts
            .iter()
            .filter(|artifact| Some(artifact.role) == role)
        {
            release_rule(&mut text, deployment, applocker, artifact);
        }
        match role {
            None => {
                let digest: String = Sha256::digest(script)
                    .iter()
                    .map(|byte| format!("{byte:02X}"))
                    .collect();
                hash_rule(
                    &mut text,
                    deployment,
                    "Deploy.ps1",
                    &digest,
                    script.len() as u64,
                );
            }
            Some(Role::Program) => services(&mut text),
            Some(Role::Package | Role::Config) => {}
        }
        text.push_str("  </RuleCollection>\n");
    }
    text.push_str("</AppLockerPolicy>\n");
    text
}

/// A fixed id for a rule: the same release gives the same policy.
fn id(name: &str) -> Uuid {
    Uuid::new_v5(
        &Uuid::NAMESPACE_URL,
        format!("urn:gorelease:applocker:{name}").as_bytes(),
    )
}

/// The default rules that the snap-in makes: without them, everything else would be denied.
fn defaults(text: &mut String, collection: &str) {
    let everywhere = ("S-1-5-32-544", "*", "administrators, everywhere");
    let windows = ("S-1-1-0", "%WINDIR%\\*", "everyone, Windows");
    let rules = match collection {
        "Msi" => [
            (
                "S-1-1-0",
                "%WINDIR%\\Installer\\*",
                "everyone, Windows Installer's cache",
            ),
            everywhere,
        ]
        .to_vec(),
        _ => [
            ("S-1-1-0", "%PROGRAMFILES%\\*", "everyone, Program Files"),
            windows,
            everywhere,
        ]
        .to_vec(),
    };
    for (sid, path, name) in rules {
        let _ = writeln!(
            text,
            "    <FilePathRule Id=\"{}\" Name=\"Default: {name} ({collection})\" Description=\"\" UserOrGroupSid=\"{sid}\" Action=\"Allow\">\n      \
             <Conditions><FilePathCondition Path=\"{path}\" /></Conditions>\n    </FilePathRule>",
            id(&format!("default:{collection}:{sid}:{path}"))
        );
    }
}

/// By publisher when the release is signed, otherwise by digest.
fn release_rule(
    text: &mut String,
    deployment: &Deployment,
    applocker: &AppLocker,
    artifact: &Artifact,
) {
    let file = artifact.file.rsplit('/').next().unwrap_or(&artifact.file);
    if let Some(publisher) = &applocker.publisher {
        let _ = writeln!(
            text,
            "    <FilePublisherRule Id=\"{}\" Name=\"{}\" Description=\"\" UserOrGroupSid=\"S-1-1-0\" Action=\"Allow\">\n      \
             <Conditions><FilePublisherCondition PublisherName=\"{}\" ProductName=\"*\" BinaryName=\"*\"><BinaryVersionRange LowSection=\"*\" \
             HighSection=\"*\" /></FilePublisherCondition></Conditions>\n    </FilePublisherRule>",
            id(&format!("{}:publisher:{file}", deployment.product.name)),
            xml(&format!("{}: {file}", deployment.product.title)),
            // AppLocker stores publishers in capitals.
            xml(&publisher.to_uppercase())
        );
    } else if let Some(digest) = &artifact.authenticode_sha256 {
        hash_rule(
            text,
            deployment,
            file,
            &digest.to_uppercase(),
            artifact.size,
        );
    }
}

fn hash_rule(text: &mut String, deployment: &Deployment, file: &str, digest: &str, size: u64) {
    let product = &deployment.product;
    let _ = writeln!(
        text,
        "    <FileHashRule Id=\"{}\" Name=\"{}\" Description=\"\" UserOrGroupSid=\"S-1-1-0\" Action=\"Allow\">\n      \
         <Conditions><FileHashCondition><FileHash Type=\"SHA256\" Data=\"0x{digest}\" SourceFileName=\"{}\" SourceFileLength=\"{size}\" \
         /></FileHashCondition></Conditions>\n    </FileHashRule>",
        id(&format!("{}:{}:{file}", product.name, product.version)),
        xml(&format!("{} {}: {file}", product.title, product.version)),
        xml(file)
    );
}

/// Services are covered only with both extensions switched on.
fn services(text: &mut String) {
    text.push_str(
        "    <RuleCollectionExtensions>\n      <ThresholdExtensions><Services EnforcementMode=\"Enabled\" /></ThresholdExtensions>\n      \
         <RedstoneExtensions><SystemApps Allow=\"Enabled\" /></RedstoneExtensions>\n    </RuleCollectionExtensions>\n",
    );
}
