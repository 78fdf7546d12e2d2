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

/// What the go tool says of a folder that is in repositories of different systems: git in git alone is allowed (go,
/// `vcs.FromDir`).
pub fn multiple_vcs(directory: &Path) -> Option<String> {
    // `vcsList`, and whether each root is a folder: the `.git` file of a linked worktree does not count.
    const ROOTS: [(&str, &str, bool); 6] = [
        (".hg", "hg", true),
        (".git", "git", true),
        (".svn", "svn", true),
        (".bzr", "bzr", true),
        (".fslckout", "fossil", false),
        ("_FOSSIL_", "fossil", false),
    ];
    let mut first: Option<(&str, &Path)> = None;
    for folder in directory.ancestors() {
        for (name, system, is_folder) in ROOTS {
            let metadata = std::fs::metadata(folder.join(name));
            if !metadata.is_ok_and(|metadata| metadata.is_dir() == is_folder) {
                continue;
            }
            match first {
                None => first = Some((system, folder)),
                Some(("git", _)) if system == "git" => {}
                Some((other, below)) => {
                    return Some(format!(
                        "multiple VCS detected: {other} in {below:?}, and {system} in {folder:?}"
                    ));
                }
            }
        }
    }
    None
}

/// Whether files can be made in a folder that need not be there yet: its nearest ancestor that is there must be a
/// folder in which we may write.
///
/// # Errors
/// Why not.
pub fn writable(directory: &Path) -> std::io::Result<()> {
    let nearest = directory
        .ancestors()
        .find(|above| above.symlink_metadata().is_ok());
    let Some(nearest) = nearest else {
        return Ok(());
    };
    if !nearest.is_dir() {
        return Err(std::io::Error::from(std::io::ErrorKind::NotADirectory));
    }
    may_write(nearest)
}

#[cfg(unix)]
fn may_write(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(folder.as_os_str().as_bytes())?;
    // SAFETY: `path` is a string that ends with NUL, and lives until the call has returned.
    match unsafe { libc::access(path.as_ptr(), libc::W_OK | libc::X_OK) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

#[cfg(not(unix))]
fn may_write(_: &Path) -> std::io::Result<()> {
    // Access lists decide; only writing shows it.
    Ok(())
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
