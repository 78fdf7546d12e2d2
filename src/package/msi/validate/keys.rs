//! ICE03's primary and foreign keys.

use std::collections::BTreeSet;

use super::{Findings, Rule, key};
use crate::format::msi::{Database, Table, Value};

pub(super) fn check(database: &Database, findings: &mut Findings) {
    for table in database.tables.values() {
        let mut seen = BTreeSet::new();
        for row in &table.rows {
            if !seen.insert(key(table, row)) {
                findings.row(
                    Rule::Ice03,
                    table,
                    row,
                    "there is another row with the same key",
                );
            }
        }
        foreign_keys(database, table, findings);
    }
}

fn foreign_keys(database: &Database, table: &Table, findings: &mut Findings) {
    for (index, column) in table.columns.iter().enumerate() {
        let Some(targets) = &column.key_table else {
            continue;
        };
        let keys: BTreeSet<&str> = targets
            .split(';')
            .flat_map(|target| first_keys(database, target))
            .collect();
        for row in &table.rows {
            let Some(text) = row
                .get(index)
                .and_then(Value::as_text)
                .filter(|text| !text.is_empty())
            else {
                continue;
            };
            // A version is not a reference, although the column may hold one.
            if keys.contains(text) || (column.name == "Version" && super::formats::is_version(text))
            {
                continue;
            }
            findings.cell(
                Rule::Ice03,
                (table, row, &column.name),
                format!("`{text}` is not in {targets}"),
            );
        }
    }
}

fn first_keys<'a>(database: &'a Database, table: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    let rows = database
        .table(table)
        .into_iter()
        .flat_map(|table| &table.rows);
    rows.filter_map(|row| row.first().and_then(Value::as_text))
}
