//! Why a Windows executable could not be read or changed.

use std::path::PathBuf;

use thiserror::Error;

use crate::format::output::FileError;

/// A failure with a Windows executable.
#[derive(Debug, Error)]
pub enum PeError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is something else.
    #[error("`{}` is not a Windows executable", .0.display())]
    NotPe(PathBuf),
    /// A header contradicts the file.
    #[error("`{}` is damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The wrong part.
        what: &'static str,
    },
    /// It has a signature, which a change would break.
    #[error("`{}` is signed already", .0.display())]
    Signed(PathBuf),
    /// Something was appended to it.
    #[error("`{}` has {size} bytes after its last section", path.display())]
    Appended {
        /// The file.
        path: PathBuf,
        /// How much.
        size: u64,
    },
    /// The first section begins where a longer section table would end.
    #[error("`{}` has no room for another section header", .0.display())]
    NoRoom(PathBuf),
    /// A resource or the whole tree is too large.
    #[error("the resources of `{}` are too large", .0.display())]
    TooLarge(PathBuf),
    /// It was written to while it was copied.
    #[error("`{}` changed while it was copied", .0.display())]
    Changed(PathBuf),
}

impl PeError {
    /// The way out, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::File(error) => error.hint(),
            Self::Signed(_) => {
                Some("resources go in first, the signature last: let gorelease sign it, not a hook")
            }
            Self::Appended { .. } => {
                Some("append the data after the resources are in, in a later hook")
            }
            Self::TooLarge(_) => Some("use a smaller icon"),
            Self::Changed(_) => Some("run again when nothing else writes to the file"),
            Self::NotPe(_) | Self::Damaged { .. } | Self::NoRoom(_) => None,
        }
    }
}
