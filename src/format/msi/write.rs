use std::io::{self, BufWriter, Read, Seek, Write};

use cfb::CompoundFile;

use super::database::Database;
use super::encode::encode_table;
use super::error::DatabaseError;
use super::pool::Pool;
use super::schema;
use super::stream_name::{Content, pack};
use super::table::Table;
use super::value::{Source, Value};
use crate::format::input;

/// The class of installation packages, `000C1084-0000-0000-C000-000000000046`.
const PACKAGE_CLASS: uuid::Uuid = uuid::Uuid::from_u128(0x000c_1084_0000_0000_c000_0000_0000_0046);
const SUMMARY_STREAM: &str = "\u{5}SummaryInformation";

/// Writes the database as a compound file of version 3, every stream once and in order.
///
/// # Errors
/// Values that do not fit their columns or the code page, sources that cannot be read, and failures of `out`.
pub fn write<W: Read + Write + Seek>(database: &Database, out: W) -> Result<(), DatabaseError> {
    let tables = with_derived_tables(database);
    let mut pool = Pool::default();
    for value in tables.iter().flat_map(|table| table.rows.iter().flatten()) {
        pool.count(value.as_text().unwrap_or_default());
    }
    pool.number();

    let mut file =
        CompoundFile::create_with_version(cfb::Version::V3, out).map_err(write_error(""))?;
    file.set_storage_clsid("/", PACKAGE_CLASS)
        .map_err(write_error(""))?;
    let (references, texts) = pool.encode(database.code_page)?;
    put(
        &mut file,
        SUMMARY_STREAM,
        &mut &*database.summary.encode(database.code_page)?,
    )?;
    put(
        &mut file,
        &pack("_StringPool", Content::Table)?,
        &mut &*references,
    )?;
    put(
        &mut file,
        &pack("_StringData", Content::Table)?,
        &mut &*texts,
    )?;
    for table in &tables {
        let cells = encode_table(table, &pool)?;
        put(&mut file, &pack(&table.name, Content::Table)?, &mut &*cells)?;
    }
    for (name, source) in streams(database) {
        put_source(&mut file, &pack(&name, Content::Data)?, source)?;
    }
    file.flush().map_err(write_error(""))
}

/// The tables that are stored, with those that describe the others.
fn with_derived_tables(database: &Database) -> Vec<Table> {
    let mut tables: Vec<Table> = database.tables.values().cloned().collect();
    tables.push(schema::validation(&tables));
    let (names, columns) = schema::catalogue(&tables);
    tables.push(names);
    tables.push(columns);
    tables
}

/// All streams by name: those of table cells are called `Table.key`.
fn streams(database: &Database) -> Vec<(String, &Source)> {
    let mut streams: Vec<(String, &Source)> = database
        .streams
        .iter()
        .map(|(name, source)| (name.clone(), source))
        .collect();
    for table in database.tables.values() {
        for row in &table.rows {
            let keys: Vec<&str> = row[..table.key_width()]
                .iter()
                .filter_map(Value::as_text)
                .collect();
            let source = row.iter().find_map(|value| match value {
                Value::Stream(source) => Some(source),
                Value::Null | Value::Number(_) | Value::Text(_) => None,
            });
            streams.extend(
                source.map(|source| (format!("{}.{}", table.name, keys.join(".")), source)),
            );
        }
    }
    streams.sort_by(|a, b| a.0.cmp(&b.0));
    streams
}

fn put_source<W: Read + Write + Seek>(
    file: &mut CompoundFile<W>,
    name: &str,
    source: &Source,
) -> Result<(), DatabaseError> {
    match source {
        Source::Bytes(bytes) => put(file, name, &mut bytes.as_slice()),
        Source::File(path) => {
            let mut input = input::open(path).map_err(|source| DatabaseError::Source {
                path: path.clone(),
                source,
            })?;
            put(file, name, &mut input)
        }
    }
}

fn put<W: Read + Write + Seek>(
    file: &mut CompoundFile<W>,
    name: &str,
    data: &mut dyn Read,
) -> Result<(), DatabaseError> {
    let stream = file.create_new_stream(name).map_err(write_error(name))?;
    let mut stream = BufWriter::with_capacity(1 << 20, stream);
    io::copy(data, &mut stream)
        .and_then(|_| stream.flush())
        .map_err(write_error(name))
}

fn write_error(stream: &str) -> impl Fn(io::Error) -> DatabaseError {
    move |source| DatabaseError::Write {
        stream: stream.to_owned(),
        source,
    }
}
