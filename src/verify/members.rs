//! The files inside an archive or a Windows Installer package, one after the other.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::format::archive::{self, Format};
use crate::format::cab::check_layout;
use crate::format::input;
use crate::format::msi::{Database, Row, Table, read};

/// What a visitor is told of a file: its path, with `/`, its mode where there is one, and its bytes.
pub(super) type Visitor<'a> = dyn FnMut(&str, Option<u32>, &mut dyn Read) + 'a;

/// Where the files of a package go, as its tables call it; paths in it are told without it.
const INSTALL_DIRECTORY: &str = "INSTALLDIR";
const ROOT: &str = "TARGETDIR";

/// Visits every file of an archive, or every file in the embedded cabinets of a package.
///
/// # Errors
/// When it cannot be read to its end.
pub(super) fn visit(path: &Path, visitor: &mut Visitor<'_>) -> io::Result<()> {
    match format(path) {
        Some(format) => archive::visit(path, format, &mut |name, mode, reader| {
            visitor(name, Some(mode), reader);
            Ok(())
        })
        .map_err(io::Error::other),
        None => package(path, visitor),
    }
}

/// The format of an archive; a Chocolatey package is a zip file.
fn format(path: &Path) -> Option<Format> {
    let is_package = path.extension().is_some_and(|end| end == "nupkg");
    Format::of_path(path).or(is_package.then_some(Format::Zip))
}

/// Unpacks one file of at most `size` bytes; `None` when it is not there.
///
/// # Errors
/// As [`visit`], and when the copy cannot be written.
pub(super) fn unpack(path: &Path, wanted: &str, size: u64) -> io::Result<Option<NamedTempFile>> {
    let mut unpacked = None;
    visit(path, &mut |name, _, reader| {
        if name == wanted {
            unpacked = Some(copy(&mut reader.take(size.saturating_add(1)), size));
        }
    })?;
    unpacked.transpose()
}

fn copy(reader: &mut dyn Read, size: u64) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    if io::copy(reader, &mut file)? > size {
        let message = format!("it is longer than the recorded {size} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok(file)
}

/// Visits every file in the embedded cabinets of a package.
///
/// # Errors
/// When it cannot be read to its end.
pub(super) fn package(path: &Path, visitor: &mut Visitor<'_>) -> io::Result<()> {
    let (database, mut reader) =
        read(BufReader::new(input::open(path)?)).map_err(io::Error::other)?;
    let paths = paths(&database);
    for name in cabinets(&database) {
        check_layout(reader.stream(&name).map_err(io::Error::other)?)?;
        let stream = reader.stream(&name).map_err(io::Error::other)?;
        let mut cabinet = cab::Cabinet::new(BufReader::new(stream))?;
        let keys: Vec<String> = cabinet
            .folder_entries()
            .flat_map(|folder| folder.file_entries())
            .map(|file| file.name().to_owned())
            .collect();
        for key in keys {
            let path = paths.get(&key).unwrap_or(&key);
            visitor(path, None, &mut cabinet.read_file(&key)?);
        }
    }
    Ok(())
}

/// The cabinets inside the package; others are files beside it.
fn cabinets(database: &Database) -> Vec<String> {
    let media = database.table("Media").into_iter();
    media
        .flat_map(|table| table.rows.iter().map(|row| table.text(row, "Cabinet")))
        .filter_map(|name| Some(name.strip_prefix('#')?.to_owned()))
        .collect()
}

/// The path of each file, by its key, which is its name in the cabinet.
fn paths(database: &Database) -> BTreeMap<String, String> {
    let components = database.table("Component");
    let component_rows = components.map(Table::by_key).unwrap_or_default();
    let folders = Folders::new(database);
    let files = database.table("File").into_iter();
    files
        .flat_map(|table| table.rows.iter().map(move |row| (table, row)))
        .map(|(table, row)| {
            let component = component_rows.get(table.text(row, "Component_"));
            let folder = components
                .zip(component)
                .map(|(components, component)| components.text(component, "Directory_"));
            let name = long_name(table.text(row, "FileName"));
            let path = folders.path(folder.unwrap_or_default()) + name;
            (table.text(row, "File").to_owned(), path)
        })
        .collect()
}

/// Folders in folders of a package; a chain that is longer, or leads to itself, ends there.
const DEEPEST: usize = 100;

/// The table `Directory`.
struct Folders<'a> {
    table: Option<&'a Table>,
    rows: BTreeMap<&'a str, &'a Row>,
}

impl<'a> Folders<'a> {
    fn new(database: &'a Database) -> Self {
        let table = database.table("Directory");
        Self {
            table,
            rows: table.map(Table::by_key).unwrap_or_default(),
        }
    }

    /// The path of a directory with a slash at its end: below the installation folder without it, elsewhere from the
    /// directory below the root.
    fn path(&self, directory: &'a str) -> String {
        let mut names = Vec::new();
        let mut current = directory;
        for _ in 0..DEEPEST {
            let Some((table, row)) = self.table.zip(self.rows.get(current)) else {
                break;
            };
            if current == INSTALL_DIRECTORY {
                break;
            }
            let parent = table.text(row, "Directory_Parent");
            if parent.is_empty() || parent == ROOT {
                names.push(format!("[{current}]/"));
                break;
            }
            let name = table.text(row, "DefaultDir").split(':').next();
            match long_name(name.unwrap_or_default()) {
                "." => {}
                name => names.push(format!("{name}/")),
            }
            current = parent;
        }
        names.into_iter().rev().collect()
    }
}

/// The long one of two names, as tables have them.
fn long_name(name: &str) -> &str {
    name.rsplit('|').next().unwrap_or(name)
}
