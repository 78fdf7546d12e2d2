//! When a service starts, stops and is started again: times, dependencies, recovery.

use std::ops::RangeInclusive;

use crate::manifest::Located;
use crate::manifest::check::quantity::milliseconds;
use crate::manifest::raw::RawRecovery;
use crate::problem::{Problem, Problems, nearest};
use crate::service::known::{KNOWN_SERVICES, check_service_name};
use crate::service::model::Recovery;

pub(super) const SECOND: u32 = 1_000;
pub(super) const MINUTE: u32 = 60 * SECOND;
const DAY: u32 = 24 * 60 * MINUTE;

/// How long a service may take, in milliseconds.
pub(super) struct Times {
    pub(super) stop: u32,
    pub(super) preshutdown: u32,
    pub(super) minimum_uptime: u32,
}

/// The times that `stop-timeout`, `preshutdown-timeout` and `minimum-uptime` say.
pub(super) fn times(
    stop: Option<&Located<String>>,
    preshutdown: Option<&Located<String>>,
    minimum_uptime: Option<&Located<String>>,
    problems: &mut Problems,
) -> Times {
    let place = preshutdown.and_then(Located::place);
    let stop = time(stop, 20 * SECOND, SECOND..=30 * MINUTE, problems);
    let default = stop.saturating_add(10 * SECOND);
    let preshutdown = time(preshutdown, default, SECOND..=60 * MINUTE, problems);
    if preshutdown < stop {
        let problem = Problem::warning("`preshutdown-timeout` is shorter than `stop-timeout`");
        problems.push(
            problem
                .at_option(place)
                .hint("at shutdown Windows would end the service in the midst of its stop"),
        );
    }
    Times {
        stop,
        preshutdown,
        minimum_uptime: time(minimum_uptime, SECOND, 0..=2 * MINUTE, problems),
    }
}

pub(super) fn time(
    typed: Option<&Located<String>>,
    default: u32,
    range: RangeInclusive<u32>,
    problems: &mut Problems,
) -> u32 {
    typed
        .and_then(|typed| problems.take(milliseconds(typed, range)))
        .unwrap_or(default)
}

pub(super) fn dependencies(
    typed: Vec<Located<String>>,
    name: &Located<String>,
    own: &[String],
    problems: &mut Problems,
) -> Vec<String> {
    for dependency in &typed {
        let same = |other: &&str| other.eq_ignore_ascii_case(dependency);
        let known = || own.iter().map(String::as_str).chain(KNOWN_SERVICES);
        let place = dependency.place();
        if dependency.eq_ignore_ascii_case(name) {
            let problem = Problem::error("a service cannot depend on itself").at_option(place);
            problems.push(problem.hint("remove it"));
        } else if let Err(why) = check_service_name(dependency) {
            let problem = Problem::error(format!("the dependency's name {why}")).at_option(place);
            problems.push(problem.hint("the name that `sc.exe query` shows, such as `Tcpip`"));
        } else if !known().any(|other| same(&other)) {
            let text = format!("unknown service `{}`", dependency.value);
            problems.push(match nearest(dependency, known()) {
                Some(meant) => Problem::error(text).at_option(place).hint(format!("did you mean `{meant}`?")),
                None => Problem::warning(text)
                    .at_option(place)
                    .hint("it is neither of this project nor one of Windows that is known here; without it the service does not start"),
            });
        }
    }
    typed
        .into_iter()
        .map(|dependency| dependency.value)
        .collect()
}

/// Refuses services of this project that wait for each other, each circle once. `depends_on` is in the order of `names`.
pub(super) fn refuse_circles(
    names: &[Located<String>],
    depends_on: &[&[Located<String>]],
    problems: &mut Problems,
) {
    let find = |wanted: &Located<String>| {
        names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(wanted))
    };
    for (first, dependencies) in depends_on.iter().enumerate() {
        for typed in *dependencies {
            // Those before `first` have had their turn.
            let mut seen = vec![false; names.len()];
            let mut waiting: Vec<usize> =
                find(typed).into_iter().filter(|at| *at > first).collect();
            while let Some(at) = waiting.pop() {
                if !std::mem::replace(&mut seen[at], true) {
                    let next = depends_on[at].iter().filter_map(find);
                    waiting.extend(next.filter(|next| *next >= first && !seen[*next]));
                }
            }
            if seen[first] {
                let text = format!(
                    "the services `{}` and `{}` wait for each other",
                    names[first].value, typed.value
                );
                let problem = Problem::error(text).at_option(typed.place());
                problems.push(problem.hint("a service starts after those that it depends on: remove one of the dependencies"));
            }
        }
    }
}

pub(super) fn recovery(raw: Option<RawRecovery>, problems: &mut Problems) -> Recovery {
    let raw = raw.unwrap_or_default();
    let restart_after_ms = match raw.restart_after {
        None => vec![5 * SECOND, 30 * SECOND, MINUTE],
        Some(delays) => delays
            .iter()
            .filter_map(|delay| problems.take(milliseconds(delay, 0..=DAY)))
            .collect(),
    };
    let reset = time(raw.reset_after.as_ref(), DAY, MINUTE..=30 * DAY, problems);
    Recovery {
        restart_after_ms,
        reset_after_seconds: reset / SECOND,
    }
}
