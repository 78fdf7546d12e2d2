//! AppLocker: a policy that allows this release beside Windows' default rules, and the script that merges it.
//!
//! Format: AppLocker policy XML as `Get-AppLockerPolicy -Xml` gives it. Executables and packages are compared by their
//! Authenticode digest, scripts by the digest of the whole file; a signed release by its publisher.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::model::{AppLocker, Artifact, Deployment, Role};
use super::page::html as xml;

/// Brings the policy beside it into the local one, and switches the service on that applies it.
pub const APPLY_SCRIPT: &str = include_str!("../../templates/deploy/Set-AppLocker.ps1");

/// The rules for one kind of file.
pub struct Collection {
    /// `Exe`, `Msi` or `Script`.
    pub name: &'static str,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// A rule.
pub struct Rule {
    /// Its id.
    pub id: Uuid,
    /// Its element, on one line.
    pub xml: String,
}

/// The rules of a release; `script` is `Deploy.ps1` as it lies in the folder.
pub fn collections(
    deployment: &Deployment,
    applocker: &AppLocker,
    script: &str,
) -> Vec<Collection> {
    let of_role = |name: &'static str, role: Role| Collection {
        name,
        rules: defaults(name)
            .into_iter()
            .chain(
                deployment
                    .artifacts
                    .iter()
                    .filter(|artifact| artifact.role == role)
                    .filter_map(|artifact| release_rule(deployment, applocker, artifact)),
            )
            .collect(),
    };
    let scripts = Collection {
        name: "Script",
        rules: defaults("Script")
            .into_iter()
            .chain([script_rule(deployment, applocker, script)])
            .collect(),
    };
    vec![
        of_role("Exe", Role::Program),
        of_role("Msi", Role::Package),
        scripts,
    ]
}

/// `applocker.xml`.
pub fn policy(deployment: &Deployment, applocker: &AppLocker, script: &str) -> String {
    let mode = if applocker.enforce {
        "Enabled"
    } else {
        "AuditOnly"
    };
    let mut text = String::from("<AppLockerPolicy Version=\"1\">\n");
    for collection in collections(deployment, applocker, script) {
        let _ = writeln!(
            text,
            "  <RuleCollection Type=\"{}\" EnforcementMode=\"{mode}\">",
            collection.name
        );
        for rule in &collection.rules {
            let _ = writeln!(text, "    {}", rule.xml);
        }
        if collection.name == "Exe" && applocker.services {
            services(&mut text);
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

/// The description of a product's rules, by which those of its former versions are found.
fn mark(deployment: &Deployment) -> String {
    format!("gorelease: {}", deployment.product.name)
}

/// The element of a rule, its kind and whom it is for.
struct Head<'a> {
    element: &'a str,
    name: &'a str,
    description: &'a str,
    sid: &'a str,
}

fn rule(head: &Head<'_>, id: Uuid, condition: &str) -> Rule {
    let Head {
        element,
        name,
        description,
        sid,
    } = head;
    Rule {
        id,
        xml: format!(
            "<{element} Id=\"{id}\" Name=\"{}\" Description=\"{}\" UserOrGroupSid=\"{sid}\" Action=\"Allow\">\
             <Conditions>{condition}</Conditions></{element}>",
            xml(name),
            xml(description)
        ),
    }
}

/// The default rules that the snap-in makes: without them, everything else would be denied.
fn defaults(collection: &str) -> Vec<Rule> {
    let everywhere = ("S-1-5-32-544", "*", "administrators, everywhere");
    let windows = ("S-1-1-0", "%WINDIR%\\*", "everyone, Windows");
    let rules = match collection {
        "Msi" => vec![
            (
                "S-1-1-0",
                "%WINDIR%\\Installer\\*",
                "everyone, Windows Installer's cache",
            ),
            everywhere,
        ],
        _ => vec![
            ("S-1-1-0", "%PROGRAMFILES%\\*", "everyone, Program Files"),
            windows,
            everywhere,
        ],
    };
    let default = |(sid, path, name): (&str, &str, &str)| {
        rule(
            &Head {
                element: "FilePathRule",
                name: &format!("Default: {name} ({collection})"),
                description: "",
                sid,
            },
            id(&format!("default:{collection}:{sid}:{path}")),
            &format!("<FilePathCondition Path=\"{path}\" />"),
        )
    };
    let mut rules: Vec<Rule> = rules.into_iter().map(default).collect();
    if collection == "Msi" {
        rules.push(signed_packages());
    }
    rules
}

/// The fourth default rule of packages: without it, an update of other software is denied to everybody but administrators.
fn signed_packages() -> Rule {
    let name = "everyone, signed packages";
    rule(
        &Head {
            element: "FilePublisherRule",
            name: &format!("Default: {name} (Msi)"),
            description: "",
            sid: "S-1-1-0",
        },
        id("default:Msi:S-1-1-0:signed"),
        "<FilePublisherCondition PublisherName=\"*\" ProductName=\"*\" BinaryName=\"*\">\
         <BinaryVersionRange LowSection=\"0.0.0.0\" HighSection=\"*\" /></FilePublisherCondition>",
    )
}

/// By publisher when the release is signed, otherwise by digest.
fn release_rule(
    deployment: &Deployment,
    applocker: &AppLocker,
    artifact: &Artifact,
) -> Option<Rule> {
    let file = artifact.file.rsplit('/').next().unwrap_or(&artifact.file);
    match (&applocker.publisher, &artifact.authenticode_sha256) {
        (Some(publisher), _) => Some(publisher_rule(deployment, file, publisher)),
        (None, Some(digest)) => Some(hash_rule(deployment, file, digest, artifact.size)),
        (None, None) => None,
    }
}

/// The digest of a script that is signed later would be another one.
fn script_rule(deployment: &Deployment, applocker: &AppLocker, script: &str) -> Rule {
    const FILE: &str = "Deploy.ps1";
    match &applocker.publisher {
        Some(publisher) => publisher_rule(deployment, FILE, publisher),
        None => {
            let digest = crate::format::output::hex(&Sha256::digest(script));
            hash_rule(deployment, FILE, &digest, script.len() as u64)
        }
    }
}

fn publisher_rule(deployment: &Deployment, file: &str, publisher: &str) -> Rule {
    rule(
        &Head {
            element: "FilePublisherRule",
            name: &format!("{}: {file}", deployment.product.title),
            description: &mark(deployment),
            sid: "S-1-1-0",
        },
        id(&format!("{}:publisher:{file}", deployment.product.name)),
        // AppLocker stores publishers in capitals.
        &format!(
            "<FilePublisherCondition PublisherName=\"{}\" ProductName=\"*\" BinaryName=\"*\">\
             <BinaryVersionRange LowSection=\"*\" HighSection=\"*\" /></FilePublisherCondition>",
            xml(&publisher.to_uppercase())
        ),
    )
}

fn hash_rule(deployment: &Deployment, file: &str, digest: &str, size: u64) -> Rule {
    let product = &deployment.product;
    rule(
        &Head {
            element: "FileHashRule",
            name: &format!("{} {}: {file}", product.title, product.version),
            description: &format!("{} {}", mark(deployment), product.version),
            sid: "S-1-1-0",
        },
        id(&format!("{}:{}:{file}", product.name, product.version)),
        &format!(
            "<FileHashCondition><FileHash Type=\"SHA256\" Data=\"0x{}\" SourceFileName=\"{}\" SourceFileLength=\"{size}\" />\
             </FileHashCondition>",
            digest.to_uppercase(),
            xml(file)
        ),
    )
}

/// Services are covered only with both extensions switched on, and then all of the server are.
fn services(text: &mut String) {
    text.push_str(
        "    <RuleCollectionExtensions>\n      <ThresholdExtensions><Services EnforcementMode=\"Enabled\" /></ThresholdExtensions>\n      \
         <RedstoneExtensions><SystemApps Allow=\"Enabled\" /></RedstoneExtensions>\n    </RuleCollectionExtensions>\n",
    );
}
