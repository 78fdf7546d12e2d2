//! Signatures inside Windows files: as recorded, and leading to the given root and publisher.

use std::path::Path;

use super::{Finding, Options};
use crate::format::authenticode::inspect;
use crate::step::metadata::AuthenticodeRecord;
use crate::trust::sign::SignError;
use crate::trust::sign::authenticode::{SigningCertificate, Verified, Verifier, verify};

/// Holds a file against what was recorded of it when it was made.
pub(super) fn as_recorded(
    path: &Path,
    name: &str,
    record: Option<&AuthenticodeRecord>,
) -> Vec<Finding> {
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
        (None, Some(_)) => vec![Finding::new(
            name,
            "is a Windows file without a recorded Authenticode digest",
        )],
        (Some(_), Some(_)) | (None, None) => Vec::new(),
    }
}

/// Follows signatures to the given root.
pub(super) struct Chain<'a> {
    pub(super) verifier: Verifier,
    pub(super) options: &'a Options,
}

impl Chain<'_> {
    /// Whose good signature the file has, where that can be read, or what is wrong.
    pub(super) fn check(&self, path: &Path) -> Result<Option<String>, String> {
        let is_known = matches!(inspect(path), Ok(Some(_)));
        let certificate = match SigningCertificate::of(path) {
            Ok(None) if is_known => return Err("has no Authenticode signature".to_owned()),
            Ok(certificate) => certificate,
            Err(error) => return Err(error.to_string()),
        };
        self.publisher(certificate.as_ref())?;
        match verify(
            path,
            &self.options.trust,
            &self.verifier,
            &self.options.runner,
        ) {
            Ok(Verified::Chain(_)) => Ok(certificate.map(|certificate| {
                format!("{}, SHA-256 {}", certificate.subject, certificate.sha256)
            })),
            Ok(Verified::Digest(_)) => Err("its signature leads to no trusted root".to_owned()),
            Ok(Verified::Unverified) => {
                Err("its signature cannot be verified: install osslsigncode".to_owned())
            }
            Err(SignError::Refused { .. }) => {
                Err("its Authenticode signature is not good for the given root".to_owned())
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn publisher(&self, certificate: Option<&SigningCertificate>) -> Result<(), String> {
        let publishers = &self.options.publishers;
        match certificate {
            _ if publishers.is_empty() => Ok(()),
            None => Err("its publisher cannot be read".to_owned()),
            Some(certificate) if publishers.iter().any(|one| one.owns(certificate)) => Ok(()),
            Some(certificate) => Err(format!(
                "is signed by `{}` (SHA-256 {}), which is not a required publisher",
                certificate.subject, certificate.sha256
            )),
        }
    }
}
