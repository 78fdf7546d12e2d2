//! The statement itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Runner;

/// `_type` of an in-toto statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The internal parameter with the versions of the programs that were called, by name.
pub const TOOLS: &str = "tools";
const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v1";
/// Names the meaning of the parameters below.
const BUILD_TYPE: &str = "urn:gorelease:build:v1";

/// An artifact of the release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// File name.
    pub name: String,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// Something that went into the build.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Material {
    /// The source: a repository's URL and the commit.
    Source {
        /// URL to clone, without credentials; absent when the repository has no remote.
        url: Option<String>,
        /// Full commit hash.
        commit: String,
    },
    /// The Go toolchain, for example `go1.26.1`.
    Toolchain {
        /// Its version.
        version: String,
    },
    /// A Go module.
    Module {
        /// Package URL.
        purl: String,
        /// Hash of its files (`h1:`) in hexadecimal.
        dir_hash: Option<String>,
    },
}

/// Everything that a build was asked to do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Definition {
    /// What the caller chose: version, targets, binaries.
    pub external: BTreeMap<String, Value>,
    /// What follows from the manifest and the environment: settings, tool versions.
    pub internal: BTreeMap<String, Value>,
    /// What went in.
    pub materials: Vec<Material>,
    /// Version of gorelease.
    pub tool_version: String,
}

/// The statement about these artifacts, sorted by name.
pub fn statement(
    mut subjects: Vec<Subject>,
    definition: &Definition,
    runner: &Runner,
) -> Statement {
    subjects.sort();
    let mut materials = definition.materials.clone();
    materials.sort();
    materials.dedup();
    let mut internal = definition.internal.clone();
    let mut external = definition.external.clone();
    if let Runner::GitHub(github) = runner {
        external.insert("workflow".to_owned(), github.workflow.clone().into());
        let details = github
            .details
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone().into()));
        internal.insert("github".to_owned(), Value::Object(details.collect()));
    }
    Statement {
        kind: STATEMENT_TYPE.to_owned(),
        subject: subjects
            .into_iter()
            .map(|subject| Resource {
                name: Some(subject.name),
                uri: None,
                digest: entry("sha256", subject.sha256),
            })
            .collect(),
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate: Predicate {
            build_definition: BuildDefinition {
                build_type: BUILD_TYPE.to_owned(),
                external_parameters: external,
                internal_parameters: internal,
                resolved_dependencies: materials.into_iter().map(resource).collect(),
            },
            run_details: RunDetails {
                builder: Builder {
                    id: runner.builder_id(),
                    version: entry("gorelease", definition.tool_version.clone()),
                },
                metadata: runner
                    .invocation_id()
                    .map(|invocation_id| Metadata { invocation_id }),
            },
        },
    }
}

fn entry(name: &str, value: String) -> BTreeMap<String, String> {
    BTreeMap::from([(name.to_owned(), value)])
}

fn resource(material: Material) -> Resource {
    match material {
        Material::Source { url, commit } => Resource {
            name: Some("source".to_owned()),
            uri: url
                .and_then(|url| published_url(&url))
                .map(|url| format!("git+{url}")),
            digest: entry("gitCommit", commit),
        },
        Material::Toolchain { version } => Resource {
            name: Some("go".to_owned()),
            uri: Some(format!(
                "pkg:generic/go@{}",
                version.trim_start_matches("go")
            )),
            digest: BTreeMap::new(),
        },
        Material::Module { purl, dir_hash } => Resource {
            name: None,
            uri: Some(purl),
            digest: dir_hash.map_or_else(BTreeMap::new, |hash| entry("dirHash", hash)),
        },
    }
}

/// A clone URL as it may be published: `user:token@` is cut, `git@host:path` becomes `ssh://host/path`, and a folder
/// of this machine is nobody's business.
fn published_url(url: &str) -> Option<String> {
    let host_of = |authority: &str| authority.rsplit('@').next().unwrap_or_default().to_owned();
    if let Some((scheme, rest)) = url.split_once("://") {
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        return (scheme != "file").then(|| format!("{scheme}://{}/{path}", host_of(authority)));
    }
    let (authority, path) = url
        .split_once(':')
        .filter(|(authority, _)| authority.len() > 1 && !authority.contains(['/', '\\']))?;
    Some(format!(
        "ssh://{}/{}",
        host_of(authority),
        path.trim_start_matches('/')
    ))
}

/// An in-toto statement with SLSA provenance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    #[serde(rename = "_type")]
    pub(super) kind: String,
    pub(super) subject: Vec<Resource>,
    pub(super) predicate_type: String,
    pub(super) predicate: Predicate,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Resource {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) uri: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) digest: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Predicate {
    pub(super) build_definition: BuildDefinition,
    pub(super) run_details: RunDetails,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BuildDefinition {
    pub(super) build_type: String,
    pub(super) external_parameters: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) internal_parameters: BTreeMap<String, Value>,
    pub(super) resolved_dependencies: Vec<Resource>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RunDetails {
    pub(super) builder: Builder,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) metadata: Option<Metadata>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Builder {
    pub(super) id: String,
    pub(super) version: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    pub(super) invocation_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_folders_never_reach_the_statement() {
        for (url, published) in [
            (
                "https://user:secret@example.com/a/b.git",
                Some("https://example.com/a/b.git"),
            ),
            ("https://example.com/a/b", Some("https://example.com/a/b")),
            ("git@example.com:a/b.git", Some("ssh://example.com/a/b.git")),
            ("ssh://git@example.com:22/a", Some("ssh://example.com:22/a")),
            ("https://token@example.com", Some("https://example.com/")),
            ("/srv/git/a.git", None),
            ("../a", None),
            ("C:\\git\\a", None),
            ("file:///srv/git/a.git", None),
        ] {
            assert_eq!(published_url(url).as_deref(), published);
        }
    }
}
