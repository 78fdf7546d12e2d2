//! Folders as other programs take them.

use std::io;
use std::path::{Component, Path, PathBuf};

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

/// Where a folder will be that may not be there yet: links above it resolved, without `..`.
///
/// None when the path goes up out of a folder that is not there. As soon as that one is made, such a path means a
/// folder that was there all along: `new/..` is the folder around `new`.
pub fn settled(folder: &Path) -> Option<PathBuf> {
    let folder = std::path::absolute(folder).ok()?;
    let (above, name) = match (folder.parent(), folder.file_name()) {
        (Some(above), Some(name)) => (above, Some(name)),
        _ => (&*folder, None),
    };
    let there = above.ancestors().find(|path| path.exists())?;
    let rest = above.strip_prefix(there).ok()?;
    if rest.components().any(|part| part == Component::ParentDir) {
        return None;
    }
    let mut settled = absolute(there).ok()?;
    settled.extend(rest);
    settled.extend(name);
    Some(settled)
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

    #[test]
    fn a_folder_to_come_has_its_place_unless_nobody_can_tell() {
        let folder = tempfile::tempdir().unwrap();
        let path = absolute(folder.path()).unwrap();
        std::fs::create_dir(path.join("sub")).unwrap();
        for (typed, place) in [
            ("new", Some(path.join("new"))),
            ("sub/../new", Some(path.join("new"))),
            ("new/deep", Some(path.join("new/deep"))),
            ("sub/..", Some(path.clone())),
            ("sub/.", Some(path.join("sub"))),
            ("new/..", None),
            ("new/../.", None),
            ("new/../deep", None),
        ] {
            assert_eq!(settled(&path.join(typed)), place, "{typed}");
        }
        assert!(settled(Path::new("new")).is_some_and(|place| place.is_absolute()));
    }
}
