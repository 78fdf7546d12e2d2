use std::io;
use std::path::PathBuf;

use super::layout::{MAX_BYTES, MAX_FILES, MAX_NAME_BYTES};

/// Why a cabinet could not be written.
#[derive(Debug, thiserror::Error)]
pub enum CabinetError {
    /// More files than the header's 16-bit count holds.
    #[error("a cabinet holds at most {MAX_FILES} files, not {0}")]
    TooManyFiles(usize),
    /// More data than one folder's 65,535 blocks of 32 KiB hold.
    #[error("the files have {0} bytes, a cabinet holds at most {MAX_BYTES}")]
    TooLarge(u64),
    /// A name that readers cannot take.
    #[error("`{0}` cannot be a name in a cabinet (1 to {MAX_NAME_BYTES} bytes, no NUL)")]
    Name(String),
    /// A file's size is not the one that was announced.
    #[error("`{path}` had {announced} bytes and has changed while it was packed")]
    Changed {
        /// The file.
        path: PathBuf,
        /// Its size when the package was planned.
        announced: u64,
    },
    /// A file could not be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The cabinet could not be written.
    #[error("cannot write the cabinet")]
    Write(#[source] io::Error),
    /// The deflate implementation refused a block.
    #[error("cannot compress a block: {0}")]
    Compress(String),
}
