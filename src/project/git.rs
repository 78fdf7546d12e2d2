//! What git says about the commit that is released.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::problem::{Problem, ProblemKind};
use super::work_tree::{STATUS, Status};
use crate::process::{Invocation, ProcessError, Runner, Tool, ToolFinder, both};

/// git, which tells version, commit and time.
pub const GIT: Tool = Tool {
    name: "git",
    purpose: "read version, commit and time",
    install: "install it from https://git-scm.com/downloads",
};

/// Hexadecimal digits of [`Git::short_commit`]. Fixed, since git's own abbreviation grows with the number of objects
/// and so differs between a full and a shallow clone.
const SHORT_COMMIT_DIGITS: usize = 8;

/// The state of a repository with at least one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Git {
    /// The work tree's root.
    pub root: PathBuf,
    /// The full hash of HEAD.
    pub commit: String,
    /// Its first eight digits.
    pub short_commit: String,
    /// The committer's time, in seconds since 1970-01-01T00:00:00Z.
    pub commit_time: i64,
    /// The tags that point at HEAD, sorted by their bytes.
    pub tags: Vec<String>,
    /// The branch that is checked out; none when HEAD is detached, as in most CI jobs.
    pub branch: Option<String>,
    /// Changed and untracked paths, relative to the root, sorted; a folder that is new as a whole ends with `/`.
    pub dirty: Vec<String>,
    /// Whether the history is cut off, so that a missing tag may only not have been fetched.
    pub shallow: bool,
    /// Whether `.git` is a file that points at the repository (gitrepository-layout(5)), as in a work tree added by
    /// `git worktree add` and in a submodule. The go tool does not see such a repository
    /// (<https://go.dev/issue/58218>), but perhaps another one further up.
    pub gitfile: bool,
    /// Where `origin` is fetched from, without user name and password.
    pub remote: Option<String>,
}

/// Whether git leaves this file out: a pattern covers it, and nobody added it all the same.
pub fn ignores(runner: &Runner, finder: &ToolFinder, directory: &Path, file: &Path) -> bool {
    let Ok(program) = finder.find(GIT) else {
        return false;
    };
    let question = Invocation::new(program, "git check-ignore")
        .args(["check-ignore", "--quiet", "--"])
        .arg(file.to_string_lossy())
        .cwd(directory);
    runner.run(&question).is_ok()
}

impl Git {
    /// Asks git about the repository that `directory` is in. Changes below `ignored` (absolute folders, such as our
    /// own output) do not make it dirty.
    ///
    /// # Errors
    /// A [`Problem`] of one of the kinds `ToolMissing`, `NoRepository`, `NoCommit`, `Cancelled`, `Failed`.
    pub fn gather(
        runner: &Runner,
        finder: &ToolFinder,
        directory: &Path,
        ignored: &[PathBuf],
    ) -> Result<Self, Problem> {
        let query = Query::new(runner, finder, directory)?;
        let place = query.place()?;
        let ((head, tags), (status, (branch, remote))) = both(
            || (query.head(), query.tags()),
            || {
                both(
                    || runner.run(&query.invocation(&STATUS)),
                    || (query.branch(), query.remote()),
                )
            },
        );
        let status = status.map_err(explain_failure);
        let (commit, commit_time) = head?;
        Ok(Self {
            short_commit: commit.chars().take(SHORT_COMMIT_DIGITS).collect(),
            commit,
            commit_time,
            tags: tags?,
            branch: branch?,
            dirty: Status::read(&status?.stdout_text(), &place.root, ignored).changed,
            shallow: place.shallow,
            gitfile: place.root.join(".git").is_file(),
            remote: remote?,
            root: place.root,
        })
    }
}

/// Where the repository is.
struct Place {
    root: PathBuf,
    shallow: bool,
}

/// How git is asked: from which folder, and undisturbed by the user's settings.
pub(super) struct Query<'a> {
    pub(super) runner: &'a Runner,
    program: PathBuf,
    directory: &'a Path,
}

impl<'a> Query<'a> {
    pub(super) fn new(
        runner: &'a Runner,
        finder: &ToolFinder,
        directory: &'a Path,
    ) -> Result<Self, Problem> {
        Ok(Self {
            runner,
            program: finder.find(GIT)?,
            directory,
        })
    }

    pub(super) fn invocation(&self, args: &[&str]) -> Invocation {
        // Settings that change what the commands below print.
        const PLAIN: [&str; 6] = [
            "-c",
            "core.quotePath=false",
            "-c",
            "log.showSignature=false",
            "-c",
            "core.fsmonitor=false",
        ];
        let summary = format!("git {}", args.first().copied().unwrap_or_default());
        Invocation::new(&self.program, summary)
            .args(PLAIN)
            .args(args.iter().copied())
            .cwd(self.directory)
            .env("LC_ALL", "C")
            .env_remove("LANGUAGE")
            // Reading must not write: another git may hold the index.
            .env("GIT_OPTIONAL_LOCKS", "0")
    }

    pub(super) fn read(&self, args: &[&str]) -> Result<String, Problem> {
        self.runner
            .read(&self.invocation(args))
            .map_err(explain_failure)
    }

    /// The answer of a command that says "there is none" by exit code 1.
    fn optional(&self, args: &[&str]) -> Result<Option<String>, Problem> {
        match self.runner.read(&self.invocation(args)) {
            Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
            Err(ProcessError::Failed { code: 1, .. }) => Ok(None),
            Err(error) => Err(explain_failure(error)),
        }
    }

    fn place(&self) -> Result<Place, Problem> {
        let text = self.read(&[
            "rev-parse",
            "--path-format=absolute",
            "--is-shallow-repository",
            "--show-toplevel",
        ])?;
        let lines: Vec<&str> = text.lines().collect();
        let [shallow, root] = lines[..] else {
            return Err(Problem::new(
                ProblemKind::Failed,
                format!("git rev-parse: unexpected answer `{text}`"),
            ));
        };
        Ok(Place {
            root: PathBuf::from(root),
            shallow: shallow == "true",
        })
    }

    fn head(&self) -> Result<(String, i64), Problem> {
        if self
            .optional(&["rev-parse", "--quiet", "--verify", "HEAD^{commit}"])?
            .is_none()
        {
            return Err(
                Problem::new(ProblemKind::NoCommit, "the repository has no commit")
                    .with_hint("commit first, or give `--version` and SOURCE_DATE_EPOCH"),
            );
        }
        let text = self.read(&["show", "--no-patch", "--format=%H %ct", "HEAD"])?;
        let (commit, time) = text.split_once(' ').unwrap_or_default();
        let time = time.parse().map_err(|_| {
            Problem::new(
                ProblemKind::Failed,
                format!("git show: unexpected answer `{text}`"),
            )
        })?;
        Ok((commit.to_owned(), time))
    }

    fn tags(&self) -> Result<Vec<String>, Problem> {
        let text = self.read(&["tag", "--points-at", "HEAD"])?;
        let mut tags: Vec<String> = text.lines().map(str::to_owned).collect();
        tags.sort();
        Ok(tags)
    }

    fn branch(&self) -> Result<Option<String>, Problem> {
        self.optional(&["symbolic-ref", "--quiet", "--short", "HEAD"])
    }

    fn remote(&self) -> Result<Option<String>, Problem> {
        let url = self.optional(&["config", "--get", "remote.origin.url"])?;
        Ok(url.map(|url| without_credentials(&url)))
    }
}

/// Translates git's ways of saying "not here".
pub(super) fn explain_failure(error: ProcessError) -> Problem {
    let words = error
        .output()
        .map(|output| output.stderr_text())
        .unwrap_or_default();
    if words.contains("not a git repository") {
        Problem::new(ProblemKind::NoRepository, "not in a git repository")
            .with_hint("run `git init` and commit, or give `--version` and SOURCE_DATE_EPOCH")
    } else if words.contains("must be run in a work tree") {
        Problem::new(
            ProblemKind::NoRepository,
            "the git repository has no work tree",
        )
        .with_hint("check it out first: `git worktree add DIRECTORY`")
    } else if words.contains("dubious ownership") {
        Problem::new(
            ProblemKind::Failed,
            "git refuses the repository, because another user owns it",
        )
        .with_hint(trust(&words))
    } else {
        error.into()
    }
}

/// The command that git names, with the repository's path.
fn trust(words: &str) -> String {
    let command = words
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("git config --global --add safe.directory"));
    match command {
        Some(command) => format!("if you trust it: `{command}`"),
        None => "if you trust it, add it to git's `safe.directory`".to_owned(),
    }
}

/// `https://user:token@host/path` without what stands before the `@`.
fn without_credentials(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) if scheme.starts_with("http") => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}/{path}")
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_trusts_a_repository_has_its_path() {
        // git 2.39, setup.c: "detected dubious ownership in repository at '%s'\n%sTo add an exception ..."
        let words = "fatal: detected dubious ownership in repository at '/a b'\n\
            To add an exception for this directory, call:\n\n\
            \tgit config --global --add safe.directory '/a b'";
        assert_eq!(
            trust(words),
            "if you trust it: `git config --global --add safe.directory '/a b'`"
        );
    }

    #[test]
    fn credentials_are_dropped_from_the_remote() {
        for (url, expected) in [
            (
                "https://me:t0ken@host.example/a/b.git",
                "https://host.example/a/b.git",
            ),
            (
                "https://host.example/a@b.git",
                "https://host.example/a@b.git",
            ),
            ("git@host.example:a/b.git", "git@host.example:a/b.git"),
        ] {
            assert_eq!(without_credentials(url), expected);
        }
    }
}
