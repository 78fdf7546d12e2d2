//! Whether the files that a plan packs are those of the commit: git may have written other bytes into the work tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha1::Digest as _;

use super::Session;
use crate::format::output::hex;
use crate::plan::{FileRef, Plan, World};
use crate::problem::{Problem, Problems};
use crate::project::work_tree::{Kind, Tracked, TrackedFile, attributes};

/// How a file in the work tree differs from git's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Difference {
    /// Only the pointer of Git LFS is there.
    Pointer,
    /// A link became a text file.
    Link,
    /// Git does not look for changes of it.
    Unwatched,
    /// Other bytes.
    Content,
}

impl Session {
    /// Problems of files that are packed as they are; errors when nothing but a release will do.
    pub(super) fn packed_files(&self, plan: &Plan, world: &World, release_only: bool) -> Problems {
        let mut problems = Problems::default();
        let Ok(git) = &world.facts.git else {
            return problems;
        };
        let paths: BTreeSet<String> = plan
            .steps
            .iter()
            .flat_map(|step| step.action.inputs())
            .filter_map(|file| match file {
                FileRef::Project(path) => Some(path),
                FileRef::Output { .. } => None,
            })
            .collect();
        let mut found: BTreeMap<&str, Difference> = BTreeMap::new();
        for path in &paths {
            // What is changed is told as that, and no release.
            let full = self.root.join(path);
            let from_root = full.strip_prefix(&git.root).unwrap_or(&full);
            if git.dirty.iter().any(|dirty| Path::new(dirty) == from_root) {
                continue;
            }
            if let Some(difference) = difference(&full, &world.tracked) {
                found.insert(path, difference);
            }
        }
        self.forgive_filters(&mut found);
        for (path, difference) in found {
            let problem = difference.describe(path);
            problems.push(match release_only {
                true => problem,
                false => problem.as_warning(),
            });
        }
        problems
    }

    /// Takes out what the commit itself asks for: content from Git LFS, and line ends by `eol=` in `.gitattributes`.
    fn forgive_filters(&self, found: &mut BTreeMap<&str, Difference>) {
        let changed = found
            .iter()
            .filter(|(_, difference)| **difference == Difference::Content);
        let paths: Vec<&str> = changed.map(|(path, _)| *path).collect();
        if paths.is_empty() {
            return;
        }
        // Without an answer the difference stays a difference.
        let attributes =
            attributes(&self.runner, &self.finder, &self.root, &paths).unwrap_or_default();
        for path in paths {
            let value = |name: &str| attributes.get(&(path.to_owned(), name.to_owned()));
            if value("filter").is_some_and(|filter| filter == "lfs") || value("eol").is_some() {
                found.remove(path);
            }
        }
    }
}

/// How the file differs from git's, if it is under version control and does.
pub(super) fn difference(path: &Path, tracked: &Tracked) -> Option<Difference> {
    let file = tracked.get(path)?;
    let is_link = path.is_symlink();
    if file.kind == Kind::Link {
        return (!is_link).then_some(Difference::Link);
    }
    let content = std::fs::read(path).ok()?;
    if is_pointer(&content) {
        return Some(Difference::Pointer);
    }
    if object_id(&content, file) == file.object {
        return None;
    }
    Some(match file.unwatched {
        true => Difference::Unwatched,
        false => Difference::Content,
    })
}

/// The pointer of a file that lies elsewhere (Git LFS, docs/spec.md, "The Pointer").
fn is_pointer(content: &[u8]) -> bool {
    content.len() < 1024 && content.starts_with(b"version https://git-lfs.github.com/spec/v1\n")
}

/// The id that git gives this content: the hash over its kind, length and bytes (gitformat-loose(5)), with the hash
/// function of the repository.
fn object_id(content: &[u8], file: &TrackedFile) -> String {
    let head = format!("blob {}\0", content.len());
    match file.object.len() {
        64 => {
            let hash = sha2::Sha256::new().chain_update(&head);
            hex(&hash.chain_update(content).finalize())
        }
        _ => {
            let hash = sha1::Sha1::new().chain_update(&head);
            hex(&hash.chain_update(content).finalize())
        }
    }
}

impl Difference {
    pub(super) fn describe(&self, path: &str) -> Problem {
        match self {
        Difference::Pointer => Problem::error(format!(
            "`{path}` is a Git LFS pointer, not the file itself"
        ))
        .hint("run `git lfs pull`; in a GitHub workflow give actions/checkout `lfs: true`"),
        Difference::Link => Problem::error(format!(
            "`{path}` is a link in the commit, and a text file here"
        ))
        .hint("`git config core.symlinks true`, and check the file out again"),
        Difference::Unwatched => Problem::error(format!(
            "`{path}` differs from the commit, and git was told not to look at it"
        ))
        .hint(format!(
            "`git update-index --no-assume-unchanged --no-skip-worktree {path}`"
        )),
        Difference::Content => Problem::error(format!(
            "`{path}` has other bytes than in the commit: git converts it in this work tree"
        ))
        .hint("`git config core.autocrlf false`, or `eol=lf` for it in .gitattributes, and check it out again"),
    }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_has_the_id_that_git_gives_it() {
        let file = |object: &str| TrackedFile {
            kind: Kind::File,
            object: object.to_owned(),
            unwatched: false,
        };
        // `git hash-object` of "hello\n", with SHA-1 and with SHA-256.
        for id in [
            "ce013625030ba8dba906f756967f9e9ca394464a",
            "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4",
        ] {
            assert_eq!(object_id(b"hello\n", &file(id)), id);
        }
        assert!(is_pointer(
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
        ));
        assert!(!is_pointer(b"version https://example.com\n"));
    }
}
