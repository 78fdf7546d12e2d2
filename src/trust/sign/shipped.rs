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
/// Folder of signed scripts.
pub const SCRIPTS: &str = "scripts";
/// Folder of detached signatures, each by its file name.
pub const BESIDE: &str = "beside";

/// The signed file in `folder` whose signature fits `file`.
///
/// # Errors
/// When a file cannot be read.
pub fn signed(file: &Path, folder: &Path) -> Result<Option<PathBuf>, FileError> {
    let Some(found) = inspect(file)? else {
        return Ok(None);
    };
    match (found.kind, found.digest) {
        (Kind::Pe | Kind::Msi, Some(digest)) => {
            Ok(Some(folder.join(INSIDE).join(hex(&digest))).filter(|path| path.is_file()))
        }
        (Kind::Pe | Kind::Msi | Kind::Script, _) => signed_script(file, &folder.join(SCRIPTS)),
    }
}

/// A signed script is the script with a block of comments after it.
fn signed_script(file: &Path, scripts: &Path) -> Result<Option<PathBuf>, FileError> {
    const BLOCK: &[u8] = b"# SIG # Begin signature block";
    let script = fs::read(file).map_err(FileError::on("read", file))?;
    let entries = fs::read_dir(scripts).map_err(FileError::on("list", scripts))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let shipped = fs::read(&path).map_err(FileError::on("read", &path))?;
        let block = shipped
            .strip_prefix(script.as_slice())
            .map(<[u8]>::trim_ascii_start)
            .unwrap_or_default();
        let text: Vec<u8> = block
            .iter()
            .copied()
            .filter(|byte| *byte != 0)
            .take(256)
            .collect();
        if text.trim_ascii_start().starts_with(BLOCK) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
