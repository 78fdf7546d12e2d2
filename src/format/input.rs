//! Files that somebody else may have put there: opened without waiting, and read no further than a limit.
//!
//! A FIFO, a device, or a link to either, in place of a file would keep a plain `File::open` or `read` waiting for ever.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// The largest description (JSON, checksums) that is read into memory. The largest that we write are bills of materials of some
/// hundred modules with their licences: a few MB.
pub const LONGEST_DESCRIPTION: u64 = 32 << 20;

/// Whether a link may stand where a file is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Links {
    Follow,
    Refuse,
}

/// Opens a regular file that the user named; links are followed.
///
/// # Errors
/// Of the system, and for anything but a regular file.
pub fn open(path: &Path) -> io::Result<File> {
    open_with(path, Links::Follow)
}

/// Opens a regular file of a folder that was received (a release, a deployment bundle, a cache entry): the file itself must
/// not be a link.
///
/// # Errors
/// Of the system, and for anything but a regular file.
pub fn open_regular(path: &Path) -> io::Result<File> {
    open_with(path, Links::Refuse)
}

/// The content of a regular file of at most `limit` bytes; see [`open_regular`].
///
/// # Errors
/// As [`open_regular`], and for a longer file.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_from(open_regular(path)?, limit)
}

/// The content of a file that the user named, as [`read`]; links are followed.
///
/// # Errors
/// As [`open`], and for a longer file.
pub fn read_followed(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_from(open(path)?, limit)
}

fn read_from(file: File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // The length that the system states is not relied on: the file may grow meanwhile.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it is longer than {limit} bytes"),
        ));
    }
    Ok(bytes)
}

/// As [`read`], for UTF-8.
///
/// # Errors
/// As [`read`], and for other encodings.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// A description of at most [`LONGEST_DESCRIPTION`] bytes.
///
/// # Errors
/// As [`read`].
pub fn read_description(path: &Path) -> io::Result<Vec<u8>> {
    read(path, LONGEST_DESCRIPTION)
}

/// Copies a regular file to a new or emptied one; see [`open_regular`]. Nothing but the content is taken over.
///
/// # Errors
/// As [`open_regular`], and when the copy cannot be written.
pub fn copy(from: &Path, to: &Path) -> io::Result<u64> {
    io::copy(&mut open_regular(from)?, &mut File::create(to)?)
}

fn open_with(path: &Path, links: Links) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    without_waiting(&mut options, links);
    let file = options
        .open(path)
        .map_err(|error| match is_link(path, links) {
            true => not_regular("a link"),
            false => error,
        })?;
    let kind = file.metadata()?.file_type();
    if kind.is_file() {
        Ok(file)
    } else if kind.is_dir() {
        Err(not_regular("a folder"))
    } else if kind.is_symlink() {
        Err(not_regular("a link"))
    } else {
        Err(not_regular("a pipe, socket or device"))
    }
}

/// The open itself says `ELOOP` of a link that it must not follow, which is also said of links in a circle.
fn is_link(path: &Path, links: Links) -> bool {
    links == Links::Refuse
        && path
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.file_type().is_symlink())
}

fn not_regular(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("it is {what}, not a regular file"),
    )
}

/// `O_NONBLOCK` opens a FIFO at once and has no effect on regular files (POSIX open()).
#[cfg(unix)]
fn without_waiting(options: &mut OpenOptions, links: Links) {
    use std::os::unix::fs::OpenOptionsExt;
    let no_follow = match links {
        Links::Follow => 0,
        Links::Refuse => libc::O_NOFOLLOW,
    };
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | no_follow);
}

/// `FILE_FLAG_OPEN_REPARSE_POINT` opens a link itself, which the look at the file's kind then refuses.
#[cfg(windows)]
fn without_waiting(options: &mut OpenOptions, links: Links) {
    use std::os::windows::fs::OpenOptionsExt;
    use windows_sys::Win32::Storage::FileSystem::FILE_FLAG_OPEN_REPARSE_POINT;
    if links == Links::Refuse {
        options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    }
}

#[cfg(not(any(unix, windows)))]
fn without_waiting(_: &mut OpenOptions, _: Links) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_file_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, "four").unwrap();
        assert_eq!(read(&path, 4).unwrap(), b"four");
        let error = read(&path, 3).unwrap_err();
        assert_eq!(error.to_string(), "it is longer than 3 bytes");
        assert_eq!(
            open(&folder.path().join("missing")).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        assert!(read(folder.path(), 4).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn refuses_everything_else_at_once() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "x").unwrap();
        symlink("file", at("link")).unwrap();
        symlink("/dev/zero", at("device")).unwrap();
        symlink("round", at("round")).unwrap();
        let fifo = std::ffi::CString::new(at("fifo").to_str().unwrap()).unwrap();
        // SAFETY: a path that ends with a NUL, and lives as long as the call.
        assert_eq!(unsafe { libc::mkfifo(fifo.as_ptr(), 0o600) }, 0);
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        symlink("fifo", at("link to fifo")).unwrap();
        for name in ["link", "device", "round", "fifo", "socket", "link to fifo"] {
            let error = open_regular(&at(name)).unwrap_err();
            let said = error.to_string();
            // A socket cannot be opened at all (ENXIO).
            assert!(
                said.contains("not a regular file") || name == "socket",
                "{name}: {said}"
            );
        }
        assert!(open(&at("link")).is_ok());
        for name in ["device", "fifo", "link to fifo", "socket"] {
            assert!(open(&at(name)).is_err(), "{name}");
        }
    }
}
