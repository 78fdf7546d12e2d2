//! A single file: what can be said from the checksum files beside it, and from what is in it.

use std::path::Path;

use super::anchor::Anchor;
use super::{Finding, Options, Verification, kinds, nothing_promised, stated, windows};
use crate::error::Failure;
use crate::format::guarded::guarded;
use crate::format::output::{self, Digests};
use crate::step::metadata::FILE_NAME;

/// Checks one file against the checksum files in its folder, and what is in it.
///
/// # Errors
/// When there is no checksum file beside it.
pub fn verify_file(file: &Path, options: &Options) -> Result<Verification, Failure> {
    let folder = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = file.file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    let anchor = Anchor::read(folder, options);
    if anchor.sums.is_empty() {
        return Err(nothing_promised(file));
    }
    let mut outcome = Verification {
        files: 1 + anchor.sums.len(),
        authenticated: anchor.is_signed,
        ..Verification::default()
    };
    outcome.findings.extend(digests(folder, &name, &anchor));
    let found = guarded(|| kinds::structure(file, &name));
    outcome.findings.extend(
        found.unwrap_or_else(|why| vec![Finding::new(&name, format!("cannot be read: {why}"))]),
    );
    let signed = windows::check(
        &[(file.to_owned(), name.clone())],
        anchor.is_signed,
        options,
    );
    outcome.publishers = signed.publishers;
    outcome.findings.extend(signed.findings);
    outcome.release = beside(folder, &anchor, &mut outcome.findings);
    let missing = stated::missing(outcome.release.as_ref(), &options.required);
    outcome
        .findings
        .extend(missing.map(|message| Finding::new(&name, message)));
    outcome.signatures = anchor.signatures;
    outcome.findings.extend(anchor.findings);
    Ok(outcome.finished())
}

/// The file has a line in each checksum file, and is what that says.
fn digests(folder: &Path, name: &str, anchor: &Anchor) -> Vec<Finding> {
    let mut findings = Vec::new();
    let now = match output::measure_regular(&folder.join(name), Digests::Sha256AndSha512) {
        Ok(now) => now,
        Err(error) => return vec![Finding::new(name, error.to_string())],
    };
    for sums in &anchor.sums {
        let Some(lines) = &sums.lines else { continue };
        match lines.get(name) {
            None => findings.push(Finding::new(
                sums.name(),
                format!("has no line for `{name}`"),
            )),
            Some(promised) if sums.algorithm.hash(&now) != Some(promised) => {
                let message = format!("does not have the checksum in {}", sums.name());
                findings.push(Finding::new(name, message));
            }
            Some(_) => {}
        }
    }
    findings
}

/// What `artifacts.json` beside the file says, when the checksum files promise that it says so.
fn beside(folder: &Path, anchor: &Anchor, findings: &mut Vec<Finding>) -> Option<super::Stated> {
    if !folder.join(FILE_NAME).is_file() {
        return None;
    }
    let wrong = digests(folder, FILE_NAME, anchor);
    if !wrong.is_empty() {
        findings.extend(wrong);
        return None;
    }
    let release = super::read_metadata(folder).ok()?;
    Some(stated::of_release(&release))
}
