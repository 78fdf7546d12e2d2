//! A single file, or a folder without `artifacts.json`: what can be said from the checksum file beside it.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Finding, Listing, Options, Verification, authenticode, files_below, signatures, sums};
use crate::deploy::model::Deployment;
use crate::error::{ExitCode, Failure};
use crate::format::authenticode::inspect;
use crate::format::checksums::{self, ChecksumAlgorithm};
use crate::format::input::{self, LONGEST_DESCRIPTION, read_text};
use crate::format::output::{self, Digests};

/// The description of a hand-over.
pub const HAND_OVER: &str = "deployment.json";
const SUMS: [&str; 2] = [
    ChecksumAlgorithm::Sha256.file_name(),
    ChecksumAlgorithm::Sha512.file_name(),
];

/// Checks one file against the checksum files in its folder, and its own signature.
///
/// # Errors
/// When there is no checksum file beside it.
pub fn verify_file(file: &Path, options: &Options) -> Result<Verification, Failure> {
    let folder = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let present = sums_in(folder, file)?;
    let mut findings = signatures::check(folder, present.iter().copied(), options);
    for sums in &present {
        let text = match read_text(&folder.join(sums), LONGEST_DESCRIPTION) {
            Ok(text) => text,
            Err(error) => {
                findings.push(Finding::new(*sums, format!("cannot be read: {error}")));
                continue;
            }
        };
        match checksums::parse(&text).0.get(&name) {
            None => findings.push(Finding::new(*sums, format!("has no line for `{name}`"))),
            Some(promised) => findings.extend(digest(file, &name, sums, promised)),
        }
    }
    match inspect(file) {
        Ok(Some(found)) => {
            findings.extend(authenticode::chain(file, &name, found.is_signed, options))
        }
        Ok(None) => {}
        Err(error) => findings.push(Finding::new(&name, error.to_string())),
    }
    Ok(finished(1 + present.len(), findings))
}

/// Checks a folder, such as an unpacked hand-over, against the checksum file in it: every line is right, and every
/// file has a line.
///
/// # Errors
/// When there is no checksum file in it, or the disk cannot be read.
pub fn verify_folder(folder: &Path, options: &Options) -> Result<Verification, Failure> {
    let present = sums_in(folder, folder)?;
    let mut findings = signatures::check(folder, present.iter().copied(), options);
    let Listing {
        files,
        findings: unseen,
    } = files_below(folder);
    findings.extend(unseen);
    let signs_sums = |name: &str| {
        present
            .iter()
            .any(|sums| name.starts_with(&format!("{sums}.")))
    };
    for sums in &present {
        let text = match read_text(&folder.join(sums), LONGEST_DESCRIPTION) {
            Ok(text) => text,
            Err(error) => {
                findings.push(Finding::new(*sums, format!("cannot be read: {error}")));
                continue;
            }
        };
        let (lines, broken) = checksums::parse(&text);
        let broken = broken
            .into_iter()
            .map(|line| format!("has the line `{line}`, which is no checksum"));
        findings.extend(broken.map(|message| Finding::new(*sums, message)));
        findings.extend(sums::compare(folder, sums, &lines, &Default::default()));
        let promised: BTreeSet<String> = lines.into_keys().collect();
        let stray = files
            .difference(&promised)
            .filter(|name| !SUMS.contains(&name.as_str()) && !signs_sums(name));
        findings.extend(stray.map(|name| Finding::new(name, format!("has no line in {sums}"))));
    }
    findings.extend(windows_signatures(folder, &files, options));
    Ok(finished(files.len(), findings))
}

fn sums_in(folder: &Path, subject: &Path) -> Result<Vec<&'static str>, Failure> {
    let present: Vec<&'static str> = SUMS
        .into_iter()
        .filter(|sums| folder.join(sums).is_file())
        .collect();
    if present.is_empty() {
        let message = format!("nothing promises anything about `{}`", subject.display());
        return Err(Failure::new(ExitCode::Verification, message)
            .hint("a release has `artifacts.json`; a single file or folder needs `SHA256SUMS` beside or in it"));
    }
    Ok(present)
}

fn digest(file: &Path, name: &str, sums: &str, promised: &str) -> Option<Finding> {
    let measured = match output::measure(file, Digests::Sha256AndSha512) {
        Ok(measured) => measured,
        Err(error) => return Some(Finding::new(name, error.to_string())),
    };
    let algorithm = ChecksumAlgorithm::of_file(sums)?;
    (algorithm.hash(&measured) != Some(promised))
        .then(|| Finding::new(name, format!("does not have the checksum in {sums}")))
}

fn finished(files: usize, mut findings: Vec<Finding>) -> Verification {
    findings.sort();
    findings.dedup();
    Verification { files, findings }
}

/// Checks an unpacked hand-over: every file against its `SHA256SUMS`, and programs, package and configuration against
/// its `deployment.json`. One without `SHA256SUMS` promises nothing about its scripts; with a root given, their signatures
/// are checked all the same.
///
/// # Errors
/// When `deployment.json` cannot be read.
pub fn verify_hand_over(folder: &Path, options: &Options) -> Result<Verification, Failure> {
    let path = folder.join(HAND_OVER);
    let text =
        input::read_description(&path).map_err(|error| Failure::io("read", &path, &error))?;
    let deployment: Deployment = serde_json::from_slice(&text).map_err(|error| {
        let message = format!("`{}` describes no hand-over: {error}", path.display());
        Failure::new(ExitCode::Verification, message)
    })?;
    let mut findings = Vec::new();
    for artifact in &deployment.artifacts {
        if crate::format::archive::check_name(&artifact.file).is_err() {
            findings.push(Finding::new(
                &artifact.file,
                "has a name that leaves the folder",
            ));
            continue;
        }
        match output::measure_regular(&folder.join(&artifact.file), Digests::Sha256) {
            Err(error) if error.source.kind() == std::io::ErrorKind::NotFound => {
                findings.push(Finding::new(&artifact.file, "is missing"));
            }
            Err(error) => findings.push(Finding::new(&artifact.file, error.to_string())),
            Ok(now) if now.sha256 != artifact.sha256 => {
                findings.push(Finding::new(
                    &artifact.file,
                    "was changed: its digest is not the recorded one",
                ));
            }
            Ok(_) => {}
        }
    }
    if SUMS.iter().any(|sums| folder.join(sums).is_file()) {
        let verified = verify_folder(folder, options)?;
        findings.extend(verified.findings);
        return Ok(finished(verified.files, findings));
    }
    if !options.keys.is_empty() {
        findings.push(Finding::new(
            SUMS[0],
            "is missing, so no key can have signed it",
        ));
    }
    let Listing {
        files,
        findings: unseen,
    } = files_below(folder);
    findings.extend(unseen);
    findings.extend(windows_signatures(folder, &files, options));
    Ok(finished(files.len(), findings))
}

/// Every Windows file in a folder has a signature that leads to the given root.
fn windows_signatures(folder: &Path, files: &BTreeSet<String>, options: &Options) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in files {
        let path = folder.join(name);
        match inspect(&path) {
            Ok(Some(found)) => {
                findings.extend(authenticode::chain(&path, name, found.is_signed, options));
            }
            Ok(None) => {}
            Err(error) => findings.push(Finding::new(name, error.to_string())),
        }
    }
    findings
}
