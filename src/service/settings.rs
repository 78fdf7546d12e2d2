//! The service's settings as registry values: what whoever registers the service writes and the host reads.
//!
//! The list and the meaning of each value are THE SERVICE CONTRACT in `docs/architecture.md`. The MSI turns the
//! list into rows of its Registry table, the scripts into calls of their own; neither knows the values by
//! name. In native mode there is no host of ours that would read them, and the list is empty.

use std::collections::BTreeSet;

use super::model::{Health, HostMode, Service};
use super::symbolic::{Symbol, Symbolic};

/// The version of the settings' meaning that this program writes and its host reads.
pub const SETTINGS_VERSION: u32 = 1;

/// The settings' key below `HKLM\SYSTEM\CurrentControlSet\Services\<service name>`.
pub const PARAMETERS_KEY: &str = "Parameters";

/// What a setting's value is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// A REG_DWORD known at build time.
    Number(u32),
    /// A REG_SZ whose symbol whoever registers the service renders: a directory, the instance, a property.
    Rendered(Symbol),
    /// A port, which whoever registers the service renders as a decimal REG_SZ; the second is the default.
    RenderedPort(Symbol, u16),
    /// A REG_SZ stored in its canonical form; the host expands the symbols.
    Text(Symbolic),
    /// A REG_MULTI_SZ whose lines are stored in their canonical form; the host expands the symbols.
    List(Vec<Symbolic>),
}

/// One registry value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key below the service's own: `Parameters`, `Parameters\Ports` or `Parameters\Properties`.
    pub subkey: &'static str,
    /// The value's name.
    pub name: String,
    /// The value.
    pub value: SettingValue,
}

/// The key of the named ports.
const PORTS_KEY: &str = r"Parameters\Ports";
/// The key of the installer properties.
const PROPERTIES_KEY: &str = r"Parameters\Properties";

/// Every registry value of the service, in a fixed order.
pub fn settings(service: &Service) -> Vec<Setting> {
    if service.host == HostMode::Native {
        return Vec::new();
    }
    let mut settings = Settings(Vec::new());
    settings.add("SettingsVersion", SettingValue::Number(SETTINGS_VERSION));
    settings.add_places();
    settings.add_program(service);
    settings.add_readiness(service);
    settings.add(
        "StopTimeoutMilliseconds",
        SettingValue::Number(service.stop_timeout_ms),
    );
    settings.add_log(service);
    settings.add_ports(service);
    settings.add_properties(service);
    settings.0
}

/// The list under construction.
struct Settings(Vec<Setting>);

impl Settings {
    fn add(&mut self, name: &str, value: SettingValue) {
        self.add_below(PARAMETERS_KEY, name, value);
    }

    fn add_below(&mut self, subkey: &'static str, name: &str, value: SettingValue) {
        self.0.push(Setting {
            subkey,
            name: name.to_owned(),
            value,
        });
    }

    fn add_places(&mut self) {
        for (name, symbol) in [
            ("InstallDirectory", Symbol::InstallDir),
            ("ConfigDirectory", Symbol::ConfigDir),
            ("DataDirectory", Symbol::DataDir),
            ("LogDirectory", Symbol::LogDir),
            ("Instance", Symbol::Instance),
        ] {
            self.add(name, SettingValue::Rendered(symbol));
        }
    }

    fn add_program(&mut self, service: &Service) {
        if let Some(program) = &service.program {
            self.add("Program", SettingValue::Text(program.clone()));
        }
        self.add("Arguments", SettingValue::List(service.arguments.clone()));
        self.add("Environment", SettingValue::List(environment(service)));
        self.add(
            "WorkingDirectory",
            SettingValue::Text(service.working_directory.clone()),
        );
    }

    fn add_readiness(&mut self, service: &Service) {
        match &service.health {
            Some(health) => {
                let (name, place) = health_place(health);
                self.add(name, SettingValue::Text(place));
                self.add(
                    "StartTimeoutMilliseconds",
                    SettingValue::Number(health.within_ms),
                );
            }
            None => {
                self.add(
                    "MinimumUptimeMilliseconds",
                    SettingValue::Number(service.minimum_uptime_ms),
                );
            }
        }
    }

    fn add_log(&mut self, service: &Service) {
        let mut file = service.log.directory.clone();
        file.push_text(&format!(r"\{}.log", service.name));
        self.add("LogFile", SettingValue::Text(file));
        let rotate_at = u32::try_from(service.log.rotate_at_bytes).unwrap_or(u32::MAX);
        self.add("LogRotateBytes", SettingValue::Number(rotate_at));
        self.add("LogKeep", SettingValue::Number(service.log.keep));
        self.add(
            "EventSource",
            SettingValue::Text(Symbolic::literal(&service.event_source)),
        );
    }

    fn add_ports(&mut self, service: &Service) {
        for port in &service.ports {
            let value = SettingValue::RenderedPort(Symbol::Port(port.name.clone()), port.port);
            self.add_below(PORTS_KEY, &port.name, value);
        }
    }

    fn add_properties(&mut self, service: &Service) {
        self.0.extend(property_settings(service));
    }
}

/// The installer properties that any text of the service mentions. The host reads them; of a program without a host
/// an upgrade reads them.
pub fn property_settings(service: &Service) -> Vec<Setting> {
    let setting = |name: String| Setting {
        subkey: PROPERTIES_KEY,
        value: SettingValue::Rendered(Symbol::Property(name.clone())),
        name,
    };
    properties(service).into_iter().map(setting).collect()
}

fn environment(service: &Service) -> Vec<Symbolic> {
    let line = |(name, value): &(String, Symbolic)| {
        let mut line = Symbolic::literal(format!("{name}="));
        for segment in value.segments() {
            match segment {
                super::Segment::Text(text) => line.push_text(text),
                super::Segment::Symbol(symbol) => line.push_symbol(symbol.clone()),
            }
        }
        line
    };
    service.environment.iter().map(line).collect()
}

/// The name of the setting that tells where health is asked, and the place.
fn health_place(health: &Health) -> (&'static str, Symbolic) {
    let mut place = Symbolic::default();
    if health.http_path.is_some() {
        place.push_text("http://");
    }
    place.push_text("127.0.0.1:");
    place.push_symbol(Symbol::Port(health.port.clone()));
    match &health.http_path {
        Some(path) => {
            place.push_text(path);
            ("HealthUrl", place)
        }
        None => ("HealthAddress", place),
    }
}

/// The installer properties that any text of the service mentions, sorted.
pub fn properties(service: &Service) -> BTreeSet<String> {
    let environment = service.environment.iter().map(|(_, value)| value);
    service
        .arguments
        .iter()
        .chain(environment)
        .chain(&service.program)
        .chain([&service.working_directory, &service.log.directory])
        .flat_map(Symbolic::symbols)
        .filter_map(|symbol| match symbol {
            Symbol::Property(name) | Symbol::Arguments(name) => Some(name.clone()),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::fixture::service;

    fn find(service: &Service, name: &str) -> Option<SettingValue> {
        settings(service)
            .into_iter()
            .find(|setting| setting.name == name)
            .map(|setting| setting.value)
    }

    fn symbolic(text: &str) -> Symbolic {
        Symbolic::parse(text).unwrap()
    }

    #[test]
    fn health_url_names_the_port_symbol() {
        let url = symbolic("http://127.0.0.1:{{ port.http }}/healthz");
        assert_eq!(find(&service(), "HealthUrl"), Some(SettingValue::Text(url)));
        assert_eq!(
            find(&service(), "StartTimeoutMilliseconds"),
            Some(SettingValue::Number(30_000))
        );
        assert_eq!(find(&service(), "MinimumUptimeMilliseconds"), None);
    }

    #[test]
    fn without_a_path_an_open_port_is_enough() {
        let mut service = service();
        service.health.as_mut().unwrap().http_path = None;
        let address = symbolic("127.0.0.1:{{ port.http }}");
        assert_eq!(
            find(&service, "HealthAddress"),
            Some(SettingValue::Text(address))
        );
        assert_eq!(find(&service, "HealthUrl"), None);
    }

    #[test]
    fn without_health_only_the_minimum_uptime_counts() {
        let mut service = service();
        service.health = None;
        assert_eq!(
            find(&service, "MinimumUptimeMilliseconds"),
            Some(SettingValue::Number(2_000))
        );
        assert_eq!(find(&service, "StartTimeoutMilliseconds"), None);
    }

    #[test]
    fn environment_keeps_its_symbols() {
        let expected = vec![
            symbolic(r"TMP={{ data_dir }}\tmp"),
            symbolic("TOKEN={{ property.TOKEN }}"),
        ];
        assert_eq!(
            find(&service(), "Environment"),
            Some(SettingValue::List(expected))
        );
    }

    #[test]
    fn ports_and_used_properties_have_keys_of_their_own() {
        let below = |subkey| -> Vec<Setting> {
            settings(&service())
                .into_iter()
                .filter(|setting| setting.subkey == subkey)
                .collect()
        };
        let ports = below(r"Parameters\Ports");
        assert_eq!(
            ports[0].value,
            SettingValue::RenderedPort(Symbol::Port("http".to_owned()), 8080)
        );
        let properties = below(r"Parameters\Properties");
        assert_eq!(
            properties[0].value,
            SettingValue::Rendered(Symbol::Property("TOKEN".to_owned()))
        );
        assert_eq!((ports.len(), properties.len()), (1, 1));
    }

    #[test]
    fn native_mode_has_none() {
        let mut service = service();
        service.host = HostMode::Native;
        assert!(settings(&service).is_empty());
    }
}
