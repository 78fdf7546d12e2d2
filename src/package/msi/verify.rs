//! The written file against what was meant, read by code that is not ours: the crates `msi` and `cab`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::PackageError;
use super::tables::CABINET;
use super::validate::{Finding, Rule, validate};
use crate::format::cab::check_layout;
use crate::format::input;
use crate::format::msi::{Database, Reader, Row, Table, Value, read};

/// Reads `file` back and compares it with the database and with the hashes of the packed files. Messages
/// name `path`, which the file will get.
///
/// # Errors
/// A file that cannot be read, or each difference.
pub(super) fn verify(
    database: &Database,
    files: &[(String, [u8; 32])],
    file: &Path,
    path: &Path,
) -> Result<(), PackageError> {
    let database_error = |source| PackageError::Database {
        path: path.to_owned(),
        source,
    };
    let opened = input::open(file).map_err(|source| PackageError::Source {
        path: path.to_owned(),
        source,
    })?;
    let (back, mut reader) = read(BufReader::new(opened)).map_err(database_error)?;
    let mut differences = Vec::new();
    if back.summary != database.summary {
        differences.push("the summary information differs".to_owned());
    }
    for name in database.tables.keys().chain(back.tables.keys()) {
        match (database.table(name), back.table(name)) {
            (Some(meant), Some(written)) => compare(meant, written, &mut differences),
            (Some(_), None) => differences.push(format!("the table {name} is missing")),
            (None, Some(_)) => differences.push(format!("there is a table {name} too many")),
            (None, None) => {}
        }
    }
    if !files.is_empty() {
        match packed::<Sha256, _>(&mut reader, CABINET) {
            Ok(packed) => compare_files(files, &packed, &mut differences),
            Err(error) => differences.push(format!("the cabinet cannot be read: {error}")),
        }
    }
    differences.dedup();
    if differences.is_empty() {
        return Ok(());
    }
    Err(PackageError::Differs {
        path: path.to_owned(),
        differences,
    })
}

fn compare(meant: &Table, written: &Table, differences: &mut Vec<String>) {
    if meant.columns != written.columns {
        differences.push(format!("the columns of {} differ", meant.name));
        return;
    }
    let sorted = |table: &Table| {
        let mut rows: Vec<String> = table.rows.iter().map(comparable).collect();
        rows.sort();
        rows
    };
    for (meant_row, written_row) in sorted(meant).iter().zip(sorted(written)) {
        if *meant_row != written_row {
            differences.push(format!(
                "{}: {written_row} instead of {meant_row}",
                meant.name
            ));
        }
    }
    if meant.rows.len() != written.rows.len() {
        let (meant_rows, rows) = (meant.rows.len(), written.rows.len());
        differences.push(format!(
            "{} has {rows} rows instead of {meant_rows}",
            meant.name
        ));
    }
}

/// A row as text, with empty texts and nothing alike, and streams by their presence.
fn comparable(row: &Row) -> String {
    let cell = |value: &Value| match value {
        Value::Number(number) => number.to_string(),
        Value::Text(text) if !text.is_empty() => format!("{text:?}"),
        Value::Stream(_) => "stream".to_owned(),
        Value::Null | Value::Text(_) => "-".to_owned(),
    };
    row.iter().map(cell).collect::<Vec<_>>().join(" ")
}

fn compare_files(
    meant: &[(String, [u8; 32])],
    packed: &BTreeMap<String, Packed>,
    differences: &mut Vec<String>,
) {
    for (name, sha256) in meant {
        match packed.get(name) {
            Some(file) if file.digest == sha256 => {}
            Some(_) => differences.push(format!("{name} differs from its source")),
            None => differences.push(format!("{name} is missing in the cabinet")),
        }
    }
    if packed.len() != meant.len() {
        differences.push(format!(
            "the cabinet has {} files instead of {}",
            packed.len(),
            meant.len()
        ));
    }
}

/// A file as it comes out of the cabinet.
pub(super) struct Packed {
    pub(super) size: u64,
    /// By the hash that was asked for.
    pub(super) digest: Vec<u8>,
}

/// Unpacks the embedded cabinet and hashes its files, by name.
pub(super) fn packed<D: Digest + Send, F: Read + Seek>(
    reader: &mut Reader<F>,
    cabinet: &str,
) -> io::Result<BTreeMap<String, Packed>> {
    check_layout(reader.stream(cabinet).map_err(io::Error::other)?)?;
    let stream = reader.stream(cabinet).map_err(io::Error::other)?;
    let mut cabinet = cab::Cabinet::new(BufReader::new(stream))?;
    let names: Vec<String> = cabinet
        .folder_entries()
        .flat_map(|folder| folder.file_entries())
        .map(|file| file.name().to_owned())
        .collect();
    let mut files = BTreeMap::new();
    for name in names {
        let file = hashed::<D>(&mut cabinet.read_file(&name)?)?;
        files.insert(name, file);
    }
    Ok(files)
}

/// Reads to the end; a large file is hashed beside the reading, which unpacks.
fn hashed<D: Digest + Send>(file: &mut impl Read) -> io::Result<Packed> {
    const PIECE: u64 = 1 << 18;
    let mut piece = || {
        let mut data = Vec::with_capacity(PIECE as usize);
        file.by_ref()
            .take(PIECE)
            .read_to_end(&mut data)
            .map(|_| data)
    };
    let mut size = 0;
    let mut digest = D::new();
    let first = piece()?;
    size += first.len() as u64;
    digest.update(&first);
    if size == PIECE {
        digest = std::thread::scope(|scope| {
            let (sender, pieces) = std::sync::mpsc::sync_channel::<Vec<u8>>(8);
            let hasher = scope.spawn(move || {
                pieces.iter().for_each(|data| digest.update(data));
                digest
            });
            loop {
                let data = piece()?;
                size += data.len() as u64;
                if data.is_empty() || sender.send(data).is_err() {
                    break;
                }
            }
            drop(sender);
            let digest = hasher.join();
            digest.map_err(|_| io::Error::other("the hash could not be computed"))
        })?;
    }
    Ok(Packed {
        size,
        digest: digest.finalize().to_vec(),
    })
}

/// Checks a package without knowing what was meant: Windows Installer's rules, and the cabinet's files against
/// the tables' sizes and hashes.
///
/// # Errors
/// A file that cannot be read as a package.
pub fn check(path: &Path) -> Result<Vec<Finding>, PackageError> {
    let (database, mut reader) = open(path)?;
    // The rules are those of our own packages; other tools' have what they have.
    let ours = database.summary.application == super::tables::APPLICATION;
    let mut findings = if ours {
        validate(&database)
    } else {
        Vec::new()
    };
    let place = |name: &str| format!("File[{name}]");
    let mut complain = |place: String, message: &str| {
        findings.push(Finding {
            rule: Rule::Gr11,
            place,
            message: message.to_owned(),
        });
    };
    let embedded = embedded_cabinets(&database);
    let mut files = BTreeMap::new();
    for name in &embedded {
        match packed::<md5::Md5, _>(&mut reader, name) {
            Ok(unpacked) => files.extend(unpacked),
            Err(error) => complain(
                format!("Media[{name}]"),
                &format!("the cabinet cannot be read: {error}"),
            ),
        }
    }
    let hashes = database.table("MsiFileHash");
    let hash_rows = hashes.map(Table::by_key).unwrap_or_default();
    let hash_agrees = |name: &str, file: &Packed| match (hashes, hash_rows.get(name)) {
        (Some(table), Some(row)) => hash_agrees(table, row, file),
        _ => true,
    };
    // Files outside of the package cannot be looked at.
    let table = database.table("File").filter(|_| !embedded.is_empty());
    for row in table.iter().flat_map(|table| &table.rows) {
        let Some(table) = table else { continue };
        let name = table.text(row, "File");
        match files.get(name) {
            None => complain(place(name), "it is missing in the cabinet"),
            Some(file)
                if Some(file.size)
                    != table
                        .number(row, "FileSize")
                        .and_then(|size| size.try_into().ok()) =>
            {
                complain(
                    place(name),
                    "its size is not that of the file in the cabinet",
                );
            }
            Some(file) if !hash_agrees(name, file) => {
                complain(
                    place(name),
                    "its hash is not that of the file in the cabinet",
                );
            }
            Some(_) => {}
        }
    }
    Ok(findings)
}

/// Opens a package for reading.
pub(super) fn open(path: &Path) -> Result<(Database, Reader<BufReader<File>>), PackageError> {
    let file = input::open(path).map_err(|source| PackageError::Source {
        path: path.to_owned(),
        source,
    })?;
    read(BufReader::new(file)).map_err(|source| PackageError::Database {
        path: path.to_owned(),
        source,
    })
}

fn embedded_cabinets(database: &Database) -> Vec<String> {
    let media = database.table("Media");
    let names = media
        .iter()
        .flat_map(|table| table.rows.iter().map(|row| table.text(row, "Cabinet")));
    names
        .filter_map(|name| name.strip_prefix('#'))
        .map(str::to_owned)
        .collect()
}

fn hash_agrees(table: &Table, row: &Row, file: &Packed) -> bool {
    let (words, _) = file.digest.as_chunks::<4>();
    let columns = ["HashPart1", "HashPart2", "HashPart3", "HashPart4"];
    let same = |(word, column): (&[u8; 4], &str)| {
        table.number(row, column) == Some(i32::from_le_bytes(*word))
    };
    words.iter().zip(columns).all(same)
}
