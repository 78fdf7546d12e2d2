//! AppSearch, RegLocator, and the custom actions that settle each property's value: the command line's, else the remembered
//! one, else the default.
//!
//! All of it runs in the execute sequence alone. The one of the user interface runs without the rights of an
//! administrator, which a closed key needs, and Windows Installer does not search a second time.

use super::draft::Draft;
use super::product::{INSTALLED_ORDINAL, INSTALLED_VERSION};
use super::sequences::early;
use super::settings::{ORDINAL_VALUE, VERSION_VALUE};
use crate::format::msi::Value;
use crate::package::msi::formatted::escape;
use crate::package::msi::model::Package;
use crate::package::msi::names::identifier;
use crate::package::msi::properties::{
    Place, Remembered, Role, about_service, account_property, cell_property, default_start_value,
    defaults_key, has_cell, key_of_service, names, product_key, remembered, search_type,
    service_key, services_key,
};
use crate::service::Service;
use crate::service::model::StartType;

/// The build of the Windows that is running; Windows Installer itself reports that of Windows 8.1 for all later ones.
pub(super) const WINDOWS_BUILD: &str = "OSBUILD";
/// `RESET=A;B` takes the defaults of these properties instead of what is remembered.
pub(super) const RESET: &str = "RESET";
/// The same with a semicolon on both sides of each name.
const RESET_LIST: &str = "ResetList";

/// A custom action that sets a property from formatted text.
pub(super) const SET_PROPERTY: i32 = 51;

/// The property that holds a remembered value as the search gives it: with the mark of its type, and with a second `#`
/// before a text that begins with one (Windows Installer SDK, "RegLocator Table").
pub(super) fn saved(property: &str) -> String {
    format!("SAVED_{property}")
}

/// The property that holds what a further place remembers.
fn saved_at(property: &str, place: usize) -> String {
    match place {
        0 => saved(property),
        _ => format!("SAVED{}_{property}", place + 1),
    }
}

/// The properties that may hold a remembered value.
pub(super) fn holders(remembered: &Remembered) -> Vec<String> {
    let saved = (0..remembered.places.len()).map(|place| saved_at(&remembered.property, place));
    saved.chain(cell_of(remembered)).collect()
}

/// The property that holds the text of the registry cell, where it is not the value itself.
fn cell_of(remembered: &Remembered) -> Option<String> {
    match remembered.role {
        Role::Declared(declared) if has_cell(declared) => Some(cell_property(&remembered.property)),
        _ => None,
    }
}

/// The property that holds the default at the time of the installation.
fn earlier(property: &str) -> String {
    format!("EARLIER_{property}")
}

/// The property that holds what `sc.exe` makes of a start type that an administrator chose.
pub(super) fn kept_start(package: &Package, service: &Service) -> String {
    about_service(package, service, "KeptStart")
}

/// The number that the registry has for a start type.
fn start_number(start: StartType) -> i32 {
    match start {
        StartType::Auto | StartType::Delayed => 2,
        StartType::Manual => 3,
        StartType::Disabled => 4,
    }
}

pub(super) fn add(draft: &mut Draft, package: &Package) {
    let product = product_key(package);
    search(draft, package, INSTALLED_VERSION, &product, VERSION_VALUE);
    search(draft, package, INSTALLED_ORDINAL, &product, ORDINAL_VALUE);
    let windows = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
    search(draft, package, WINDOWS_BUILD, windows, "CurrentBuildNumber");
    set(
        draft,
        "ListReset",
        RESET_LIST,
        &format!(";[{RESET}];"),
        RESET,
    );
    for remembered in remembered(package) {
        recall(draft, package, &remembered);
        settle(draft, &remembered);
    }
    for service in &package.services {
        keep_account(draft, package, service);
        found_service(draft, package, service);
    }
}

fn search(draft: &mut Draft, package: &Package, property: &str, key: &str, value: &str) {
    const LOCAL_MACHINE: i32 = 2;
    let id = identifier("Q_", property);
    draft.push("AppSearch", [property.into(), id.as_str().into()]);
    let kind = search_type(package.product.architecture);
    let row = [
        id.into(),
        LOCAL_MACHINE.into(),
        escape(key).into(),
        escape(value).into(),
        kind.into(),
    ];
    draft.push("RegLocator", row);
}

/// Finds what is remembered, and forgets what must not be.
fn recall(draft: &mut Draft, package: &Package, remembered: &Remembered) {
    let property = &remembered.property;
    let first = saved(property);
    for (number, Place { key, name }) in remembered.places.iter().enumerate() {
        let holder = saved_at(property, number);
        search(draft, package, &holder, key, name);
        if number > 0 {
            let action = identifier(&format!("Recall{}_", number + 1), property);
            let condition = format!("NOT {first} AND {holder}");
            set(draft, &action, &first, &format!("[{holder}]"), &condition);
        }
    }
    if let Some(Place { key, name }) = &remembered.earlier_default {
        let default = earlier(property);
        search(draft, package, &default, key, name);
        let action = identifier("ForgetDefault_", property);
        set(draft, &action, &first, "", &format!("{first} ~= {default}"));
    }
    let condition = format!("{RESET_LIST} >< \";{property};\"");
    set(
        draft,
        &identifier("Forget_", property),
        &first,
        "",
        &condition,
    );
}

/// Gives the property its value, and the registry cell the text that writes it.
fn settle(draft: &mut Draft, remembered: &Remembered) {
    let property = &remembered.property;
    let saved = saved(property);
    let cell = cell_of(remembered);
    let condition = format!("NOT {property} AND {saved}");
    let value = format!("[{saved}]");
    if let Some(cell) = &cell {
        // As it was found it is written again.
        let action = identifier("CellKept_", property);
        set(draft, &action, cell, &value, &condition);
    }
    set(
        draft,
        &identifier("Restore_", property),
        property,
        &value,
        &condition,
    );
    if let Some(default) = &remembered.default {
        let action = identifier("Default_", property);
        let condition = format!("NOT {property}");
        set(draft, &action, property, &escape(default), &condition);
    }
    if let Some(cell) = &cell {
        for (verb, mark, condition) in [
            (
                "CellEscaped_",
                "#",
                format!("NOT {cell} AND {property} << \"#\""),
            ),
            ("Cell_", "", format!("NOT {cell} AND {property}")),
        ] {
            let value = format!("{mark}[{property}]");
            set(draft, &identifier(verb, property), cell, &value, &condition);
        }
    }
}

/// An account that is not the default is remembered apart from the service, whose name may change.
fn keep_account(draft: &mut Draft, package: &Package, service: &Service) {
    let account = account_property(package, service);
    let action = identifier("CellAccount_", &service.name);
    let default = service.account.start_name(&service.name);
    let condition = format!("NOT ({account} ~= \"{default}\")");
    let cell = cell_property(&account);
    set(draft, &action, &cell, &format!("[{account}]"), &condition);
}

/// What is there of the service already: whose it is, and how an administrator lets it start.
fn found_service(draft: &mut Draft, package: &Package, service: &Service) {
    let about = |what: &str| about_service(package, service, what);
    let (image, owned) = (about("IMAGE"), about("OWNED"));
    search(draft, package, &image, &service_key(service), "ImagePath");
    search(
        draft,
        package,
        &owned,
        &services_key(package),
        &service.name,
    );
    let (start, default) = (about("START"), about("STARTDEFAULT"));
    for (number, name) in names(service).enumerate() {
        let holders = match number {
            0 => [start.clone(), default.clone()],
            _ => [&start, &default].map(|holder| format!("{holder}{}", number + 1)),
        };
        search(draft, package, &holders[0], &key_of_service(name), "Start");
        let place = default_start_value(name);
        search(draft, package, &holders[1], &defaults_key(package), &place);
        for (holder, first) in holders
            .iter()
            .zip([&start, &default])
            .filter(|_| number > 0)
        {
            let condition = format!("NOT {first} AND {holder}");
            set(
                draft,
                &format!("Recall_{holder}"),
                first,
                &format!("[{holder}]"),
                &condition,
            );
        }
    }
    let kept = kept_start(package, service);
    for (word, kind) in [
        ("auto", StartType::Auto),
        ("demand", StartType::Manual),
        ("disabled", StartType::Disabled),
    ] {
        let number = start_number(kind);
        let condition = format!("{start} = \"#{number}\" AND NOT ({start} = {default})");
        set(draft, &format!("{kept}_{word}"), &kept, word, &condition);
    }
}

/// The default start type as a registry cell, in the form in which a search finds it again.
pub(super) fn default_start_cell(service: &Service) -> String {
    format!("#{}", start_number(service.start))
}

/// Sets a property before the launch conditions; an empty value takes it away.
pub(super) fn set(draft: &mut Draft, action: &str, property: &str, value: &str, condition: &str) {
    let value = Some(value).filter(|value| !value.is_empty());
    draft.push(
        "CustomAction",
        [
            action.into(),
            SET_PROPERTY.into(),
            property.into(),
            value.map_or(Value::Null, Value::from),
        ],
    );
    early(draft, action, condition);
}
