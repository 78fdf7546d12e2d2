use std::collections::BTreeMap;

use super::codepage::CodePage;
use super::summary::Summary;
use super::table::Table;
use super::value::Source;

/// A whole database.
#[derive(Debug, Clone)]
pub struct Database {
    /// The code page of all texts.
    pub code_page: CodePage,
    /// The summary information stream.
    pub summary: Summary,
    /// The tables by name. `_Tables`, `_Columns` and `_Validation` are not among them: they are derived.
    pub tables: BTreeMap<String, Table>,
    /// Streams that belong to no table cell, such as an embedded cabinet.
    pub streams: BTreeMap<String, Source>,
}

impl Database {
    /// An empty database.
    pub fn new(code_page: CodePage, summary: Summary) -> Self {
        Self {
            code_page,
            summary,
            tables: BTreeMap::new(),
            streams: BTreeMap::new(),
        }
    }

    /// Adds a table.
    pub fn insert(&mut self, table: Table) {
        self.tables.insert(table.name.clone(), table);
    }

    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// The value of a row of the table `Property`.
    pub fn property(&self, name: &str) -> Option<&str> {
        let table = self.table("Property")?;
        table.find(name).map(|row| table.text(row, "Value"))
    }
}
