//! The tags of a history.

use std::collections::BTreeMap;
use std::path::Path;

use semver::Version;

use super::git::{Query, explain_failure};
use super::problem::Problem;
use crate::process::{ProcessError, Runner, ToolFinder};

/// The tags before HEAD.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The tag of the nearest commit before HEAD that has a version: the highest of that commit, and how many commits
    /// ago it was.
    pub nearest: Option<(String, u64)>,
    /// The tags that are no versions, those of HEAD among them; the newest first.
    pub others: Vec<String>,
}

/// So many tagged commits are asked about: the newest ones, in case of very many.
const CANDIDATES: usize = 200;

/// What the tags in the history of HEAD say, by the rule `version`.
///
/// # Errors
/// As [`super::Git::gather`]; that there are no tags is no error.
pub fn history(
    runner: &Runner,
    finder: &ToolFinder,
    directory: &Path,
    head: &str,
    version: impl Fn(&str) -> Option<Version>,
) -> Result<History, Problem> {
    let query = Query::new(runner, finder, directory)?;
    let text = query.read(&[
        "for-each-ref",
        "--merged=HEAD",
        "--sort=-creatordate",
        // The commit of an annotated tag is what it points at.
        "--format=%(refname:strip=2)%00%(objectname)%00%(*objectname)",
        "refs/tags",
    ])?;
    let mut others = Vec::new();
    let mut highest: BTreeMap<&str, (Version, &str)> = BTreeMap::new();
    let mut newest: Vec<&str> = Vec::new();
    for line in text.lines() {
        let mut parts = line.split('\0');
        let (Some(tag), Some(object), Some(peeled)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let commit = if peeled.is_empty() { object } else { peeled };
        let Some(version) = version(tag) else {
            others.push(tag.to_owned());
            continue;
        };
        if commit == head {
            continue;
        }
        match highest.get(commit) {
            Some((known, _)) if *known >= version => {}
            known => {
                if known.is_none() {
                    newest.push(commit);
                }
                highest.insert(commit, (version, tag));
            }
        }
    }
    newest.truncate(CANDIDATES);
    let candidates: Vec<&str> = newest.iter().map(|commit| highest[commit].1).collect();
    Ok(History {
        nearest: nearest(&query, &candidates)?,
        others,
    })
}

/// The candidate that the fewest commits lie between HEAD and.
fn nearest(query: &Query<'_>, candidates: &[&str]) -> Result<Option<(String, u64)>, Problem> {
    if candidates.is_empty() {
        return Ok(None);
    }
    let patterns: Vec<String> = candidates.iter().map(|tag| literal_glob(tag)).collect();
    let mut arguments = vec!["describe", "--tags", "--long"];
    for pattern in &patterns {
        arguments.extend(["--match", pattern]);
    }
    let text = match query.runner.read(&query.invocation(&arguments)) {
        Ok(text) => text,
        // A shallow history may end before the tag.
        Err(ProcessError::Failed { output, .. }) if says_no_tag(&output.stderr_text()) => {
            return Ok(None);
        }
        Err(error) => return Err(explain_failure(error)),
    };
    // TAG-DISTANCE-gCOMMIT
    Ok(text.rsplit_once('-').and_then(|(rest, _)| {
        let (tag, distance) = rest.rsplit_once('-')?;
        Some((tag.to_owned(), distance.parse().ok()?))
    }))
}

/// A file as a tag has it; `path` is relative to `directory`. None when the tag does not have it.
///
/// # Errors
/// As [`super::Git::gather`].
pub fn text_at(
    runner: &Runner,
    finder: &ToolFinder,
    directory: &Path,
    tag: &str,
    path: &str,
) -> Result<Option<String>, Problem> {
    let query = Query::new(runner, finder, directory)?;
    let object = format!("refs/tags/{tag}:./{path}");
    match runner.read(&query.invocation(&["show", &object])) {
        Ok(text) => Ok(Some(text)),
        Err(ProcessError::Failed { .. }) => Ok(None),
        Err(error) => Err(explain_failure(error)),
    }
}

fn says_no_tag(words: &str) -> bool {
    words.contains("No names found")
        || words.contains("No tags can describe")
        || words.contains("cannot describe")
}

/// `text` as a git glob that matches nothing else.
fn literal_glob(text: &str) -> String {
    let mut glob = String::new();
    for letter in text.chars() {
        if "*?[]\\".contains(letter) {
            glob.push('\\');
        }
        glob.push(letter);
    }
    glob
}
