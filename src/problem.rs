//! What is wrong with a manifest or a project, as values: collected, never thrown one by one.

use std::ops::Range;

use serde::Serialize;

/// How bad a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing can be built.
    Error,
    /// It can be built, but is probably not what was meant.
    Warning,
}

/// One thing that is wrong, with its place in the manifest when it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: lower-case, no final period.
    pub message: String,
    /// The byte range in the manifest.
    pub span: Option<Range<usize>>,
    /// A word at the underlined text.
    pub label: Option<String>,
    /// The way out.
    pub hint: Option<String>,
    /// What it is about.
    #[serde(skip)]
    pub subject: Subject,
}

/// What a [`Problem`] is about, which decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The manifest or the project.
    Project,
    /// A tool that is needed and not there.
    MissingTool,
}

impl Problem {
    /// An error without a place.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            span: None,
            label: None,
            hint: None,
            subject: Subject::Project,
        }
    }

    /// That a tool is needed and not there, without a place.
    pub fn missing_tool(message: impl Into<String>) -> Self {
        Self {
            subject: Subject::MissingTool,
            ..Self::error(message)
        }
    }

    /// A warning without a place.
    pub fn warning(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(message)
        }
    }

    /// The same, that only warns.
    #[must_use]
    pub fn as_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// At this byte range of the manifest.
    #[must_use]
    pub fn at(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// At this byte range, if there is one.
    #[must_use]
    pub fn at_option(mut self, span: Option<Range<usize>>) -> Self {
        self.span = span;
        self
    }

    /// With a word at the underlined text.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// With the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The problems found so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// All of them as warnings.
    #[must_use]
    pub fn as_warnings(self) -> Self {
        Self(self.0.into_iter().map(Problem::as_warning).collect())
    }

    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: Self) {
        for problem in other.0 {
            self.push(problem);
        }
    }

    /// Keeps the value, or notes the problem.
    pub fn take<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.push(problem)).ok()
    }

    /// Whether nothing stands against building.
    pub fn is_ok(&self) -> bool {
        self.0
            .iter()
            .all(|problem| problem.severity == Severity::Warning)
    }

    /// Whether everything would be right if only some tools were there.
    pub fn are_missing_tools(&self) -> bool {
        let mut errors = self
            .0
            .iter()
            .filter(|problem| problem.severity == Severity::Error);
        !self.is_ok() && errors.all(|problem| problem.subject == Subject::MissingTool)
    }

    /// Only those that have a place in the manifest.
    #[must_use]
    pub fn with_place(mut self) -> Self {
        self.0.retain(|problem| problem.span.is_some());
        self
    }

    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problems in the order of their places, errors without a place first.
    pub fn sorted(mut self) -> Vec<Problem> {
        self.0
            .sort_by_key(|problem| problem.span.as_ref().map(|span| (span.start, span.end)));
        self.0
    }
}

/// The candidate nearest to `typed`, if one is near enough to be meant.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (typed.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            (
                edit_distance(&typed.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Optimal string alignment distance: insertions, deletions, replacements and swapped neighbours.
fn edit_distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=left.len() {
        for j in 1..=right.len() {
            let replace = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swapped_letter_is_near() {
        assert_eq!(nearest("taregts", ["targets", "tags"]), Some("targets"));
        assert_eq!(nearest("wndows", ["linux", "windows"]), Some("windows"));
        assert_eq!(nearest("plan9", ["linux", "windows"]), None);
    }

    #[test]
    fn warnings_do_not_stop() {
        let mut problems = Problems::default();
        problems.push(Problem::warning("odd"));
        assert!(problems.is_ok());
        problems.push(Problem::error("bad").at(5..6));
        assert!(!problems.is_ok());
    }

    #[test]
    fn a_missing_tool_beside_a_mistake_is_a_mistake() {
        let mut problems = Problems::default();
        assert!(!problems.are_missing_tools());
        problems.push(Problem::warning("odd"));
        problems.push(Problem::missing_tool("`gpg` not found"));
        assert!(problems.are_missing_tools() && !problems.is_ok());
        problems.push(Problem::error("bad"));
        assert!(!problems.are_missing_tools());
    }
}
