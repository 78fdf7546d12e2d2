//! What is in a folder, whether or not anything promises it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{Finding, WorkingFiles};
use crate::engine::{INTERNAL, Owner, REPORT};

/// Folders in folders, and files, that a release may have; a folder made to keep us busy has more.
const DEEPEST: usize = 64;
const MOST_FILES: usize = 100_000;

/// The files of a folder, and what keeps others from being seen.
pub(super) struct Listing {
    /// Everything but folders, relative, with `/`.
    pub(super) files: BTreeSet<String>,
    /// What is no regular file, what could not be listed, and folders without files.
    pub(super) findings: Vec<Finding>,
}

impl Listing {
    /// Everything below a folder, whatever its name.
    pub(super) fn of(folder: &Path) -> Self {
        Self::without(folder, &|_| false)
    }

    /// Everything below a folder of results but the working files of the build that owns it.
    pub(super) fn of_results(folder: &Path, working_files: WorkingFiles) -> Self {
        let owner = Owner::of(folder);
        let is_working_file = |name: &str| {
            let is_one = INTERNAL.contains(&name) || name == REPORT;
            is_one
                && match working_files {
                    WorkingFiles::LeftBehind => true,
                    WorkingFiles::OfOwner => is_of_owner(folder, name, owner),
                }
        };
        Self::without(folder, &is_working_file)
    }

    fn without(folder: &Path, is_left_out: &dyn Fn(&str) -> bool) -> Self {
        let mut listing = Self {
            files: BTreeSet::new(),
            findings: Vec::new(),
        };
        let mut folders = BTreeSet::new();
        let slashed = |path: &Path| {
            crate::project::packages::slashed(path.strip_prefix(folder).unwrap_or(path))
        };
        let walk = walkdir::WalkDir::new(folder)
            .min_depth(1)
            .max_depth(DEEPEST)
            .into_iter();
        for entry in walk.filter_entry(|entry| {
            entry.depth() > 1 || !is_left_out(&entry.file_name().to_string_lossy())
        }) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let place = error.path().map_or_else(|| ".".to_owned(), slashed);
                    let why = error
                        .io_error()
                        .map_or_else(|| error.to_string(), crate::error::io_word);
                    let finding = Finding::new(place, format!("cannot be listed: {why}"));
                    listing.findings.push(finding);
                    continue;
                }
            };
            let name = slashed(entry.path());
            if listing.files.len() + folders.len() == MOST_FILES {
                let message =
                    format!("has more than {MOST_FILES} files; the others were not looked at");
                listing.findings.push(Finding::new(".", message));
                break;
            }
            if entry.file_type().is_dir() {
                if entry.depth() == DEEPEST {
                    let finding = Finding::new(&name, "is nested too deeply to be listed");
                    listing.findings.push(finding);
                }
                folders.insert(name);
                continue;
            }
            if !entry.file_type().is_file() {
                let finding = Finding::new(&name, "is not a regular file");
                listing.findings.push(finding);
            }
            listing.files.insert(name);
        }
        let empty = folders.iter().filter(|name| !listing.holds_below(name));
        let empty: Vec<Finding> = empty
            .map(|name| Finding::new(name, "is an empty folder that nothing promises"))
            .collect();
        listing.findings.extend(empty);
        listing
    }

    fn holds_below(&self, folder: &str) -> bool {
        let below = format!("{folder}/");
        let mut next = self.files.range(below.clone()..);
        next.next().is_some_and(|name| name.starts_with(&below))
    }
}

/// Whether a file or folder of this name is one that a build here has made and still needs. Half-made results belong to
/// nothing when no build is at work.
fn is_of_owner(folder: &Path, name: &str, owner: Owner) -> bool {
    let Ok(metadata) = fs::symlink_metadata(folder.join(name)) else {
        return false;
    };
    let is_empty = || fs::read_dir(folder.join(name)).is_ok_and(|mut list| list.next().is_none());
    match owner {
        Owner::Nobody => false,
        Owner::FinishedBuild => metadata.is_file() || (metadata.is_dir() && is_empty()),
        Owner::RunningBuild => metadata.is_file() || metadata.is_dir(),
    }
}

/// Why a file that nothing promises is a finding.
pub(super) fn stray(name: &str) -> Finding {
    let top = name.split('/').next().unwrap_or(name);
    let message = if INTERNAL.contains(&top) || top == REPORT {
        "does not belong to the release: a build leaves this name only in its own folder; remove it"
    } else {
        "does not belong to the release"
    };
    Finding::new(name, message)
}
