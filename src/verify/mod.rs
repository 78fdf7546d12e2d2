//! Opens every file of a release again and holds it against what `artifacts.json` and the checksum files promise.
//!
//! Works without Go, git or a network. Findings are collected, not thrown: the first false promise does not hide the
//! others.

mod authenticode;
mod beside;
mod binary;
mod contents;
mod deployment;
mod materials;
mod members;
mod msi;
mod options;
mod provenance;
mod rebuild;
mod signatures;
mod sums;
mod version_resource;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

pub use beside::{HAND_OVER, verify_file, verify_folder, verify_hand_over};
pub use options::Options;
pub use rebuild::rebuild;

use crate::engine::{INTERNAL, REPORT};
use crate::error::{ExitCode, Failure};
use crate::format::input;
use crate::format::output::{self, Digests, Written};
use crate::plan::{ArtifactKind, unpublished_folder};
use crate::step::metadata::{Artifact, ArtifactsFile, FILE_NAME, SCHEMA_VERSION, is_signature};

/// A promise that is not kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The file, relative to the folder.
    pub file: String,
    /// What is wrong with it.
    pub message: String,
}

impl Finding {
    /// A finding on a file.
    pub fn new(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            message: message.into(),
        }
    }
}

/// What came out.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    /// The files that were opened.
    pub files: usize,
    /// What is wrong, sorted.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// A failure that lists all findings, if there are any.
    pub fn into_result(self) -> Result<usize, Failure> {
        if self.findings.is_empty() {
            return Ok(self.files);
        }
        let list: Vec<String> = self
            .findings
            .iter()
            .map(|finding| format!("{}: {}", finding.file, finding.message))
            .collect();
        let count = list.len();
        let message = format!(
            "verification failed: {count} {} not what was promised",
            if count == 1 { "file is" } else { "things are" }
        );
        Err(Failure::new(ExitCode::Verification, message).detail(list.join("\n")))
    }
}

/// Checks the release in `folder`.
///
/// # Errors
/// When there is no release at all, or the disk cannot be read.
pub fn verify(folder: &Path, options: &Options) -> Result<Verification, Failure> {
    let release = read_metadata(folder)?;
    let mut findings = names(folder, &release);
    let each: Vec<(Option<Written>, Vec<Finding>)> = release
        .artifacts
        .par_iter()
        .map(|artifact| check_artifact(folder, artifact, &release, options))
        .collect();
    let mut measured = sums::Measured::new();
    for (artifact, (written, found)) in release.artifacts.iter().zip(each) {
        measured.extend(written.map(|written| (artifact.name.clone(), written)));
        findings.extend(found);
    }
    findings.extend(sums::check(folder, &release, &measured));
    findings.extend(materials::check(folder, &release));
    findings.extend(provenance::check(folder, &release));
    findings.extend(signatures::check(
        folder,
        release.checksums.iter().map(String::as_str),
        options,
    ));
    findings.sort();
    findings.dedup();
    Ok(Verification {
        files: release.artifacts.len() + release.checksums.len() + 1,
        findings,
    })
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

/// Every file is promised, and every promised file is there.
fn names(folder: &Path, release: &ArtifactsFile) -> Vec<Finding> {
    let mut promised: BTreeSet<String> = release
        .artifacts
        .iter()
        .map(|artifact| artifact.name.clone())
        .collect();
    promised.extend(release.checksums.iter().cloned());
    promised.insert(FILE_NAME.to_owned());
    let Listing {
        files: present,
        mut findings,
    } = files_below(folder);
    let missing = promised
        .difference(&present)
        .filter(|name| !is_left_out(folder, name))
        .map(|name| Finding::new(name, "is missing"));
    let stray = present
        .difference(&promised)
        .filter(|name| !is_signature(name, &release.checksums))
        .map(|name| Finding::new(name, "does not belong to the release"));
    findings.extend(missing.chain(stray));
    findings
}

/// Whether the file is in a folder that is not published and not here: a download has the published files alone.
pub fn is_left_out(folder: &Path, name: &str) -> bool {
    unpublished_folder(name).is_some_and(|inner| !folder.join(inner).exists())
}

/// Folders in folders, and files, that a release may have; a folder made to keep us busy has more.
const DEEPEST: usize = 64;
const MOST_FILES: usize = 100_000;

/// The files of a folder, and what keeps others from being seen.
struct Listing {
    files: BTreeSet<String>,
    findings: Vec<Finding>,
}

/// Everything but folders; what is no regular file is a finding, too.
fn files_below(folder: &Path) -> Listing {
    let mut listing = Listing {
        files: BTreeSet::new(),
        findings: Vec::new(),
    };
    let own = |name: &str| INTERNAL.contains(&name) || name == REPORT;
    let slashed =
        |path: &Path| crate::project::packages::slashed(path.strip_prefix(folder).unwrap_or(path));
    let walk = walkdir::WalkDir::new(folder)
        .min_depth(1)
        .max_depth(DEEPEST)
        .into_iter();
    for entry in
        walk.filter_entry(|entry| entry.depth() > 1 || !own(&entry.file_name().to_string_lossy()))
    {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let place = error.path().map_or_else(|| ".".to_owned(), slashed);
                let why = error
                    .io_error()
                    .map_or_else(|| error.to_string(), crate::error::io_word);
                let finding = Finding::new(place, format!("cannot be listed: {why}"));
                listing.findings.push(finding);
                continue;
            }
        };
        let name = slashed(entry.path());
        if entry.file_type().is_dir() {
            if entry.depth() == DEEPEST {
                let finding = Finding::new(name, "is nested too deeply to be listed");
                listing.findings.push(finding);
            }
            continue;
        }
        if listing.files.len() == MOST_FILES {
            let message =
                format!("has more than {MOST_FILES} files; the others were not looked at");
            listing.findings.push(Finding::new(".", message));
            break;
        }
        if !entry.file_type().is_file() {
            let finding = Finding::new(&name, "is not a regular file");
            listing.findings.push(finding);
        }
        listing.files.insert(name);
    }
    listing
}

/// What the file is, and what is wrong with it.
fn check_artifact(
    folder: &Path,
    artifact: &Artifact,
    release: &ArtifactsFile,
    options: &Options,
) -> (Option<Written>, Vec<Finding>) {
    let path = folder.join(&artifact.name);
    let finding = |message: String| vec![Finding::new(&artifact.name, message)];
    if crate::format::archive::check_name(&artifact.name).is_err() {
        return (
            None,
            finding("has a name that leaves the folder".to_owned()),
        );
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
        look_inside(&path, artifact, release, options)
    };
    (Some(now), findings)
}

/// What the format of a file tells.
fn look_inside(
    path: &Path,
    artifact: &Artifact,
    release: &ArtifactsFile,
    options: &Options,
) -> Vec<Finding> {
    match artifact.kind {
        ArtifactKind::Archive => contents::check(path, artifact, release, options),
        ArtifactKind::Binary => {
            let record = artifact.binaries.first();
            record.map_or_else(Vec::new, |record| {
                binary::check(path, &artifact.name, record, artifact, release, options)
            })
        }
        ArtifactKind::Msi => {
            let mut findings = msi::check(path, &artifact.name);
            findings.extend(contents::check(path, artifact, release, options));
            let record = artifact.authenticode.as_ref();
            findings.extend(authenticode::check(path, &artifact.name, record, options));
            findings
        }
        ArtifactKind::Deployment => {
            let mut findings = deployment::check(path, &artifact.name);
            let record = artifact.authenticode.as_ref();
            findings.extend(authenticode::check(path, &artifact.name, record, options));
            findings
        }
        ArtifactKind::InstallerSource
        | ArtifactKind::Sbom
        | ArtifactKind::Provenance
        | ArtifactKind::Report
        | ArtifactKind::Signature
        | ArtifactKind::Metadata
        | ArtifactKind::Checksums => Vec::new(),
    }
}
