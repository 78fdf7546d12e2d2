//! What the `[deploy]` tables mean together, all problems at once.

use std::collections::BTreeMap;

use super::build::{Release, build};
use super::config::{Config, Rollout};
use super::model::{Mode, Origin, Product, Slot, Strategy};
use super::{check_automation, check_front, check_server};
use crate::service::Service;

/// The languages that the hand-over page is written in.
pub const LANGUAGES: [&str; 2] = ["en", "zh-CN"];

/// A mistake in the `[deploy]` tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: keys from `deploy` on, for example `deploy.rollout.steps`.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub hint: String,
}

/// Every mistake, in the order of the tables.
pub fn check(config: &Config, services: &[Service]) -> Vec<Problem> {
    let mut problems = Problems::default();
    if services.is_empty() {
        problems.add(
            "deploy",
            "there is no service to deploy",
            "add a [[service]], or remove [deploy]",
        );
        return problems.list;
    }
    languages(config, &mut problems);
    routes(config, services, &mut problems);
    ports(config, services, &mut problems);
    firewall(config, services, &mut problems);
    rollout(&config.rollout, config, services, &mut problems);
    check_front::proxies(config, services, &mut problems);
    titles(config, services, &mut problems);
    check_automation::automation(config, &mut problems);
    if let Some(server) = &config.server {
        check_server::prepared(server, &mut problems);
    }
    problems.list
}

/// The mistakes found so far.
#[derive(Default)]
pub(super) struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    /// Notes one.
    pub(super) fn add(&mut self, path: &str, message: impl Into<String>, hint: impl Into<String>) {
        self.list.push(Problem {
            path: path.to_owned(),
            message: message.into(),
            hint: hint.into(),
        });
    }
}

fn languages(config: &Config, problems: &mut Problems) {
    for language in config.languages.iter().flatten() {
        if !LANGUAGES.contains(&language.as_str()) {
            problems.add(
                "deploy.languages",
                format!("unknown language `{language}`"),
                format!(
                    "the hand-over is written in {}",
                    LANGUAGES.map(|known| format!("`{known}`")).join(" and ")
                ),
            );
        }
    }
}

/// Two services that people would see under one name: Windows refuses the second (ERROR_DUPLICATE_SERVICE_NAME).
fn titles(config: &Config, services: &[Service], problems: &mut Problems) {
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for service in model(config, services).services {
        for instance in service.instances {
            let key = instance.title.to_lowercase();
            if let Some(first) = owners.insert(key, instance.service_name.clone()) {
                problems.add(
                    "deploy",
                    format!(
                        "the services `{first}` and `{}` would both be called `{}`",
                        instance.service_name, instance.title
                    ),
                    "give each [[service]] a `title` of its own",
                );
            }
        }
    }
}

fn routes(config: &Config, services: &[Service], problems: &mut Problems) {
    let mut seen = BTreeMap::new();
    for (index, route) in config.route.iter().enumerate() {
        let path = format!("deploy.route[{index}]");
        match services
            .iter()
            .find(|service| service.name == route.service)
        {
            None => problems.add(
                &format!("{path}.service"),
                format!("there is no service `{}`", route.service),
                "name one of the [[service]] tables",
            ),
            Some(service) => {
                let port = route.port.as_ref();
                let known =
                    port.is_none_or(|port| service.ports.iter().any(|known| &known.name == port));
                if !known || service.ports.is_empty() {
                    problems.add(
                        &format!("{path}.port"),
                        format!(
                            "service `{}` has no port `{}`",
                            route.service,
                            port.map_or("http", String::as_str)
                        ),
                        "declare it in the service's `ports`",
                    );
                }
            }
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
        if !route.prefix.starts_with('/')
            || !route.prefix.ends_with('/')
            || !route.prefix.chars().all(plain)
        {
            problems.add(
                &format!("{path}.prefix"),
                format!("`{}` is no path prefix", route.prefix),
                "begin and end with `/`; between them letters, digits, `-`, `_`, `.`, `~` and `/`",
            );
        }
        if route.host.as_ref().is_some_and(|host| !is_host_name(host)) {
            problems.add(
                &format!("{path}.host"),
                "this is no host name",
                "letters, digits, hyphens and dots",
            );
        }
        if let Some(first) = seen.insert((&route.host, &route.prefix), index) {
            problems.add(
                &path,
                format!("the same host and prefix as deploy.route[{first}]"),
                "give each route a prefix or a host of its own",
            );
        }
    }
}

/// Whether a text is a DNS name or an IPv4 address.
pub(super) fn is_host_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 253
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
}

fn ports(config: &Config, services: &[Service], problems: &mut Problems) {
    if config.instances.count == 0 || config.instances.count > 16 {
        problems.add(
            "deploy.instances.count",
            "the number of instances must be 1 to 16",
            "write for example `count = 2`",
        );
        return;
    }
    if config.mode == Mode::Msi && config.instances.count > 1 {
        problems.add(
            "deploy.instances.count",
            "`mode = \"msi\"` installs one instance",
            "use `mode = \"slots\"` for several",
        );
    }
    if config.instances.port_step == 0 {
        problems.add(
            "deploy.instances.port-step",
            "all instances would have the same ports",
            "write 1 or more",
        );
        return;
    }
    let slots = if config.rollout.strategy == Strategy::Rolling {
        1
    } else {
        2
    };
    let last = u32::from(config.instances.count) * slots - 1;
    for service in services {
        for port in &service.ports {
            let highest = u32::from(port.port) + last * u32::from(config.instances.port_step);
            if highest > u32::from(u16::MAX) {
                problems.add(
                    "deploy.instances",
                    format!(
                        "the last instance of `{}` would have port {highest} for `{}`",
                        service.name, port.name
                    ),
                    "ports end at 65535: begin lower or have fewer instances",
                );
                return;
            }
        }
    }
    overlaps(config, services, problems);
}

/// The model of a release without name and files: for its ports.
pub(super) fn model(config: &Config, services: &[Service]) -> super::Deployment {
    let product = Product {
        name: String::new(),
        title: String::new(),
        version: String::new(),
        manufacturer: String::new(),
        architecture: String::new(),
    };
    let release = Release {
        product,
        origin: Origin::default(),
        artifacts: Vec::new(),
        archives: Vec::new(),
    };
    build(&release, config, services)
}

/// Two instances on one port, of one service or of two.
fn overlaps(config: &Config, services: &[Service], problems: &mut Problems) {
    let model = model(config, services);
    let mut owners: BTreeMap<u16, String> = BTreeMap::new();
    for instance in model.services.iter().flat_map(|service| &service.instances) {
        for port in &instance.ports {
            let owner = format!("`{}` ({})", instance.service_name, port.name);
            if let Some(first) = owners.get(&port.port) {
                let place = if instance.slot == Some(Slot::Green) {
                    "deploy.rollout"
                } else {
                    "deploy.instances"
                };
                problems.add(
                    place,
                    format!("{owner} and {first} would both have port {}", port.port),
                    "move the services' ports apart, or set `deploy.instances.port-step`",
                );
            } else {
                owners.insert(port.port, owner);
            }
        }
    }
}

fn firewall(config: &Config, services: &[Service], problems: &mut Problems) {
    let Some(firewall) = &config.firewall else {
        return;
    };
    if firewall.remote.values().is_empty() {
        problems.add(
            "deploy.firewall.remote",
            "a rule without remote addresses would be open to everybody",
            "list the addresses, or write `remote = \"any\"` if that is meant",
        );
    }
    for remote in firewall.remote.values() {
        if !is_remote(remote) {
            problems.add(
                "deploy.firewall.remote",
                format!("`{remote}` is no address, subnet, range or keyword"),
                "write for example `10.0.0.0/8`, `LocalSubnet` or `any`",
            );
        }
    }
    for name in firewall.ports.iter().flatten() {
        if !services
            .iter()
            .any(|service| service.ports.iter().any(|port| &port.name == name))
        {
            problems.add(
                "deploy.firewall.ports",
                format!("no service has a port `{name}`"),
                "name one of the services' `ports`",
            );
        }
    }
    for profile in &firewall.profiles {
        if !["domain", "private", "public"].contains(&profile.as_str()) {
            problems.add(
                "deploy.firewall.profiles",
                format!("unknown profile `{profile}`"),
                "`domain`, `private` or `public`",
            );
        }
    }
}

/// What `New-NetFirewallRule -RemoteAddress` takes: a keyword, an address, a subnet or a range.
fn is_remote(text: &str) -> bool {
    const KEYWORDS: [&str; 6] = [
        "any",
        "localsubnet",
        "dns",
        "dhcp",
        "wins",
        "defaultgateway",
    ];
    let address = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
    if KEYWORDS.contains(&text.to_ascii_lowercase().as_str()) || address(text) {
        return true;
    }
    if let Some((first, last)) = text.split_once('-') {
        return address(first) && address(last);
    }
    text.split_once('/').is_some_and(|(base, length)| {
        let most = if base.contains(':') { 128 } else { 32 };
        address(base) && length.parse::<u8>().is_ok_and(|length| length <= most)
    })
}

fn rollout(rollout: &Rollout, config: &Config, services: &[Service], problems: &mut Problems) {
    if rollout.probes == 0 {
        problems.add(
            "deploy.rollout.probes",
            "without a probe nothing tells that a version is well",
            "write 1 or more",
        );
    }
    if !rollout.steps.is_sorted_by(|a, b| a < b)
        || rollout.steps.last() != Some(&100)
        || rollout.steps.first() == Some(&0)
    {
        problems.add(
            "deploy.rollout.steps",
            "the shares must rise from above 0 to 100",
            "write for example `steps = [5, 25, 50, 100]`",
        );
    }
    if !(0.0..=100.0).contains(&rollout.success) {
        problems.add(
            "deploy.rollout.success",
            "the success rate is a percentage",
            "write 0 to 100, such as 99.5",
        );
    }
    if rollout.strategy == Strategy::Rolling {
        return;
    }
    if config.mode == Mode::Msi {
        problems.add(
            "deploy.rollout.strategy",
            "`mode = \"msi\"` replaces the one instance in place",
            "use `mode = \"slots\"` for blue-green and canary",
        );
    }
    if services.iter().all(|service| service.health.is_none()) {
        problems.add(
            "deploy.rollout.strategy",
            "no service has a health check that could be probed",
            "add `health = { http = \"/healthz\", port = \"http\" }` to the service",
        );
    }
    let switched = config.iis.is_some()
        || config
            .nginx
            .as_ref()
            .is_some_and(|nginx| nginx.platform == super::config::NginxPlatform::Windows);
    if !switched {
        problems.add(
            "deploy.rollout.strategy",
            "no proxy on the server could move the traffic from one slot to the other",
            "add [deploy.iis], or [deploy.nginx] with `platform = \"windows\"`",
        );
    }
}
