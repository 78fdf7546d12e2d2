//! Opens every file of a release again and holds it against what `artifacts.json` and the checksum files promise.
//!
//! Works without Go, git or a network. Findings are collected, not thrown: the first false promise does not hide the
//! others.
//!
//! Which tests apply is decided by the command and its keys, never by the files under test: [`anchor`] fixes which files
//! must be signed, [`listing`] looks at every file, and [`kinds`] and [`windows`] go by content.

mod anchor;
mod authenticode;
mod binary;
mod build_info;
mod bundle;
mod contents;
mod deployment;
#[cfg(test)]
#[cfg(unix)]
mod hostile;
mod kinds;
mod layout;
mod listing;
mod materials;
mod members;
mod msi;
mod options;
mod outcome;
mod provenance;
mod rebuild;
mod release;
mod single;
mod stated;
mod sums;
mod version_resource;
mod windows;

use std::path::Path;

pub use bundle::{HAND_OVER, verify_folder};
pub use options::{Options, Required, WorkingFiles};
pub use outcome::{Finding, SignedFile, Stated, Verification};
pub use rebuild::Rebuild;
pub use release::{is_left_out, read_metadata, verify};
pub use single::verify_file;

use crate::error::{ExitCode, Failure};
use crate::step::metadata::FILE_NAME;

/// Checks whatever it is: a file, a release, or another folder with a checksum file.
///
/// # Errors
/// When nothing there promises anything.
pub fn verify_subject(subject: &Path, options: &Options) -> Result<Verification, Failure> {
    let has = |name: &str| subject.join(name).symlink_metadata().is_ok();
    if subject.is_file() {
        verify_file(subject, options)
    } else if has(FILE_NAME) && !has(HAND_OVER) {
        verify(subject, options)
    } else if has(HAND_OVER) || has("SHA256SUMS") || has("SHA512SUMS") {
        verify_folder(subject, options)
    } else {
        verify(subject, options)
    }
}

fn nothing_promised(subject: &Path) -> Failure {
    let message = format!("nothing promises anything about `{}`", subject.display());
    Failure::new(ExitCode::Verification, message).hint(
        "a release has `artifacts.json`; a single file or folder needs `SHA256SUMS` beside or in it",
    )
}
