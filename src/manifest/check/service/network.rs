//! Ports, and how it is told that a service is ready.

use super::duplicates;
use super::lifetime::{MINUTE, SECOND, time};
use crate::manifest::Located;
use crate::manifest::raw::{RawHealth, RawPort};
use crate::problem::{Problem, Problems, nearest};
use crate::service::model::{Health, Port};

pub(super) fn check_health(
    raw: RawHealth,
    ports: &[Port],
    place: &Located<()>,
    problems: &mut Problems,
) -> Option<Health> {
    if let Some(path) = raw.http.as_ref().filter(|path| !is_url_path(path)) {
        let problem = Problem::error(format!("`{}` is no path of a URL", path.value));
        problems.push(problem.at_option(path.place()).hint("such as `/healthz`"));
    }
    let within_ms = time(
        raw.within.as_ref(),
        30 * SECOND,
        SECOND..=30 * MINUTE,
        problems,
    );
    let port = match (&raw.port, ports) {
        (Some(port), _) if ports.iter().any(|known| known.name == port.value) => port.value.clone(),
        (Some(port), _) => {
            problems.push(unknown_port(port, ports));
            return None;
        }
        (None, [only]) => only.name.clone(),
        (None, _) => {
            let span = raw.http.as_ref().and_then(Located::place).or(place.place());
            problems.push(
                Problem::error("`health` has no `port`")
                    .at_option(span)
                    .hint("name one of `ports`"),
            );
            return None;
        }
    };
    Some(Health {
        port,
        http_path: raw.http.map(|path| path.value),
        within_ms,
    })
}

fn is_url_path(path: &str) -> bool {
    path.starts_with('/')
        && path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{}|".contains(&byte))
}

fn unknown_port(typed: &Located<String>, ports: &[Port]) -> Problem {
    let problem =
        Problem::error(format!("there is no port `{}`", typed.value)).at_option(typed.place());
    match nearest(typed, ports.iter().map(|port| port.name.as_str())) {
        Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
        None => problem.hint("declare it: `ports = [{ name = \"http\", port = 8080 }]`"),
    }
}

pub(super) fn check_ports(raw: Vec<RawPort>, problems: &mut Problems) -> Vec<Port> {
    duplicates(
        "port name",
        raw.iter().map(|port| &port.name),
        str::to_owned,
        problems,
    );
    for port in &raw {
        let name = &port.name;
        let mut letters = name.chars();
        let right = letters
            .next()
            .is_some_and(|first| first.is_ascii_lowercase())
            && letters.all(|letter| {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_'
            });
        if !right {
            let problem = Problem::error(format!("`{}` cannot be a port's name", name.value));
            problems.push(
                problem
                    .at_option(name.place())
                    .hint("lower-case letters, digits and `_`, such as `http`"),
            );
        }
        if port.port.value == 0 {
            problems.push(
                Problem::error("port 0 is none")
                    .at_option(port.port.place())
                    .label("must be from 1 to 65535"),
            );
        }
    }
    raw.into_iter()
        .map(|port| Port {
            name: port.name.value,
            port: port.port.value,
        })
        .collect()
}
