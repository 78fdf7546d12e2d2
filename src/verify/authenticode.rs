//! Signatures inside Windows files: as recorded, and leading to the given root.

use std::path::Path;

use super::{Finding, Options};
use crate::format::authenticode::inspect;
use crate::step::metadata::AuthenticodeRecord;
use crate::trust::sign::SignError;
use crate::trust::sign::authenticode::{Verified, verify};

/// Holds a file against what was recorded of it, and its signature against the given root. A file without a record is
/// nothing that Authenticode signs.
pub(super) fn check(
    path: &Path,
    name: &str,
    record: Option<&AuthenticodeRecord>,
    options: &Options,
) -> Vec<Finding> {
    let mut findings = as_recorded(path, name, record);
    if let Some(record) = record {
        findings.extend(chain(path, name, record.signed, options));
    }
    findings
}

/// Holds a file against what was recorded of it when it was made.
fn as_recorded(path: &Path, name: &str, record: Option<&AuthenticodeRecord>) -> Vec<Finding> {
    let found = match inspect(path) {
        Ok(Some(found)) => AuthenticodeRecord::from(&found),
        Ok(None) => None,
        Err(error) => return vec![Finding::new(name, error.to_string())],
    };
    match (record, found) {
        (Some(record), Some(found)) if record.digest != found.digest => {
            vec![Finding::new(
                name,
                "its Authenticode digest is not the recorded one",
            )]
        }
        (Some(record), Some(found)) if record.signed != found.signed => {
            let state = if found.signed {
                "is signed, and was not when it was recorded"
            } else {
                "lost its signature"
            };
            vec![Finding::new(name, state)]
        }
        (Some(_), None) => vec![Finding::new(name, "is no Windows file any more")],
        (Some(_), Some(_)) | (None, _) => Vec::new(),
    }
}

/// Asks a verifier whether the signature leads to the given root; nothing when none is given or nothing was to be
/// signed.
pub(super) fn chain(path: &Path, name: &str, signed: bool, options: &Options) -> Vec<Finding> {
    let Some(verifier) = options.verifier() else {
        return Vec::new();
    };
    if !signed {
        return vec![Finding::new(name, "has no Authenticode signature")];
    }
    match verify(path, &options.trust, &verifier, &options.runner) {
        Ok(Verified::Chain(_)) => Vec::new(),
        Ok(Verified::Digest(_)) => {
            vec![Finding::new(name, "its signature leads to no trusted root")]
        }
        Ok(Verified::Unverified) => {
            vec![Finding::new(
                name,
                "its signature cannot be verified: install osslsigncode or signtool",
            )]
        }
        Err(SignError::Refused { .. }) => {
            vec![Finding::new(
                name,
                "its Authenticode signature is not good for the given root",
            )]
        }
        Err(error) => vec![Finding::new(name, error.to_string())],
    }
}
