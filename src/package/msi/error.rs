use std::io;
use std::path::PathBuf;

use super::validate::Finding;
use crate::format::cab::CabinetError;
use crate::format::msi::DatabaseError;

/// Why a package could not be made or checked.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A file of the package could not be read.
    #[error("cannot read `{path}`: {source}")]
    Source {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The package's file could not be written.
    #[error("cannot write `{path}`: {source}")]
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

fn list(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(|finding| format!("\n  {finding}"))
        .collect()
}
