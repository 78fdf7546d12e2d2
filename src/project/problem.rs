//! A fact that could not be had.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::process::{MissingTool, ProcessError};

/// Why a fact is missing: a value rather than an error, since only the plan knows whether it matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind of problem it is, for decisions.
    pub kind: ProblemKind,
    /// What is wrong: a lower-case phrase without a final period.
    pub message: String,
    /// The way out, where there is one.
    pub hint: Option<String>,
}

/// The kinds of [`Problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The tool that knows is not installed.
    ToolMissing,
    /// The folder is in no git repository.
    NoRepository,
    /// The repository has no commit yet.
    NoCommit,
    /// The folder is in no Go module.
    NoModule,
    /// The go tool is older than the project or gorelease needs.
    GoTooOld,
    /// The work was cancelled while the fact was asked for.
    Cancelled,
    /// The tool is there and did not answer.
    Failed,
}

impl Problem {
    /// A problem of `kind`.
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
        }
    }

    /// Adds the way out.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl From<MissingTool> for Problem {
    fn from(missing: MissingTool) -> Self {
        Self::new(ProblemKind::ToolMissing, missing.to_string()).with_hint(missing.hint())
    }
}

impl From<ProcessError> for Problem {
    /// The error with the tool's own words, which are the ones that people can look up.
    fn from(error: ProcessError) -> Self {
        let words = error
            .output()
            .map(|output| output.stderr_text().trim().to_owned())
            .filter(|text| !text.is_empty());
        let message = match words {
            Some(words) => format!("{error}: {words}"),
            None => error.to_string(),
        };
        let kind = match error {
            ProcessError::Cancelled { .. } => ProblemKind::Cancelled,
            ProcessError::NotFound { .. } => ProblemKind::ToolMissing,
            ProcessError::NoDirectory { .. }
            | ProcessError::NoInterpreter { .. }
            | ProcessError::Spawn { .. }
            | ProcessError::Wait { .. }
            | ProcessError::Failed { .. }
            | ProcessError::Killed { .. }
            | ProcessError::OutOfMemory { .. }
            | ProcessError::Unreadable { .. } => ProblemKind::Failed,
        };
        Self {
            hint: error.hint().or_else(|| way_out(&message)),
            kind,
            message,
        }
    }
}

/// The way out of what the go tool says most often before it does anything.
fn way_out(message: &str) -> Option<String> {
    let known = super::go_hints::hint(message).filter(|_| message.starts_with("go "));
    let hint = if let Some(hint) = known {
        hint
    } else if message.contains("GOFLAGS") {
        "`go env GOFLAGS` shows them: mend them, or `unset GOFLAGS` and `go env -u GOFLAGS`"
    } else if message.contains("build cache is required") {
        "set HOME, or GOCACHE to a folder that can be written"
    } else if message.contains("errors parsing go.") {
        "mend the line that it names"
    } else if message.contains("inconsistent vendoring") {
        "run `go mod vendor`"
    } else if message.contains("updates to go.mod needed") || message.contains("missing go.sum") {
        "run `go mod tidy`"
    } else if message.contains(": permission denied") {
        "check who owns the file, and its permissions"
    } else if message.contains("checksum mismatch") {
        "`git log -p go.sum` tells who changed it; never mend it before you know why it differs"
    } else if message.ends_with("is not UTF-8 text") {
        "move the project into a folder whose whole path is UTF-8"
    } else if message.starts_with("go env failed") {
        "mend what it names: `go env` takes its settings from the environment and from `go env -w`"
    } else if message.starts_with("go ") {
        "run the same command in the project's folder to see more"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_go_tools_words_have_a_way_out() {
        for (words, part) in [
            (
                "go env failed with exit code 1: build cache is required, but could not be located: GOCACHE is not defined and neither $XDG_CACHE_HOME nor $HOME are defined",
                "set HOME",
            ),
            (
                "go tool dist list failed with exit code 1: go: parsing $GOFLAGS: unknown flag -nonsense",
                "unset GOFLAGS",
            ),
            (
                "go list -m failed with exit code 1: go: errors parsing go.mod:\ngo.mod:1: unknown directive: modul",
                "mend",
            ),
            (
                "go list -m failed with exit code 1: go: inconsistent vendoring in /p:",
                "go mod vendor",
            ),
            (
                "go list -m failed with exit code 1: something new",
                "same command",
            ),
        ] {
            assert!(
                way_out(words).is_some_and(|hint| hint.contains(part)),
                "{words}"
            );
        }
        assert!(way_out("git rev-parse: its output is not UTF-8 text").is_some());
        assert_eq!(way_out("git status failed with exit code 1"), None);
    }
}
