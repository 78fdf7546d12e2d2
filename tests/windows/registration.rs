//! Registering a service under Wine by the same settings that MSI and scripts write.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use gorelease::service::model::{Account, HostMode, Log, Port, Recovery, SidType, StartType};
use gorelease::service::{Service, SettingValue, Symbol, Symbolic, settings};

use crate::support::poll;
use crate::support::wine::Wine;

/// Where one registration is put.
pub struct Place {
    /// `C:\...`, below which the directories are.
    pub root: String,
    /// Ports by name.
    pub ports: BTreeMap<String, u16>,
}

impl Place {
    /// A place of the service's own.
    pub fn new(service: &str) -> Self {
        Self {
            root: format!(r"C:\services\{service}"),
            ports: BTreeMap::new(),
        }
    }

    fn value(&self, symbol: &Symbol) -> String {
        match symbol {
            Symbol::InstallDir => format!(r"{}\bin", self.root),
            Symbol::ConfigDir => format!(r"{}\config", self.root),
            Symbol::DataDir => format!(r"{}\data", self.root),
            Symbol::LogDir => format!(r"{}\logs", self.root),
            Symbol::Instance => String::new(),
            Symbol::Port(name) => self.ports.get(name).unwrap_or(&8080).to_string(),
            Symbol::Property(name) | Symbol::Arguments(name) => name.to_lowercase(),
        }
    }
}

/// A service that runs `arguments`, with short times.
pub fn service(name: &str, arguments: &[&str]) -> Service {
    let symbolic = |text: &str| Symbolic::parse(text).expect("known symbols");
    Service {
        name: name.to_owned(),
        title: name.to_owned(),
        description: String::new(),
        binary: "program".to_owned(),
        host: HostMode::Inject,
        program: None,
        arguments: arguments
            .iter()
            .map(|argument| symbolic(argument))
            .collect(),
        environment: vec![("COLOUR".to_owned(), symbolic("blue in {{ data_dir }}"))],
        working_directory: symbolic("{{ data_dir }}"),
        start: StartType::Manual,
        account: Account::LocalSystem,
        depends_on: Vec::new(),
        sid_type: SidType::Unrestricted,
        privileges: Vec::new(),
        stop_timeout_ms: 15_000,
        preshutdown_timeout_ms: 30_000,
        minimum_uptime_ms: 300,
        recovery: Recovery {
            restart_after_ms: Vec::new(),
            reset_after_seconds: 0,
        },
        ports: vec![Port {
            name: "http".to_owned(),
            port: 8080,
        }],
        health: None,
        log: Log {
            directory: symbolic("{{ log_dir }}"),
            rotate_at_bytes: 1_000_000,
            keep: 3,
        },
        config: Vec::new(),
        event_source: name.to_owned(),
        properties: Vec::new(),
        renamed_from: Vec::new(),
    }
}

/// Copies the executable, makes the directories, writes the settings and registers the service.
pub fn register(wine: &Wine, service: &Service, place: &Place, executable: &Path) {
    let install = wine.path(&place.value(&Symbol::InstallDir));
    std::fs::create_dir_all(&install).expect("a directory");
    std::fs::copy(executable, install.join("program.exe")).expect("the executable's copy");
    register_image(wine, service, place, "program.exe");
}

/// The same with all files of `folder`, one of which is the executable.
pub fn register_as(wine: &Wine, service: &Service, place: &Place, folder: &Path, executable: &str) {
    let install = wine.path(&place.value(&Symbol::InstallDir));
    std::fs::create_dir_all(&install).expect("a directory");
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_file() {
            std::fs::copy(entry.path(), install.join(entry.file_name())).expect("a copy");
        }
    }
    register_image(wine, service, place, executable);
}

fn register_image(wine: &Wine, service: &Service, place: &Place, executable: &str) {
    let data = wine.path(&place.value(&Symbol::DataDir));
    std::fs::create_dir_all(data).expect("a directory");
    let image = format!(
        r#""{}\bin\{executable}" {}"#,
        place.root,
        Service::host_argument(&service.name)
    );
    wine.create_service(&service.name, &image);
    let file = wine.path(&format!(r"{}\settings.reg", place.root));
    std::fs::write(&file, registry_file(service, place)).expect("the settings");
    wine.run("reg", &["import", &wine.windows_path(&file)])
        .success();
}

/// The text of the service's log.
pub fn log(wine: &Wine, place: &Place, service: &str) -> String {
    let path = wine.path(&format!(r"{}\logs\{service}.log", place.root));
    std::fs::read_to_string(path).unwrap_or_default()
}

/// Waits until the service's log has the words.
#[track_caller]
pub fn wait_for_log(wine: &Wine, place: &Place, service: &str, words: &str) {
    poll::until(
        &format!("`{words}` in the log of {service}"),
        Duration::from_secs(120),
        || log(wine, place, service).contains(words).then_some(()),
    );
}

/// The settings as a file for `reg import`: UTF-16 with a byte-order mark.
fn registry_file(service: &Service, place: &Place) -> Vec<u8> {
    let mut text = "Windows Registry Editor Version 5.00\r\n".to_owned();
    let key = format!(
        r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\{}",
        service.name
    );
    for setting in settings(service) {
        let data = match setting.value {
            SettingValue::Number(number) => format!("dword:{number:08x}"),
            SettingValue::Rendered(symbol) => quoted(&place.value(&symbol)),
            SettingValue::RenderedPort(symbol, _) => quoted(&place.value(&symbol)),
            SettingValue::Text(text) => quoted(&text.canonical()),
            SettingValue::List(lines) => multiple(&lines),
        };
        text += &format!(
            "\r\n[{key}\\{}]\r\n\"{}\"={data}\r\n",
            setting.subkey, setting.name
        );
    }
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

fn multiple(lines: &[Symbolic]) -> String {
    let text: String = lines
        .iter()
        .map(|line| line.canonical() + "\0")
        .chain(["\0".to_owned()])
        .collect();
    let bytes = text
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .map(|byte| format!("{byte:02x}"));
    format!("hex(7):{}", bytes.collect::<Vec<_>>().join(","))
}
