//! The public properties of a package: what `msiexec` takes, and where a value is remembered.

use super::model::{Architecture, Folder, Package};
use crate::service::model::{Account, HostMode};
use crate::service::property::{Accepts, Arguments, Secrecy};
use crate::service::{Property, Service, Symbol, Symbolic};

/// A value that survives an upgrade.
pub(super) struct Remembered<'a> {
    /// The public property.
    pub(super) property: String,
    /// Its value when none is given or remembered; folders have theirs in `Directory`.
    pub(super) default: Option<String>,
    /// Where it is looked for: the first place that has it counts.
    pub(super) places: Vec<Place>,
    pub(super) role: Role<'a>,
    /// A value that was remembered only as the default of its time gives way to the new default.
    pub(super) earlier_default: Option<Place>,
}

/// A value of the registry, below HKEY_LOCAL_MACHINE.
pub(super) struct Place {
    pub(super) key: String,
    pub(super) name: String,
}

/// What a remembered value is.
pub(super) enum Role<'a> {
    Folder,
    Port,
    Account,
    /// A property that the manifest declares.
    Declared(&'a Property),
}

impl Remembered<'_> {
    pub(super) fn secrecy(&self) -> Secrecy {
        match self.role {
            Role::Declared(property) => property.secrecy,
            Role::Folder | Role::Port | Role::Account => Secrecy::Open,
        }
    }
}

/// The names by which a service is and was known, the present one first.
pub(super) fn names(service: &Service) -> impl Iterator<Item = &String> {
    [&service.name].into_iter().chain(&service.renamed_from)
}

/// The key of a service's settings, below which its host looks.
fn parameters_key(name: &str) -> String {
    format!("{}\\Parameters", key_of_service(name))
}

/// The service's key below HKEY_LOCAL_MACHINE.
pub(super) fn service_key(service: &Service) -> String {
    key_of_service(&service.name)
}

/// The key below HKEY_LOCAL_MACHINE of the service with this name.
pub(super) fn key_of_service(name: &str) -> String {
    format!(r"SYSTEM\CurrentControlSet\Services\{name}")
}

/// The product's own key below HKEY_LOCAL_MACHINE: everything that an upgrade remembers. It is named by the upgrade code, the
/// only name of a product that stays: title, manufacturer and services may be renamed.
pub(super) fn product_key(package: &Package) -> String {
    let code = package.product.upgrade_code.hyphenated().to_string();
    format!(r"SOFTWARE\gorelease\{}", code.to_uppercase())
}

/// The key of what was set by a property of Windows Installer, by the property's name.
pub(super) fn memory_key(package: &Package) -> String {
    format!("{}\\Settings", product_key(package))
}

/// The key of declared properties, which is closed when one of them is a secret.
pub(super) fn declared_key(package: &Package) -> String {
    format!("{}\\Properties", product_key(package))
}

/// The key of what was the default when a service was installed.
pub(super) fn defaults_key(package: &Package) -> String {
    format!("{}\\Defaults", product_key(package))
}

/// The key that names the services which this product made.
pub(super) fn services_key(package: &Package) -> String {
    format!("{}\\Services", product_key(package))
}

/// The key of the ports of a program: the name of a service may change, that of its binary seldom does. None when
/// several services run it.
pub(super) fn program_ports_key(package: &Package, service: &Service) -> Option<String> {
    let mut owners = package.services.iter();
    let several = owners.any(|other| other.name != service.name && other.binary == service.binary);
    (!several).then(|| format!("{}\\Ports\\{}", product_key(package), service.binary))
}

/// A property of the package itself about a service, such as `SERVICE1_START`: names of services are no legal names of
/// properties.
pub(super) fn about_service(package: &Package, service: &Service, what: &str) -> String {
    let mut names = package.services.iter().map(|other| &other.name);
    let number = names
        .position(|name| *name == service.name)
        .unwrap_or_default()
        + 1;
    format!("SERVICE{number}_{what}")
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
        (Symbol::Property(name) | Symbol::Arguments(name), _) => name.clone(),
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
///
/// A service's own key comes first, because an administrator may have changed a value there; the product's key has
/// what remains when the service is another one.
pub(super) fn remembered(package: &Package) -> Vec<Remembered<'_>> {
    let mut all: Vec<Remembered<'_>> = folders(package)
        .into_iter()
        .map(|folder| Remembered {
            property: folder.property().to_owned(),
            default: None,
            places: places(
                package,
                "",
                folder_value(folder),
                &memory_key(package),
                folder.property(),
            ),
            role: Role::Folder,
            earlier_default: None,
        })
        .collect();
    for service in &package.services {
        all.extend(ports(package, service));
        all.push(account(package, service));
    }
    all.extend(package.properties.iter().map(|property| {
        let name = &property.name;
        Remembered {
            property: name.clone(),
            default: property.default.clone(),
            places: places(package, "\\Properties", name, &declared_key(package), name),
            role: Role::Declared(property),
            earlier_default: None,
        }
    }));
    all
}

/// The key of every hosted service under each of its names, then the product's.
fn places(
    package: &Package,
    subkey: &str,
    name: &str,
    memory: &str,
    remembered: &str,
) -> Vec<Place> {
    let hosted = package.services.iter().filter(|service| is_hosted(service));
    let own = hosted
        .flat_map(names)
        .map(|known| place(format!("{}{subkey}", parameters_key(known)), name));
    own.chain([place(memory.to_owned(), remembered)]).collect()
}

fn place(key: String, name: &str) -> Place {
    Place {
        key,
        name: name.to_owned(),
    }
}

fn ports<'a>(package: &'a Package, service: &'a Service) -> Vec<Remembered<'a>> {
    let port = |port: &crate::service::model::Port| {
        let property = port_property(package, service, &port.name);
        let own = names(service)
            .filter(|_| is_hosted(service))
            .map(|known| place(format!("{}\\Ports", parameters_key(known)), &port.name));
        let program = program_ports_key(package, service).map(|key| place(key, &port.name));
        let memory = place(memory_key(package), &property);
        Remembered {
            default: Some(port.port.to_string()),
            places: own.chain(program).chain([memory]).collect(),
            role: Role::Port,
            earlier_default: None,
            property,
        }
    };
    service.ports.iter().map(port).collect()
}

/// The account is remembered by the service itself, so that one set in the services console survives as well.
fn account<'a>(package: &'a Package, service: &'a Service) -> Remembered<'a> {
    let property = account_property(package, service);
    Remembered {
        default: Some(service.account.start_name(&service.name)),
        places: vec![
            place(service_key(service), "ObjectName"),
            place(memory_key(package), &property),
        ],
        role: Role::Account,
        earlier_default: Some(place(
            defaults_key(package),
            &default_account_value(service),
        )),
        property,
    }
}

/// The value that holds the account that was the default when the service was installed.
pub(super) fn default_account_value(service: &Service) -> String {
    format!("{}.Account", service.name)
}

/// The value that holds the start type that was the default when the service was installed.
pub(super) fn default_start_value(name: &str) -> String {
    format!("{name}.Start")
}

/// What a registry cell holds for a declared property, so that its value is written as the text that it is: at the start
/// of a cell a `#` would announce another type (Windows Installer SDK, "Registry Table").
pub(super) fn cell(property: &Property) -> String {
    match has_cell(property) {
        true => format!("[{}]", cell_property(&property.name)),
        false => format!("[{}]", property.name),
    }
}

/// The property that holds the text of a registry cell.
pub(super) fn cell_property(name: &str) -> String {
    format!("Cell_{name}")
}

/// Whether a value of the property may begin with `#`.
pub(super) fn has_cell(property: &Property) -> bool {
    match &property.accepts {
        Accepts::Text => true,
        Accepts::Number { .. } => false,
        Accepts::OneOf { values } => values.iter().any(|value| value.starts_with('#')),
    }
}

/// Where a package uses a declared property besides the registry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Nowhere.
    Registry,
    /// In an environment variable of the machine, or as several arguments.
    Text,
    /// Inside an argument between quotation marks.
    Argument,
}

/// The most demanding use of a declared property.
pub(super) fn use_of(package: &Package, property: &Property) -> Use {
    let names = |text: &Symbolic| {
        text.symbols().any(|symbol| match symbol {
            Symbol::Property(name) | Symbol::Arguments(name) => *name == property.name,
            _ => false,
        })
    };
    let native = package
        .services
        .iter()
        .filter(|service| !is_hosted(service));
    let in_arguments = native.flat_map(|service| &service.arguments).any(names);
    let in_environment = package
        .environment
        .iter()
        .any(|variable| names(&variable.value));
    match (in_arguments, property.arguments) {
        (true, Arguments::One) => Use::Argument,
        (true, Arguments::Split) => Use::Text,
        (false, _) if in_environment => Use::Text,
        (false, _) => Use::Registry,
    }
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
