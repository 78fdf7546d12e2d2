//! What is told to programs: one JSON object a line, each with its kind in `event`.
//!
//! The events of a run are [`crate::event::Event`]; here are those that a command adds.

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Failure;
use crate::manifest::Source;
use crate::problem::{Problems, Severity};

/// A line that is not an event of a run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Line {
    /// Something is wrong with the manifest or the project.
    Problem(ProblemLine),
    /// The command failed.
    Failure(FailureLine),
}

/// Something is wrong with the manifest or the project.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ProblemLine {
    /// `error` or `warning`.
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
    /// The manifest, when the problem has a place in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// The line where it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_line: Option<usize>,
    /// The column after its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_column: Option<usize>,
    /// The way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// The command failed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct FailureLine {
    /// The exit code.
    pub code: i32,
    /// What failed.
    pub message: String,
    /// Output of a tool, word for word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A line for each problem, in the order of their places.
pub(super) fn problems(problems: &Problems, source: Option<&Source>) -> Vec<Line> {
    let line = |problem: crate::problem::Problem| {
        let place = problem.span.zip(source).map(|(span, source)| {
            let (start, end) = (source.position(span.start), source.position(span.end));
            (source.path.display().to_string(), start, end)
        });
        Line::Problem(ProblemLine {
            severity: match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            message: problem.message,
            line: place.as_ref().map(|(_, start, _)| start.0),
            column: place.as_ref().map(|(_, start, _)| start.1),
            end_line: place.as_ref().map(|(_, _, end)| end.0),
            end_column: place.as_ref().map(|(_, _, end)| end.1),
            file: place.map(|(file, _, _)| file),
            hint: problem.hint,
        })
    };
    problems.clone().sorted().into_iter().map(line).collect()
}

/// The line of a failure, without its problems.
pub(super) fn failure(failure: &Failure) -> Line {
    Line::Failure(FailureLine {
        code: failure.code as i32,
        message: failure.message.clone(),
        detail: failure.detail.clone(),
        hint: failure.hint.clone(),
    })
}
