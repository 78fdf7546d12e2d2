//! What a service needs beside its registration when it is set up by hand: folders with their access rights, the event
//! source, and what no command can do. The rights are those of the scripts and of the package.

use super::model::Service;
use super::sc::{Shell, line, powershell_literal, quote};
use super::sid::trustee;
use super::symbolic::Symbol;

const SYSTEM: &str = "S-1-5-18";
const ADMINISTRATORS: &str = "S-1-5-32-544";
/// Holds the messages of the ids 1 to 1000.
const MESSAGES: &str = r"C:\Windows\System32\EventCreate.exe";

/// What the commands take as given, as remarks.
pub(super) fn before(
    service: &Service,
    shell: Shell,
    value: &dyn Fn(&Symbol) -> String,
) -> Vec<String> {
    let mut remarks = vec![format!(
        "to be run as administrator, with the program's files in {}",
        value(&Symbol::InstallDir)
    )];
    if service.account.needs_logon_right() {
        remarks.push(format!(
            "{} needs the right to log on as a service: secpol.msc, or a group policy",
            service.account.start_name(&service.name)
        ));
    }
    if service.account.needs_password() {
        remarks.push("PASSWORD stands for the account's password".to_owned());
    }
    remarks.iter().map(|text| remark(text, shell)).collect()
}

/// A line that does nothing.
pub(super) fn remark(text: &str, shell: Shell) -> String {
    match shell {
        Shell::Cmd => format!("rem {text}"),
        Shell::PowerShell5 | Shell::PowerShell7 => format!("# {text}"),
    }
}

/// The folders, each for SYSTEM, administrators and the service; then the configuration files, which have to be there
/// before the service starts.
pub(super) fn folders(
    service: &Service,
    shell: Shell,
    value: &dyn Fn(&Symbol) -> String,
) -> Vec<String> {
    let trustee = trustee(&service.account, service.sid_type, &service.name);
    let data = value(&Symbol::DataDir);
    let mut lines = Vec::new();
    if let Some((root, _)) = data.rsplit_once('\\').filter(|(root, _)| root.len() > 2) {
        lines.extend(folder(root, None, shell));
    }
    for (symbol, rights) in [
        (Symbol::ConfigDir, "RX"),
        (Symbol::DataDir, "M"),
        (Symbol::LogDir, "M"),
    ] {
        let grant = trustee.as_deref().map(|trustee| (trustee, rights));
        lines.extend(folder(&value(&symbol), grant, shell));
    }
    if !service.config.is_empty() {
        let names: Vec<&str> = service
            .config
            .iter()
            .map(|file| file.name.as_str())
            .collect();
        let text = format!(
            "copy into {}: {}",
            value(&Symbol::ConfigDir),
            names.join(", ")
        );
        lines.push(remark(&text, shell));
    }
    lines
}

/// The folder for those who may use it, and nobody else.
fn folder(path: &str, more: Option<(&str, &str)>, shell: Shell) -> [String; 2] {
    let make = match shell {
        Shell::Cmd => {
            let path = quote(path, shell);
            format!("if not exist {path} mkdir {path}")
        }
        Shell::PowerShell5 | Shell::PowerShell7 => format!(
            "New-Item -ItemType Directory -Force -Path {} | Out-Null",
            powershell_literal(path)
        ),
    };
    let mut words = ["icacls.exe", path, "/inheritance:r", "/grant:r"]
        .map(str::to_owned)
        .to_vec();
    for (trustee, rights) in [(SYSTEM, "F"), (ADMINISTRATORS, "F")]
        .into_iter()
        .chain(more)
    {
        let star = if trustee.starts_with("S-1-") { "*" } else { "" };
        words.push(format!("{star}{trustee}:(OI)(CI){rights}"));
    }
    words.push("/q".to_owned());
    [make, line(&words, shell)]
}

/// The event source, as the service contract has it.
pub(super) fn event_source(service: &Service, shell: Shell) -> Vec<String> {
    let key = event_key(service);
    [
        ["EventMessageFile", "REG_EXPAND_SZ", MESSAGES],
        ["TypesSupported", "REG_DWORD", "7"],
        ["CustomSource", "REG_DWORD", "1"],
    ]
    .map(|[name, kind, data]| {
        let words = [
            "reg.exe", "add", &key, "/v", name, "/t", kind, "/d", data, "/f",
        ];
        line(&words.map(str::to_owned), shell)
    })
    .to_vec()
}

/// Takes the event source away.
pub(super) fn without_event_source(service: &Service, shell: Shell) -> String {
    let words = ["reg.exe", "delete", &event_key(service), "/f"];
    line(&words.map(str::to_owned), shell)
}

fn event_key(service: &Service) -> String {
    format!(
        r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\{}",
        service.event_source
    )
}
