//! An artifact while it is written: under a temporary name beside its own, hashed and counted on the way.
//!
//! The file appears under its own name only in [`Output::finish`], whole; dropped before, nothing stays behind.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256, Sha512};
use tempfile::NamedTempFile;
use thiserror::Error;

use super::input;

/// A file that could not be read or written.
#[derive(Debug, Error)]
#[error("cannot {action} `{}`: {}", path.display(), crate::error::io_word(source))]
pub struct FileError {
    /// What was tried, such as `read` or `write`.
    pub action: &'static str,
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl FileError {
    /// For `map_err`: `.map_err(FileError::on("read", path))`.
    pub fn on(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// The way out, when the system's error has one.
    pub fn hint(&self) -> Option<&'static str> {
        match self.source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(
                "the disk is full: free some space; `--out` moves the results, GORELEASE_CACHE the cache",
            ),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Some("check the permissions of the file and its folder")
            }
            io::ErrorKind::NotFound => Some("check that the file and its folder exist"),
            _ => None,
        }
    }
}

/// Which digests of a file are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Digests {
    /// SHA-256 alone.
    #[default]
    Sha256,
    /// SHA-256 and SHA-512.
    Sha256AndSha512,
}

impl Digests {
    /// Those that are needed to compare a file with its record, which may have a SHA-512.
    pub fn recorded(sha512: Option<&String>) -> Self {
        match sha512 {
            Some(_) => Self::Sha256AndSha512,
            None => Self::Sha256,
        }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Bytes.
    pub size: u64,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// SHA-512, lower-case hexadecimal, when it was asked for.
    pub sha512: Option<String>,
}

/// A file being written; see the module.
#[derive(Debug)]
pub struct Output {
    temporary: NamedTempFile,
    path: PathBuf,
    meter: Meter,
    state: State,
}

/// A writer's second chance is a lie: once a write failed, the file is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    /// Later writes are swallowed: encoders that flush when they are dropped must not fail a second time.
    Failed,
}

impl Output {
    /// Starts a file that will be `path`, whose folder must exist.
    pub fn create(path: &Path, digests: Digests) -> Result<Self, FileError> {
        Self::with_mode(path, digests, 0o666)
    }

    /// As [`Output::create`], for a file that can be run.
    pub fn create_executable(path: &Path, digests: Digests) -> Result<Self, FileError> {
        Self::with_mode(path, digests, 0o777)
    }

    fn with_mode(path: &Path, digests: Digests, mode: u32) -> Result<Self, FileError> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let temporary = builder(mode)
            .tempfile_in(folder)
            .map_err(FileError::on("create", path))?;
        Ok(Self {
            temporary,
            path: path.to_owned(),
            meter: Meter::new(digests),
            state: State::Good,
        })
    }

    /// Gives the file its name, replacing an earlier one.
    pub fn finish(self) -> Result<Written, FileError> {
        if self.state == State::Failed {
            let lost = io::Error::other("an earlier write failed");
            return Err(FileError::on("write", &self.path)(lost));
        }
        self.temporary
            .persist(&self.path)
            .map_err(|failed| FileError::on("write", &self.path)(failed.error))?;
        Ok(self.meter.finish())
    }
}

impl Write for Output {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.state == State::Failed {
            return Ok(buf.len());
        }
        match self.temporary.write(buf) {
            Ok(written) => {
                self.meter.update(&buf[..written]);
                Ok(written)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.state = State::Failed;
                Err(error)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush()
    }
}

/// A temporary file in `folder` that others may read as far as the umask allows.
pub fn readable(folder: impl AsRef<Path>) -> io::Result<NamedTempFile> {
    builder(0o666).tempfile_in(folder)
}

/// A temporary file that ends as an ordinary one: its mode is what the umask leaves, not for the owner alone.
fn builder(mode: u32) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".gorelease-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = mode;
    builder
}

/// Size and digests of what streams by.
#[derive(Debug)]
pub struct Meter {
    size: u64,
    sha256: Sha256,
    sha512: Option<Sha512>,
}

impl Meter {
    /// A meter that has seen nothing.
    pub fn new(digests: Digests) -> Self {
        Self {
            size: 0,
            sha256: Sha256::new(),
            sha512: (digests == Digests::Sha256AndSha512).then(Sha512::new),
        }
    }

    /// Counts the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.sha256.update(bytes);
        if let Some(sha512) = &mut self.sha512 {
            sha512.update(bytes);
        }
    }

    /// What has streamed by.
    pub fn finish(self) -> Written {
        Written {
            size: self.size,
            sha256: hex(&self.sha256.finalize()),
            sha512: self.sha512.map(|sha512| hex(&sha512.finalize())),
        }
    }

    /// Reads to the end.
    pub fn drain(reader: &mut dyn io::Read, digests: Digests) -> io::Result<Written> {
        let mut meter = Self::new(digests);
        let mut buffer = vec![0; 128 * 1024];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(meter.finish()),
                Ok(read) => meter.update(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Size and digests of a file of ours, or one that the user named; links are followed.
pub fn measure(path: &Path, digests: Digests) -> Result<Written, FileError> {
    let mut file = input::open(path).map_err(FileError::on("open", path))?;
    Meter::drain(&mut file, digests).map_err(FileError::on("read", path))
}

/// Size and digests of a file of a folder that was received; see [`input::open_regular`].
pub fn measure_regular(path: &Path, digests: Digests) -> Result<Written, FileError> {
    let mut file = input::open_regular(path).map_err(FileError::on("open", path))?;
    Meter::drain(&mut file, digests).map_err(FileError::on("read", path))
}

/// Lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appears_whole_and_measured() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("artifact");
        let mut output = Output::create(&path, Digests::Sha256AndSha512).expect("created");
        output.write_all(b"abc").expect("written");
        assert!(!path.exists());
        let written = output.finish().expect("finished");
        assert_eq!(written.size, 3);
        // FIPS 180-4's own example.
        assert_eq!(
            written.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(
            written
                .sha512
                .as_deref()
                .is_some_and(|text| text.starts_with("ddaf35a193617aba"))
        );
        assert_eq!(
            measure(&path, Digests::Sha256AndSha512).expect("read"),
            written
        );
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn leaves_the_earlier_file_alone_when_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("artifact");
        std::fs::write(&path, "earlier").expect("written");
        let mut output = Output::create(&path, Digests::Sha256).expect("created");
        output.write_all(b"half").expect("written");
        drop(output);
        assert_eq!(std::fs::read(&path).expect("read"), b"earlier");
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn names_the_file_that_cannot_be_made() {
        let error = Output::create(Path::new("no/such/folder/x.zip"), Digests::Sha256)
            .expect_err("no folder");
        assert!(
            error
                .to_string()
                .starts_with("cannot create `no/such/folder/x.zip`: "),
            "{error}"
        );
        assert!(error.hint().is_some());
    }
}
