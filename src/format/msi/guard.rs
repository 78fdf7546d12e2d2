//! What a database says of itself, checked before a reader believes it.
//!
//! The crate `msi` panics on a null in `_Tables`, `_Columns` or `_Validation`, reserves memory for lengths that nothing
//! stands behind, and copies a text for each cell that refers to it.

use std::io::{self, Read, Seek};

use cfb::CompoundFile;

use super::error::DatabaseError;
use super::stream_name::{Content, pack};

/// `PID_CODEPAGE` and its like ([MS-OLEPS]).
const SUMMARY: &str = "\u{5}SummaryInformation";
const LONG_REFERENCES: u32 = 0x8000_0000;
/// All texts of a database; those of a package with 65,536 files need about 10 MB.
const LONGEST_TEXTS: u64 = 64 << 20;
/// One text: Windows Installer itself reads no longer script or condition.
const LONGEST_TEXT: u64 = 1 << 20;
/// Cells of one table: 65,536 rows of twenty columns of four bytes.
const LARGEST_TABLE: u64 = 8 << 20;
/// What the texts of one system table unfold to.
const LARGEST_UNFOLDED: u64 = 16 << 20;
/// Windows Installer has at most 32 columns in a table.
const MOST_COLUMNS: usize = 64;
/// Storages in storages: a package has transforms and packages in it, each one level.
const DEEPEST: usize = 8;

/// A column of a system table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    /// A text that must be there.
    Text,
    /// A text.
    OptionalText,
    /// A number of 16 bits that must be there.
    Number,
    /// A number of this many bytes.
    OptionalNumber(usize),
}

use Column::{Number, OptionalNumber, OptionalText, Text};

/// The system tables as the crate reads them.
const TABLES: [(&str, &[Column]); 3] = [
    ("_Tables", &[Text]),
    ("_Columns", &[Text, Number, Text, Number]),
    (
        "_Validation",
        &[
            Text,
            Text,
            Text,
            OptionalNumber(4),
            OptionalNumber(4),
            OptionalText,
            OptionalNumber(2),
            OptionalText,
            OptionalText,
            OptionalText,
        ],
    ),
];

/// Checks the system tables, the string pool, the summary information and the sizes of all tables.
///
/// # Errors
/// For what the crate would not survive; it sees to the rest itself.
pub(super) fn check<F: Read + Seek>(file: F) -> Result<(), DatabaseError> {
    let part = |part: &str| {
        let part = part.to_owned();
        move |source| DatabaseError::Read { part, source }
    };
    let mut compound = CompoundFile::open(file).map_err(part("database"))?;
    sizes(&mut compound).map_err(part("database"))?;
    if compound.is_stream(SUMMARY) {
        summary(&stream(&mut compound, SUMMARY).map_err(part("summary information"))?)
            .map_err(part("summary information"))?;
    }
    let pool = table(&mut compound, "_StringPool")?;
    let data = table(&mut compound, "_StringData")?;
    let pool = Pool::read(&pool, data.len() as u64).map_err(part("_StringPool"))?;
    for (name, columns) in TABLES {
        let cells = table(&mut compound, name)?;
        system_table(&cells, columns, &pool).map_err(part(name))?;
        if name == "_Columns" {
            columns_of_tables(&cells, &pool).map_err(part(name))?;
        }
    }
    Ok(())
}

/// No table is larger than any package needs, and storages are not nested without end.
fn sizes<F: Read + Seek>(compound: &mut CompoundFile<F>) -> io::Result<()> {
    let pool = packed("_StringData");
    for entry in compound.walk() {
        if entry.path().components().count() > DEEPEST {
            return Err(damaged("storages are nested too deeply"));
        }
        let limit = match entry.name() {
            name if Some(name) == pool.as_deref() => LONGEST_TEXTS,
            name if name == SUMMARY || name.starts_with('\u{4840}') => LARGEST_TABLE,
            _ => continue,
        };
        if entry.len() > limit {
            return Err(damaged(&format!("a table has more than {limit} bytes")));
        }
    }
    Ok(())
}

fn packed(table: &str) -> Option<String> {
    pack(table, Content::Table).ok()
}

/// The content of a table's stream; empty when there is none.
fn table<F: Read + Seek>(
    compound: &mut CompoundFile<F>,
    name: &str,
) -> Result<Vec<u8>, DatabaseError> {
    let path = pack(name, Content::Table)?;
    if !compound.is_stream(&path) {
        return Ok(Vec::new());
    }
    stream(compound, &path).map_err(|source| DatabaseError::Read {
        part: name.to_owned(),
        source,
    })
}

fn stream<F: Read + Seek>(compound: &mut CompoundFile<F>, path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    compound
        .open_stream(path)?
        .take(LONGEST_TEXTS)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The lengths of texts.
struct Pool {
    lengths: Vec<u64>,
    reference_bytes: usize,
}

impl Pool {
    fn read(pool: &[u8], data: u64) -> io::Result<Self> {
        let header = u32_at(pool, 0).unwrap_or_default();
        let mut lengths = Vec::new();
        let mut at = 4;
        let mut total = 0_u64;
        while let Some(length) = u16_at(pool, at) {
            let uses = u16_at(pool, at + 2).ok_or_else(|| damaged("it is cut off"))?;
            let mut length = u64::from(length);
            at += 4;
            if length == 0 && uses > 0 {
                length = u32_at(pool, at)
                    .ok_or_else(|| damaged("it is cut off"))?
                    .into();
                at += 4;
            }
            if length > LONGEST_TEXT {
                return Err(damaged(&format!(
                    "a text has more than {LONGEST_TEXT} bytes"
                )));
            }
            total += length;
            lengths.push(length);
        }
        if total > data {
            return Err(damaged("its texts are longer than the data"));
        }
        Ok(Self {
            lengths,
            reference_bytes: if header & LONG_REFERENCES == 0 { 2 } else { 3 },
        })
    }

    fn length(&self, reference: u32) -> u64 {
        let index = (reference as usize).checked_sub(1);
        index
            .and_then(|index| self.lengths.get(index))
            .copied()
            .unwrap_or_default()
    }

    fn width(&self, column: Column) -> usize {
        match column {
            Text | OptionalText => self.reference_bytes,
            Number => 2,
            OptionalNumber(bytes) => bytes,
        }
    }
}

/// Cells stand column by column; nothing that must be there is null, and the texts fit into memory.
fn system_table(cells: &[u8], columns: &[Column], pool: &Pool) -> io::Result<()> {
    let row: usize = columns.iter().map(|column| pool.width(*column)).sum();
    let rows = cells.len() / row;
    let mut at = 0;
    let mut unfolded = 0_u64;
    for column in columns {
        let width = pool.width(*column);
        for cell in cells[at..at + rows * width].chunks_exact(width) {
            let value = cell
                .iter()
                .rev()
                .fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
            if value == 0 && matches!(column, Text | Number) {
                return Err(damaged("a value is missing"));
            }
            if matches!(column, Text | OptionalText) {
                unfolded += pool.length(value);
            }
        }
        at += rows * width;
    }
    if unfolded > LARGEST_UNFOLDED {
        return Err(damaged("its texts are too long"));
    }
    Ok(())
}

/// No table has more columns than Windows Installer takes: a row is in memory as a whole.
fn columns_of_tables(cells: &[u8], pool: &Pool) -> io::Result<()> {
    let row = 2 * pool.reference_bytes + 4;
    let rows = cells.len() / row;
    let names = &cells[..rows * pool.reference_bytes];
    let mut count = std::collections::BTreeMap::<&[u8], usize>::new();
    for name in names.chunks_exact(pool.reference_bytes) {
        let columns = count.entry(name).or_default();
        *columns += 1;
        if *columns > MOST_COLUMNS {
            return Err(damaged(&format!(
                "a table has more than {MOST_COLUMNS} columns"
            )));
        }
    }
    Ok(())
}

/// No text of the property set ([MS-OLEPS] 2.21) is longer than the stream.
fn summary(bytes: &[u8]) -> io::Result<()> {
    const OFFSET_OF_SECTION: usize = 44;
    const TEXT: u32 = 30;
    let Some(section) = u32_at(bytes, OFFSET_OF_SECTION).map(|offset| offset as usize) else {
        return Ok(());
    };
    let count = u32_at(bytes, section.saturating_add(4)).unwrap_or_default() as usize;
    for index in 0..count {
        let entry = section
            .saturating_add(8)
            .saturating_add(index.saturating_mul(8));
        let Some(offset) = u32_at(bytes, entry.saturating_add(4)) else {
            return Err(damaged("it is cut off"));
        };
        let value = section.saturating_add(offset as usize);
        if u32_at(bytes, value) == Some(TEXT)
            && u32_at(bytes, value.saturating_add(4))
                .is_some_and(|length| length as usize > bytes.len())
        {
            return Err(damaged("a text is longer than the stream"));
        }
    }
    Ok(())
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes([two[0], two[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("it is damaged: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_must_be_there_and_of_a_bearable_length() {
        // Code page 1252, then length and uses of each text; a length of 0 in use is followed by 32 bits.
        let pool = |texts: &[u8]| [&[0xe4, 4, 0, 0], texts].concat();
        let read = |bytes: &[u8], data: u64| {
            Pool::read(bytes, data)
                .map(|pool| pool.lengths)
                .map_err(|error| error.to_string())
        };
        assert_eq!(read(&pool(&[3, 0, 1, 0, 0, 0, 0, 0]), 3).unwrap(), [3, 0]);
        for (texts, what) in [
            (&[3, 0, 1, 0][..], "longer than the data"),
            (&[0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff][..], "more than"),
            (&[0, 0, 1, 0, 1, 0][..], "cut off"),
            (&[3, 0, 1][..], "cut off"),
        ] {
            let said = read(&pool(texts), 2).unwrap_err();
            assert!(said.contains(what), "{texts:?}: {said}");
        }
    }

    #[test]
    fn a_text_that_every_row_repeats_is_counted_each_time() {
        let pool = Pool {
            lengths: vec![LONGEST_TEXT],
            reference_bytes: 2,
        };
        assert!(system_table(&[1, 0].repeat(16), &[Text], &pool).is_ok());
        assert!(system_table(&[1, 0].repeat(17), &[Text], &pool).is_err());
        assert!(system_table(&[0, 0], &[Text], &pool).is_err());
        assert!(columns_of_tables(&[1, 0].repeat(65 * 4), &pool).is_err());
    }

    #[test]
    fn a_text_of_the_summary_fits_into_it() {
        let set = |length: u32| {
            let mut bytes = vec![0; 44];
            for number in [48, 0, 1, 2, 16, 30, length, 0] {
                bytes.extend_from_slice(&u32::to_le_bytes(number));
            }
            bytes
        };
        assert!(summary(&set(4)).is_ok());
        assert!(summary(&set(u32::MAX)).is_err());
    }
}
