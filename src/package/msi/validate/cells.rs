//! ICE03 and ICE06: every cell against its column's definition.

use super::formats::complaint;
use super::{Findings, Rule};
use crate::format::msi::{Column, Database, Kind, Row, Table, Value, schema};

pub(super) fn check(database: &Database, findings: &mut Findings) {
    for table in database.tables.values() {
        definition(table, findings);
        for row in &table.rows {
            if row.len() != table.columns.len() {
                findings.row(
                    Rule::Ice03,
                    table,
                    row,
                    "the row has not as many cells as the table has columns",
                );
                continue;
            }
            for (column, value) in table.columns.iter().zip(row) {
                let place = (table, row, column.name.as_str());
                if let Some(message) = cell(column, value) {
                    findings.cell(Rule::Ice03, place, message);
                }
                character(database, place, value, findings);
            }
        }
    }
}

/// ICE06: a standard table has the standard columns.
fn definition(table: &Table, findings: &mut Findings) {
    let Some(standard) = schema::table(&table.name) else {
        return;
    };
    let names = |table: &Table| {
        table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect::<Vec<_>>()
    };
    if names(&standard) != names(table) {
        findings.place(
            Rule::Ice06,
            &table.name,
            format!("the columns are not {}", names(&standard).join(", ")),
        );
    }
}

fn cell(column: &Column, value: &Value) -> Option<String> {
    if value.is_null() {
        return (!column.nullable).then(|| "it must not be empty".to_owned());
    }
    match (column.kind, value) {
        (Kind::Int16 | Kind::Int32, Value::Number(number)) => number_cell(column, *number),
        (Kind::Text { width, .. }, Value::Text(text)) => {
            text_cell(column, text, usize::from(width))
        }
        (Kind::Stream, Value::Stream(_)) => None,
        _ => Some("it is of the wrong type".to_owned()),
    }
}

fn number_cell(column: &Column, number: i32) -> Option<String> {
    if column.kind == Kind::Int16 && !(-32_767..=32_767).contains(&number) {
        return Some(format!("{number} does not fit into 16 bits"));
    }
    let outside = column
        .range
        .filter(|(least, greatest)| !(*least..=*greatest).contains(&number));
    if let Some((least, greatest)) = outside {
        return Some(format!("{number} is not between {least} and {greatest}"));
    }
    in_set(column, &number.to_string())
}

fn text_cell(column: &Column, text: &str, width: usize) -> Option<String> {
    let length = text.encode_utf16().count();
    if width > 0 && length > width {
        return Some(format!("it has {length} characters, at most {width} fit"));
    }
    if text.contains('\0') {
        return Some("it has a NUL".to_owned());
    }
    let refused = column
        .category
        .and_then(|category| complaint(category, text));
    match (refused, &column.key_table) {
        // `File.Version` and its like hold either a value of their kind or a key of the other table.
        (Some(_), Some(_))
            if column.set.is_none()
                && complaint(crate::format::msi::Category::Identifier, text).is_none() =>
        {
            None
        }
        (Some(message), _) => Some(message),
        (None, _) => in_set(column, text),
    }
}

fn in_set(column: &Column, text: &str) -> Option<String> {
    let set = column.set.as_ref()?;
    let known = set.split(';').any(|allowed| allowed == text);
    (!known).then(|| format!("`{text}` is not one of {set}"))
}

/// A character that the database's code page lacks.
fn character(
    database: &Database,
    place: (&Table, &Row, &str),
    value: &Value,
    findings: &mut Findings,
) {
    let missing = value
        .as_text()
        .and_then(|text| database.code_page.missing(text));
    if let Some(character) = missing {
        let number = database.code_page.number();
        findings.cell(
            Rule::Gr01,
            place,
            format!("`{character}` is not in code page {number} of the package's language"),
        );
    }
}
