//! Version, commit and time.

use super::row::{Level, Row, Section};
use crate::project::clock::ClockSource;
use crate::project::{Facts, Git, ProblemKind};

const SECTION: Section = Section::Git;

/// All rows about git and the clock.
pub(super) fn rows(facts: &Facts) -> Vec<Row> {
    let mut rows = match &facts.git {
        Ok(git) => of_repository(git),
        Err(problem) => {
            let level = match problem.kind {
                // A version on the command line does as well.
                ProblemKind::NoRepository | ProblemKind::NoCommit => Level::Warning,
                ProblemKind::ToolMissing
                | ProblemKind::NoModule
                | ProblemKind::GoTooOld
                | ProblemKind::Cancelled
                | ProblemKind::Failed => Level::Problem,
            };
            vec![Row::of_problem(SECTION, "git", level, problem)]
        }
    };
    rows.push(clock(facts));
    rows
}

fn of_repository(git: &Git) -> Vec<Row> {
    let place = match &git.branch {
        Some(branch) => format!("{} on `{branch}`", git.short_commit),
        None => format!("{}, detached", git.short_commit),
    };
    let mut rows = vec![Row::ok(SECTION, "commit", place), tag(git), tree(git)];
    if git.gitfile {
        rows.push(
            Row::ok(SECTION, "work tree", "linked, or a submodule")
                .hint("the go tool stamps no revision here; gorelease takes it from git"),
        );
    }
    rows
}

fn tag(git: &Git) -> Row {
    if !git.tags.is_empty() {
        return Row::ok(SECTION, "tag", git.tags.join(", "));
    }
    let row = Row::warning(
        SECTION,
        "tag",
        "none at this commit: a build here is a snapshot",
    );
    if git.shallow {
        row.hint("the clone is shallow: fetch the tags with `git fetch --tags --unshallow`")
    } else {
        row.hint("tag the commit with `git tag v1.2.3` to make a release")
    }
}

/// Names at most this many changed files.
const SHOWN: usize = 3;

fn tree(git: &Git) -> Row {
    if git.dirty.is_empty() {
        return Row::ok(SECTION, "changes", "none");
    }
    let names: Vec<String> = git
        .dirty
        .iter()
        .take(SHOWN)
        .map(|path| format!("`{path}`"))
        .collect();
    let more = match git.dirty.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Row::warning(
        SECTION,
        "changes",
        format!("{}{more}: a build here is a snapshot", names.join(", ")),
    )
    .hint("commit, stash or ignore them to make a release")
}

fn clock(facts: &Facts) -> Row {
    const NAME: &str = "time";
    match &facts.clock {
        Ok(clock) => {
            let shown = jiff::Timestamp::from_second(clock.seconds)
                .map_or_else(|_| clock.seconds.to_string(), |time| time.to_string());
            let source = match clock.source {
                ClockSource::SourceDateEpoch => "from SOURCE_DATE_EPOCH",
                ClockSource::Commit => "from the commit",
                ClockSource::Fallback => {
                    "the earliest that archives can hold, for want of a commit"
                }
            };
            Row::ok(SECTION, NAME, format!("{shown}, {source}"))
        }
        Err(problem) => Row::of_problem(SECTION, NAME, Level::Problem, problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Problem;

    fn row(facts: &Facts, name: &str) -> Row {
        rows(facts)
            .into_iter()
            .find(|row| row.name == name)
            .unwrap()
    }

    #[test]
    fn a_clean_tagged_tree_is_ok() {
        let facts = Facts::example();
        assert!(rows(&facts).iter().all(|row| row.level == Level::Ok));
        assert_eq!(
            row(&facts, "time").value,
            "2025-06-15T15:06:40Z, from the commit"
        );
    }

    #[test]
    fn what_makes_a_snapshot_is_said() {
        let mut facts = Facts::example();
        if let Ok(git) = &mut facts.git {
            git.tags.clear();
            git.shallow = true;
            git.dirty = ["a", "b", "c", "d", "e"].map(str::to_owned).into();
        }
        assert!(row(&facts, "tag").hint.unwrap().contains("--unshallow"));
        assert_eq!(
            row(&facts, "changes").value,
            "`a`, `b`, `c` and 2 more: a build here is a snapshot"
        );
    }

    #[test]
    fn no_git_is_a_problem_and_no_repository_a_warning() {
        let mut facts = Facts::example();
        facts.git = Err(Problem::new(ProblemKind::ToolMissing, "no git"));
        assert_eq!(row(&facts, "git").level, Level::Problem);
        facts.git = Err(Problem::new(ProblemKind::NoRepository, "no repository"));
        assert_eq!(row(&facts, "git").level, Level::Warning);
    }
}
