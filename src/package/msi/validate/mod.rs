//! Windows Installer's rules, checked before a package is written, and on any package that is read.
//!
//! The rules carry the names of Microsoft's internal consistency evaluators (Windows Installer SDK, "ICE
//! Reference") whose work they do; `GR` rules are ours. ICE03, the check of every cell against
//! `_Validation`, is the one that cannot be run outside of Windows.

mod actions;
mod cells;
mod components;
mod formats;
mod keys;
mod properties;
mod references;
mod rule;
mod sequences;
mod services;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

pub use rule::Rule;

use crate::format::msi::{Database, Row, Table, Value};

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// Where, such as `File[F_app.exe].FileName`.
    pub place: String,
    /// What is wrong: lower-case, no final period.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.rule, self.place, self.message)
    }
}

/// What was found so far.
#[derive(Default)]
struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    /// Something wrong with a row.
    fn row(&mut self, rule: Rule, table: &Table, row: &Row, message: impl Into<String>) {
        self.place(
            rule,
            format!("{}[{}]", table.name, key(table, row)),
            message,
        );
    }

    /// Something wrong with a cell.
    fn cell(&mut self, rule: Rule, at: (&Table, &Row, &str), message: impl Into<String>) {
        let (table, row, column) = at;
        self.place(
            rule,
            format!("{}[{}].{column}", table.name, key(table, row)),
            message,
        );
    }

    /// Something wrong elsewhere.
    fn place(&mut self, rule: Rule, place: impl Into<String>, message: impl Into<String>) {
        self.list.push(Finding {
            rule,
            place: place.into(),
            message: message.into(),
        });
    }
}

/// A row's primary key as text.
fn key(table: &Table, row: &Row) -> String {
    let cell = |value: &Value| match value {
        Value::Null | Value::Stream(_) => String::new(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
    };
    let width = table.key_width().min(row.len());
    row[..width].iter().map(cell).collect::<Vec<_>>().join(",")
}

/// The rows of a table, with the table; nothing when it is missing.
fn rows<'a>(
    database: &'a Database,
    table: &str,
) -> impl Iterator<Item = (&'a Table, &'a Row)> + use<'a> {
    database
        .table(table)
        .into_iter()
        .flat_map(|table| table.rows.iter().map(move |row| (table, row)))
}

/// The rows of a table by their keys; nothing when it is missing.
fn keyed<'a>(database: &'a Database, table: &str) -> BTreeMap<&'a str, &'a Row> {
    database.table(table).map(Table::by_key).unwrap_or_default()
}

/// All broken rules, sorted.
pub fn validate(database: &Database) -> Vec<Finding> {
    let mut findings = Findings::default();
    for check in [
        cells::check,
        keys::check,
        components::check,
        properties::check,
        references::check,
        sequences::check,
        actions::check,
        services::check,
        summary::check,
    ] {
        check(database, &mut findings);
    }
    findings.list.sort();
    findings.list.dedup();
    findings.list
}
