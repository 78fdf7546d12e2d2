//! The provenance statement against the files that it speaks of.

use std::collections::{BTreeMap, BTreeSet};
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
        let commit = release.release.commit.iter();
        let commit: BTreeSet<&str> = commit.map(|commit| commit.hash.as_str()).collect();
        if commit != commits(&json) {
            findings.push(finding(
                "states another commit than the release's".to_owned(),
            ));
        }
    }
    findings
}

fn subjects(json: &Value) -> Option<Vec<(&str, &str)>> {
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

/// The commits that it names; more than one is one too many. Several runners may have cloned the same one from several
/// addresses.
fn commits(json: &Value) -> BTreeSet<&str> {
    let materials = &json["predicate"]["buildDefinition"]["resolvedDependencies"];
    let materials = materials.as_array().into_iter().flatten();
    materials
        .filter_map(|material| material["digest"]["gitCommit"].as_str())
        .collect()
}

fn compare(subjects: &[(&str, &str)], release: &ArtifactsFile) -> Vec<String> {
    let mut messages = Vec::new();
    let mut stated = BTreeMap::new();
    for (name, sha256) in subjects {
        if stated.insert(*name, *sha256).is_some() {
            messages.push(format!("speaks of `{name}` twice"));
        }
    }
    for artifact in release
        .artifacts
        .iter()
        .filter(|artifact| artifact.kind != ArtifactKind::Provenance)
    {
        let name = &artifact.name;
        let mut digests = subjects.iter().filter(|(subject, _)| subject == name);
        if !stated.contains_key(name.as_str()) {
            messages.push(format!("does not speak of `{name}`"));
        } else if digests.any(|(_, sha256)| *sha256 != artifact.sha256) {
            messages.push(format!("states another digest of `{name}`"));
        }
    }
    let known = |name: &str| {
        release
            .artifacts
            .iter()
            .any(|artifact| artifact.name == name)
    };
    let foreign = stated.keys().filter(|name| !known(name));
    messages.extend(foreign.map(|name| format!("speaks of `{name}`, which is not in the release")));
    messages
}
