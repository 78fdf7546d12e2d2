//! Two releases, file by file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::explain;
use crate::error::Failure;
use crate::format::output::{self, Digests};
use crate::plan::ArtifactKind;
use crate::step::metadata::{ArtifactsFile, FILE_NAME};
use crate::verify::{Finding, read_metadata};

/// Everything in which the rebuilt release differs from the shipped one, explained.
pub(super) fn releases(
    shipped: &Path,
    rebuilt: &Path,
    release: &ArtifactsFile,
) -> Result<Vec<Finding>, Failure> {
    let again = read_metadata(rebuilt)?;
    let mut findings = Vec::new();
    for artifact in release
        .artifacts
        .iter()
        .filter(|artifact| is_compared(artifact.kind))
    {
        let Some(other) = again
            .artifacts
            .iter()
            .find(|other| other.name == artifact.name)
        else {
            findings.push(Finding::new(&artifact.name, "is not made by the commit"));
            continue;
        };
        let (left, right) = (shipped.join(&artifact.name), rebuilt.join(&artifact.name));
        if output::measure(&left, Digests::Sha256)?.sha256 != other.sha256 {
            let reasons = explain::difference(&left, &right, artifact.kind);
            findings.extend(
                reasons
                    .into_iter()
                    .map(|reason| Finding::new(&artifact.name, reason)),
            );
        }
    }
    findings.extend(metadata(shipped, rebuilt)?);
    Ok(findings)
}

/// Provenance tells who built, the report what was known on that day: neither follows from the commit.
fn is_compared(kind: ArtifactKind) -> bool {
    !matches!(kind, ArtifactKind::Provenance | ArtifactKind::Report)
}

/// `artifacts.json`, but for the files that are compared themselves or not at all.
fn metadata(shipped: &Path, rebuilt: &Path) -> Result<Vec<Finding>, Failure> {
    let read = |folder: &Path| -> Result<BTreeMap<String, Value>, Failure> {
        let path = folder.join(FILE_NAME);
        let text = fs::read(&path).map_err(|error| Failure::io("read", &path, &error))?;
        let parsed = serde_json::from_slice(&text);
        parsed.map_err(|error| {
            Failure::failed(format!("could not read `{}`: {error}", path.display()))
        })
    };
    let (mut left, mut right) = (read(shipped)?, read(rebuilt)?);
    left.remove("artifacts");
    right.remove("artifacts");
    let differs = |key: &&String| left.get(*key) != right.get(*key);
    let keys: Vec<&String> = left.keys().chain(right.keys()).filter(differs).collect();
    let mut findings: Vec<Finding> = keys
        .into_iter()
        .map(|key| {
            let word = |side: &BTreeMap<String, Value>| {
                side.get(key).map_or("nothing".to_owned(), Value::to_string)
            };
            Finding::new(
                FILE_NAME,
                format!(
                    "`{key}` is {}, and {} when built again",
                    word(&left),
                    word(&right)
                ),
            )
        })
        .collect();
    findings.dedup();
    Ok(findings)
}
