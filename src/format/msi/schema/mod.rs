//! The standard tables' definitions (Windows Installer SDK, "Database Tables"), as far as packages of ours use them.

mod files;
mod product;
mod sequences;
mod system;

use super::column::{Category, Column, Kind};
use super::table::Table;
use super::value::Value;

/// An empty standard table; none for a name that is not defined here.
pub fn table(name: &str) -> Option<Table> {
    let columns = files::columns(name)
        .or_else(|| product::columns(name))
        .or_else(|| system::columns(name))
        .or_else(|| sequences::columns(name))?;
    Some(Table::new(name, columns))
}

/// The names of all standard tables that are defined here.
pub fn names() -> impl Iterator<Item = &'static str> {
    [
        files::NAMES,
        product::NAMES,
        system::NAMES,
        sequences::NAMES,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// `_Validation` for the given tables and itself.
pub(super) fn validation(tables: &[Table]) -> Table {
    let mut validation = Table::new("_Validation", validation_columns());
    let own = validation.clone();
    for table in tables.iter().chain([&own]) {
        for column in &table.columns {
            validation.push(validation_row(&table.name, column));
        }
    }
    validation
}

fn validation_row(table: &str, column: &Column) -> [Value; 9] {
    let text = |value: &Option<String>| Value::from(value.clone());
    [
        table.into(),
        column.name.as_str().into(),
        if column.nullable { "Y" } else { "N" }.into(),
        column.range.map(|(least, _)| least).into(),
        column.range.map(|(_, greatest)| greatest).into(),
        text(&column.key_table),
        column.key_table.as_ref().map(|_| 1).into(),
        column.category.map(Category::name).into(),
        text(&column.set),
    ]
}

fn validation_columns() -> Vec<Column> {
    let name = |name| plain(name, 32).category(Category::Identifier);
    let number = |name| int32(name, -i32::MAX, i32::MAX).nullable();
    vec![
        name("Table").key(),
        name("Column").key(),
        plain("Nullable", 4).set("Y;N"),
        number("MinValue"),
        number("MaxValue"),
        plain("KeyTable", 255)
            .category(Category::Identifier)
            .nullable(),
        int16("KeyColumn", 1, 32).nullable(),
        plain("Category", 32).set(CATEGORIES).nullable(),
        plain("Set", 255).category(Category::Text).nullable(),
        plain("Description", 255)
            .category(Category::Text)
            .nullable(),
    ]
}

/// All categories of the SDK, whether a table here uses them or not.
const CATEGORIES: &str = "Text;Formatted;Template;Condition;Guid;Path;Version;Language;Identifier;Binary;\
    UpperCase;LowerCase;Filename;Paths;AnyPath;WildCardFilename;RegPath;CustomSource;Property;Cabinet;Shortcut;\
    FormattedSDDLText;Integer;DoubleInteger;TimeDate;DefaultDir";

/// `_Tables` and `_Columns`, which describe all tables but themselves.
pub(super) fn catalogue(tables: &[Table]) -> (Table, Table) {
    let mut names = Table::new("_Tables", vec![plain("Name", 64).key()]);
    let mut columns = Table::new(
        "_Columns",
        vec![
            plain("Table", 64).key(),
            Column::new("Number", Kind::Int16).key(),
            plain("Name", 64),
            Column::new("Type", Kind::Int16),
        ],
    );
    for table in tables {
        names.push([table.name.as_str().into()]);
        for (number, column) in (1..).zip(&table.columns) {
            let (table, name) = (table.name.as_str(), column.name.as_str());
            columns.push([
                table.into(),
                Value::Number(number),
                name.into(),
                column.type_bits().into(),
            ]);
        }
    }
    (names, columns)
}

fn plain(name: &str, width: u8) -> Column {
    Column::new(
        name,
        Kind::Text {
            width,
            localizable: false,
        },
    )
}

fn localizable(name: &str, width: u8) -> Column {
    Column::new(
        name,
        Kind::Text {
            width,
            localizable: true,
        },
    )
}

/// An identifier of up to 72 characters.
fn identifier(name: &str) -> Column {
    plain(name, 72).category(Category::Identifier)
}

/// A foreign key of up to 72 characters.
fn reference(name: &str, tables: &str) -> Column {
    identifier(name).refers_to(tables)
}

fn int16(name: &str, least: i32, greatest: i32) -> Column {
    Column::new(name, Kind::Int16).range(least, greatest)
}

fn int32(name: &str, least: i32, greatest: i32) -> Column {
    Column::new(name, Kind::Int32).range(least, greatest)
}

fn stream(name: &str) -> Column {
    Column::new(name, Kind::Stream).category(Category::Binary)
}
