//! Signatures that were made before: a rebuild takes them from the release instead of making them.
//!
//! A signed file takes the place of the one just made when the signature covers exactly the same bytes; otherwise the
//! file stays unsigned, and the comparison will tell.

use std::fs;
use std::path::{Path, PathBuf};

use crate::format::authenticode::{Kind, inspect};
use crate::format::output::{FileError, hex};

/// Folder of signed files, each called by its Authenticode digest.
pub const INSIDE: &str = "inside";
/// Folder of detached signatures, each by its file name.
pub const BESIDE: &str = "beside";

/// The signed file in `folder` whose signature fits `file`.
///
/// # Errors
/// When a file cannot be read.
pub fn signed(file: &Path, folder: &Path) -> Result<Option<PathBuf>, FileError> {
    let Some((kind, digest)) = inspect(file)?.and_then(|found| Some((found.kind, found.digest?)))
    else {
        return Ok(None);
    };
    let shipped = folder.join(INSIDE).join(hex(&digest));
    if !shipped.is_file() {
        return Ok(None);
    }
    let fits = match kind {
        Kind::Pe | Kind::Msi => true,
        // The digest of a script is the same in every encoding.
        Kind::Script => {
            let read = |path: &Path| fs::read(path).map_err(FileError::on("read", path));
            read(&shipped)?.starts_with(&read(file)?)
        }
    };
    Ok(fits.then_some(shipped))
}
