//! `[[service]]`.

mod choices;
mod files;
mod lifetime;
mod network;
mod renamed;
mod security;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::choices::{HOSTS, SID_TYPES, STARTS, choice, find};
use self::files::{check_config, check_event_source, check_log};
use self::lifetime::{dependencies, recovery, refuse_circles, times};
use self::network::{check_health, check_ports};
use self::renamed::check_renamed;
use self::security::{account, privileges};
use crate::manifest::Located;
use crate::manifest::raw::RawService;
use crate::problem::{Problem, Problems};
use crate::service::known::{check_service_name, windows_service};
use crate::service::model::{HostMode, Service, SidType, StartType};
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
    /// Whether the start type was chosen; what the default is depends on what stands in front.
    pub start_chosen: bool,
    /// Where its name, or its binary's name, stands.
    pub place: Located<()>,
    /// The times that are given, with their milliseconds.
    pub times: Vec<(&'static str, Located<u32>)>,
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

/// How a name that the service manager knows looks.
const NAME_HINT: &str = "a name such as `OrdersApi`, which is typed on command lines";

pub(super) fn check(raw: Vec<RawService>, problems: &mut Problems) -> Vec<ServiceTable> {
    let names: Vec<Located<String>> = raw.iter().map(service_name).collect();
    duplicates("service", names.iter(), str::to_lowercase, problems);
    check_renamed(&raw, &names, problems);
    let depends_on: Vec<&[Located<String>]> =
        raw.iter().map(|service| &service.depends_on[..]).collect();
    refuse_circles(&names, &depends_on, problems);
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

fn check_service(mut raw: RawService, own: &[String], problems: &mut Problems) -> ServiceTable {
    let name = service_name(&raw);
    let place = name.clone().map(|_| ());
    if let Err(why) = check_service_name(&name) {
        let problem = Problem::error(format!("the service's name {why}"));
        problems.push(problem.at_option(name.place()).hint(NAME_HINT));
    }
    if let Some(known) = windows_service(&name) {
        let problem = Problem::error(format!("`{known}` is a service of Windows"));
        problems.push(problem.at_option(name.place()).hint(NAME_HINT));
    }
    check_environment(&raw.env, problems);
    let start_chosen = raw.start.is_some();
    let typed = [
        ("stop-timeout", raw.stop_timeout.clone()),
        ("minimum-uptime", raw.minimum_uptime.clone()),
        (
            "health.within",
            raw.health.as_ref().and_then(|health| health.within.clone()),
        ),
    ];
    let model = model(&mut raw, &name, &place, own, problems);
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
            log_directory: raw.log.unwrap_or_default().dir,
        },
        config: raw
            .config
            .into_iter()
            .filter_map(|file| check_config(file, problems))
            .collect(),
        times: given_times(typed, &model),
        model,
        start_chosen,
        place,
    }
}

/// The times that are given and hold an installer up.
fn given_times(
    typed: [(&'static str, Option<Located<String>>); 3],
    model: &Service,
) -> Vec<(&'static str, Located<u32>)> {
    let within = model.health.as_ref().map_or(0, |health| health.within_ms);
    let times = [model.stop_timeout_ms, model.minimum_uptime_ms, within];
    let typed = typed.into_iter().zip(times);
    typed
        .filter_map(|((key, typed), time)| Some((key, typed?.map(|_| time))))
        .collect()
}

/// The service but for its texts, which are expanded when the plan is made, and its program.
fn model(
    raw: &mut RawService,
    name: &Located<String>,
    place: &Located<()>,
    own: &[String],
    problems: &mut Problems,
) -> Service {
    let ports = check_ports(std::mem::take(&mut raw.ports), problems);
    let times = times(
        raw.stop_timeout.as_ref(),
        raw.preshutdown_timeout.as_ref(),
        raw.minimum_uptime.as_ref(),
        problems,
    );
    let log = raw.log.as_ref();
    let start = choice(
        raw.start.take(),
        &STARTS,
        StartType::Delayed,
        "start type",
        problems,
    );
    let account = account(raw.account.take(), problems);
    let depends_on = dependencies(std::mem::take(&mut raw.depends_on), name, own, problems);
    let sid_type = choice(
        raw.sid_type.take(),
        &SID_TYPES,
        SidType::Unrestricted,
        "SID type",
        problems,
    );
    let renamed_from = raw.renamed_from.drain(..).map(|former| former.value);
    Service {
        renamed_from: renamed_from.collect(),
        title: String::new(),
        description: String::new(),
        binary: raw.binary.value.clone(),
        host: HostMode::Inject,
        program: None,
        arguments: Vec::new(),
        environment: Vec::new(),
        working_directory: Symbolic::default(),
        start,
        account,
        depends_on,
        sid_type,
        privileges: privileges(std::mem::take(&mut raw.privileges), problems),
        stop_timeout_ms: times.stop,
        preshutdown_timeout_ms: times.preshutdown,
        minimum_uptime_ms: times.minimum_uptime,
        recovery: recovery(raw.recovery.take(), problems),
        health: raw
            .health
            .take()
            .and_then(|health| check_health(health, &ports, place, problems)),
        ports,
        properties: Vec::new(),
        log: check_log(
            log.and_then(|log| log.rotate_at.as_ref()),
            log.and_then(|log| log.keep.clone()),
            problems,
        ),
        config: Vec::new(),
        event_source: check_event_source(raw.event_source.take(), name, problems),
        name: name.value.clone(),
    }
}

fn check_environment(environment: &BTreeMap<String, Located<String>>, problems: &mut Problems) {
    let mut seen = BTreeMap::new();
    for (name, value) in environment {
        if let Some(other) = seen.insert(name.to_uppercase(), name) {
            problems.push(
                Problem::error(format!("the variable `{name}` is there as `{other}`, too"))
                    .at_option(value.place())
                    .hint(
                        "Windows does not tell capitals from small letters in names of variables",
                    ),
            );
        }
        if name.is_empty() || name.contains(['=', '\0']) {
            problems.push(
                Problem::error(format!("`{name}` cannot be the name of a variable"))
                    .at_option(value.place())
                    .hint("a name without `=`, such as `TMP`"),
            );
        }
    }
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
            problems.push(
                problem
                    .at_option(value.place())
                    .label("again")
                    .hint(format!("every {what} must be another one")),
            );
        }
        seen.push(folded);
    }
}
