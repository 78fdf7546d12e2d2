//! Whether a folder of results was filled by a build on this machine, or came from elsewhere.
//!
//! A build notes in `.owner` what tells its `.lock` from any other file that ever was: its place on the disk, and on Unix the
//! time of its last change, which no unpacking program can set. A folder that was copied, unpacked or received has another.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use super::dist::{LOCK, OWNER};
use crate::format::input;

/// The longest note.
const LONGEST: u64 = 200;

/// Whose a folder of results is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// It was copied from elsewhere, or is not a folder of results.
    Nobody,
    /// A build on this machine, which has ended.
    FinishedBuild,
    /// A build on this machine, which is at work.
    RunningBuild,
}

impl Owner {
    /// Of this folder.
    pub fn of(folder: &Path) -> Self {
        let lock = folder.join(LOCK);
        let noted = input::read_text(&folder.join(OWNER), LONGEST).ok();
        let Ok(file) = input::open_regular(&lock) else {
            return Self::Nobody;
        };
        let now = identity(&file);
        if now.is_none() || now != noted {
            return Self::Nobody;
        }
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Self::RunningBuild,
            Ok(()) | Err(TryLockError::Error(_)) => Self::FinishedBuild,
        }
    }
}

/// Notes that this machine's builds own the folder with this locked file.
pub(super) fn claim(folder: &Path, lock: &File) -> io::Result<()> {
    let path = folder.join(OWNER);
    let Some(now) = identity(lock) else {
        return Ok(());
    };
    match input::read_text(&path, LONGEST) {
        Ok(noted) if noted == now => Ok(()),
        _ => fs::write(path, now),
    }
}

#[cfg(unix)]
fn identity(file: &File) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = file.metadata().ok()?;
    let (device, node) = (metadata.dev(), metadata.ino());
    let (seconds, rest) = (metadata.ctime(), metadata.ctime_nsec());
    Some(format!("{device} {node} {seconds}.{rest:09}\n"))
}

/// Windows keeps no time that a program cannot set; the place alone is one among all files of the disk.
#[cfg(windows)]
fn identity(file: &File) -> Option<String> {
    use std::os::windows::io::AsRawHandle as _;
    use windows_sys::Win32::Storage::FileSystem::{
        BY_HANDLE_FILE_INFORMATION, GetFileInformationByHandle,
    };
    let mut info = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the handle is of an open file, and `info` is written by the call alone.
    let done = unsafe { GetFileInformationByHandle(file.as_raw_handle(), &mut info) };
    let index = (u64::from(info.nFileIndexHigh) << 32) | u64::from(info.nFileIndexLow);
    let created = info.ftCreationTime;
    (done != 0).then(|| {
        let time = (u64::from(created.dwHighDateTime) << 32) | u64::from(created.dwLowDateTime);
        format!("{} {index} {time}\n", info.dwVolumeSerialNumber)
    })
}

#[cfg(not(any(unix, windows)))]
fn identity(_: &File) -> Option<String> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_nobodys() {
        let scratch = tempfile::tempdir().unwrap();
        let (one, two) = (scratch.path().join("one"), scratch.path().join("two"));
        for folder in [&one, &two] {
            fs::create_dir(folder).unwrap();
            File::create(folder.join(LOCK)).unwrap();
        }
        let lock = File::options().append(true).open(one.join(LOCK)).unwrap();
        assert_eq!(Owner::of(&one), Owner::Nobody);
        claim(&one, &lock).unwrap();
        assert_eq!(Owner::of(&one), Owner::FinishedBuild);
        lock.lock().unwrap();
        assert_eq!(Owner::of(&one), Owner::RunningBuild);
        fs::copy(one.join(OWNER), two.join(OWNER)).unwrap();
        assert_eq!(Owner::of(&two), Owner::Nobody);
        let moved = scratch.path().join("moved");
        fs::rename(&one, &moved).unwrap();
        drop(lock);
        assert_eq!(Owner::of(&moved), Owner::FinishedBuild);
    }
}
