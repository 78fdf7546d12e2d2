//! The machine that gorelease runs on.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What a plan needs to know of this machine, in Go's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// GOOS.
    pub os: String,
    /// GOARCH.
    pub arch: String,
    /// How many threads can work at once; within a container, what its CPU limit allows.
    pub cpus: usize,
}

impl Host {
    /// This machine. The names are those of gorelease's own executable; a go tool that runs under emulation may
    /// answer otherwise.
    pub fn gather() -> Self {
        Self {
            os: go_os(std::env::consts::OS).to_owned(),
            arch: go_arch(std::env::consts::ARCH).to_owned(),
            cpus: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// Rust's name of an operating system as GOOS.
fn go_os(os: &str) -> &str {
    match os {
        "macos" => "darwin",
        other => other,
    }
}

/// Rust's name of an architecture as GOARCH, for the architectures that have another one there.
fn go_arch(arch: &str) -> &str {
    match arch {
        "x86" => "386",
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "loongarch64" => "loong64",
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        "powerpc64" => "ppc64",
        "mips" if cfg!(target_endian = "little") => "mipsle",
        "mips64" if cfg!(target_endian = "little") => "mips64le",
        other => other,
    }
}

/// Bytes that an ordinary user can still write where `path` is or would be made.
///
/// # Errors
/// When the system does not tell.
pub fn free_disk(path: &Path) -> io::Result<u64> {
    let existing = path
        .ancestors()
        .find(|ancestor| ancestor.exists())
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    free_at(&existing)
}

#[cfg(unix)]
fn free_at(path: &Path) -> io::Result<u64> {
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;

    let path = CString::new(path.as_os_str().as_bytes()).map_err(io::Error::other)?;
    // SAFETY: all zeroes is a valid `statvfs`.
    let mut info: libc::statvfs = unsafe { std::mem::zeroed() };
    // SAFETY: the string ends with a zero byte, and the pointer is to a live value.
    if unsafe { libc::statvfs(path.as_ptr(), &mut info) } == -1 {
        return Err(io::Error::last_os_error());
    }
    // The types of both fields differ between systems.
    #[allow(clippy::unnecessary_cast)]
    Ok((info.f_bavail as u64).saturating_mul(info.f_frsize as u64))
}

#[cfg(windows)]
fn free_at(path: &Path) -> io::Result<u64> {
    use std::os::windows::ffi::OsStrExt;

    use windows_sys::Win32::Storage::FileSystem::GetDiskFreeSpaceExW;

    let path: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
    let mut free = 0;
    // SAFETY: the string ends with a zero; the other two pointers may be null.
    let done = unsafe {
        GetDiskFreeSpaceExW(
            path.as_ptr(),
            &mut free,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
        )
    };
    if done == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(free)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_still_to_be_made_has_its_parents_room() {
        let folder = tempfile::tempdir().unwrap();
        let free = free_disk(&folder.path().join("not/yet")).unwrap();
        assert!(free > 0);
    }
}
