//! Folders as other programs take them.

use std::io;
use std::path::{Path, PathBuf};

/// The absolute path of a folder that is there, links resolved.
///
/// On Windows without the `\\?\` that the system puts in front: neither git nor the go tool takes it for a working
/// directory.
///
/// # Errors
/// When the folder is not there or cannot be looked at.
pub fn absolute(folder: &Path) -> io::Result<PathBuf> {
    let path = std::fs::canonicalize(folder)?;
    Ok(match path.to_str().and_then(without_verbatim_prefix) {
        Some(plain) => PathBuf::from(plain),
        None => path,
    })
}

/// A verbatim path (Microsoft, Naming Files, Paths, and Namespaces) as one types it, when it has such a form.
fn without_verbatim_prefix(path: &str) -> Option<String> {
    let rest = path.strip_prefix(r"\\?\")?;
    if let Some(share) = rest.strip_prefix(r"UNC\") {
        return Some(format!(r"\\{share}"));
    }
    let has_drive = rest.as_bytes().get(1..3) == Some(br":\");
    has_drive.then(|| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbatim_paths_are_shown_as_one_types_them() {
        for (path, plain) in [
            (r"\\?\D:\a\orders", Some(r"D:\a\orders")),
            (r"\\?\UNC\server\share\x", Some(r"\\server\share\x")),
            (r"\\?\Volume{1}\x", None),
            (r"D:\a", None),
            ("/home/a", None),
        ] {
            assert_eq!(without_verbatim_prefix(path).as_deref(), plain);
        }
    }

    #[test]
    fn links_are_resolved() {
        let folder = tempfile::tempdir().unwrap();
        let path = absolute(folder.path()).unwrap();
        assert!(path.is_absolute());
        assert_eq!(absolute(&path.join(".")).unwrap(), path);
        assert!(absolute(&path.join("none")).is_err());
    }
}
