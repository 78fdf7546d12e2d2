//! The environment as a release needs it: what is there, what changes a release, and the way out of each problem.
//!
//! [`examine`] gathers and judges; each file judges one field and is pure. Whether one project's own manifest can
//! be built is for `gorelease check` to say, not for here.

mod git;
mod go;
mod machine;
mod row;
mod tools;

use std::path::{Path, PathBuf};

pub use machine::Machine;
pub use row::{Examination, Level, Row, Section};

use crate::process::{Runner, ToolFinder};
use crate::project::Facts;
use crate::project::tools::OPTIONAL;

/// Looks at everything that a release from `directory`, an absolute path, into `dist` depends on.
pub fn examine(runner: &Runner, finder: &ToolFinder, directory: &Path, dist: &Path) -> Examination {
    let facts = Facts::gather(runner, finder, directory, &[dist.to_path_buf()]);
    let cache = facts.go.as_ref().ok().map(|go| go.setting("GOCACHE"));
    let places = [Some(dist.to_path_buf()), cache.map(PathBuf::from)];
    let machine = Machine::gather(places.into_iter().flatten());
    let found = OPTIONAL.map(|optional| (optional.tool, optional.look_up(runner, finder)));
    Examination {
        rows: [
            go::rows(&facts),
            git::rows(&facts),
            machine::rows(&machine),
            tools::rows(&found),
        ]
        .concat(),
    }
}
