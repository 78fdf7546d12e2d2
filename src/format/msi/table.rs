use std::collections::BTreeMap;

use super::column::Column;
use super::value::Value;

/// One row: a value for each column.
pub type Row = Vec<Value>;

/// A table: its definition and its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The name.
    pub name: String,
    /// The columns; those of the primary key come first.
    pub columns: Vec<Column>,
    /// The rows, in any order.
    pub rows: Vec<Row>,
}

impl Table {
    /// A table without rows.
    pub fn new(name: &str, columns: Vec<Column>) -> Self {
        Self {
            name: name.to_owned(),
            columns,
            rows: Vec::new(),
        }
    }

    /// Adds a row; columns that are left out at the end are empty.
    pub fn push(&mut self, values: impl IntoIterator<Item = Value>) {
        let mut row: Row = values.into_iter().collect();
        debug_assert!(
            row.len() <= self.columns.len(),
            "too many values for `{}`",
            self.name
        );
        row.resize(self.columns.len(), Value::Null);
        self.rows.push(row);
    }

    /// How many columns the primary key has.
    pub fn key_width(&self) -> usize {
        self.columns.iter().take_while(|column| column.key).count()
    }

    /// The position of a column.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|candidate| candidate.name == column)
    }

    /// A row's value in the column of that name; nothing when there is no such column.
    pub fn value<'a>(&self, row: &'a Row, column: &str) -> &'a Value {
        self.position(column)
            .and_then(|index| row.get(index))
            .unwrap_or(&Value::Null)
    }

    /// A row's text in the column of that name, empty when there is none.
    pub fn text<'a>(&self, row: &'a Row, column: &str) -> &'a str {
        self.value(row, column).as_text().unwrap_or_default()
    }

    /// A row's number in the column of that name.
    pub fn number(&self, row: &Row, column: &str) -> Option<i32> {
        self.value(row, column).as_number()
    }

    /// The rows by their first column, for many look-ups.
    pub fn by_key(&self) -> BTreeMap<&str, &Row> {
        self.rows
            .iter()
            .filter_map(|row| Some((row.first()?.as_text()?, row)))
            .collect()
    }

    /// The row whose first column is `key`.
    pub fn find(&self, key: &str) -> Option<&Row> {
        self.rows
            .iter()
            .find(|row| row.first().and_then(Value::as_text) == Some(key))
    }
}
