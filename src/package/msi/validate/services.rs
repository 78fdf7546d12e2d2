//! Services and access lists: ICE102, ICE104, ICE45, and what the service manager expects.

use std::collections::BTreeSet;

use super::{Findings, Rule, rows};
use crate::format::msi::{Database, Row, Table};

pub(super) fn check(database: &Database, findings: &mut Findings) {
    for (table, row) in rows(database, "ServiceInstall") {
        install(database, table, row, findings);
    }
    for (table, row) in rows(database, "ServiceControl") {
        let reserved = table.number(row, "Event").unwrap_or_default() & !0xbb;
        if reserved != 0 {
            findings.cell(Rule::Ice45, (table, row, "Event"), "reserved bits are set");
        }
    }
    for (table, row) in rows(database, "MsiServiceConfig") {
        configuration(table, row, findings);
    }
    permissions(database, findings);
}

fn install(database: &Database, table: &Table, row: &Row, findings: &mut Findings) {
    const OWN_PROCESS: i32 = 0x10;
    const SHARE_PROCESS: i32 = 0x20;
    const INTERACTIVE: i32 = 0x100;
    let kind = table.number(row, "ServiceType").unwrap_or_default() & !INTERACTIVE;
    if kind != OWN_PROCESS && kind != SHARE_PROCESS {
        findings.cell(
            Rule::Ice45,
            (table, row, "ServiceType"),
            "Windows Installer installs programs only, not drivers",
        );
    }
    if !(2..=4).contains(&table.number(row, "StartType").unwrap_or_default()) {
        findings.cell(
            Rule::Ice45,
            (table, row, "StartType"),
            "only drivers start at boot or with the system",
        );
    }
    let error = table.number(row, "ErrorControl").unwrap_or_default() & !0x8000;
    if ![0, 1, 3].contains(&error) {
        findings.cell(
            Rule::Ice45,
            (table, row, "ErrorControl"),
            "it is not one of 0, 1 and 3",
        );
    }
    if table.text(row, "StartName").is_empty() {
        findings.cell(
            Rule::Gr07,
            (table, row, "StartName"),
            "without an account Windows takes LocalSystem",
        );
    }
    let executable = database.table("Component").and_then(|components| {
        let key = components
            .find(table.text(row, "Component_"))
            .map(|row| components.text(row, "KeyPath"))?;
        let files = database.table("File")?;
        files
            .find(key)
            .map(|row| files.text(row, "FileName").to_lowercase())
    });
    if !executable.is_some_and(|name| name.ends_with(".exe")) {
        findings.row(
            Rule::Gr08,
            table,
            row,
            "the key path of its component is not an executable",
        );
    }
}

/// ICE102: the configurations that `ServiceInstall` has no columns for.
fn configuration(table: &Table, row: &Row, findings: &mut Findings) {
    let argument = table.text(row, "Argument");
    let number = argument.parse::<u32>().ok();
    let fine = match table.number(row, "ConfigType") {
        Some(3 | 4) => number.is_some_and(|number| number <= 1),
        Some(5) => matches!(number, Some(0 | 1 | 3)),
        Some(6) => {
            !argument.is_empty()
                && argument
                    .split("[~]")
                    .all(|name| name.chars().all(char::is_alphanumeric))
        }
        Some(7) => number.is_some(),
        _ => {
            findings.cell(
                Rule::Ice102,
                (table, row, "ConfigType"),
                "it is not one of 3, 4, 5, 6 and 7",
            );
            return;
        }
    };
    if !fine {
        findings.cell(
            Rule::Ice102,
            (table, row, "Argument"),
            format!("`{argument}` is not for this type"),
        );
    }
    if table.number(row, "Event").unwrap_or_default() & 7 == 0 {
        findings.cell(Rule::Ice102, (table, row, "Event"), "it would never happen");
    }
}

/// ICE104: access lists of one kind only, each for an object that is there, once.
fn permissions(database: &Database, findings: &mut Findings) {
    let mut locked = BTreeSet::new();
    for (table, row) in rows(database, "MsiLockPermissionsEx") {
        let (object, kind) = (table.text(row, "LockObject"), table.text(row, "Table"));
        if database
            .table("LockPermissions")
            .is_some_and(|table| !table.rows.is_empty())
        {
            findings.row(
                Rule::Ice104,
                table,
                row,
                "LockPermissions must not be used beside it",
            );
        }
        if database
            .table(kind)
            .is_none_or(|table| table.find(object).is_none())
        {
            findings.cell(
                Rule::Ice104,
                (table, row, "LockObject"),
                format!("`{object}` is not in {kind}"),
            );
        }
        if table.text(row, "Condition").is_empty() && !locked.insert((kind, object)) {
            findings.row(
                Rule::Ice104,
                table,
                row,
                "the object has another access list",
            );
        }
        let sddl = table.text(row, "SDDLText");
        if !is_protected_list(sddl) {
            findings.cell(
                Rule::Gr09,
                (table, row, "SDDLText"),
                format!("`{sddl}` is not a list of entries"),
            );
        }
        if grants_everyone(sddl) {
            findings.cell(
                Rule::Gr10,
                (table, row, "SDDLText"),
                "everybody could write",
            );
        }
    }
}

/// `D:` with flags and entries of six fields in parentheses.
fn is_protected_list(sddl: &str) -> bool {
    let Some(list) = sddl.strip_prefix("D:") else {
        return false;
    };
    let entries = list.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let inner = entries
        .strip_prefix('(')
        .and_then(|entries| entries.strip_suffix(')'));
    inner.is_some_and(|inner| {
        inner
            .split(")(")
            .all(|entry| entry.split(';').count() == 6 && !entry.contains(['(', ')', '[', ']']))
    })
}

/// Whether Everyone, Authenticated Users or Users get a right to write.
fn grants_everyone(sddl: &str) -> bool {
    const READING: [&str; 6] = ["0x1200a9", "GR", "FR", "GX", "FX", "KR"];
    sddl.split('(').any(|entry| {
        let fields: Vec<&str> = entry.trim_end_matches(')').split(';').collect();
        matches!(fields[..], ["A", _, rights, _, _, "WD" | "AU" | "BU"] if !READING.contains(&rights))
    })
}
