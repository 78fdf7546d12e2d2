use std::io::{self, Read, Seek, Write};

use msi::{ColumnType, Package, Select};

use super::codepage::CodePage;
use super::column::{Category, Column, Kind};
use super::database::Database;
use super::error::DatabaseError;
use super::guard;
use super::summary::Summary;
use super::table::Table;
use super::value::{Source, Value};

/// What the texts of all cells unfold to. Each cell refers to a text, and a reader that has it as its own must not be made
/// to fill the memory by one text in all cells.
const LARGEST_UNFOLDED: usize = 256 << 20;

/// A database that was opened by the crate `msi`.
pub struct Reader<F> {
    package: Package<F>,
}

/// Opens a database and reads all of its tables; streams of table cells become empty [`Source::Bytes`].
///
/// # Errors
/// A file that is not a database, or one that is damaged.
pub fn read<F: Read + Seek>(mut file: F) -> Result<(Database, Reader<F>), DatabaseError> {
    guard::check(&mut file)?;
    file.rewind().map_err(read_error("database"))?;
    let mut package = Package::open(file).map_err(read_error("database"))?;
    let number = package.database_codepage().id() as u16;
    // A database may name a code page that ours cannot write; its texts have been decoded already.
    let code_page = CodePage::from_number(number).unwrap_or(CodePage::WESTERN);
    let mut database = Database::new(code_page, summary(package.summary_info()));
    let definitions: Vec<Table> = package
        .tables()
        .filter(|table| !matches!(table.name(), "_Tables" | "_Columns"))
        .map(|table| Table::new(table.name(), table.columns().iter().map(column).collect()))
        .collect();
    let mut left = LARGEST_UNFOLDED;
    for mut table in definitions {
        let rows = package
            .select_rows(Select::table(&table.name))
            .map_err(read_error(&table.name))?;
        for row in rows {
            let length: usize = (0..table.columns.len())
                .map(|index| row[index].as_str().map_or(0, str::len))
                .sum();
            left = left
                .checked_sub(length)
                .ok_or_else(|| read_error(&table.name)(too_long()))?;
            table.rows.push(
                (0..table.columns.len())
                    .map(|index| cell(&row[index]))
                    .collect(),
            );
        }
        database.insert(table);
    }
    apply_validation(&mut database);
    let names: Vec<String> = package.streams().collect();
    database.streams = names
        .into_iter()
        .map(|name| (name, Source::Bytes(Vec::new())))
        .collect();
    Ok((database, Reader { package }))
}

impl<F: Read + Seek> Reader<F> {
    /// Opens a stream that is not a table.
    ///
    /// # Errors
    /// No such stream, or a damaged one.
    pub fn stream(&mut self, name: &str) -> Result<impl Read + Seek + use<'_, F>, DatabaseError> {
        self.package.read_stream(name).map_err(read_error(name))
    }

    /// Copies a stream.
    ///
    /// # Errors
    /// No such stream, a damaged one, or a failure of `out`.
    pub fn copy_stream(&mut self, name: &str, out: &mut impl Write) -> Result<u64, DatabaseError> {
        let mut stream = self.package.read_stream(name).map_err(read_error(name))?;
        io::copy(&mut stream, out).map_err(read_error(name))
    }

    /// Whether the file carries a signature.
    pub fn is_signed(&self) -> bool {
        self.package.has_digital_signature()
    }

    /// The database's code page as it is stored, also one that [`CodePage`] does not know.
    pub fn code_page_number(&self) -> i32 {
        self.package.database_codepage().id()
    }
}

fn column(column: &msi::Column) -> Column {
    let kind = match column.coltype() {
        ColumnType::Int16 => Kind::Int16,
        ColumnType::Int32 => Kind::Int32,
        ColumnType::Binary => Kind::Stream,
        ColumnType::Str(width) => Kind::Text {
            width: width as u8,
            localizable: column.is_localizable(),
        },
    };
    let mut result = Column::new(column.name(), kind);
    result.key = column.is_primary_key();
    result.nullable = column.is_nullable();
    result
}

fn cell(value: &msi::Value) -> Value {
    match value {
        msi::Value::Null => Value::Null,
        msi::Value::Binary => Value::Stream(Source::Bytes(Vec::new())),
        msi::Value::Int(number) => Value::Number(*number),
        msi::Value::Str(text) => Value::Text(text.clone()),
    }
}

/// Gives the columns the constraints that `_Validation` states, and takes that table out.
fn apply_validation(database: &mut Database) {
    let Some(validation) = database.tables.remove("_Validation") else {
        return;
    };
    for row in &validation.rows {
        let text =
            |name| Some(validation.text(row, name).to_owned()).filter(|text| !text.is_empty());
        let Some(table) = database.tables.get_mut(validation.text(row, "Table")) else {
            continue;
        };
        let Some(index) = table.position(validation.text(row, "Column")) else {
            continue;
        };
        let column = &mut table.columns[index];
        column.category = Category::from_name(validation.text(row, "Category"));
        column.key_table = text("KeyTable");
        column.set = text("Set");
        let least = validation.number(row, "MinValue");
        let greatest = validation.number(row, "MaxValue");
        if least.is_some() || greatest.is_some() {
            column.range = Some((least.unwrap_or(-i32::MAX), greatest.unwrap_or(i32::MAX)));
        }
    }
}

fn summary(info: &msi::SummaryInfo) -> Summary {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let languages: Vec<String> = info
        .languages()
        .iter()
        .map(|language| language.id().to_string())
        .collect();
    let created =
        info.creation_time()
            .map_or(0, |time| match time.duration_since(std::time::UNIX_EPOCH) {
                Ok(after) => after.as_secs() as i64,
                Err(before) => -(before.duration().as_secs() as i64),
            });
    Summary {
        title: text(info.title()),
        subject: text(info.subject()),
        author: text(info.author()),
        keywords: info.keywords().join(", "),
        comments: text(info.comments()),
        template: format!(
            "{};{}",
            info.arch().unwrap_or_default(),
            languages.join(",")
        ),
        revision: info
            .uuid()
            .map_or_else(String::new, |uuid| uuid.braced().to_string().to_uppercase()),
        created,
        page_count: info.page_count().unwrap_or_default(),
        word_count: info.word_count().unwrap_or_default(),
        application: text(info.creating_application()),
        security: info.doc_security().unwrap_or_default(),
    }
}

fn too_long() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("its texts unfold to more than {LARGEST_UNFOLDED} bytes"),
    )
}

fn read_error(part: &str) -> impl Fn(io::Error) -> DatabaseError {
    move |source| DatabaseError::Read {
        part: part.to_owned(),
        source,
    }
}
