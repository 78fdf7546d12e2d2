//! The tar reader: files, with names of any length (pax `path`, GNU `L`). The headers that stand before a file and speak
//! of it are read here and not by the crate `tar`, which takes them into memory whatever their size.

use std::io::{self, Read};
use std::path::Path;

use tar::{EntryType, PaxExtensions};

use super::ArchiveError;
use super::read::{Visitor, damaged};

/// The longest header beside a file: names are limited to far less.
const LONGEST_HEADER: u64 = 1 << 20;
/// Headers before one file: one of each kind.
const MOST_HEADERS: usize = 8;
/// Zeros after the end: GNU tar fills a record of 10 KiB, others up to 1 MiB.
const LONGEST_PADDING: u64 = 1 << 20;

/// Calls `show` for each file.
pub(super) fn entries(path: &Path, decoder: impl Read, show: Visitor) -> Result<(), ArchiveError> {
    let broken = |error: io::Error| damaged(path, error);
    let mut tar = tar::Archive::new(decoder);
    let mut pending = Pending::default();
    for entry in tar.entries().map_err(broken)?.raw(true) {
        let mut entry = entry.map_err(broken)?;
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::XHeader | EntryType::GNULongName) {
            pending.read(kind, &mut entry).map_err(broken)?;
            continue;
        }
        let name = match std::mem::take(&mut pending).name {
            Some(name) => name,
            None => String::from_utf8(entry.path_bytes().into_owned())
                .map_err(|error| damaged(path, error))?,
        };
        if !kind.is_file() {
            return Err(damaged(path, format!("entry `{name}` is not a file")));
        }
        let mode = entry.header().mode().map_err(broken)?;
        show(&name, mode, &mut entry)?;
    }
    if pending.headers > 0 {
        return Err(damaged(path, "its last header is about no file"));
    }
    // The compressor's own checksum stands at the end.
    padding(&mut tar.into_inner()).map_err(broken)
}

/// What headers say of the next file.
#[derive(Default)]
struct Pending {
    headers: usize,
    name: Option<String>,
}

impl Pending {
    fn read(&mut self, kind: EntryType, entry: &mut dyn Read) -> io::Result<()> {
        self.headers += 1;
        if self.headers > MOST_HEADERS {
            return Err(invalid("too many headers before a file"));
        }
        let mut bytes = Vec::new();
        entry.take(LONGEST_HEADER + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LONGEST_HEADER {
            return Err(invalid("a header before a file is longer than 1 MiB"));
        }
        let name = if kind == EntryType::XHeader {
            pax_path(&bytes)?
        } else {
            Some(bytes.strip_suffix(&[0]).unwrap_or(&bytes).to_vec())
        };
        if let Some(name) = name {
            let name = String::from_utf8(name).map_err(|_| invalid("a name is not UTF-8"))?;
            self.name = Some(name);
        }
        Ok(())
    }
}

/// The name in a pax header. Records that change what follows are refused: unpackers differ in what they make of them.
fn pax_path(bytes: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut path = None;
    for record in PaxExtensions::new(bytes) {
        let record = record?;
        match record.key_bytes() {
            b"path" => path = Some(record.value_bytes().to_vec()),
            key if key == b"size" || key.starts_with(b"GNU.sparse.") => {
                let key = String::from_utf8_lossy(key).into_owned();
                return Err(invalid(&format!("a pax header has a `{key}`")));
            }
            _ => {}
        }
    }
    Ok(path)
}

/// After the end are zeros, and not many.
fn padding(decoder: &mut dyn Read) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    let mut left = LONGEST_PADDING;
    loop {
        let read = match decoder.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        left = match left.checked_sub(read as u64) {
            Some(left) if buffer[..read].iter().all(|byte| *byte == 0) => left,
            _ => return Err(invalid("there is data after its end")),
        };
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
