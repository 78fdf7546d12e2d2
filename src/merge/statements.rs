//! The files that speak of a release as a whole: each runner wrote one about its part, and they become one again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{refuse, write};
use crate::error::Failure;
use crate::format::input;
use crate::format::output::{self, Digests};
use crate::plan::ArtifactKind;
use crate::step::metadata::{Artifact, ArtifactsFile};
use crate::trust::provenance::Statement;
use crate::trust::vulnerabilities::Report;

/// Whether files of this kind are joined rather than taken.
pub(super) fn are_joined(kind: ArtifactKind) -> bool {
    match kind {
        ArtifactKind::Provenance | ArtifactKind::Report => true,
        ArtifactKind::Binary
        | ArtifactKind::Archive
        | ArtifactKind::Msi
        | ArtifactKind::InstallerSource
        | ArtifactKind::Deployment
        | ArtifactKind::Sbom
        | ArtifactKind::Signature
        | ArtifactKind::Metadata
        | ArtifactKind::Checksums => false,
    }
}

/// Writes the joined files to `target` and measures them; `parts` are the files of each name.
///
/// Reports come first: the provenance has their digests.
pub(super) fn join(
    whole: &mut ArtifactsFile,
    parts: &BTreeMap<String, Vec<PathBuf>>,
    target: &Path,
) -> Result<(), Failure> {
    let mut digests = BTreeMap::new();
    for artifact in of_kind(whole, ArtifactKind::Report) {
        let files = parts.get(&artifact.name).map_or(&[][..], Vec::as_slice);
        let path = target.join(&artifact.name);
        write_json(&path, &reports(files)?)?;
        measure(artifact, &path)?;
        digests.insert(artifact.name.clone(), artifact.sha256.clone());
    }
    for artifact in of_kind(whole, ArtifactKind::Provenance) {
        let files = parts.get(&artifact.name).map_or(&[][..], Vec::as_slice);
        let path = target.join(&artifact.name);
        if let Some(mut statement) = provenance(files)? {
            for (name, sha256) in &digests {
                statement.set_digest(name, sha256);
            }
            write_json(&path, &statement)?;
            measure(artifact, &path)?;
        }
    }
    Ok(())
}

fn of_kind(whole: &mut ArtifactsFile, kind: ArtifactKind) -> impl Iterator<Item = &mut Artifact> {
    let artifacts = whole.artifacts.iter_mut();
    artifacts.filter(move |artifact| artifact.kind == kind)
}

/// What is known of the vulnerabilities of all executables.
fn reports(files: &[PathBuf]) -> Result<Report, Failure> {
    let mut joined = Report::new();
    for file in files {
        let part: Report = read(file)?;
        for (binary, findings) in part {
            match joined.get(&binary) {
                Some(earlier) if *earlier != findings => {
                    let message = format!(
                        "`{}` tells of other vulnerabilities in {binary} than another runner",
                        file.display()
                    );
                    let hint = "build every target on one runner only, with one database";
                    return Err(refuse(message, hint));
                }
                Some(_) => {}
                None => drop(joined.insert(binary, findings)),
            }
        }
    }
    Ok(joined)
}

fn provenance(files: &[PathBuf]) -> Result<Option<Statement>, Failure> {
    let mut joined: Option<Statement> = None;
    for file in files {
        let part: Statement = read(file)?;
        match &mut joined {
            None => joined = Some(part),
            Some(whole) => whole.join(part).map_err(|what| {
                refuse(
                    format!("`{}` states another {what} than the first", file.display()),
                    "join only what one workflow built, with one gorelease",
                )
            })?,
        }
    }
    Ok(joined)
}

fn read<T: DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    let text = input::read_description(file).map_err(|error| Failure::io("read", file, &error))?;
    serde_json::from_slice(&text).map_err(|error| {
        let message = format!("could not read `{}`: {error}", file.display());
        refuse(message, "use the gorelease that made it")
    })
}

fn write_json(path: &Path, document: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(document).map_err(|error| {
        Failure::failed(format!("could not write `{}`: {error}", path.display()))
    })?;
    write(path, &(json + "\n"))
}

fn measure(artifact: &mut Artifact, path: &Path) -> Result<(), Failure> {
    let digests = Digests::recorded(artifact.sha512.as_ref());
    let written = output::measure(path, digests)?;
    artifact.size = written.size;
    artifact.sha256 = written.sha256;
    artifact.sha512 = written.sha512;
    Ok(())
}
