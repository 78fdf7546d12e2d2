//! What an examination says: rows of ok, warning or problem.

use serde::Serialize;

use crate::error::ExitCode;
use crate::project::{Problem, ProblemKind};

/// Everything that was looked at, in the order that people read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Examination {
    /// The rows, those of a section together.
    pub rows: Vec<Row>,
}

impl Examination {
    /// The exit code: a missing tool before a wrong environment; warnings do not count.
    pub fn exit_code(&self) -> ExitCode {
        let worst = |tool_missing| {
            self.rows
                .iter()
                .any(|row| row.level == Level::Problem && row.tool_missing == tool_missing)
        };
        if worst(true) {
            ExitCode::MissingTool
        } else if worst(false) {
            ExitCode::Manifest
        } else {
            ExitCode::Done
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What it belongs to.
    pub section: Section,
    /// What was looked at, such as `GOFLAGS`.
    pub name: String,
    /// How it is.
    pub level: Level,
    /// What was found: lower-case, no final period.
    pub value: String,
    /// The way out, or what to know about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Whether the problem is a tool that is not there, which has an exit code of its own.
    #[serde(skip)]
    tool_missing: bool,
}

/// The groups of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    /// The go tool and its settings.
    Go,
    /// Version, commit and time.
    Git,
    /// Processors, memory, disk.
    Machine,
    /// What the project's own manifest needs.
    Project,
    /// Tools that only some releases need.
    Tools,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As a release needs it.
    Ok,
    /// A release can be made, but perhaps not the one that is meant.
    Warning,
    /// No release can be made.
    Problem,
}

impl Row {
    pub(super) fn new(
        section: Section,
        name: &str,
        level: Level,
        value: impl Into<String>,
    ) -> Self {
        Self {
            section,
            name: name.to_owned(),
            level,
            value: value.into(),
            hint: None,
            tool_missing: false,
        }
    }

    /// A row without anything to complain of.
    pub(crate) fn ok(section: Section, name: &str, value: impl Into<String>) -> Self {
        Self::new(section, name, Level::Ok, value)
    }

    /// A row that says what changes a release.
    pub(crate) fn warning(section: Section, name: &str, value: impl Into<String>) -> Self {
        Self::new(section, name, Level::Warning, value)
    }

    /// A row that says what prevents a release.
    pub(crate) fn problem(section: Section, name: &str, value: impl Into<String>) -> Self {
        Self::new(section, name, Level::Problem, value)
    }

    /// A row for a fact that could not be had.
    pub(super) fn of_problem(
        section: Section,
        name: &str,
        level: Level,
        problem: &Problem,
    ) -> Self {
        Self {
            hint: problem.hint.clone(),
            tool_missing: problem.kind == ProblemKind::ToolMissing,
            ..Self::new(section, name, level, &problem.message)
        }
    }

    /// A row for a tool that is not there.
    pub(super) fn missing_tool(
        section: Section,
        name: &str,
        level: Level,
        value: impl Into<String>,
    ) -> Self {
        Self {
            tool_missing: true,
            ..Self::new(section, name, level, value)
        }
    }

    /// Adds the way out.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
