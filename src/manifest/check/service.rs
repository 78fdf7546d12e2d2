//! `[[service]]`.

use std::collections::BTreeMap;

use super::names::{file_name, project_path};
use super::quantity::{bytes, milliseconds};
use crate::manifest::Located;
use crate::manifest::raw::{RawConfigFile, RawHealth, RawPort, RawRecovery, RawService};
use crate::problem::{Problem, Problems, nearest};
use crate::service::account::parse_account;
use crate::service::known::{KNOWN_SERVICES, PRIVILEGES, check_service_name};
use crate::service::model::{
    Account, Health, HostMode, Log, Port, Recovery, Service, SidType, StartType,
};
use crate::service::symbolic::Symbolic;

/// `[[service]]`.
#[derive(Debug, Clone)]
pub struct ServiceTable {
    /// The binary's name.
    pub binary: Located<String>,
    /// The host mode, when it was chosen.
    pub host: Option<Located<HostMode>>,
    /// The texts, which may be templates.
    pub texts: ServiceTexts,
    /// Files for the configuration folder.
    pub config: Vec<ServiceConfigFile>,
    /// Everything else; what [`ServiceTable::texts`], `host` and `config` say is still empty in it.
    pub model: Service,
    /// Where its name, or its binary's name, stands.
    pub place: Located<()>,
}

/// The texts of a service before templates are filled in.
#[derive(Debug, Clone)]
pub struct ServiceTexts {
    /// `title`.
    pub title: Option<Located<String>>,
    /// `description`.
    pub description: Option<Located<String>>,
    /// `program`.
    pub program: Option<Located<String>>,
    /// `args`.
    pub arguments: Vec<Located<String>>,
    /// `env`.
    pub environment: BTreeMap<String, Located<String>>,
    /// `directory`.
    pub directory: Option<Located<String>>,
    /// `log.dir`.
    pub log_directory: Option<Located<String>>,
}

/// A file for the configuration folder.
#[derive(Debug, Clone)]
pub struct ServiceConfigFile {
    /// The file in the project.
    pub from: Located<String>,
    /// Its name in the configuration folder.
    pub name: String,
    /// Whether an administrator's copy survives.
    pub keep: bool,
}

const SECOND: u32 = 1_000;
const MINUTE: u32 = 60 * SECOND;
const DAY: u32 = 24 * 60 * MINUTE;

pub(super) fn check(raw: Vec<RawService>, problems: &mut Problems) -> Vec<ServiceTable> {
    let names: Vec<Located<String>> = raw.iter().map(service_name).collect();
    duplicates("service", names.iter(), str::to_lowercase, problems);
    let ports = raw.iter().flat_map(|service| &service.ports);
    let numbers: Vec<Located<String>> = ports
        .map(|port| port.port.clone().map(|port| port.to_string()))
        .collect();
    duplicates("port", numbers.iter(), str::to_owned, problems);
    let own: Vec<String> = names.iter().map(|name| name.value.clone()).collect();
    raw.into_iter()
        .map(|service| check_service(service, &own, problems))
        .collect()
}

fn service_name(raw: &RawService) -> Located<String> {
    raw.name.clone().unwrap_or_else(|| raw.binary.clone())
}

fn check_service(raw: RawService, own: &[String], problems: &mut Problems) -> ServiceTable {
    let name = service_name(&raw);
    let place = name.clone().map(|_| ());
    if let Err(why) = check_service_name(&name) {
        problems.push(Problem::error(format!("the service's name {why}")).at_option(name.place()));
    }
    check_environment(&raw.env, problems);
    let ports = check_ports(raw.ports, problems);
    let stop = time(
        raw.stop_timeout.as_ref(),
        20 * SECOND,
        SECOND..=30 * MINUTE,
        problems,
    );
    let preshutdown = time(
        raw.preshutdown_timeout.as_ref(),
        stop.saturating_add(10 * SECOND),
        SECOND..=60 * MINUTE,
        problems,
    );
    if preshutdown < stop {
        let problem = Problem::warning("`preshutdown-timeout` is shorter than `stop-timeout`");
        let span = raw.preshutdown_timeout.as_ref().and_then(Located::place);
        problems.push(
            problem
                .at_option(span)
                .hint("at shutdown Windows would end the service in the midst of its stop"),
        );
    }
    let log = raw.log.unwrap_or_default();
    let model = Service {
        title: String::new(),
        description: String::new(),
        binary: raw.binary.value.clone(),
        host: HostMode::Inject,
        program: None,
        arguments: Vec::new(),
        environment: Vec::new(),
        working_directory: Symbolic::default(),
        start: choice(
            raw.start,
            &STARTS,
            StartType::Delayed,
            "start type",
            problems,
        ),
        account: account(raw.account, problems),
        depends_on: dependencies(raw.depends_on, &name, own, problems),
        sid_type: choice(
            raw.sid_type,
            &SID_TYPES,
            SidType::Unrestricted,
            "SID type",
            problems,
        ),
        privileges: privileges(raw.privileges, problems),
        stop_timeout_ms: stop,
        preshutdown_timeout_ms: preshutdown,
        minimum_uptime_ms: time(
            raw.minimum_uptime.as_ref(),
            SECOND,
            0..=2 * MINUTE,
            problems,
        ),
        recovery: recovery(raw.recovery, problems),
        health: raw
            .health
            .and_then(|health| check_health(health, &ports, &place, problems)),
        ports,
        log: Log {
            directory: Symbolic::default(),
            rotate_at_bytes: log.rotate_at.as_ref().map_or(50_000_000, |size| {
                u64::from(
                    problems
                        .take(bytes(size, 64 << 10..=u32::MAX))
                        .unwrap_or_default(),
                )
            }),
            keep: check_keep(log.keep, problems),
        },
        config: Vec::new(),
        event_source: check_event_source(raw.event_source, &name, problems),
        name: name.value,
    };
    ServiceTable {
        binary: raw.binary,
        host: raw.host.and_then(|host| {
            problems
                .take(find(&host, &HOSTS, "host mode"))
                .map(|mode| host.map(|_| mode))
        }),
        texts: ServiceTexts {
            title: raw.title,
            description: raw.description,
            program: raw.program,
            arguments: raw.args,
            environment: raw.env,
            directory: raw.directory,
            log_directory: log.dir,
        },
        config: raw
            .config
            .into_iter()
            .filter_map(|file| check_config(file, problems))
            .collect(),
        model,
        place,
    }
}

const HOSTS: [(&str, HostMode); 3] = [
    ("inject", HostMode::Inject),
    ("native", HostMode::Native),
    ("wrapper", HostMode::Wrapper),
];

const STARTS: [(&str, StartType); 4] = [
    ("auto", StartType::Auto),
    ("delayed", StartType::Delayed),
    ("manual", StartType::Manual),
    ("disabled", StartType::Disabled),
];

const SID_TYPES: [(&str, SidType); 3] = [
    ("none", SidType::None),
    ("unrestricted", SidType::Unrestricted),
    ("restricted", SidType::Restricted),
];

fn find<T: Copy>(typed: &Located<String>, choices: &[(&str, T)], what: &str) -> Result<T, Problem> {
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

fn choice<T: Copy>(
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

fn time(
    typed: Option<&Located<String>>,
    default: u32,
    range: std::ops::RangeInclusive<u32>,
    problems: &mut Problems,
) -> u32 {
    typed
        .and_then(|typed| problems.take(milliseconds(typed, range)))
        .unwrap_or(default)
}

fn account(typed: Option<Located<String>>, problems: &mut Problems) -> Account {
    let Some(typed) = typed else {
        return Account::Virtual;
    };
    match parse_account(&typed) {
        Ok(account) => account,
        Err(hint) => {
            let problem = Problem::error(format!("unknown account `{}`", typed.value));
            problems.push(problem.at_option(typed.place()).hint(hint));
            Account::Virtual
        }
    }
}

fn dependencies(
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
            problems.push(Problem::error("a service cannot depend on itself").at_option(place));
        } else if let Err(why) = check_service_name(dependency) {
            problems.push(Problem::error(format!("the dependency's name {why}")).at_option(place));
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

fn privileges(typed: Vec<Located<String>>, problems: &mut Problems) -> Vec<String> {
    for privilege in typed
        .iter()
        .filter(|privilege| !PRIVILEGES.contains(&privilege.as_str()))
    {
        let problem = Problem::error(format!("unknown privilege `{}`", privilege.value))
            .at_option(privilege.place());
        problems.push(match nearest(privilege, PRIVILEGES) {
            Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
            None => problem.hint("such as `SeChangeNotifyPrivilege`"),
        });
    }
    typed.into_iter().map(|privilege| privilege.value).collect()
}

fn recovery(raw: Option<RawRecovery>, problems: &mut Problems) -> Recovery {
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

fn check_health(
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

fn check_ports(raw: Vec<RawPort>, problems: &mut Problems) -> Vec<Port> {
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

fn check_environment(environment: &BTreeMap<String, Located<String>>, problems: &mut Problems) {
    for (name, value) in environment {
        if name.is_empty() || name.contains(['=', '\0']) {
            problems.push(
                Problem::error(format!("`{name}` cannot be the name of a variable"))
                    .at_option(value.place()),
            );
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

fn check_event_source(
    typed: Option<Located<String>>,
    name: &Located<String>,
    problems: &mut Problems,
) -> String {
    let Some(source) = typed else {
        return name.value.clone();
    };
    if let Err(why) = check_service_name(&source) {
        problems.push(Problem::error(format!("the event source {why}")).at_option(source.place()));
    }
    source.value
}

fn check_config(raw: RawConfigFile, problems: &mut Problems) -> Option<ServiceConfigFile> {
    let from = problems.take(project_path(raw.from))?;
    let own = Located {
        value: from.rsplit('/').next().unwrap_or_default().to_owned(),
        span: from.span.clone(),
    };
    let name = raw.name.unwrap_or(own);
    if let Err(why) = file_name(&name) {
        problems.push(Problem::error(format!("the file's name {why}")).at_option(name.place()));
    }
    Some(ServiceConfigFile {
        from,
        name: name.value,
        keep: raw.keep.unwrap_or(true),
    })
}

/// Refuses the same value twice, compared after `fold`.
fn duplicates<'a>(
    what: &str,
    values: impl Iterator<Item = &'a Located<String>>,
    fold: impl Fn(&str) -> String,
    problems: &mut Problems,
) {
    let mut seen = Vec::new();
    for value in values {
        let folded = fold(value);
        if seen.contains(&folded) {
            let problem = Problem::error(format!("the {what} `{}` is there twice", value.value));
            problems.push(problem.at_option(value.place()).label("again"));
        }
        seen.push(folded);
    }
}

#[cfg(test)]
mod tests;
