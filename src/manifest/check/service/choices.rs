//! Words of which one is chosen: host mode, start type, SID type.

use crate::manifest::Located;
use crate::problem::{Problem, Problems, nearest};
use crate::service::model::{HostMode, SidType, StartType};

pub(super) const HOSTS: [(&str, HostMode); 3] = [
    ("inject", HostMode::Inject),
    ("native", HostMode::Native),
    ("wrapper", HostMode::Wrapper),
];

pub(super) const STARTS: [(&str, StartType); 4] = [
    ("auto", StartType::Auto),
    ("delayed", StartType::Delayed),
    ("manual", StartType::Manual),
    ("disabled", StartType::Disabled),
];

pub(super) const SID_TYPES: [(&str, SidType); 3] = [
    ("none", SidType::None),
    ("unrestricted", SidType::Unrestricted),
    ("restricted", SidType::Restricted),
];

pub(super) fn find<T: Copy>(
    typed: &Located<String>,
    choices: &[(&str, T)],
    what: &str,
) -> Result<T, Problem> {
    if let Some((_, value)) = choices.iter().find(|(name, _)| *name == typed.value) {
        return Ok(*value);
    }
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let problem =
        Problem::error(format!("unknown {what} `{}`", typed.value)).at_option(typed.place());
    Err(match nearest(typed, names.iter().copied()) {
        Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
        None => problem.hint(format!("one of: {}", names.join(", "))),
    })
}

pub(super) fn choice<T: Copy>(
    typed: Option<Located<String>>,
    choices: &[(&str, T)],
    default: T,
    what: &str,
    problems: &mut Problems,
) -> T {
    typed
        .and_then(|typed| problems.take(find(&typed, choices, what)))
        .unwrap_or(default)
}
