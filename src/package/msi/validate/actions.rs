//! ICE68, ICE72, ICE77: custom actions.

use super::sequences::positions;
use super::{Findings, Rule, rows};
use crate::format::msi::{Database, Row, Table};

const BASIC: i32 = 0x3f;
const DEFERRED: i32 = 0x400;
const ROLLBACK: i32 = 0x100;
const COMMIT: i32 = 0x200;
/// Kind and source bits that make sense together (Windows Installer SDK, "Summary List of All Custom Action Types").
const KINDS: &[i32] = &[
    1, 2, 5, 6, 7, 17, 18, 19, 21, 22, 23, 34, 35, 37, 38, 50, 51, 53, 54,
];
const SET_PROPERTY: i32 = 51;
const SET_DIRECTORY: i32 = 35;
const PROGRAM_IN_DIRECTORY: i32 = 34;
const PROGRAM_INSTALLED: i32 = 18;

/// Whether a custom action of that type sets the property or directory in its source column.
pub(super) fn sets_property(kind: Option<i32>) -> bool {
    kind.is_some_and(|kind| matches!(kind & BASIC, SET_PROPERTY | SET_DIRECTORY))
}

pub(super) fn check(database: &Database, findings: &mut Findings) {
    let positions = positions(database, "InstallExecuteSequence");
    let section = (
        positions.get("InstallInitialize"),
        positions.get("InstallFinalize"),
    );
    for (table, row) in rows(database, "CustomAction") {
        let kind = table.number(row, "Type").unwrap_or_default();
        if !KINDS.contains(&(kind & BASIC))
            || kind & (ROLLBACK | COMMIT) != 0
                && kind & DEFERRED == 0
                && kind & BASIC != SET_PROPERTY
        {
            findings.cell(
                Rule::Ice68,
                (table, row, "Type"),
                format!("{kind} is not a type of custom action"),
            );
        }
        source(database, table, row, kind, findings);
        if kind & DEFERRED != 0 {
            let position = positions.get(table.text(row, "Action"));
            let inside = match (section, position) {
                ((Some(start), Some(end)), Some(position)) => start < position && position < end,
                (_, None) => true,
                _ => false,
            };
            if !inside {
                let message =
                    "a deferred action must lie between `InstallInitialize` and `InstallFinalize`";
                findings.row(Rule::Ice77, table, row, message);
            }
        }
    }
}

fn source(database: &Database, table: &Table, row: &Row, kind: i32, findings: &mut Findings) {
    let source = table.text(row, "Source");
    let target_table = match kind & BASIC {
        PROGRAM_IN_DIRECTORY | SET_DIRECTORY => "Directory",
        PROGRAM_INSTALLED => "File",
        _ => return,
    };
    if database
        .table(target_table)
        .is_none_or(|table| table.find(source).is_none())
    {
        findings.cell(
            Rule::Ice68,
            (table, row, "Source"),
            format!("`{source}` is not in {target_table}"),
        );
    }
}
