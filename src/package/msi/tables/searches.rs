//! AppSearch, RegLocator, LaunchCondition, and the custom actions that settle each property's value:
//! the command line's, else the remembered one, else the default.

use super::draft::Draft;
use super::product::{INSTALLED_ORDINAL, INSTALLED_VERSION, NEWER};
use super::settings::{ORDINAL_VALUE, VERSION_VALUE};
use crate::package::msi::formatted::escape;
use crate::package::msi::messages::Message;
use crate::package::msi::model::{Package, PropertyCheck};
use crate::package::msi::names::identifier;
use crate::package::msi::properties::{
    Remembered, account_property, password_property, passwordless, product_key, remembered,
    search_type,
};

/// The build of the Windows that is running; Windows Installer itself reports that of Windows 8.1 for all later ones.
pub(super) const WINDOWS_BUILD: &str = "OSBUILD";

/// A custom action that sets a property from formatted text.
const SET_PROPERTY: i32 = 51;

/// The property that holds a remembered value.
pub(super) fn saved(property: &str) -> String {
    format!("SAVED_{property}")
}

/// The property that holds the default at the time of the installation.
pub(super) fn earlier(property: &str) -> String {
    format!("EARLIER_{property}")
}

pub(super) fn add(draft: &mut Draft, package: &Package) {
    let product = product_key(package);
    search(draft, package, INSTALLED_VERSION, &product, VERSION_VALUE);
    search(draft, package, INSTALLED_ORDINAL, &product, ORDINAL_VALUE);
    let windows = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
    search(draft, package, WINDOWS_BUILD, windows, "CurrentBuildNumber");
    let all = remembered(package);
    for remembered in &all {
        settle(draft, package, remembered);
    }
    product_conditions(draft, package);
    for remembered in &all {
        value_condition(draft, package, remembered);
    }
    password_conditions(draft, package);
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

fn settle(draft: &mut Draft, package: &Package, remembered: &Remembered) {
    let property = &remembered.property;
    search(
        draft,
        package,
        &saved(property),
        &remembered.key,
        &remembered.value,
    );
    let mut condition = format!("NOT {property} AND {}", saved(property));
    if let Some((key, value)) = &remembered.earlier_default {
        search(draft, package, &earlier(property), key, value);
        condition.push_str(&format!(
            " AND NOT ({} ~= {})",
            saved(property),
            earlier(property)
        ));
    }
    let restore = identifier("Restore_", property);
    set(
        draft,
        &restore,
        property,
        &format!("[{}]", saved(property)),
        &condition,
    );
    if let Some(default) = &remembered.default {
        set(
            draft,
            &identifier("Default_", property),
            property,
            default,
            &format!("NOT {property}"),
        );
    }
}

/// Sets a property early in both sequences.
fn set(draft: &mut Draft, action: &str, property: &str, value: &str, condition: &str) {
    draft.push(
        "CustomAction",
        [
            action.into(),
            SET_PROPERTY.into(),
            property.into(),
            value.into(),
        ],
    );
    super::sequences::early(draft, action, condition);
}

fn condition(draft: &mut Draft, package: &Package, condition: String, message: &Message) {
    let text = escape(&message.text(package.product.language));
    draft.push("LaunchCondition", [condition.into(), text.into()]);
}

fn product_conditions(draft: &mut Draft, package: &Package) {
    let title = package.product.title.as_str();
    condition(
        draft,
        package,
        "Privileged".to_owned(),
        &Message::NeedsAdministrator,
    );
    condition(
        draft,
        package,
        format!("Installed OR NOT {NEWER}"),
        &Message::Downgrade { title },
    );
    let build = package.minimum_build;
    condition(
        draft,
        package,
        format!("Installed OR {WINDOWS_BUILD} >= {build}"),
        &Message::OldWindows { build },
    );
    if let Ok((version, ordinal)) = super::product::numbers(package) {
        let later = format!(
            "Installed OR NOT ({INSTALLED_VERSION} = \"{version}\" AND {INSTALLED_ORDINAL} > {ordinal})"
        );
        condition(draft, package, later, &Message::LaterPreRelease { title });
    }
}

fn value_condition(draft: &mut Draft, package: &Package, remembered: &Remembered) {
    let property = remembered.property.as_str();
    match &remembered.check {
        PropertyCheck::Any => {}
        PropertyCheck::Required => {
            condition(
                draft,
                package,
                format!("Installed OR {property}"),
                &Message::Missing { property },
            );
        }
        // A text that is no number compares as false with any number, so it is refused as well.
        PropertyCheck::Number { least, greatest } => {
            let within =
                format!("Installed OR ({property} >= {least} AND {property} <= {greatest})");
            let message = Message::NotNumber {
                property,
                least: *least,
                greatest: *greatest,
            };
            condition(draft, package, within, &message);
        }
        PropertyCheck::OneOf(values) => {
            let any: Vec<String> = values
                .iter()
                .map(|value| format!("{property} = \"{value}\""))
                .collect();
            let message = Message::NotOneOf { property, values };
            condition(
                draft,
                package,
                format!("Installed OR {}", any.join(" OR ")),
                &message,
            );
        }
    }
}

fn password_conditions(draft: &mut Draft, package: &Package) {
    for service in &package.services {
        let account = account_property(package, service);
        let password = password_property(package, service);
        let without = passwordless(&account);
        let message = Message::NeedsPassword {
            account: &account,
            password: &password,
        };
        condition(
            draft,
            package,
            format!("Installed OR {password} OR {without}"),
            &message,
        );
    }
}
