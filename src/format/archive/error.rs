//! Why an archive could not be written or read.

use std::path::PathBuf;

use thiserror::Error;

use super::NameError;
use crate::format::output::FileError;

/// A failure with an archive.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// An entry's name is not safe.
    #[error("archive `{}`: {source}", archive.display())]
    Name {
        /// The archive.
        archive: PathBuf,
        /// What is wrong with which name.
        source: NameError,
    },
    /// A file was written to while it was packed.
    #[error("`{}` changed while it was packed", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The file is not the archive that it should be.
    #[error("`{}` is damaged: {reason}", archive.display())]
    Damaged {
        /// The archive.
        archive: PathBuf,
        /// What the decoder said.
        reason: String,
    },
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl ArchiveError {
    /// The way out, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::File(error) => error.hint(),
            Self::Name { .. } => {
                Some("an archive's entries stay below the folder into which it is unpacked")
            }
            Self::Changed { .. } => Some("run again when nothing else writes to the file"),
            Self::Damaged { .. } => {
                Some("make the archive again, or fetch it again from where it was published")
            }
            Self::Cancelled => None,
        }
    }
}
