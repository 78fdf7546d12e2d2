//! Why something was not signed, or its signature is not good.

use crate::format::output::FileError;
use crate::process::{MissingTool, ProcessError};

/// A file that could not be signed, or whose signature could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// A program did not do its work.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A program is not installed.
    #[error(transparent)]
    Tool(#[from] MissingTool),
    /// Anything else: a wrong key, a bad signature, a missing secret.
    #[error("{message}")]
    Refused {
        /// What failed, on which file.
        message: String,
        /// The way out.
        hint: Option<String>,
        /// What the tool wrote, verbatim.
        detail: Option<String>,
    },
}

impl SignError {
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self::Refused {
            message: message.into(),
            hint: None,
            detail: None,
        }
    }

    pub(super) fn with_hint(self, way_out: impl Into<String>) -> Self {
        match self {
            Self::Refused {
                message, detail, ..
            } => Self::Refused {
                message,
                hint: Some(way_out.into()),
                detail,
            },
            other => other,
        }
    }

    pub(super) fn with_detail(self, text: impl Into<String>) -> Self {
        match self {
            Self::Refused { message, hint, .. } => Self::Refused {
                message,
                hint,
                detail: Some(text.into()),
            },
            other => other,
        }
    }

    /// The way out, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Process(error) => error.hint(),
            Self::File(error) => error.hint().map(str::to_owned),
            Self::Tool(error) => Some(error.hint()),
            Self::Refused { hint, .. } => hint.clone(),
        }
    }
}
