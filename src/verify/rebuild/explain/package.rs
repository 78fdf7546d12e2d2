//! Two Windows Installer packages: summary, tables row by row, streams, and the files in the cabinets.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::members;
use super::text::{Kind, shown};
use crate::format::input;
use crate::format::msi::{Database, Reader, Row, Summary, Table, Value, read};
use crate::format::output::{Digests, Meter};

type Opened = (Database, Reader<BufReader<File>>);

/// Every difference that a reader of the package would see.
pub(super) fn differences(shipped: &Path, rebuilt: &Path) -> Vec<String> {
    let (Some(left), Some(right)) = (open(shipped), open(rebuilt)) else {
        return Vec::new();
    };
    let mut reasons = summaries(&left.0.summary, &right.0.summary);
    let names: BTreeSet<&String> = left.0.tables.keys().chain(right.0.tables.keys()).collect();
    for name in names {
        match (left.0.table(name), right.0.table(name)) {
            (Some(one), Some(other)) => reasons.extend(tables(one, other)),
            (Some(_), None) => {
                reasons.push(format!(
                    "has the table {name}, which the commit does not make"
                ));
            }
            (None, _) => reasons.push(format!("lacks the table {name}, which the commit makes")),
        }
    }
    match members::inside(shipped, rebuilt) {
        Some(found) if !found.is_empty() => reasons.extend(found),
        _ => reasons.extend(streams(left, right)),
    }
    if reasons.is_empty() {
        reasons.push(
            "holds the same tables and files; the compound file around them differs".to_owned(),
        );
    }
    reasons
}

fn open(path: &Path) -> Option<Opened> {
    read(BufReader::new(input::open(path).ok()?)).ok()
}

fn summaries(left: &Summary, right: &Summary) -> Vec<String> {
    if left == right {
        return Vec::new();
    }
    let revision = (left.revision != right.revision).then(|| {
        let (one, other) = (&left.revision, &right.revision);
        format!("its package code is {one}, and {other} when built again")
    });
    vec![revision.unwrap_or_else(|| "its summary information differs".to_owned())]
}

fn tables(left: &Table, right: &Table) -> Vec<String> {
    if left.columns != right.columns {
        return vec![format!("the columns of {} differ", left.name)];
    }
    let (one, other) = (by_key(left), by_key(right));
    let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let mut reasons = Vec::new();
    for key in keys {
        let place = format!("{}[{}]", left.name, shown(key));
        match (one.get(key), other.get(key)) {
            (Some(one), Some(other)) => reasons.extend(rows(left, &place, one, other)),
            (Some(_), None) => {
                reasons.push(format!(
                    "has the row {place}, which the commit does not make"
                ));
            }
            (None, _) => reasons.push(format!("lacks the row {place}, which the commit makes")),
        }
    }
    reasons
}

/// The rows, by their key columns.
fn by_key(table: &Table) -> BTreeMap<String, &Row> {
    let width = table.key_width().max(1);
    let key = |row: &Row| {
        let cells: Vec<String> = row.iter().take(width).map(cell).collect();
        cells.join(", ")
    };
    table.rows.iter().map(|row| (key(row), row)).collect()
}

fn rows(table: &Table, place: &str, left: &Row, right: &Row) -> Vec<String> {
    let cells = table.columns.iter().zip(left.iter().zip(right));
    cells
        .map(|(column, (one, other))| (column, cell(one), cell(other)))
        .filter(|(_, one, other)| one != other)
        .map(|(column, one, other)| {
            let kind = Kind::of(&one, &other);
            let (one, other) = (shown(&one), shown(&other));
            format!(
                "{place}.{}: `{one}`, and `{other}` when built again{kind}",
                column.name
            )
        })
        .collect()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        // Compared as streams.
        Value::Stream(_) => "stream".to_owned(),
        Value::Null => String::new(),
    }
}

/// Icons, binaries and cabinets, when nothing inside a cabinet tells more.
fn streams(mut left: Opened, mut right: Opened) -> Vec<String> {
    let names = |opened: &Opened| opened.0.streams.keys().cloned().collect::<BTreeSet<_>>();
    let (one, other) = (names(&left), names(&right));
    let mut reasons: Vec<String> = one
        .symmetric_difference(&other)
        .map(|name| format!("the stream `{}` is in one of them only", shown(name)))
        .collect();
    for name in one.intersection(&other) {
        if digest(&mut left, name) != digest(&mut right, name) {
            reasons.push(format!("the stream `{}` differs", shown(name)));
        }
    }
    reasons
}

fn digest(opened: &mut Opened, name: &str) -> Option<String> {
    let mut stream = opened.1.stream(name).ok()?;
    let mut meter = Meter::new(Digests::Sha256);
    let mut buffer = [0; 64 << 10];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        meter.update(&buffer[..read]);
    }
    Some(meter.finish().sha256)
}
