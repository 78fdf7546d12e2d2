//! A folder without `artifacts.json`, such as an unpacked deployment bundle: every file has a line in its checksum file, and
//! `deployment.json` is right about the files that it names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::anchor::Anchor;
use super::listing::Listing;
use super::{
    Finding, Options, Verification, deployment, kinds, nothing_promised, stated, sums, windows,
};
use crate::deploy::model::Deployment;
use crate::error::{ExitCode, Failure};
use crate::format::guarded::guarded;
use crate::format::input;
use crate::step::metadata::FILE_NAME;

/// The description of a deployment bundle.
pub const HAND_OVER: &str = "deployment.json";

/// Checks such a folder. A bundle without checksum file promises nothing about its scripts; with a root given, their
/// signatures are checked all the same.
///
/// # Errors
/// When there is neither a checksum file nor a description in it.
pub fn verify_folder(folder: &Path, options: &Options) -> Result<Verification, Failure> {
    let anchor = Anchor::read(folder, options);
    let description = folder.join(HAND_OVER);
    let is_described = description.symlink_metadata().is_ok();
    if anchor.sums.is_empty() && !is_described {
        return Err(nothing_promised(folder));
    }
    let listing = Listing::of(folder);
    let mut outcome = Verification {
        files: listing.files.len(),
        authenticated: anchor.is_signed,
        ..Verification::default()
    };
    if is_described {
        outcome.release = Some(stated::of_deployment(&read(&description)?));
        outcome
            .findings
            .extend(deployment::description(&description, HAND_OVER));
    }
    let missing = stated::missing(outcome.release.as_ref(), &options.required);
    let subject = if is_described { HAND_OVER } else { "." };
    outcome
        .findings
        .extend(missing.map(|message| Finding::new(subject, message)));
    outcome.findings.extend(contents(folder, &listing, &anchor));
    let files = with_paths(folder, &listing.files);
    let signed = windows::check(&files, anchor.is_signed, options);
    outcome.publishers = signed.publishers;
    outcome.findings.extend(signed.findings);
    outcome.findings.extend(listing.findings);
    outcome.signatures = anchor.signatures;
    outcome.findings.extend(anchor.findings);
    Ok(outcome.finished())
}

/// The files against the checksum files, and the structure of each.
fn contents(folder: &Path, listing: &Listing, anchor: &Anchor) -> Vec<Finding> {
    let mut findings = sums::check(folder, anchor, &Default::default());
    let mine = |name: &&str| !anchor.is_own(name);
    let files = listing.files.iter().map(String::as_str).filter(mine);
    for sums in &anchor.sums {
        let Some(lines) = &sums.lines else { continue };
        let stray = files.clone().filter(|name| !lines.contains_key(*name));
        findings.extend(
            stray.map(|name| Finding::new(name, format!("has no line in {}", sums.name()))),
        );
    }
    // One that was put there would be believed before the description of the bundle.
    if listing.files.contains(FILE_NAME) && listing.files.contains(HAND_OVER) {
        let message = format!("does not belong beside {HAND_OVER}");
        findings.push(Finding::new(FILE_NAME, message));
    }
    for name in &listing.files {
        let found = guarded(|| kinds::structure(&folder.join(name), name));
        findings.extend(
            found.unwrap_or_else(|why| vec![Finding::new(name, format!("cannot be read: {why}"))]),
        );
    }
    findings
}

pub(super) fn with_paths(folder: &Path, files: &BTreeSet<String>) -> Vec<(PathBuf, String)> {
    let with_path = |name: &String| (folder.join(name), name.clone());
    files.iter().map(with_path).collect()
}

fn read(path: &Path) -> Result<Deployment, Failure> {
    let broken = |why: String| {
        let message = format!("`{}` describes no deployment: {why}", path.display());
        Failure::new(ExitCode::Verification, message)
    };
    let text = input::read_description(path).map_err(|error| broken(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| broken(error.to_string()))
}
