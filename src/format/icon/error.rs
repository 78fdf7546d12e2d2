//! Why a file is no icon.

use std::path::PathBuf;

use thiserror::Error;

use super::LARGEST_FILE;
use super::picture::LARGEST_SIDE;
use crate::format::output::FileError;

/// A failure with an icon's file.
#[derive(Debug, Error)]
pub enum IconError {
    /// The file could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its content is not usable.
    #[error("icon `{}`: {problem}", path.display())]
    Icon {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: Problem,
    },
}

impl IconError {
    /// The way out.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::File(error) => error.hint(),
            Self::Icon { problem, .. } => Some(problem.hint()),
        }
    }
}

/// What is wrong with an icon's content.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// Neither ICO nor PNG.
    #[error("it is neither an ICO nor a PNG file")]
    Unknown,
    /// The file is far larger than an icon.
    #[error("the file is over {} MiB", LARGEST_FILE >> 20)]
    FileTooLarge,
    /// A picture with too many pixels.
    #[error("{width}x{height} pixels are too many, {LARGEST_SIDE}x{LARGEST_SIDE} are the most")]
    PictureTooLarge {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// A picture with too few pixels.
    #[error("{width}x{height} pixels are too few, the smallest size of an icon is 16x16")]
    PictureTooSmall {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// A picture that is no square.
    #[error("it is {width}x{height} pixels, not a square")]
    NotSquare {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// A cursor file differs in one byte.
    #[error("it is a cursor, not an icon")]
    Cursor,
    /// An ICO file without an image.
    #[error("it has no image")]
    NoImage,
    /// An image that no program could show.
    #[error("image {number} is damaged: {what}")]
    DamagedImage {
        /// From 1, in the file's order.
        number: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// The decoder of PNG files says so.
    #[error("it is damaged: {0}")]
    DamagedPicture(String),
}

impl Problem {
    /// The way out.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unknown | Self::Cursor => {
                "give an ICO file, or a square PNG picture of 256x256 pixels or more"
            }
            Self::FileTooLarge | Self::PictureTooLarge { .. } => {
                "a PNG picture of 256x256 pixels is enough"
            }
            Self::PictureTooSmall { .. } => "give a PNG picture of 256x256 pixels or more",
            Self::NotSquare { .. } => "put the picture on a square, transparent ground",
            Self::NoImage | Self::DamagedImage { .. } | Self::DamagedPicture(_) => {
                "export the icon again from the program that made it"
            }
        }
    }
}
