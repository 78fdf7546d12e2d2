//! The provenance statement against the files that it speaks of.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::Finding;
use crate::format::input;
use crate::plan::ArtifactKind;
use crate::step::metadata::ArtifactsFile;
use crate::trust::provenance::STATEMENT_TYPE;

/// Every artifact that was there when the statement was made is a subject with its digest, nothing else is, and the
/// commit is the release's.
pub(super) fn check(folder: &Path, release: &ArtifactsFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for artifact in release
        .artifacts
        .iter()
        .filter(|artifact| artifact.kind == ArtifactKind::Provenance)
    {
        let finding = |message: String| Finding::new(&artifact.name, message);
        let text = match input::read_description(&folder.join(&artifact.name)) {
            Ok(text) => text,
            // Said elsewhere.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                findings.push(finding(format!("cannot be read: {error}")));
                continue;
            }
        };
        let json: Value = serde_json::from_slice(&text).unwrap_or_default();
        let Some(subjects) = subjects(&json) else {
            findings.push(finding("is no in-toto statement".to_owned()));
            continue;
        };
        findings.extend(compare(&subjects, release).into_iter().map(finding));
        let commit = release
            .release
            .commit
            .as_ref()
            .map(|commit| commit.hash.as_str());
        if commit.is_some() && commit != self::commit(&json) {
            findings.push(finding(
                "states another commit than the release's".to_owned(),
            ));
        }
    }
    findings
}

fn subjects(json: &Value) -> Option<BTreeMap<&str, &str>> {
    if json["_type"] != STATEMENT_TYPE {
        return None;
    }
    let list = json["subject"].as_array()?.iter();
    list.map(|subject| {
        Some((
            subject["name"].as_str()?,
            subject["digest"]["sha256"].as_str()?,
        ))
    })
    .collect()
}

fn commit(json: &Value) -> Option<&str> {
    let materials = json["predicate"]["buildDefinition"]["resolvedDependencies"].as_array()?;
    materials
        .iter()
        .find_map(|material| material["digest"]["gitCommit"].as_str())
}

fn compare(subjects: &BTreeMap<&str, &str>, release: &ArtifactsFile) -> Vec<String> {
    let mut messages = Vec::new();
    for artifact in release
        .artifacts
        .iter()
        .filter(|artifact| artifact.kind != ArtifactKind::Provenance)
    {
        match subjects.get(artifact.name.as_str()) {
            None => messages.push(format!("does not speak of `{}`", artifact.name)),
            Some(sha256) if *sha256 != artifact.sha256 => {
                messages.push(format!("states another digest of `{}`", artifact.name));
            }
            Some(_) => {}
        }
    }
    let known = |name: &str| {
        release
            .artifacts
            .iter()
            .any(|artifact| artifact.name == name)
    };
    let foreign = subjects.keys().filter(|name| !known(name));
    messages.extend(foreign.map(|name| format!("speaks of `{name}`, which is not in the release")));
    messages
}
