use std::io;
use std::path::PathBuf;

use super::validate::Finding;
use crate::error::{Failure, io_word};
use crate::format::cab::CabinetError;
use crate::format::msi::DatabaseError;

/// Why a package could not be made or checked.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A file of the package could not be read.
    #[error("cannot read `{path}`")]
    Source {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The package's file could not be written.
    #[error("cannot write `{path}`")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The cabinet could not be made.
    #[error("cannot pack the files of `{path}`")]
    Cabinet {
        /// The package.
        path: PathBuf,
        /// Why.
        source: CabinetError,
    },
    /// The database could not be written or read.
    #[error("`{path}`")]
    Database {
        /// The package.
        path: PathBuf,
        /// Why.
        source: DatabaseError,
    },
    /// The tables break rules of Windows Installer.
    #[error("`{path}` would break {} of Windows Installer's rules:{}", .findings.len(), list(.findings))]
    Invalid {
        /// The package.
        path: PathBuf,
        /// Each broken rule.
        findings: Vec<Finding>,
    },
    /// The written file is not what was meant.
    #[error("`{path}` is not what was written:{}", .differences.iter().map(|line| format!("\n  {line}")).collect::<String>())]
    Differs {
        /// The package.
        path: PathBuf,
        /// Each difference.
        differences: Vec<String>,
    },
}

impl PackageError {
    /// The way out, when there is one to name.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Source { .. } => "check that the file exists and can be read",
            Self::Write { .. } => "check the folder's permissions and the free space",
            Self::Cabinet {
                source: CabinetError::TooLarge(_) | CabinetError::TooManyFiles(_),
                ..
            } => "put less into the package, for example large data into an archive beside it",
            Self::Cabinet {
                source: CabinetError::Changed { .. },
                ..
            } => "let nothing write to it during the build",
            Self::Database {
                source: DatabaseError::Character { .. },
                ..
            } => {
                "set `language` in `[msi]` to one whose code page has the character, or use another character"
            }
            Self::Database {
                source: DatabaseError::Read { .. },
                ..
            } => "it is no Windows Installer package, or damaged",
            Self::Invalid { .. } | Self::Differs { .. } => {
                "please report this with the manifest: a package like this should have been refused earlier"
            }
            Self::Cabinet { .. } | Self::Database { .. } => return None,
        };
        Some(text.to_owned())
    }
}

impl From<PackageError> for Failure {
    fn from(error: PackageError) -> Self {
        let mut message = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            let words = match cause.downcast_ref::<io::Error>() {
                Some(error) => io_word(error),
                None => cause.to_string(),
            };
            message.push_str(&format!(": {words}"));
            source = cause.source();
        }
        let failure = Self::failed(message);
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

fn list(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(|finding| format!("\n  {finding}"))
        .collect()
}
