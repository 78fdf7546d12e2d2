//! Why a file has no build information.

use std::io;
use std::path::{Path, PathBuf};

/// A file whose build information could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read Go build information from `{}`: {reason}", path.display())]
pub struct Error {
    /// The file.
    pub path: PathBuf,
    /// What was wrong with it.
    pub reason: Reason,
}

impl Error {
    pub(super) fn new(path: &Path, reason: Reason) -> Self {
        Self {
            path: path.to_owned(),
            reason,
        }
    }

    /// The way out, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self.reason {
            Reason::TooOld => Some("build it with Go 1.18 or newer"),
            Reason::NotGo => Some(
                "a packer such as UPX, or a link without the go tool, removes the build information",
            ),
            Reason::Io(_) => Some("check that the file exists and can be read"),
            Reason::Unrecognised | Reason::Damaged(_) => None,
        }
    }
}

/// What was wrong with the file.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// The file could not be opened or read.
    #[error("{}", crate::error::io_word(.0))]
    Io(#[from] io::Error),
    /// The file is no ELF, PE or Mach-O executable.
    #[error("not an ELF, PE or Mach-O executable")]
    Unrecognised,
    /// An executable without build information.
    #[error("not a Go executable, or its build information was removed")]
    NotGo,
    /// Build information in the pointer format of Go 1.17 and older.
    #[error("built with Go 1.17 or older, which records no build settings")]
    TooOld,
    /// The headers or the build information contradict themselves.
    #[error("damaged executable: {0}")]
    Damaged(String),
}

impl Reason {
    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }
}
