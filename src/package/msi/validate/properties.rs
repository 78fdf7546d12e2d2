//! Properties: ICE05, ICE24, ICE46, ICE61, ICE86, ICE99, and that each one is used.

use std::collections::{BTreeMap, BTreeSet};

use super::formats::{is_guid, is_version};
use super::references::{names_in_condition, names_in_formatted};
use super::{Findings, Rule, rows};
use crate::format::msi::{Category, Database};

const REQUIRED: [&str; 5] = [
    "Manufacturer",
    "ProductCode",
    "ProductLanguage",
    "ProductName",
    "ProductVersion",
];

/// Lists of properties by name.
pub(super) const LISTS: [&str; 3] = [
    "SecureCustomProperties",
    "MsiHiddenProperties",
    "AdminProperties",
];

pub(super) fn check(database: &Database, findings: &mut Findings) {
    required(database, findings);
    spelling(database, findings);
    upgrade(database, findings);
    used(database, findings);
    administrators(database, findings);
}

fn required(database: &Database, findings: &mut Findings) {
    for name in REQUIRED {
        if database.property(name).is_none_or(str::is_empty) {
            findings.place(Rule::Ice05, format!("Property[{name}]"), "it is required");
        }
    }
    let complain =
        |name: &str, fine: &dyn Fn(&str) -> bool, what: &str, findings: &mut Findings| {
            if let Some(value) = database.property(name).filter(|value| !fine(value)) {
                findings.place(
                    Rule::Ice24,
                    format!("Property[{name}]"),
                    format!("`{value}` is not {what}"),
                );
            }
        };
    complain(
        "ProductCode",
        &is_guid,
        "a GUID in braces and upper case",
        findings,
    );
    complain(
        "UpgradeCode",
        &is_guid,
        "a GUID in braces and upper case",
        findings,
    );
    complain(
        "ProductVersion",
        &is_product_version,
        "a version up to 255.255.65535",
        findings,
    );
    complain(
        "ProductLanguage",
        &|value| value.parse::<u16>().is_ok(),
        "a language identifier",
        findings,
    );
    if database.property("UpgradeCode").is_none() {
        findings.place(
            Rule::Ice24,
            "Property[UpgradeCode]",
            "without it no version can upgrade this one",
        );
    }
}

fn is_product_version(value: &str) -> bool {
    let numbers: Vec<u16> = value
        .split('.')
        .filter_map(|part| part.parse::<u16>().ok())
        .collect();
    let byte = |index: usize| numbers.get(index).is_none_or(|number| *number <= 255);
    is_version(value) && (3..=4).contains(&numbers.len()) && byte(0) && byte(1)
}

/// ICE46: no two properties differ by case alone; ICE99: a directory is not named like a property of the engine.
fn spelling(database: &Database, findings: &mut Findings) {
    const RESERVED: &[&str] = &[
        "ProductName",
        "ProductCode",
        "ProductVersion",
        "Manufacturer",
        "Date",
        "Time",
        "UserSID",
    ];
    let mut spellings: BTreeMap<String, String> = BTreeMap::new();
    for name in defined(database) {
        if let Some(other) = spellings.insert(name.to_lowercase(), name.clone()) {
            findings.place(
                Rule::Ice46,
                format!("Property[{name}]"),
                format!("it differs from `{other}` by case alone"),
            );
        }
    }
    for (table, row) in rows(database, "Directory") {
        let name = table.text(row, "Directory");
        if RESERVED.contains(&name) {
            findings.row(
                Rule::Ice99,
                table,
                row,
                "it is the name of a property of Windows Installer",
            );
        }
    }
}

/// ICE61: the properties that FindRelatedProducts sets.
fn upgrade(database: &Database, findings: &mut Findings) {
    let secure = list(database, "SecureCustomProperties");
    for (table, row) in rows(database, "Upgrade") {
        let property = table.text(row, "ActionProperty");
        if !secure.contains(property) {
            findings.row(
                Rule::Ice61,
                table,
                row,
                format!("`{property}` must be in SecureCustomProperties"),
            );
        }
        if database.property(property).is_some() {
            findings.row(
                Rule::Ice61,
                table,
                row,
                format!("`{property}` must not have a value in Property"),
            );
        }
        if table.text(row, "VersionMin").is_empty() && table.text(row, "VersionMax").is_empty() {
            findings.row(
                Rule::Ice61,
                table,
                row,
                "neither a least nor a greatest version is given",
            );
        }
    }
}

pub(super) fn list<'a>(database: &'a Database, property: &str) -> BTreeSet<&'a str> {
    database
        .property(property)
        .unwrap_or_default()
        .split(';')
        .filter(|name| !name.is_empty())
        .collect()
}

/// Every property that a table defines or sets.
pub(super) fn defined(database: &Database) -> BTreeSet<String> {
    let of = |table: &'static str, column: &'static str| {
        rows(database, table).map(move |(table, row)| table.text(row, column).to_owned())
    };
    let set = rows(database, "CustomAction")
        .filter(|(table, row)| super::actions::sets_property(table.number(row, "Type")))
        .map(|(table, row)| table.text(row, "Source").to_owned());
    of("Property", "Property")
        .chain(of("Directory", "Directory"))
        .chain(of("AppSearch", "Property"))
        .chain(of("Upgrade", "ActionProperty"))
        .chain(set)
        .collect()
}

/// A property that the command line may set must have an effect: a condition or a formatted text names it.
fn used(database: &Database, findings: &mut Findings) {
    let mut mentioned = BTreeSet::new();
    for table in database.tables.values() {
        for (index, column) in table.columns.iter().enumerate() {
            for text in table
                .rows
                .iter()
                .filter_map(|row| row.get(index)?.as_text())
            {
                match column.category {
                    Some(Category::Condition) => mentioned.extend(names_in_condition(text)),
                    Some(Category::Formatted | Category::Template | Category::RegPath) => {
                        mentioned.extend(names_in_formatted(text));
                    }
                    _ => {}
                }
            }
        }
    }
    for (table, row) in rows(database, "Upgrade") {
        mentioned.insert(table.text(row, "ActionProperty").to_owned());
    }
    for name in LISTS.iter().flat_map(|list_name| list(database, list_name)) {
        if !mentioned.contains(name) {
            let message = "it can be set, but no condition and no text looks at it";
            findings.place(Rule::Gr04, format!("Property[{name}]"), message);
        }
    }
}

/// ICE86: `AdminUser` is true for more users than can install.
fn administrators(database: &Database, findings: &mut Findings) {
    for (table, row) in rows(database, "LaunchCondition") {
        let condition = table.text(row, "Condition");
        if names_in_condition(condition)
            .iter()
            .any(|name| name == "AdminUser")
        {
            findings.row(
                Rule::Ice86,
                table,
                row,
                "use Privileged instead of AdminUser",
            );
        }
    }
}
