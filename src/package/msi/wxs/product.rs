//! `Package` (in WiX 3 `Product`) with properties, upgrades, conditions and features.

use std::collections::BTreeSet;

use super::xml::Element;
use super::{Context, Dialect, components, directories, path_text, sequences};
use crate::format::msi::{Row, Table};
use crate::package::msi::model::Package;

/// Properties that WiX itself writes from attributes.
const WRITTEN_BY_WIX: [&str; 9] = [
    "ProductName",
    "ProductVersion",
    "ProductCode",
    "UpgradeCode",
    "ProductLanguage",
    "Manufacturer",
    "ALLUSERS",
    "SecureCustomProperties",
    "MsiHiddenProperties",
];

pub(super) fn product(context: &Context, package: &Package) -> Element {
    let head = match context.dialect {
        Dialect::Wix4 => wix4_head(context, package),
        Dialect::Wixl => wixl_head(context),
    };
    head.children(icon(context))
        .children(upgrades(context))
        .children(launch_conditions(context))
        .children(properties(context))
        .children(directories::directories(context))
        .children(components::components(context))
        .children(features(context))
        .children(custom_actions(context))
        .children(sequences::sequences(context))
        .children(interface_texts(context))
}

fn property<'a>(context: &'a Context, name: &str) -> &'a str {
    context.database.property(name).unwrap_or_default()
}

fn wix4_head(context: &Context, package: &Package) -> Element {
    let summary = &context.database.summary;
    let codepage = context.database.code_page.number().to_string();
    Element::new("Package")
        .attribute("Name", property(context, "ProductName"))
        .attribute("Manufacturer", property(context, "Manufacturer"))
        .attribute("Version", property(context, "ProductVersion"))
        .attribute("UpgradeCode", property(context, "UpgradeCode"))
        .attribute("ProductCode", property(context, "ProductCode"))
        .attribute("Language", property(context, "ProductLanguage"))
        .attribute("Codepage", &*codepage)
        .attribute("InstallerVersion", summary.page_count.to_string())
        .attribute("Scope", "perMachine")
        .attribute("Compressed", "yes")
        .child(
            Element::new("SummaryInformation")
                .attribute("Codepage", codepage)
                .optional("Comments", &package.product.description)
                .attribute("Keywords", &*summary.keywords),
        )
        .child(media())
}

fn wixl_head(context: &Context) -> Element {
    let summary = &context.database.summary;
    let codepage = context.database.code_page.number().to_string();
    Element::new("Product")
        .attribute(
            "Id",
            property(context, "ProductCode").trim_matches(['{', '}']),
        )
        .attribute("Name", property(context, "ProductName"))
        .attribute("Manufacturer", property(context, "Manufacturer"))
        .attribute("Version", property(context, "ProductVersion"))
        .attribute(
            "UpgradeCode",
            property(context, "UpgradeCode").trim_matches(['{', '}']),
        )
        .attribute("Language", property(context, "ProductLanguage"))
        .attribute("Codepage", &*codepage)
        .child(
            Element::new("Package")
                .attribute("Keywords", &*summary.keywords)
                .optional("Comments", &summary.comments)
                .attribute("Manufacturer", &*summary.author)
                .attribute("InstallerVersion", summary.page_count.to_string())
                .attribute("Languages", property(context, "ProductLanguage"))
                .attribute("Compressed", "yes")
                .attribute("SummaryCodepage", codepage)
                .attribute("InstallScope", "perMachine"),
        )
        .child(media())
}

fn media() -> Element {
    Element::new("Media")
        .attribute("Id", "1")
        .attribute("Cabinet", crate::package::msi::tables::CABINET)
        .attribute("EmbedCab", "yes")
}

fn icon(context: &Context) -> Option<Element> {
    let path = context.icon.as_ref()?;
    let name = context
        .database
        .table("Icon")?
        .rows
        .first()?
        .first()?
        .as_text()?;
    Some(
        Element::new("Icon")
            .attribute("Id", name)
            .attribute("SourceFile", path_text(path)),
    )
}

/// The rows of a table, in the order of their keys.
pub(super) fn rows<'a>(context: &'a Context, table: &str) -> Vec<(&'a Table, &'a Row)> {
    let table = context.database.table(table);
    let mut rows: Vec<(&Table, &Row)> = table
        .iter()
        .flat_map(|table| table.rows.iter().map(move |row| (*table, row)))
        .collect();
    rows.sort_by_key(|(_, row)| {
        row.first()
            .and_then(|value| value.as_text())
            .unwrap_or_default()
            .to_owned()
    });
    rows
}

fn upgrades(context: &Context) -> Option<Element> {
    const MIGRATE_FEATURES: i32 = 1;
    const ONLY_DETECT: i32 = 2;
    const INCLUDE_MAXIMUM: i32 = 512;
    let rows = rows(context, "Upgrade");
    let code = rows
        .first()
        .map(|(table, row)| table.text(row, "UpgradeCode"))?;
    let versions = rows.iter().map(|(table, row)| {
        let bits = table.number(row, "Attributes").unwrap_or_default();
        let least = match (table.text(row, "VersionMin"), context.dialect) {
            // wixl writes no row without a least version.
            ("", Dialect::Wixl) => "0.0.0",
            (least, _) => least,
        };
        let mut version = Element::new("UpgradeVersion")
            .attribute("Property", table.text(row, "ActionProperty"))
            .optional("Minimum", least)
            .optional("Maximum", table.text(row, "VersionMax"));
        if bits & ONLY_DETECT != 0 {
            version = version
                .attribute("OnlyDetect", "yes")
                .attribute("IncludeMinimum", "no");
        }
        if bits & MIGRATE_FEATURES != 0 && context.dialect == Dialect::Wix4 {
            version = version.attribute("MigrateFeatures", "yes");
        }
        if bits & INCLUDE_MAXIMUM != 0 {
            version = version.attribute("IncludeMaximum", "yes");
        }
        version
    });
    let code = match context.dialect {
        Dialect::Wix4 => code,
        Dialect::Wixl => code.trim_matches(['{', '}']),
    };
    Some(
        Element::new("Upgrade")
            .attribute("Id", code)
            .children(versions),
    )
}

fn launch_conditions(context: &Context) -> Vec<Element> {
    let launch = |(table, row): (&Table, &Row)| {
        let (condition, message) = (table.text(row, "Condition"), table.text(row, "Description"));
        match context.dialect {
            Dialect::Wix4 => Element::new("Launch")
                .attribute("Condition", condition)
                .attribute("Message", message),
            // Its preprocessor takes a single dollar sign away.
            Dialect::Wixl => Element::new("Condition")
                .attribute("Message", message)
                .text(condition.replace('$', "$$")),
        }
    };
    rows(context, "LaunchCondition")
        .into_iter()
        .map(launch)
        .collect()
}

/// Properties with a value, those that a search sets, and those that only the command line sets.
fn properties(context: &Context) -> Vec<Element> {
    let list = |name: &str| -> BTreeSet<String> {
        property(context, name)
            .split(';')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (secure, hidden) = (list("SecureCustomProperties"), list("MsiHiddenProperties"));
    let set_by_upgrade: BTreeSet<&str> = rows(context, "Upgrade")
        .iter()
        .map(|(table, row)| table.text(row, "ActionProperty"))
        .collect();
    let valued = rows(context, "Property");
    let mut names: BTreeSet<String> = valued
        .iter()
        .map(|(table, row)| table.text(row, "Property").to_owned())
        .collect();
    names.extend(secure.iter().cloned());
    names.extend(hidden.iter().cloned());
    let searched = rows(context, "AppSearch").into_iter();
    names.extend(searched.map(|(table, row)| table.text(row, "Property").to_owned()));
    names
        .into_iter()
        .filter(|name| {
            !is_written_elsewhere(context, name) && !set_by_upgrade.contains(name.as_str())
        })
        .filter_map(|name| {
            let mut element = Element::new("Property")
                .attribute("Id", &*name)
                .optional("Value", property(context, &name));
            let search = search(context, &name);
            if context.dialect == Dialect::Wixl {
                // It takes the list of hidden properties as it is, and writes that of secure ones itself.
                let says_something = search.is_some() || !property(context, &name).is_empty();
                return says_something.then(|| element.children(search));
            }
            if secure.contains(&name) {
                element = element.attribute("Secure", "yes");
            }
            if hidden.contains(&name) {
                element = element.attribute("Hidden", "yes");
            }
            Some(element.children(search))
        })
        .collect()
}

fn is_written_elsewhere(context: &Context, name: &str) -> bool {
    let hidden = name == "MsiHiddenProperties" && context.dialect == Dialect::Wixl;
    WRITTEN_BY_WIX.contains(&name) && !hidden
}

fn search(context: &Context, property: &str) -> Option<Element> {
    const VIEW_64_BIT: i32 = 16;
    let signature = context.database.table("AppSearch").and_then(|table| {
        table
            .find(property)
            .map(|row| table.text(row, "Signature_"))
    })?;
    let table = context.database.table("RegLocator")?;
    let row = table.find(signature)?;
    let wide = table.number(row, "Type").unwrap_or_default() & VIEW_64_BIT != 0;
    let element = Element::new("RegistrySearch")
        .attribute("Id", signature)
        .attribute("Root", "HKLM")
        .attribute("Key", table.text(row, "Key"))
        .attribute("Name", table.text(row, "Name"))
        .attribute("Type", "raw");
    Some(match (context.dialect, wide) {
        (Dialect::Wix4, true) => element.attribute("Bitness", "always64"),
        (Dialect::Wix4, false) => element.attribute("Bitness", "always32"),
        (Dialect::Wixl, true) => element.attribute("Win64", "yes"),
        (Dialect::Wixl, false) => element,
    })
}

fn features(context: &Context) -> Vec<Element> {
    let children = |parent: &str| -> Vec<Element> {
        rows(context, "Feature")
            .into_iter()
            .filter(|(table, row)| table.text(row, "Feature_Parent") == parent)
            .map(|(table, row)| feature(context, table, row))
            .collect()
    };
    children("")
}

fn feature(context: &Context, table: &Table, row: &Row) -> Element {
    const UI_DISALLOW_ABSENT: i32 = 16;
    let name = table.text(row, "Feature");
    let bits = table.number(row, "Attributes").unwrap_or_default();
    let absent = bits & UI_DISALLOW_ABSENT == 0;
    let mut element = Element::new("Feature")
        .attribute("Id", name)
        .optional("Title", table.text(row, "Title"))
        .optional("Description", table.text(row, "Description"))
        .attribute("Level", table.number(row, "Level").unwrap_or(1).to_string());
    element = match context.dialect {
        Dialect::Wix4 => element
            .attribute("AllowAdvertise", "no")
            .attribute("AllowAbsent", if absent { "yes" } else { "no" }),
        Dialect::Wixl => element
            .attribute("AllowAdvertise", "no")
            .attribute("Absent", if absent { "allow" } else { "disallow" }),
    };
    for (table, row) in rows(context, "FeatureComponents") {
        if table.text(row, "Feature_") == name {
            element
                .push(Element::new("ComponentRef").attribute("Id", table.text(row, "Component_")));
        }
    }
    let below = rows(context, "Feature")
        .into_iter()
        .filter(|(table, row)| table.text(row, "Feature_Parent") == name);
    element.children(below.map(|(table, row)| feature(context, table, row)))
}

fn custom_actions(context: &Context) -> Vec<Element> {
    const CONTINUE: i32 = 0x40;
    const ROLLBACK: i32 = 0x100;
    const DEFERRED: i32 = 0x400;
    let action = |(table, row): (&Table, &Row)| {
        let kind = table.number(row, "Type").unwrap_or_default();
        let element = Element::new("CustomAction").attribute("Id", table.text(row, "Action"));
        if kind & DEFERRED == 0 {
            return element
                .attribute("Property", table.text(row, "Source"))
                .attribute("Value", table.text(row, "Target"));
        }
        element
            .attribute("Directory", table.text(row, "Source"))
            .attribute("ExeCommand", table.text(row, "Target"))
            .attribute(
                "Execute",
                if kind & ROLLBACK != 0 {
                    "rollback"
                } else {
                    "deferred"
                },
            )
            .attribute("Impersonate", "no")
            .attribute(
                "Return",
                if kind & CONTINUE != 0 {
                    "ignore"
                } else {
                    "check"
                },
            )
    };
    rows(context, "CustomAction")
        .into_iter()
        .filter(|(table, row)| context.dialect == Dialect::Wix4 || !runs_program(table, row))
        .map(action)
        .collect()
}

/// Whether a custom action runs a program of Windows, which wixl has no words for.
pub(super) fn runs_program(table: &Table, row: &Row) -> bool {
    const BASIC: i32 = 0x3f;
    const PROGRAM: i32 = 34;
    table.number(row, "Type").unwrap_or_default() & BASIC == PROGRAM
}

/// What people read: progress, and errors in words of our own.
fn interface_texts(context: &Context) -> Option<Element> {
    if context.dialect == Dialect::Wixl {
        return None;
    }
    let texts = rows(context, "ActionText").into_iter().map(|(table, row)| {
        Element::new("ProgressText")
            .attribute("Action", table.text(row, "Action"))
            .attribute("Message", table.text(row, "Description"))
    });
    let errors = rows(context, "Error").into_iter().map(|(table, row)| {
        Element::new("Error")
            .attribute(
                "Id",
                table.number(row, "Error").unwrap_or_default().to_string(),
            )
            .attribute("Message", table.text(row, "Message"))
    });
    Some(Element::new("UI").children(texts).children(errors))
}
