//! The state of a work tree: what differs from the commit, and what git knows of each file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::git::{Query, explain_failure};
use super::problem::Problem;
use crate::process::{Invocation, Runner, ToolFinder};

/// What `git status` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// The full hash of HEAD; none before the first commit.
    pub commit: Option<String>,
    /// Changed and untracked paths, relative to the root, sorted; a folder that is new as a whole ends with `/`. A name
    /// that is not UTF-8 is there as far as it can be shown.
    pub changed: Vec<String>,
}

/// The command that [`Status::read`] reads the answer of.
pub fn status(
    runner: &Runner,
    finder: &ToolFinder,
    directory: &Path,
) -> Result<Invocation, Problem> {
    Ok(Query::new(runner, finder, directory)?.invocation(&STATUS))
}

pub(super) const STATUS: [&str; 6] = [
    "status",
    "--porcelain=v2",
    "--branch",
    "-z",
    "--no-renames",
    // Whatever the user's settings say: the go tool compiles untracked files too.
    "--untracked-files=normal",
];

impl Status {
    /// Reads the answer (git-status(1), "Porcelain Format Version 2"). Folders of ours below `ignored` (absolute) that
    /// nobody put under version control are no change; the go tool takes everything else for one.
    pub fn read(text: &str, root: &Path, ignored: &[PathBuf]) -> Self {
        let mut status = Self::default();
        for entry in text.split('\0') {
            let Some((kind, rest)) = entry.split_once(' ') else {
                continue;
            };
            let fields = match kind {
                "#" => {
                    let commit = rest.strip_prefix("branch.oid ");
                    let commit = commit.filter(|commit| *commit != "(initial)");
                    status.commit = commit.map(str::to_owned).or(status.commit);
                    continue;
                }
                "1" => 7,
                "u" => 9,
                "?" => 0,
                _ => continue,
            };
            let Some(path) = rest.splitn(fields + 1, ' ').nth(fields) else {
                continue;
            };
            let is_ours = |folder: &PathBuf| root.join(path).starts_with(folder);
            if !(kind == "?" && path.ends_with('/') && ignored.iter().any(is_ours)) {
                status.changed.push(path.to_owned());
            }
        }
        status.changed.sort();
        status
    }
}

/// What a file is to git.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A file.
    File,
    /// A file that may be executed.
    Executable,
    /// A symbolic link.
    Link,
    /// The commit of another repository.
    Submodule,
}

/// What git knows of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedFile {
    /// What it is.
    pub kind: Kind,
    /// The object with its content.
    pub object: String,
    /// Whether git was told not to look at it (`assume-unchanged`, `skip-worktree`).
    pub unwatched: bool,
}

/// The files under version control, by their path from the repository's root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tracked {
    root: PathBuf,
    files: BTreeMap<String, TrackedFile>,
}

impl Tracked {
    /// Asks git about the whole repository that has this root.
    ///
    /// # Errors
    /// As [`super::Git::gather`].
    pub fn gather(runner: &Runner, finder: &ToolFinder, root: &Path) -> Result<Self, Problem> {
        let query = Query::new(runner, finder, root)?;
        let list = query.invocation(&["ls-files", "--stage", "-v", "-z"]);
        let output = runner.run(&list).map_err(explain_failure)?;
        Ok(Self {
            root: root.to_owned(),
            files: output.stdout_text().split('\0').filter_map(entry).collect(),
        })
    }

    /// What git knows of the file at this absolute path; none when it is not under version control.
    pub fn get(&self, path: &Path) -> Option<&TrackedFile> {
        let relative = path.strip_prefix(&self.root).ok()?;
        self.files.get(&super::packages::slashed(relative))
    }

    /// Whether the file at this absolute path belongs to another repository, whose commit this one has.
    pub fn in_submodule(&self, path: &Path) -> bool {
        let folders = path.ancestors().skip(1);
        let mut known = folders.map_while(|folder| folder.strip_prefix(&self.root).ok());
        known.any(|folder| {
            let file = self.files.get(&super::packages::slashed(folder));
            file.is_some_and(|file| file.kind == Kind::Submodule)
        })
    }
}

/// `H 100644 OBJECT 0<tab>PATH` (git-ls-files(1)): the first letter is small for `assume-unchanged`, and S for
/// `skip-worktree`.
fn entry(line: &str) -> Option<(String, TrackedFile)> {
    let (head, path) = line.split_once('\t')?;
    let mut words = head.split(' ');
    let (tag, mode, object) = (words.next()?, words.next()?, words.next()?);
    let kind = match mode {
        "100755" => Kind::Executable,
        "120000" => Kind::Link,
        "160000" => Kind::Submodule,
        _ => Kind::File,
    };
    let unwatched = tag.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == 'S');
    let file = TrackedFile {
        kind,
        object: object.to_owned(),
        unwatched,
    };
    Some((path.to_owned(), file))
}

/// The attributes of files that decide how git writes them into a work tree, by path and attribute; those that are not
/// set are left out.
///
/// # Errors
/// As [`super::Git::gather`].
pub fn attributes(
    runner: &Runner,
    finder: &ToolFinder,
    directory: &Path,
    paths: &[&str],
) -> Result<BTreeMap<(String, String), String>, Problem> {
    let query = Query::new(runner, finder, directory)?;
    let mut arguments = vec!["check-attr", "-z", "filter", "eol", "--"];
    arguments.extend(paths);
    let output = runner
        .run(&query.invocation(&arguments))
        .map_err(explain_failure)?;
    let text = output.stdout_text();
    let words: Vec<&str> = text.split('\0').collect();
    let all = words.chunks_exact(3);
    Ok(all
        .filter(|entry| !["unspecified", "unset"].contains(&entry[2]))
        .map(|entry| {
            (
                (entry[0].to_owned(), entry[1].to_owned()),
                entry[2].to_owned(),
            )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_git_status_is_read() {
        let text = "# branch.oid 0123\0# branch.head main\0\
            1 .M N... 100644 100644 100644 01 02 a b.txt\0\
            u UU N... 100644 100644 100644 100644 01 02 03 c.txt\0\
            ? dist/\0? other/\0? dist\0! ignored\0";
        let status = Status::read(text, Path::new("/p"), &[PathBuf::from("/p/dist")]);
        assert_eq!(status.commit.as_deref(), Some("0123"));
        assert_eq!(status.changed, ["a b.txt", "c.txt", "dist", "other/"]);
        let unborn = Status::read("# branch.oid (initial)\0", Path::new("/p"), &[]);
        assert_eq!(unborn, Status::default());
    }

    #[test]
    fn the_answer_of_git_ls_files_is_read() {
        let file = |line: &str| entry(line).map(|(path, file)| (path, file.kind, file.unwatched));
        for (line, path, kind, unwatched) in [
            ("H 100644 01 0\ta b", "a b", Kind::File, false),
            ("h 100755 01 0\tb", "b", Kind::Executable, true),
            ("S 100644 01 0\tc", "c", Kind::File, true),
            ("H 120000 01 0\td", "d", Kind::Link, false),
            ("H 160000 01 0\te", "e", Kind::Submodule, false),
        ] {
            assert_eq!(file(line), Some((path.to_owned(), kind, unwatched)));
        }
    }
}
