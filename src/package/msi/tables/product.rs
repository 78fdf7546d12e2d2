//! Property, Upgrade, Feature, Icon.

use super::conditions::ADOPT;
use super::draft::{Draft, MAIN_FEATURE};
use super::searches::{RESET, holders};
use super::sequences::NO_START;
use crate::format::msi::{Source, Value};
use crate::package::msi::identity::{braced, product_code};
use crate::package::msi::messages::Message;
use crate::package::msi::model::Package;
use crate::package::msi::properties;
use crate::service::property::{Accepts, Secrecy};

/// The feature with the firewall rules.
pub(super) const FIREWALL_FEATURE: &str = "Firewall";
/// The product's icon; its extension is what Windows goes by.
const ICON: &str = "product.ico";
/// Found by FindRelatedProducts.
const OLDER: &str = "OLDERFOUND";
pub(super) const NEWER: &str = "NEWERFOUND";
/// The version and the place among its pre-releases that the installed product has recorded.
pub(super) const INSTALLED_VERSION: &str = "INSTALLEDVERSION";
pub(super) const INSTALLED_ORDINAL: &str = "INSTALLEDORDINAL";

pub(super) fn add(draft: &mut Draft, package: &Package) {
    fixed_properties(draft, package);
    list_properties(draft, package);
    upgrade(draft, package);
    features(draft, package);
}

fn fixed_properties(draft: &mut Draft, package: &Package) {
    let product = &package.product;
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            draft.push("Property", [name.into(), value.into()]);
        }
    };
    add("ProductName", product.title.clone());
    add("ProductVersion", product.product_version.to_string());
    add("ProductCode", braced(product_code(product)));
    add("UpgradeCode", braced(product.upgrade_code));
    add("ProductLanguage", product.language.id().to_string());
    add("Manufacturer", product.manufacturer.clone());
    add("ALLUSERS", "1".to_owned());
    add("INSTALLLEVEL", "1".to_owned());
    // A silent installation must not restart the server by itself; exit code 3010 tells that it should be.
    add("REBOOT", "ReallySuppress".to_owned());
    // The Restart Manager knows only the service, not the program below it, and would end that program by Ctrl-C while
    // the service runs. StopServices stops both.
    add("MSIRESTARTMANAGERCONTROL", "Disable".to_owned());
    add("ARPNOMODIFY", "1".to_owned());
    add("ARPCOMMENTS", product.description.clone());
    add(
        "ARPURLINFOABOUT",
        product.links.about.clone().unwrap_or_default(),
    );
    add(
        "ARPHELPLINK",
        product.links.help.clone().unwrap_or_default(),
    );
    add(
        "ARPURLUPDATEINFO",
        product.links.update.clone().unwrap_or_default(),
    );
    if !package.shortcuts.is_empty() {
        // Start menu entries are authored as advertised ones, which belong to the machine, and made as plain ones.
        add("DISABLEADVTSHORTCUTS", "1".to_owned());
    }
    if let Some(icon) = &product.icon {
        add("ARPPRODUCTICON", ICON.to_owned());
        draft.push("Icon", [ICON.into(), Source::File(icon.clone()).into()]);
    }
}

/// SecureCustomProperties and MsiHiddenProperties.
fn list_properties(draft: &mut Draft, package: &Package) {
    // What is searched is found in the execute sequence itself and need not be passed on.
    let mut secure = vec![OLDER.to_owned(), NEWER.to_owned(), RESET.to_owned()];
    let mut hidden = Vec::new();
    if !package.services.is_empty() {
        secure.extend([NO_START, ADOPT].map(str::to_owned));
    }
    if super::purge::has_folders(package) {
        secure.push(super::purge::PURGE.to_owned());
    }
    for remembered in properties::remembered(package) {
        if remembered.secrecy() == Secrecy::Secret {
            hidden.push(remembered.property.clone());
            hidden.extend(holders(&remembered));
            if let properties::Role::Declared(declared) = remembered.role
                && matches!(declared.accepts, Accepts::OneOf { .. })
            {
                hidden.push(super::conditions::asked(&remembered.property));
            }
        }
        secure.push(remembered.property);
    }
    for service in &package.services {
        let password = properties::password_property(package, service);
        secure.push(password.clone());
        hidden.push(password);
    }
    for (name, mut list) in [
        ("SecureCustomProperties", secure),
        ("MsiHiddenProperties", hidden),
    ] {
        list.sort();
        if !list.is_empty() {
            draft.push("Property", [name.into(), list.join(";").into()]);
        }
    }
}

/// Older products, and other releases of the same ProductVersion, are replaced; newer ones are detected.
fn upgrade(draft: &mut Draft, package: &Package) {
    const MIGRATE_FEATURES: i32 = 1;
    const ONLY_DETECT: i32 = 2;
    const VERSION_MAX_INCLUSIVE: i32 = 512;
    let code = || Value::from(braced(package.product.upgrade_code));
    let version = || Value::from(package.product.product_version.to_string());
    let older = MIGRATE_FEATURES | VERSION_MAX_INCLUSIVE;
    draft.push(
        "Upgrade",
        [
            code(),
            Value::Null,
            version(),
            Value::Null,
            older.into(),
            Value::Null,
            OLDER.into(),
        ],
    );
    draft.push(
        "Upgrade",
        [
            code(),
            version(),
            Value::Null,
            Value::Null,
            ONLY_DETECT.into(),
            Value::Null,
            NEWER.into(),
        ],
    );
}

fn features(draft: &mut Draft, package: &Package) {
    const DISALLOW_ADVERTISE: i32 = 8;
    const UI_DISALLOW_ABSENT: i32 = 16;
    let product = &package.product;
    let title = |text: String| Value::from(text.chars().take(64).collect::<String>());
    draft.push(
        "Feature",
        [
            MAIN_FEATURE.into(),
            Value::Null,
            title(product.title.clone()),
            Value::Null,
            1.into(),
            1.into(),
            Value::Null,
            (DISALLOW_ADVERTISE | UI_DISALLOW_ABSENT).into(),
        ],
    );
    if package.firewall.is_empty() {
        return;
    }
    let description = Message::FirewallDescription {
        title: &product.title,
    };
    draft.push(
        "Feature",
        [
            FIREWALL_FEATURE.into(),
            MAIN_FEATURE.into(),
            title(Message::FirewallTitle.text(product.language)),
            description.text(product.language).into(),
            2.into(),
            // Above INSTALLLEVEL: off unless ADDLOCAL names it.
            2.into(),
            Value::Null,
            DISALLOW_ADVERTISE.into(),
        ],
    );
}
