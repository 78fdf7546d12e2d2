//! The environment as a release needs it: what is there, what changes a release, and the way out of each problem.
//!
//! [`examine`] gathers and judges; each file judges one field. Where there is a manifest, what it needs is taken from
//! the same plan that `gorelease build` carries out.

mod git;
mod go;
mod machine;
mod project;
mod row;
mod tools;

use std::path::{Path, PathBuf};

pub use machine::Machine;
pub use project::Project;
pub use row::{Examination, Level, Row, Section};

use crate::process::{Runner, ToolFinder};
use crate::project::Facts;
use crate::project::tools::OPTIONAL;

/// Looks at everything that a release from `directory`, an absolute path, into `dist` depends on; `project` is there
/// when there is a manifest.
pub fn examine(
    runner: &Runner,
    finder: &ToolFinder,
    directory: &Path,
    dist: &Path,
    project: Option<&Project>,
) -> Examination {
    let facts = Facts::gather(runner, finder, directory, &[dist.to_path_buf()], &[].into());
    let cache = facts.go.as_ref().ok().map(|go| go.setting("GOCACHE"));
    let places = [Some(dist.to_path_buf()), cache.map(PathBuf::from)];
    let machine = Machine::gather(places.into_iter().flatten());
    let (own, needed) = project
        .map(|project| project::rows(project, &facts, runner, finder))
        .unwrap_or_default();
    let found: Vec<_> = OPTIONAL
        .iter()
        .filter(|optional| !needed.contains(optional.tool.name))
        .map(|optional| (optional.tool, optional.look_up(runner, finder, directory)))
        .collect();
    Examination {
        rows: [
            go::rows(&facts),
            git::rows(&facts),
            machine::rows(&machine),
            own,
            tools::rows(&found),
        ]
        .concat(),
    }
}
