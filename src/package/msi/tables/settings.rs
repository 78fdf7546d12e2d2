//! Registry: the services' settings, event sources, and what the product remembers of itself.

use std::collections::BTreeMap;

use super::draft::{Component, Draft, KeyPath, MAIN_FEATURE};
use super::files::installed_component;
use crate::package::msi::formatted::{escape, multi_string, registry_text};
use crate::package::msi::model::{Folder, Package, Secrecy};
use crate::package::msi::names::identifier;
use crate::package::msi::properties::{
    default_account_value, folder_value, folders, is_hosted, memory_key, port_property,
    product_key, service_key, symbol_property, trustee,
};
use crate::service::{self, Service, SettingValue, Symbol, Symbolic};

/// The component of what the product remembers of itself.
pub(super) const REGISTRATION: &str = "C_Registration";
pub(super) const VERSION_VALUE: &str = "Version";
pub(super) const ORDINAL_VALUE: &str = "Ordinal";

pub(super) fn add(draft: &mut Draft, package: &Package) {
    registration(draft, package);
    let memory = memory_key(package);
    for service in &package.services {
        let component = installed_component(&service.image());
        let mut rows = settings(package, service);
        if !is_hosted(service) {
            // Nobody reads them but a later installation.
            let key = format!("{}\\Ports", product_key(package));
            rows.extend(service.ports.iter().map(|port| {
                let value = format!("[{}]", port_property(package, service, &port.name));
                ((key.clone(), port.name.clone()), value)
            }));
        }
        let own = format!("{}\\Parameters", service_key(service));
        if own == memory {
            rows.extend(public_properties(package, &memory));
        }
        for ((key, name), value) in &rows {
            write(draft, key, name, value, &component);
        }
        if is_hosted(service) {
            close_secrets(
                draft,
                package,
                &format!("{own}\\Properties"),
                &rows,
                Some(service),
            );
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

fn public_properties(package: &Package, memory: &str) -> Rows {
    let key = format!("{memory}\\Properties");
    let row = |name: &String| ((key.clone(), name.clone()), format!("[{name}]"));
    package
        .properties
        .iter()
        .map(|property| row(&property.name))
        .collect()
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

/// The version for the order of pre-releases, and whatever no service can remember.
fn registration(draft: &mut Draft, package: &Package) {
    let key = product_key(package);
    let key_path = write(draft, &key, VERSION_VALUE, "[ProductVersion]", REGISTRATION);
    let ordinal = super::product::numbers(package).map_or(0, |(_, ordinal)| ordinal);
    write(
        draft,
        &key,
        ORDINAL_VALUE,
        &ordinal.to_string(),
        REGISTRATION,
    );
    for service in &package.services {
        let account = escape(&service.account.start_name(&service.name));
        write(
            draft,
            &key,
            &default_account_value(service),
            &account,
            REGISTRATION,
        );
    }
    if memory_key(package) == key {
        folder_values(draft, package, &key, REGISTRATION);
        let rows = public_properties(package, &key);
        for ((key, name), value) in &rows {
            write(draft, key, name, value, REGISTRATION);
        }
        close_secrets(draft, package, &format!("{key}\\Properties"), &rows, None);
    }
    draft.component(
        package,
        &Component {
            key: REGISTRATION,
            identity: "registration",
            directory: Folder::Install.property(),
            attributes: 0,
            key_path: KeyPath::Registry(&key_path),
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

fn folder_values(draft: &mut Draft, package: &Package, key: &str, component: &str) {
    for folder in folders(package) {
        write(
            draft,
            key,
            folder_value(folder),
            &format!("[{}]", folder.property()),
            component,
        );
    }
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
