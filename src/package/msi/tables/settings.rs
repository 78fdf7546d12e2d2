//! Registry: the services' settings, event sources, and what the product remembers of itself.

use std::collections::BTreeMap;

use super::draft::{Component, Draft, KeyPath, MAIN_FEATURE, TRANSITIVE};
use super::files::installed_component;
use super::searches::{default_start_cell, kept_start};
use crate::package::msi::formatted::{escape, multi_string, registry_text};
use crate::package::msi::model::{Folder, Package};
use crate::package::msi::names::identifier;
use crate::package::msi::properties::{
    account_property, cell, cell_property, declared_key, default_account_value,
    default_start_value, defaults_key, folders, is_hosted, memory_key, port_property, product_key,
    program_ports_key, service_key, services_key, symbol_property, trustee,
};
use crate::service::model::StartType;
use crate::service::property::Secrecy;
use crate::service::{self, Service, SettingValue, Symbol, Symbolic};

/// The component of what the product remembers of itself.
pub(super) const REGISTRATION: &str = "C_Registration";
pub(super) const VERSION_VALUE: &str = "Version";
pub(super) const ORDINAL_VALUE: &str = "Ordinal";

pub(super) fn add(draft: &mut Draft, package: &Package) {
    registration(draft, package);
    for service in &package.services {
        let component = installed_component(&service.image());
        let rows = settings(package, service);
        for ((key, name), value) in &rows {
            write(draft, key, name, value, &component);
        }
        if is_hosted(service) {
            let key = format!("{}\\Parameters\\Properties", service_key(service));
            close_secrets(draft, package, &key, &rows, Some(service));
        }
        event_source(draft, &service.event_source, &component);
    }
}

/// Values by key and name.
type Rows = BTreeMap<(String, String), String>;

/// The values that the host reads (the service contract in the architecture document).
fn settings(package: &Package, service: &Service) -> Rows {
    let mut rows = Rows::new();
    for setting in service::settings(service) {
        let property = |symbol: &Symbol| match symbol {
            Symbol::Instance => String::new(),
            _ => format!("[{}]", symbol_property(package, Some(service), symbol)),
        };
        let value = match &setting.value {
            SettingValue::Number(number) => Some(format!("#{number}")),
            SettingValue::Rendered(Symbol::Property(name)) => Some(declared_cell(package, name)),
            SettingValue::Rendered(symbol) | SettingValue::RenderedPort(symbol, _) => {
                Some(property(symbol))
            }
            SettingValue::Text(text) => Some(registry_text(&escape(&text.canonical()))),
            SettingValue::List(items) => list(items),
        };
        let key = format!("{}\\{}", service_key(service), setting.subkey);
        rows.extend(value.map(|value| ((key, setting.name), value)));
    }
    rows
}

fn list(items: &[Symbolic]) -> Option<String> {
    multi_string(
        &items
            .iter()
            .map(|item| escape(&item.canonical()))
            .collect::<Vec<_>>(),
    )
}

/// The cell of a declared property; a package that does not declare it is refused elsewhere.
fn declared_cell(package: &Package, name: &str) -> String {
    let mut declared = package.properties.iter();
    declared
        .find(|property| property.name == *name)
        .map_or_else(|| format!("[{name}]"), cell)
}

/// Closes the key to ordinary users when a secret is in it.
fn close_secrets(
    draft: &mut Draft,
    package: &Package,
    key: &str,
    rows: &Rows,
    service: Option<&Service>,
) {
    let is_secret = |name: &str| {
        let named = package
            .properties
            .iter()
            .find(|property| property.name == name);
        named.is_some_and(|property| property.secrecy == Secrecy::Secret)
    };
    let mut secrets = rows
        .keys()
        .filter(|(place, name)| place == key && is_secret(name));
    // One list for the key is enough, and two would be an error.
    let Some((_, name)) = secrets.next() else {
        return;
    };
    let reader = service
        .and_then(trustee)
        .map_or_else(String::new, |sid| format!("(A;CI;KR;;;{sid})"));
    let sddl = format!("D:P(A;CI;KA;;;SY)(A;CI;KA;;;BA){reader}");
    let lock = identifier("L9_", key);
    let value = value_key(key, name);
    draft.push(
        "MsiLockPermissionsEx",
        [lock.into(), value.into(), "Registry".into(), sddl.into()],
    );
}

/// The version for the order of pre-releases, and what an upgrade remembers.
fn registration(draft: &mut Draft, package: &Package) {
    let key = product_key(package);
    let key_path = write(draft, &key, VERSION_VALUE, "[ProductVersion]", REGISTRATION);
    let texts = [
        (ORDINAL_VALUE, package.product.ordinal.to_string()),
        // For people who look at the key.
        ("Title", registry_text(&escape(&package.product.title))),
    ];
    for (name, value) in texts {
        write(draft, &key, name, &value, REGISTRATION);
    }
    let memory = memory_key(package);
    for folder in folders(package) {
        let property = folder.property();
        write(
            draft,
            &memory,
            property,
            &format!("[{property}]"),
            REGISTRATION,
        );
    }
    for service in &package.services {
        remember(draft, package, service);
        starting(draft, package, service);
    }
    let key = declared_key(package);
    let rows: Rows = (package.properties.iter())
        .map(|property| ((key.clone(), property.name.clone()), cell(property)))
        .collect();
    for ((key, name), value) in &rows {
        write(draft, key, name, value, REGISTRATION);
    }
    close_secrets(draft, package, &key, &rows, None);
    component(
        draft,
        package,
        REGISTRATION,
        "registration",
        &key_path,
        None,
    );
}

/// What an upgrade must know of a service, also when the service has another name by then.
fn remember(draft: &mut Draft, package: &Package, service: &Service) {
    let (memory, defaults) = (memory_key(package), defaults_key(package));
    let mut write = |key: &str, name: &str, value: &str| {
        write(draft, key, name, value, REGISTRATION);
    };
    write(&services_key(package), &service.name, "1");
    let account = escape(&service.account.start_name(&service.name));
    write(&defaults, &default_account_value(service), &account);
    write(
        &defaults,
        &default_start_value(&service.name),
        &default_start_cell(service),
    );
    let property = account_property(package, service);
    let value = format!("[{}]", cell_property(&property));
    write(&memory, &property, &value);
    for port in &service.ports {
        let property = port_property(package, service, &port.name);
        let value = format!("[{property}]");
        write(&memory, &property, &value);
        if let Some(key) = program_ports_key(package, service) {
            write(&key, &port.name, &value);
        }
    }
}

/// The component that starts a service: not there when an administrator has set the service to be started by hand or
/// not at all, or when it is made so and an administrator has not set it to start by itself.
fn starting(draft: &mut Draft, package: &Package, service: &Service) {
    let kept = kept_start(package, service);
    let condition = match service.start {
        StartType::Auto | StartType::Delayed => format!("NOT {kept} OR {kept} = \"auto\""),
        StartType::Manual | StartType::Disabled => format!("{kept} = \"auto\""),
    };
    let key = format!("{}\\Started", product_key(package));
    let id = starter(service);
    let key_path = write(draft, &key, &service.name, "1", &id);
    let identity = format!("start {}", service.name);
    component(draft, package, &id, &identity, &key_path, Some(&condition));
}

/// The component that starts a service.
pub(super) fn starter(service: &Service) -> String {
    identifier("C_", &format!("Start.{}", service.name))
}

/// A component that is there for its registry values.
fn component(
    draft: &mut Draft,
    package: &Package,
    key: &str,
    identity: &str,
    key_path: &str,
    condition: Option<&str>,
) {
    draft.component(
        package,
        &Component {
            key,
            identity,
            directory: Folder::Install.property(),
            attributes: condition.map_or(0, |_| TRANSITIVE),
            condition,
            key_path: KeyPath::Registry(key_path),
            feature: MAIN_FEATURE,
        },
    );
}

/// Adds a value and returns its row's key.
fn write(draft: &mut Draft, key: &str, name: &str, value: &str, component: &str) -> String {
    let id = value_key(key, name);
    draft.registry(&id, key, name, value, component);
    id
}

fn value_key(key: &str, name: &str) -> String {
    identifier("V_", &format!("{key}\\{name}"))
}

fn event_source(draft: &mut Draft, source: &str, component: &str) {
    let key = format!(r"SYSTEM\CurrentControlSet\Services\EventLog\Application\{source}");
    let file = r"#%%SystemRoot%\System32\EventCreate.exe";
    for (name, value) in [
        ("EventMessageFile", file),
        ("TypesSupported", "#7"),
        ("CustomSource", "#1"),
    ] {
        write(draft, &key, name, value, component);
    }
}
