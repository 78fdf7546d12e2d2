//! Hand-overs: `deployment.json` against its schema version and the files beside it, `SHA256SUMS`, and the packages,
//! which are zip files, to their ends.

use std::path::Path;

use super::anchor::Anchor;
use super::{Finding, HAND_OVER, Options, sums};
use crate::deploy::model::{Deployment, SCHEMA_VERSION};
use crate::format::archive::{self, Format, Unpacker};
use crate::format::checksums::ChecksumAlgorithm;
use crate::format::input::{LONGEST_DESCRIPTION, read_text};
use crate::format::output::{Digests, measure_regular};

const SUMS: &str = ChecksumAlgorithm::Sha256.file_name();

/// Opens a file of a hand-over that says something about others.
pub(super) fn check(path: &Path, name: &str) -> Vec<Finding> {
    if [".zip", ".nupkg"].iter().any(|end| name.ends_with(end)) {
        return package(path, name);
    }
    match path.file_name().and_then(|file| file.to_str()) {
        Some(HAND_OVER) => description(path, name),
        Some(SUMS) => checksums(path, name),
        _ => Vec::new(),
    }
}

/// Reads every entry, by which its checksum is compared, too.
fn package(path: &Path, name: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut names = archive::Names::new(Unpacker::Windows);
    let mut visit = |inner: &str, _mode: u32, reader: &mut dyn std::io::Read| {
        if let Err(error) = names.add(inner) {
            findings.push(Finding::new(name, error.to_string()));
        }
        if let Err(error) = std::io::copy(reader, &mut std::io::sink()) {
            findings.push(Finding::new(
                name,
                format!("cannot unpack `{inner}`: {error}"),
            ));
        }
        Ok(())
    };
    let read = archive::visit(path, Format::Zip, &mut visit);
    if let Err(error) = read {
        findings.push(Finding::new(name, format!("cannot be unpacked: {error}")));
    }
    findings
}

/// The checksum file of an unpacked bundle against the files beside it.
fn checksums(path: &Path, name: &str) -> Vec<Finding> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let anchor = Anchor::read(folder, &Options::default());
    let own = anchor.findings.iter();
    let mut findings: Vec<Finding> = own
        .map(|finding| Finding::new(name, &finding.message))
        .collect();
    findings.extend(sums::check(folder, &anchor, &Default::default()));
    findings
}

pub(super) fn description(path: &Path, name: &str) -> Vec<Finding> {
    let text = match read_text(path, LONGEST_DESCRIPTION) {
        Ok(text) => text,
        Err(error) => return vec![Finding::new(name, format!("cannot be read: {error}"))],
    };
    let deployment: Deployment = match serde_json::from_str(&text) {
        Ok(deployment) => deployment,
        Err(error) => return vec![Finding::new(name, format!("is no deployment: {error}"))],
    };
    let mut findings = Vec::new();
    if deployment.schema_version != SCHEMA_VERSION {
        findings.push(Finding::new(
            name,
            format!("has schema version {}", deployment.schema_version),
        ));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    for artifact in &deployment.artifacts {
        if let Err(error) = archive::check_windows_name(&artifact.file) {
            findings.push(Finding::new(name, error.to_string()));
            continue;
        }
        match measure_regular(&folder.join(&artifact.file), Digests::Sha256) {
            Ok(found) if found.size == artifact.size && found.sha256 == artifact.sha256 => {}
            Ok(_) => findings.push(Finding::new(
                name,
                format!("says another size or SHA-256 of `{}`", artifact.file),
            )),
            Err(_) => findings.push(Finding::new(
                name,
                format!("names `{}`, which is not there", artifact.file),
            )),
        }
    }
    findings
}
