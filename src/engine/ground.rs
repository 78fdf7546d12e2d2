//! The ground that a run works on: folders and locks of its own, on file systems that may be damaged, shared, or without locks.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

/// Removes whatever stands there; links are not followed.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    }
}

/// As [`private`]; what is in its way and no folder is removed, a link as well.
pub(super) fn folder(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_dir()) {
        remove(path)?;
    }
    private(path)
}

/// Makes a folder for our eyes alone, unless there is one, or a link to one.
pub(super) fn private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// Opens the file that is locked; what is in its way and no file is removed, since opening a FIFO waits.
pub(super) fn lock_file(path: &Path) -> io::Result<File> {
    if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        remove(path)?;
    }
    File::options().create(true).append(true).open(path)
}

/// Whether the file system has no locks: NFS without a lock daemon, some FUSE, 9p and shared folders of virtual machines.
/// Work goes on without, as cargo and git do.
pub(super) fn has_no_locks(error: &TryLockError) -> bool {
    let TryLockError::Error(error) = error else {
        return false;
    };
    error.kind() == io::ErrorKind::Unsupported || is_missing(error)
}

#[cfg(unix)]
fn is_missing(error: &io::Error) -> bool {
    let codes = [libc::ENOLCK, libc::ENOSYS, libc::ENOTSUP, libc::EOPNOTSUPP];
    error
        .raw_os_error()
        .is_some_and(|code| codes.contains(&code))
}

#[cfg(not(unix))]
fn is_missing(_: &io::Error) -> bool {
    false
}

/// Why a folder must not be trusted to hold what we put there: it belongs to somebody else, or others may write to it.
#[cfg(unix)]
pub(super) fn distrust(path: &Path) -> io::Result<Option<&'static str>> {
    use std::os::unix::fs::MetadataExt;
    const OTHERS_MAY_WRITE: u32 = 0o022;
    let metadata = fs::metadata(path)?;
    // SAFETY: it has no arguments, and cannot fail.
    let user = unsafe { libc::geteuid() };
    Ok(if metadata.uid() != user {
        Some("belongs to another user")
    } else if metadata.mode() & OTHERS_MAY_WRITE != 0 {
        Some("can be written by other users")
    } else {
        None
    })
}

#[cfg(not(unix))]
pub(super) fn distrust(_: &Path) -> io::Result<Option<&'static str>> {
    // The cache folder is in the user's profile.
    Ok(None)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_way_is_removed_and_modes_are_ours() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::write(at("file"), "").unwrap();
        fs::create_dir_all(at("kept")).unwrap();
        fs::write(at("kept/x"), "").unwrap();
        symlink("kept", at("link")).unwrap();
        for name in ["file", "link", "new/below"] {
            folder(&at(name)).unwrap();
            let mode = fs::symlink_metadata(at(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o7777, 0o700, "{name}");
        }
        assert!(at("kept/x").exists());
        fs::create_dir_all(at("lock/below")).unwrap();
        lock_file(&at("lock")).unwrap();
        assert_eq!(distrust(&at("new")).unwrap(), None);
        for mode in [0o777, 0o770, 0o702] {
            fs::set_permissions(at("new"), fs::Permissions::from_mode(mode)).unwrap();
            assert!(distrust(&at("new")).unwrap().is_some(), "{mode:o}");
        }
    }

    #[test]
    fn missing_locks_are_told_from_held_ones() {
        for code in [libc::ENOLCK, libc::ENOSYS, libc::EOPNOTSUPP] {
            let error = TryLockError::Error(io::Error::from_raw_os_error(code));
            assert!(has_no_locks(&error), "{code}");
        }
        assert!(!has_no_locks(&TryLockError::WouldBlock));
        let error = TryLockError::Error(io::Error::from_raw_os_error(libc::EIO));
        assert!(!has_no_locks(&error));
    }
}
