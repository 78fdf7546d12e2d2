//! Detached signatures against the given keys.

use std::path::{Path, PathBuf};

use super::{Finding, Options};
use crate::trust::sign::detached::{PublicKey, verify};

/// Each of the files has, for each of the keys, a good signature beside it.
pub(super) fn check<'a>(
    folder: &Path,
    files: impl IntoIterator<Item = &'a str>,
    options: &Options,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in files {
        for key in &options.keys {
            let signed = folder.join(name);
            let signature = PathBuf::from(format!("{}.{}", signed.display(), extension(key)));
            if !signature.is_file() {
                findings.push(Finding::new(
                    name,
                    format!("has no signature `{name}.{}`", extension(key)),
                ));
                continue;
            }
            if let Err(error) = verify(key, &signed, &signature, &options.finder, &options.runner) {
                findings.push(Finding::new(
                    format!("{name}.{}", extension(key)),
                    error.to_string(),
                ));
            }
        }
    }
    findings
}

fn extension(key: &PublicKey) -> &'static str {
    match key {
        PublicKey::Minisign(_) => "minisig",
        PublicKey::Gpg(_) => "asc",
        PublicKey::Cosign(_) => "sigstore.json",
    }
}
