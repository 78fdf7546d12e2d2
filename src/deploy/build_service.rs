//! [`crate::service::Service`] → the model's service with its instances.

use std::collections::BTreeMap;

use super::config::Config;
use super::model::*;
use super::names;
use crate::service::model::{HostMode, StartType};
use crate::service::settings::{SettingValue, property_settings, settings};
use crate::service::sid::{service_sid, trustee};
use crate::service::{self, Service as Source};

/// The service with its instances; `data` is the product's data directory.
pub(super) fn service(source: &Source, config: &Config, data: &str) -> Service {
    let image_arguments = match source.host {
        HostMode::Native => source
            .arguments
            .iter()
            .map(service::Symbolic::canonical)
            .collect(),
        HostMode::Inject | HostMode::Wrapper => vec![Source::host_argument("{{ service_name }}")],
    };
    Service {
        name: source.name.clone(),
        renamed_from: source.renamed_from.clone(),
        title: source.title.clone(),
        description: source.description.clone(),
        host: source.host,
        image: source.image(),
        image_arguments,
        start: source.start,
        account: account(&source.account),
        depends_on: source.depends_on.clone(),
        sid_type: source.sid_type,
        privileges: source.privileges.clone(),
        stop_timeout_ms: source.stop_timeout_ms,
        preshutdown_timeout_ms: source.preshutdown_timeout_ms,
        recovery: Recovery {
            restart_after_ms: source.recovery.restart_after_ms.clone(),
            reset_after_seconds: source.recovery.reset_after_seconds,
        },
        health: source.health.as_ref().map(|health| Health {
            port: health.port.clone(),
            http_path: health.http_path.clone(),
            within_ms: health.within_ms,
        }),
        log: Log {
            directory: source.log.directory.canonical(),
            rotate_at_bytes: source.log.rotate_at_bytes,
            keep: source.log.keep,
        },
        config: source
            .config
            .iter()
            .map(|file| ConfigFile {
                file: config_artifact(&source.name, &file.name),
                name: file.name.clone(),
                keep: file.keep,
            })
            .collect(),
        event_source: source.event_source.clone(),
        properties: source.properties.clone(),
        parameters: parameters(source),
        instances: instances(source, config, data),
    }
}

/// The path of a configuration file in the hand-over folder.
pub fn config_artifact(service: &str, file: &str) -> String {
    format!("config/{}/{file}", names::folder(service))
}

fn account(account: &service::model::Account) -> Account {
    use service::model::Account as Source;
    let (kind, name) = match account {
        Source::Virtual => (AccountKind::Virtual, None),
        Source::LocalService => (AccountKind::LocalService, Some(account.start_name(""))),
        Source::NetworkService => (AccountKind::NetworkService, Some(account.start_name(""))),
        Source::LocalSystem => (AccountKind::LocalSystem, Some(account.start_name(""))),
        Source::GroupManaged(name) => (AccountKind::GroupManaged, Some(name.clone())),
        Source::User(name) => (AccountKind::User, Some(name.clone())),
    };
    Account {
        kind,
        name,
        needs_logon_right: account.needs_logon_right(),
        needs_password: account.needs_password(),
    }
}

/// The registry values of [`settings`] in the form that the script takes.
fn parameters(source: &Source) -> Vec<RegistryValue> {
    let mut all = settings(source);
    if source.host == HostMode::Native {
        // Nobody but the next installation reads them.
        all.extend(property_settings(source));
    }
    all.into_iter()
        .map(|setting| {
            let (kind, rendered, data) = match setting.value {
                SettingValue::Number(number) => (ValueKind::DWord, false, vec![number.to_string()]),
                SettingValue::Rendered(symbol) => {
                    (ValueKind::String, true, vec![format!("{{{{ {symbol} }}}}")])
                }
                SettingValue::RenderedPort(symbol, _) => {
                    (ValueKind::String, true, vec![format!("{{{{ {symbol} }}}}")])
                }
                SettingValue::Text(text) => (ValueKind::String, false, vec![text.canonical()]),
                SettingValue::List(lines) => (
                    ValueKind::MultiString,
                    false,
                    lines.iter().map(service::Symbolic::canonical).collect(),
                ),
            };
            RegistryValue {
                key: setting.subkey.to_owned(),
                name: setting.name,
                kind,
                rendered,
                data,
            }
        })
        .collect()
}

/// The instances' names and slots: one unnamed, `1` ... `N`, or both slots of these.
fn places(source: &Source, config: &Config) -> Vec<(String, Option<Slot>)> {
    let count = config.instances.count.max(1);
    if source.ports.is_empty() || config.mode == Mode::Msi || source.start == StartType::Disabled {
        return vec![(String::new(), None)];
    }
    let numbered = |stem: &str| -> Vec<String> {
        match (count, stem) {
            (1, stem) => vec![stem.to_owned()],
            (_, "") => (1..=count).map(|number| number.to_string()).collect(),
            (_, stem) => (1..=count)
                .map(|number| format!("{stem}-{number}"))
                .collect(),
        }
    };
    match config.rollout.strategy {
        Strategy::Rolling => numbered("").into_iter().map(|name| (name, None)).collect(),
        Strategy::BlueGreen | Strategy::Canary => [("blue", Slot::Blue), ("green", Slot::Green)]
            .into_iter()
            .flat_map(|(stem, slot)| {
                numbered(stem)
                    .into_iter()
                    .map(move |name| (name, Some(slot)))
            })
            .collect(),
    }
}

fn instances(source: &Source, config: &Config, data: &str) -> Vec<Instance> {
    places(source, config)
        .into_iter()
        .enumerate()
        .map(|(index, (name, slot))| {
            let service_name = names::instance_service(&source.name, &name);
            let offset = u16::try_from(index)
                .unwrap_or(u16::MAX)
                .saturating_mul(config.instances.port_step);
            let stem = if name.is_empty() {
                data.to_owned()
            } else {
                format!(r"{data}\{name}")
            };
            let service_sid = service_sid(&service_name);
            let trustee = trustee(&source.account, source.sid_type, &service_name);
            let grant = |folder: &str, rights| {
                directory(
                    format!(r"{stem}\{folder}"),
                    trustee.clone().map(|trustee| Access { trustee, rights }),
                )
            };
            Instance {
                title: if name.is_empty() {
                    source.title.clone()
                } else {
                    format!("{} {name}", source.title)
                },
                host_alias: names::host_alias(&source.name, &name),
                ports: source
                    .ports
                    .iter()
                    .map(|port| InstancePort {
                        name: port.name.clone(),
                        port: port.port.saturating_add(offset),
                    })
                    .collect(),
                config: grant("config", Rights::Read),
                data: grant("data", Rights::Modify),
                log: grant("logs", Rights::Modify),
                name,
                slot,
                service_name,
                service_sid,
            }
        })
        .collect()
}

/// Gives a directory that several instances use the access of all of them; of two rights of one account the wider.
pub(super) fn share_directories(services: &mut [Service]) {
    let mut access: BTreeMap<String, BTreeMap<String, Rights>> = BTreeMap::new();
    for place in services.iter().flat_map(|service| &service.instances) {
        for directory in [&place.config, &place.data, &place.log] {
            let all = access.entry(directory.path.clone()).or_default();
            for entry in &directory.access {
                let rights = all.entry(entry.trustee.clone()).or_insert(entry.rights);
                *rights = wider(*rights, entry.rights);
            }
        }
    }
    for place in services
        .iter_mut()
        .flat_map(|service| &mut service.instances)
    {
        for shared in [&mut place.config, &mut place.data, &mut place.log] {
            let all = access.get(&shared.path).into_iter().flatten();
            let services = all.filter(|(trustee, _)| !ADMINISTRATORS.contains(&trustee.as_str()));
            let more = services.map(|(trustee, rights)| Access {
                trustee: trustee.clone(),
                rights: *rights,
            });
            *shared = directory(shared.path.clone(), more);
        }
    }
}

fn wider(one: Rights, other: Rights) -> Rights {
    let rank = |rights: Rights| match rights {
        Rights::Read => 0,
        Rights::Modify => 1,
        Rights::Full => 2,
    };
    if rank(one) < rank(other) { other } else { one }
}

/// SYSTEM and the group of administrators.
const ADMINISTRATORS: [&str; 2] = ["S-1-5-18", "S-1-5-32-544"];

/// A directory for SYSTEM, administrators and more.
pub(super) fn directory(path: String, more: impl IntoIterator<Item = Access>) -> Directory {
    let full = |trustee: &str| Access {
        trustee: trustee.to_owned(),
        rights: Rights::Full,
    };
    let access: Vec<Access> = ADMINISTRATORS.map(full).into_iter().chain(more).collect();
    let sddl = access
        .iter()
        .all(|access| access.trustee.starts_with("S-1-"))
        .then(|| {
            access
                .iter()
                .fold("D:PAI".to_owned(), |sddl, access| sddl + &ace(access))
        });
    Directory { path, access, sddl }
}

/// An access-allowed entry, inherited by folders and files (MS-DTYP 2.5.1.1).
fn ace(access: &Access) -> String {
    let rights = match access.rights {
        Rights::Full => "FA",
        Rights::Modify => "0x1301bf",
        Rights::Read => "0x1200a9",
    };
    format!("(A;OICI;{rights};;;{})", access.trustee)
}
