//! Detached signatures against the given keys.

use std::path::{Path, PathBuf};

use super::{Finding, Options};
use crate::format::input;
use crate::trust::sign::detached::verify;

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
            // A program that is given a FIFO waits for ever.
            match input::open_regular(&signed) {
                Ok(_) => {}
                // Said elsewhere.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => {
                    findings.push(Finding::new(name, format!("cannot be read: {error}")));
                    continue;
                }
            }
            let signature = PathBuf::from(format!("{}.{}", signed.display(), key.extension()));
            if input::open_regular(&signature).is_err() {
                findings.push(Finding::new(
                    name,
                    format!("has no signature `{name}.{}`", key.extension()),
                ));
                continue;
            }
            if let Err(error) = verify(key, &signed, &signature, &options.finder, &options.runner) {
                findings.push(Finding::new(
                    format!("{name}.{}", key.extension()),
                    error.to_string(),
                ));
            }
        }
    }
    findings
}
