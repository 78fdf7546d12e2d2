//! The one failure type that leaves a command, and its exit code.

use crate::problem::Problems;

/// The exit codes, a public promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// Done.
    Done = 0,
    /// Something failed while building or packing.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The manifest or the project is wrong.
    Manifest = 3,
    /// A needed tool is missing.
    MissingTool = 4,
    /// Verification failed.
    Verification = 5,
    /// Interrupted.
    Interrupted = 130,
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: ExitCode,
    /// What failed: lower-case, no final period. Empty when `problems` say it all.
    pub message: String,
    /// Further lines, verbatim (compiler output, a list).
    pub detail: Option<String>,
    /// The way out.
    pub hint: Option<String>,
    /// Problems of the manifest or the project.
    pub problems: Problems,
}

impl Failure {
    /// A failure with this code and message.
    pub fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            detail: None,
            hint: None,
            problems: Problems::default(),
        }
    }

    /// Something failed while building or packing.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Failed, message)
    }

    /// The manifest or the project is wrong, or nothing is but that tools are missing.
    pub fn manifest(problems: Problems) -> Self {
        let code = if problems.are_missing_tools() {
            ExitCode::MissingTool
        } else {
            ExitCode::Manifest
        };
        Self {
            problems,
            ..Self::new(code, "")
        }
    }

    /// A file could not be read, written, made ...: `doing` is the verb with its object, the path in backticks.
    pub fn io(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let failure = Self::failed(format!(
            "could not {doing} `{}`: {}",
            path.display(),
            io_word(error)
        ));
        match error.kind() {
            std::io::ErrorKind::StorageFull => failure.hint("free some space there"),
            std::io::ErrorKind::PermissionDenied => {
                failure.hint("check who owns it, and the permissions of it and its folder")
            }
            std::io::ErrorKind::ReadOnlyFilesystem => {
                failure.hint("use a folder that can be written")
            }
            _ => failure,
        }
    }

    /// With the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With further lines.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// An I/O error without the `(os error N)` that says nothing to people.
pub fn io_word(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or(&text);
            let mut letters = text.chars();
            letters
                .next()
                .map(|first| first.to_lowercase().chain(letters).collect())
                .unwrap_or_default()
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
