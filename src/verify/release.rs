//! A release: every file against what `artifacts.json` promises, and `artifacts.json` against the checksum files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::anchor::Anchor;
use super::listing::{Listing, stray};
use super::{
    Finding, Options, Verification, authenticode, binary, contents, deployment, kinds, materials,
    msi, provenance, stated, sums, windows,
};
use crate::error::{ExitCode, Failure};
use crate::format::archive::check_windows_name;
use crate::format::checksums::ChecksumAlgorithm;
use crate::format::guarded::guarded;
use crate::format::input;
use crate::format::output::{self, Digests, Written};
use crate::plan::{ArtifactKind, is_published, unpublished_folder};
use crate::step::metadata::{Artifact, ArtifactsFile, FILE_NAME, SCHEMA_VERSION};

/// Checks the release in `folder`.
///
/// # Errors
/// When there is no release at all.
pub fn verify(folder: &Path, options: &Options) -> Result<Verification, Failure> {
    let anchor = Anchor::read(folder, options);
    let release = read_metadata(folder)?;
    let listing = Listing::of_results(folder, options.working_files);
    let mut outcome = Verification {
        files: release.artifacts.len() + anchor.sums.len() + 1,
        authenticated: anchor.is_signed,
        release: Some(stated::of_release(&release)),
        ..Verification::default()
    };
    let findings = &mut outcome.findings;
    findings.extend(names(folder, &release, &anchor, &listing));
    let measured = artifacts(folder, &release, findings);
    findings.extend(sums::check(folder, &anchor, &measured));
    let published = release
        .artifacts
        .iter()
        .map(|artifact| artifact.name.as_str())
        .filter(|name| is_published(name));
    findings.extend(sums::uncovered(&anchor, published.chain([FILE_NAME])));
    findings.extend(materials::check(folder, &release));
    findings.extend(provenance::check(folder, &release));
    let missing = stated::missing(outcome.release.as_ref(), &options.required);
    findings.extend(missing.map(|message| Finding::new(FILE_NAME, message)));
    let files: Vec<(PathBuf, String)> = super::bundle::with_paths(folder, &listing.files);
    let signed = windows::check(&files, anchor.is_signed, options);
    findings.extend(signed.findings);
    findings.extend(listing.findings);
    findings.extend(anchor.findings);
    outcome.publishers = signed.publishers;
    outcome.signatures = anchor.signatures;
    Ok(outcome.finished())
}

/// Reads `artifacts.json`.
pub fn read_metadata(folder: &Path) -> Result<ArtifactsFile, Failure> {
    let path = folder.join(FILE_NAME);
    let bytes = input::read_description(&path).map_err(|error| {
        let failure = Failure::io("read", &path, &error);
        Failure {
            code: ExitCode::Verification,
            ..failure
        }
        .hint("`gorelease build` makes a release; give its folder")
    })?;
    let broken = |why: String| {
        Failure::new(
            ExitCode::Verification,
            format!("`{}` is no description of a release: {why}", path.display()),
        )
        .hint("build the release again, or fetch it anew from where it comes")
    };
    let release: ArtifactsFile =
        serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
    if release.schema != SCHEMA_VERSION {
        return Err(broken(format!(
            "its format is {}, this gorelease knows {SCHEMA_VERSION}",
            release.schema
        ))
        .hint("use the gorelease that made it"));
    }
    Ok(release)
}

/// Every file is promised, and every promised file is there, once.
fn names(
    folder: &Path,
    release: &ArtifactsFile,
    anchor: &Anchor,
    listing: &Listing,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut promised = BTreeSet::from([FILE_NAME.to_owned()]);
    for name in &release.checksums {
        if ChecksumAlgorithm::of_file(name).is_none() {
            let message = format!("names the checksum file `{name}`, which is not a known one");
            findings.push(Finding::new(FILE_NAME, message));
        } else if !promised.insert(name.clone()) {
            findings.push(Finding::new(FILE_NAME, format!("lists `{name}` twice")));
        }
    }
    for Artifact { name, .. } in &release.artifacts {
        if anchor.is_own(name) || !promised.insert(name.clone()) {
            findings.push(Finding::new(FILE_NAME, format!("lists `{name}` twice")));
        }
    }
    let present = &listing.files;
    let missing = promised
        .difference(present)
        .filter(|name| !is_left_out(folder, name));
    findings.extend(missing.map(|name| Finding::new(name, "is missing")));
    let is_signature =
        |name: &&String| anchor.is_own(name) && ChecksumAlgorithm::of_file(name).is_none();
    let strays = present
        .difference(&promised)
        .filter(|name| !is_signature(name));
    findings.extend(strays.map(|name| stray(name)));
    findings
}

/// Whether the file is in a folder that is not published and not here: a download has the published files alone.
pub fn is_left_out(folder: &Path, name: &str) -> bool {
    unpublished_folder(name).is_some_and(|inner| !folder.join(inner).exists())
}

/// Checks every artifact, and returns what was found of each.
fn artifacts(
    folder: &Path,
    release: &ArtifactsFile,
    findings: &mut Vec<Finding>,
) -> sums::Measured {
    let each: Vec<(Option<Written>, Vec<Finding>)> = release
        .artifacts
        .par_iter()
        .map(|artifact| check_artifact(folder, artifact, release))
        .collect();
    let mut measured = sums::Measured::new();
    for (artifact, (written, found)) in release.artifacts.iter().zip(each) {
        measured.extend(written.map(|written| (artifact.name.clone(), written)));
        findings.extend(found);
    }
    measured
}

/// What the file is, and what is wrong with it.
fn check_artifact(
    folder: &Path,
    artifact: &Artifact,
    release: &ArtifactsFile,
) -> (Option<Written>, Vec<Finding>) {
    let path = folder.join(&artifact.name);
    let finding = |message: String| vec![Finding::new(&artifact.name, message)];
    if let Err(error) = check_windows_name(&artifact.name) {
        return (None, finding(error.to_string()));
    }
    match fs::symlink_metadata(&path) {
        // That it is missing was said before.
        Err(_) => return (None, Vec::new()),
        Ok(metadata) if !metadata.is_file() => {
            return (None, finding("is not a regular file".to_owned()));
        }
        // A huge file is not read to its end to learn that.
        Ok(metadata) if metadata.len() != artifact.size => {
            let message = format!("has {} bytes, not {}", metadata.len(), artifact.size);
            return (None, finding(message));
        }
        Ok(_) => {}
    }
    let digests = Digests::recorded(artifact.sha512.as_ref());
    let now = match output::measure_regular(&path, digests) {
        Ok(now) => now,
        Err(error) => return (None, finding(error.to_string())),
    };
    let findings = if now.size != artifact.size {
        finding(format!("has {} bytes, not {}", now.size, artifact.size))
    } else if now.sha256 != artifact.sha256 || now.sha512 != artifact.sha512 {
        finding("was changed: its digest is not the recorded one".to_owned())
    } else {
        guarded(|| look_inside(&path, artifact, release))
            .unwrap_or_else(|why| finding(format!("cannot be read: {why}")))
    };
    (Some(now), findings)
}

/// What the content of a file tells. The recorded kind says what more is asked of it, and never that less is.
fn look_inside(path: &Path, artifact: &Artifact, release: &ArtifactsFile) -> Vec<Finding> {
    let name = &artifact.name;
    let mut findings = kinds::structure(path, name);
    findings.extend(kinds::as_recorded(path, artifact));
    match artifact.kind {
        ArtifactKind::Archive => findings.extend(contents::check(path, artifact, release)),
        ArtifactKind::Binary => match artifact.binaries.as_slice() {
            [record] => findings.extend(binary::check(path, name, record, artifact, release)),
            _ => findings.push(Finding::new(name, "is recorded without its executable")),
        },
        ArtifactKind::Msi => {
            findings.extend(msi::check(path, name));
            findings.extend(contents::check(path, artifact, release));
            let record = artifact.authenticode.as_ref();
            findings.extend(authenticode::as_recorded(path, name, record));
        }
        ArtifactKind::Deployment => {
            findings.extend(deployment::check(path, name));
            let record = artifact.authenticode.as_ref();
            findings.extend(authenticode::as_recorded(path, name, record));
        }
        ArtifactKind::InstallerSource
        | ArtifactKind::Sbom
        | ArtifactKind::Provenance
        | ArtifactKind::Report
        | ArtifactKind::Signature
        | ArtifactKind::Metadata
        | ArtifactKind::Checksums => {}
    }
    findings
}
