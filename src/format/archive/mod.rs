//! Archives: zip and compressed tar, written and listed as streams.
//!
//! An [`Archive`] is a sorted list of files with safe names. [`Archive::write`] puts it into one file: the same
//! entries and [`Options`] give the same bytes on every machine (one time for all entries, owner 0, the modes as
//! given, no machine's names). [`visit`] and [`list`] open an archive again.
//!
//! Non-goals: folders and links as entries of their own, appending, encryption.

mod budget;
mod error;
mod member;
mod read;
mod tar;
mod tar_read;
mod zip;

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

pub use error::ArchiveError;
pub use member::{NameError, Names, Unpacker, check_name, check_windows_name};
pub use read::{Member, list, visit};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::input;
use crate::format::output::{Digests, FileError, Output, Written};

/// A container with its compression.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Format {
    /// `.zip`, deflate, zip64 where it is needed.
    #[serde(rename = "zip")]
    Zip,
    /// `.tar.gz`.
    #[serde(rename = "tar.gz")]
    TarGz,
    /// `.tar.xz`.
    #[serde(rename = "tar.xz")]
    TarXz,
    /// `.tar.zst`.
    #[serde(rename = "tar.zst")]
    TarZst,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Zip, Self::TarGz, Self::TarXz, Self::TarZst];

    /// The file name's end, without the first dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::TarGz => "tar.gz",
            Self::TarXz => "tar.xz",
            Self::TarZst => "tar.zst",
        }
    }

    /// The format that a file's name says.
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        Self::ALL.into_iter().find(|format| {
            name.strip_suffix(format.extension())
                .is_some_and(|stem| stem.ends_with('.'))
        })
    }
}

/// Where an entry's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file, which must not change while it is packed.
    File(PathBuf),
    /// These bytes.
    Bytes(Vec<u8>),
}

impl Source {
    fn open(&self) -> Result<(Box<dyn Read>, u64), FileError> {
        match self {
            Self::File(path) => {
                let file = input::open(path).map_err(FileError::on("open", path))?;
                let metadata = file.metadata().map_err(FileError::on("read", path))?;
                Ok((Box::new(file), metadata.len()))
            }
            Self::Bytes(bytes) => {
                Ok((Box::new(io::Cursor::new(bytes.clone())), bytes.len() as u64))
            }
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Bytes(_) => None,
        }
    }
}

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path inside the archive, with `/`; see [`check_name`].
    pub name: String,
    /// The permission bits, such as `0o755`.
    pub mode: u32,
    /// Its content.
    pub source: Source,
}

/// How an archive is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The container.
    pub format: Format,
    /// Compression from 0 (none, or the fastest that the format has) to 9.
    pub level: u8,
    /// The time of every entry, in seconds since 1970 (UTC). Zip begins with 1980 and counts in two seconds.
    pub modified: u64,
    /// The digests of the archive to compute.
    pub digests: Digests,
}

impl Options {
    /// The level without a wish.
    pub const DEFAULT_LEVEL: u8 = 6;
    /// The highest level.
    pub const HIGHEST_LEVEL: u8 = 9;
}

/// Says whether the work is still wanted; asked between blocks.
pub type Cancelled<'a> = &'a dyn Fn() -> bool;

/// The content of an archive: files with safe and different names, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    entries: Vec<Entry>,
}

impl Archive {
    /// Sorts the entries and refuses names that leave the folder into which somebody will unpack, and names that
    /// exclude each other.
    pub fn new(mut entries: Vec<Entry>) -> Result<Self, NameError> {
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let mut names = member::Names::default();
        entries
            .iter()
            .try_for_each(|entry| names.add(&entry.name))?;
        Ok(Self { entries })
    }

    /// The entries, by name.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Writes the archive to `path`. Neither a failure nor a cancelled run leaves a file there or changes one.
    pub fn write(
        &self,
        path: &Path,
        options: &Options,
        cancelled: Cancelled,
    ) -> Result<Written, ArchiveError> {
        let mut output = Output::create(path, options.digests)?;
        match options.format {
            Format::Zip => zip::write(&self.entries, &mut output, path, options, cancelled)?,
            Format::TarGz | Format::TarXz | Format::TarZst => {
                tar::write(&self.entries, &mut output, path, options, cancelled)?;
            }
        }
        Ok(output.finish()?)
    }
}

/// Copies an entry's content; exactly `size` bytes, or the file has changed under us.
fn copy(
    entry: &Entry,
    reader: &mut dyn Read,
    size: u64,
    writer: &mut dyn Write,
    archive: &Path,
    cancelled: Cancelled,
) -> Result<(), ArchiveError> {
    let mut buffer = vec![0; 256 * 1024];
    let mut copied = 0_u64;
    loop {
        if cancelled() {
            return Err(ArchiveError::Cancelled);
        }
        let read = match reader.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let path = entry.source.path().unwrap_or(Path::new(&entry.name));
                return Err(FileError::on("read", path)(error).into());
            }
        };
        copied += read as u64;
        if copied > size || (read == 0 && copied < size) {
            return Err(ArchiveError::Changed {
                path: entry
                    .source
                    .path()
                    .unwrap_or(Path::new(&entry.name))
                    .to_owned(),
            });
        }
        if read == 0 {
            return Ok(());
        }
        writer
            .write_all(&buffer[..read])
            .map_err(FileError::on("write", archive))?;
    }
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
