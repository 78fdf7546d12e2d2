//! Log, event source and configuration files.

use std::ops::RangeInclusive;

use super::ServiceConfigFile;
use crate::manifest::Located;
use crate::manifest::check::names::{file_name, project_path};
use crate::manifest::check::quantity::bytes;
use crate::manifest::raw::RawConfigFile;
use crate::problem::{Problem, Problems};
use crate::service::known::check_service_name;
use crate::service::model::Log;
use crate::service::symbolic::Symbolic;

/// The size of a log file. PowerShell takes a DWORD of the registry for a signed number of 32 bits.
const ROTATE_AT: RangeInclusive<u32> = 64 << 10..=2_000_000_000;

/// The log, but its folder, which may be a template.
pub(super) fn check_log(
    rotate_at: Option<&Located<String>>,
    keep: Option<Located<u32>>,
    problems: &mut Problems,
) -> Log {
    let rotate_at = rotate_at.map_or(Some(50_000_000), |size| {
        let size = bytes(size, ROTATE_AT);
        problems.take(size.map_err(with_rotation_hint))
    });
    Log {
        directory: Symbolic::default(),
        rotate_at_bytes: u64::from(rotate_at.unwrap_or_default()),
        keep: check_keep(keep, problems),
    }
}

fn with_rotation_hint(problem: Problem) -> Problem {
    match problem.hint {
        Some(_) => problem,
        None => {
            problem.hint("it is the size of one file; `keep` says how many closed ones there are")
        }
    }
}

fn check_keep(typed: Option<Located<u32>>, problems: &mut Problems) -> u32 {
    let Some(keep) = typed else { return 10 };
    if keep.value > 1_000 {
        problems.push(
            Problem::error("`keep` is out of range")
                .at_option(keep.place())
                .label("must be from 0 to 1000"),
        );
    }
    keep.value
}

pub(super) fn check_event_source(
    typed: Option<Located<String>>,
    name: &Located<String>,
    problems: &mut Problems,
) -> String {
    let Some(source) = typed else {
        return name.value.clone();
    };
    if let Err(why) = check_service_name(&source) {
        let problem = Problem::error(format!("the event source {why}")).at_option(source.place());
        problems.push(problem.hint(super::NAME_HINT));
    }
    source.value
}

pub(super) fn check_config(
    raw: RawConfigFile,
    problems: &mut Problems,
) -> Option<ServiceConfigFile> {
    let from = problems.take(project_path(raw.from))?;
    let own = Located {
        value: from.rsplit('/').next().unwrap_or_default().to_owned(),
        span: from.span.clone(),
    };
    let name = raw.name.unwrap_or(own);
    if let Err(why) = file_name(&name) {
        let problem = Problem::error(format!("the file's name {why}")).at_option(name.place());
        problems.push(problem.hint("a name without folders, such as `orders.toml`"));
    }
    Some(ServiceConfigFile {
        from,
        name: name.value,
        keep: raw.keep.unwrap_or(true),
    })
}
