//! What formatted texts and conditions name: ICE69, undefined properties, and the folder before a quote.

use std::collections::BTreeSet;

use super::properties::defined;
use super::{Findings, Rule, rows};
use crate::format::msi::{Category, Database, Row, Table};

/// Properties that Windows Installer itself sets (Windows Installer SDK, "Property Reference").
const STANDARD: &[&str] = &[
    "ALLUSERS",
    "ADDLOCAL",
    "Installed",
    "Privileged",
    "REMOVE",
    "REINSTALL",
    "UPGRADINGPRODUCTCODE",
    "VersionMsi",
    "VersionNT",
    "VersionNT64",
    "WindowsBuild",
    "SystemFolder",
    "System64Folder",
    "ProgramFilesFolder",
    "ProgramFiles64Folder",
    "CommonAppDataFolder",
    "WindowsFolder",
    "TARGETDIR",
    "ProductName",
    "ProductCode",
    "ProductVersion",
    "Manufacturer",
    "UILevel",
    "MsiNTProductType",
    "ComputerName",
    "LogonUser",
    "OriginalDatabase",
    "SourceDir",
    "TempFolder",
    "Intel",
    "Msix64",
    "Date",
    "Time",
];

pub(super) fn check(database: &Database, findings: &mut Findings) {
    let mut known: BTreeSet<String> = defined(database);
    known.extend(STANDARD.iter().map(|name| (*name).to_owned()));
    known.extend(
        super::properties::list(database, "SecureCustomProperties")
            .into_iter()
            .map(str::to_owned),
    );
    let directories: BTreeSet<String> = rows(database, "Directory")
        .map(|(table, row)| table.text(row, "Directory").to_owned())
        .collect();
    for table in database.tables.values() {
        for (index, column) in table.columns.iter().enumerate() {
            for row in &table.rows {
                let Some(text) = row.get(index).and_then(|value| value.as_text()) else {
                    continue;
                };
                let place = (table, row, column.name.as_str());
                match column.category {
                    Some(Category::Condition) => condition(database, place, text, &known, findings),
                    Some(Category::Formatted | Category::Template | Category::RegPath) => {
                        formatted(database, place, text, &known, findings);
                        before_quote(place, text, &directories, findings);
                    }
                    _ => {}
                }
            }
        }
    }
}

fn condition(
    database: &Database,
    place: (&Table, &Row, &str),
    text: &str,
    known: &BTreeSet<String>,
    findings: &mut Findings,
) {
    for name in names_in_condition(text) {
        if let Some(component) = name.strip_prefix(['$', '?']) {
            if database
                .table("Component")
                .is_none_or(|table| table.find(component).is_none())
            {
                findings.cell(
                    Rule::Ice69,
                    place,
                    format!("there is no component `{component}`"),
                );
            }
        } else if let Some(feature) = name.strip_prefix(['&', '!']) {
            if database
                .table("Feature")
                .is_none_or(|table| table.find(feature).is_none())
            {
                findings.cell(
                    Rule::Ice69,
                    place,
                    format!("there is no feature `{feature}`"),
                );
            }
        } else if !known.contains(&name) {
            findings.cell(
                Rule::Gr05,
                place,
                format!("nothing sets the property `{name}`"),
            );
        }
    }
}

fn formatted(
    database: &Database,
    place: (&Table, &Row, &str),
    text: &str,
    known: &BTreeSet<String>,
    findings: &mut Findings,
) {
    for name in names_in_formatted(text) {
        let (table, key) = match name.chars().next() {
            Some('#' | '!') => ("File", &name[1..]),
            Some('$') => ("Component", &name[1..]),
            // An environment variable, or the separator of a list.
            Some('%' | '~') | None => continue,
            Some(_) => {
                if !known.contains(&name) && name.parse::<u32>().is_err() {
                    findings.cell(
                        Rule::Gr05,
                        place,
                        format!("nothing sets the property `{name}`"),
                    );
                }
                continue;
            }
        };
        if database
            .table(table)
            .is_none_or(|table| table.find(key).is_none())
        {
            findings.cell(Rule::Ice69, place, format!("`{key}` is not in {table}"));
        }
    }
}

/// A folder ends with a backslash, which escapes a quote after it.
fn before_quote(
    place: (&Table, &Row, &str),
    text: &str,
    directories: &BTreeSet<String>,
    findings: &mut Findings,
) {
    for directory in directories {
        if text.contains(&format!("[{directory}]\"")) {
            let message = format!(
                "`[{directory}]` ends with a backslash, which would escape the quote after it"
            );
            findings.cell(Rule::Gr06, place, message);
        }
    }
}

/// What stands in brackets, without the escapes.
pub(super) fn names_in_formatted(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('[') {
        rest = &rest[start + 1..];
        if let Some(escape) = rest.strip_prefix('\\') {
            // The escaped character may be a bracket itself.
            rest = escape
                .chars()
                .next()
                .map_or("", |character| &escape[character.len_utf8()..]);
            continue;
        }
        let Some(end) = rest.find(']') else { break };
        names.push(rest[..end].to_owned());
        rest = &rest[end + 1..];
    }
    names
}

/// The properties, components (`$x`, `?x`) and features (`&x`, `!x`) of a condition.
pub(super) fn names_in_condition(text: &str) -> Vec<String> {
    let outside_quotes: String = text.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let is_separator = |c: char| c.is_whitespace() || "()=<>~".contains(c);
    outside_quotes
        .split(is_separator)
        .filter(|word| !word.is_empty() && word.parse::<i64>().is_err())
        .filter(|word| {
            !["AND", "OR", "NOT", "XOR", "EQV", "IMP"].contains(&word.to_uppercase().as_str())
        })
        .filter(|word| !word.starts_with('%'))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found() {
        let text = r"[\[]x[\]] [#F_a] [B][~]c [%PATH]";
        assert_eq!(names_in_formatted(text), ["#F_a", "B", "~", "%PATH"]);
        let text = r#"Installed OR (A >= 1 AND B ~<< "NOT (C)") OR $D = 3 AND NOT &E"#;
        assert_eq!(
            names_in_condition(text),
            ["Installed", "A", "B", "$D", "&E"]
        );
    }
}
