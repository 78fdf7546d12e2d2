//! The public properties of a package: what `msiexec` takes, and where a value is remembered.

use super::formatted::escape;
use super::model::{Architecture, Folder, Package, PropertyCheck, Secrecy};
use crate::service::model::{Account, HostMode};
use crate::service::{Service, Symbol};

/// A value that survives an upgrade.
pub(super) struct Remembered {
    /// The public property.
    pub(super) property: String,
    /// Its value when none is given or remembered, formatted; folders have theirs in `Directory`.
    pub(super) default: Option<String>,
    /// The key under HKEY_LOCAL_MACHINE and the value that hold it.
    pub(super) key: String,
    pub(super) value: String,
    /// What it must be.
    pub(super) check: PropertyCheck,
    pub(super) secrecy: Secrecy,
    /// A value that was remembered only as the default of its time gives way to the new default.
    pub(super) earlier_default: Option<(String, String)>,
}

/// The key of a service's settings, below which its host looks.
pub(super) fn parameters_key(service: &Service) -> String {
    format!("{}\\Parameters", service_key(service))
}

/// The service's key below HKEY_LOCAL_MACHINE.
pub(super) fn service_key(service: &Service) -> String {
    format!(r"SYSTEM\CurrentControlSet\Services\{}", service.name)
}

/// The product's own key below HKEY_LOCAL_MACHINE.
pub(super) fn product_key(package: &Package) -> String {
    let part = |text: &str| text.replace('\\', "_");
    format!(
        r"SOFTWARE\{}\{}",
        part(&package.product.manufacturer),
        part(&package.product.title)
    )
}

/// Where folders and properties are remembered: with the first hosted service, else with the product.
pub(super) fn memory_key(package: &Package) -> String {
    let hosted = package.services.iter().find(|service| is_hosted(service));
    hosted.map_or_else(|| product_key(package), parameters_key)
}

/// Whether the service reads settings from its key.
pub(super) fn is_hosted(service: &Service) -> bool {
    match service.host {
        HostMode::Inject | HostMode::Wrapper => true,
        HostMode::Native => false,
    }
}

/// The folders that the package has.
pub(super) fn folders(package: &Package) -> Vec<Folder> {
    let used = |folder: &Folder| {
        *folder == Folder::Install
            || !package.services.is_empty()
            || package.files.iter().any(|file| file.folder == *folder)
    };
    Folder::ALL.into_iter().filter(used).collect()
}

/// The registry value that remembers a folder (the service contract's names).
pub(super) fn folder_value(folder: Folder) -> &'static str {
    match folder {
        Folder::Install => "InstallDirectory",
        Folder::Config => "ConfigDirectory",
        Folder::Data => "DataDirectory",
        Folder::Log => "LogDirectory",
    }
}

/// `HTTP_PORT` for the port `http`, or with the service before it when two services have such a port.
pub(super) fn port_property(package: &Package, service: &Service, port: &str) -> String {
    let owners = package.services.iter().filter(|other| {
        other
            .ports
            .iter()
            .any(|other| other.name.eq_ignore_ascii_case(port))
    });
    let name = if owners.count() > 1 {
        format!("{}_{port}_PORT", service.name)
    } else {
        format!("{port}_PORT")
    };
    public(&name)
}

/// `SERVICE_ACCOUNT`, or with the service's name when there are several.
pub(super) fn account_property(package: &Package, service: &Service) -> String {
    of_service(package, service, "ACCOUNT")
}

/// `SERVICE_PASSWORD`, or with the service's name when there are several.
pub(super) fn password_property(package: &Package, service: &Service) -> String {
    of_service(package, service, "PASSWORD")
}

fn of_service(package: &Package, service: &Service, what: &str) -> String {
    match package.services.len() {
        1 => format!("SERVICE_{what}"),
        _ => public(&format!("{}_{what}", service.name)),
    }
}

/// A legal public property name: upper case, digits, underscores; no digit first.
fn public(name: &str) -> String {
    let legal = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    let cleaned: String = name.chars().map(legal).collect();
    if cleaned.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{cleaned}")
    } else {
        cleaned
    }
}

/// The property that stands for a symbol in a service's settings.
pub(super) fn symbol_property(
    package: &Package,
    service: Option<&Service>,
    symbol: &Symbol,
) -> String {
    if let Some(folder) = Folder::of_symbol(symbol) {
        return folder.property().to_owned();
    }
    match (symbol, service) {
        (Symbol::Port(port), Some(service))
            if service.ports.iter().any(|own| own.name == *port) =>
        {
            port_property(package, service, port)
        }
        (Symbol::Port(port), _) => {
            let owner = package
                .services
                .iter()
                .find(|service| service.ports.iter().any(|own| own.name == *port));
            owner.map_or_else(
                || public(&format!("{port}_PORT")),
                |owner| port_property(package, owner, port),
            )
        }
        (Symbol::Property(name), _) => name.clone(),
        (
            Symbol::InstallDir
            | Symbol::ConfigDir
            | Symbol::DataDir
            | Symbol::LogDir
            | Symbol::Instance,
            _,
        ) => String::new(),
    }
}

/// The type of a registry search: the raw value, of the 64-bit view where there is one.
pub(super) fn search_type(architecture: Architecture) -> i32 {
    const RAW_VALUE: i32 = 2;
    const VIEW_64_BIT: i32 = 16;
    if architecture.is_64_bit() {
        RAW_VALUE | VIEW_64_BIT
    } else {
        RAW_VALUE
    }
}

/// Everything that is remembered, in a fixed order.
pub(super) fn remembered(package: &Package) -> Vec<Remembered> {
    let memory = memory_key(package);
    let mut all: Vec<Remembered> = folders(package)
        .into_iter()
        .map(|folder| Remembered {
            property: folder.property().to_owned(),
            default: None,
            key: memory.clone(),
            value: folder_value(folder).to_owned(),
            check: PropertyCheck::Any,
            secrecy: Secrecy::Open,
            earlier_default: None,
        })
        .collect();
    for service in &package.services {
        all.extend(ports(package, service));
        all.push(account(package, service));
    }
    all.extend(package.properties.iter().map(|property| Remembered {
        property: property.name.clone(),
        default: property.default.as_deref().map(escape),
        key: format!("{memory}\\Properties"),
        value: property.name.clone(),
        check: property.check.clone(),
        secrecy: property.secrecy,
        earlier_default: None,
    }));
    all
}

fn ports(package: &Package, service: &Service) -> Vec<Remembered> {
    let key = if is_hosted(service) {
        parameters_key(service)
    } else {
        product_key(package)
    };
    let port = |port: &crate::service::model::Port| Remembered {
        property: port_property(package, service, &port.name),
        default: Some(port.port.to_string()),
        key: format!("{key}\\Ports"),
        value: port.name.clone(),
        check: PropertyCheck::Number {
            least: 1,
            greatest: 65_535,
        },
        secrecy: Secrecy::Open,
        earlier_default: None,
    };
    service.ports.iter().map(port).collect()
}

/// The account is remembered by the service itself, so that one set in the services console survives as well.
fn account(package: &Package, service: &Service) -> Remembered {
    Remembered {
        property: account_property(package, service),
        default: Some(escape(&service.account.start_name(&service.name))),
        key: service_key(service),
        value: "ObjectName".to_owned(),
        check: PropertyCheck::Any,
        secrecy: Secrecy::Open,
        earlier_default: Some((product_key(package), default_account_value(service))),
    }
}

/// The product's value that holds the account that was the default when the service was installed.
pub(super) fn default_account_value(service: &Service) -> String {
    format!("DefaultAccount.{}", service.name)
}

/// The condition under which an account needs no password.
pub(super) fn passwordless(account: &str) -> String {
    format!(
        r#"{account} ~= "LocalSystem" OR {account} ~<< "NT AUTHORITY\" OR {account} ~<< "NT SERVICE\" OR {account} >> "$""#
    )
}

/// Whom the file system's access lists name for a service: none for LocalSystem, which has full access anyway.
pub(super) fn trustee(service: &Service) -> Option<String> {
    use crate::service::model::SidType;
    match (&service.account, service.sid_type) {
        (Account::LocalSystem, SidType::None) => None,
        (Account::LocalService, SidType::None) => Some("LS".to_owned()),
        (Account::NetworkService, SidType::None) => Some("NS".to_owned()),
        _ => Some(crate::service::service_sid(&service.name)),
    }
}
