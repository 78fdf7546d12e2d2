//! The signature in a Windows file as its bytes: one PKCS #7 structure (DER), and nothing beside it.
//!
//! What lies beside the structure is covered by no digest, and so is refused: a second entry in the certificate table,
//! bytes after the structure, text after or within a script's block.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use ct_codecs::{Base64, Decoder as _};

use super::{damaged, msi, pe, script};
use crate::format::input;
use crate::format::output::FileError;

/// Microsoft's own are below 64 KiB; the longest that is read.
const LONGEST: u64 = 4 << 20;
/// `WIN_CERTIFICATE`: length, revision and type before the structure.
const ENTRY_HEADER: usize = 8;
/// `WIN_CERT_TYPE_PKCS_SIGNED_DATA`.
const PKCS_SIGNED_DATA: u16 = 2;

/// The PKCS #7 structure of a signed file; `None` when it has none or is of no kind that Authenticode signs here.
///
/// # Errors
/// When the file cannot be read, or something lies beside the structure.
pub fn signature(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    let mut file = input::open(path).map_err(FileError::on("open", path))?;
    let on_error = FileError::on("read", path);
    if super::is_script(path) {
        return of_script(&mut file).map_err(on_error);
    }
    of_binary(file).map_err(on_error)
}

fn of_binary<R: Read + Seek>(mut file: R) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    file.by_ref().take(8).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    if head == super::COMPOUND_FILE {
        return msi::signature(file, LONGEST)?
            .map(|bytes| alone(&bytes))
            .transpose();
    }
    if head.starts_with(b"MZ") {
        let Some(table) = pe::certificates(&mut file, LONGEST)? else {
            return Ok(None);
        };
        return entry(&table).map(Some);
    }
    Ok(None)
}

/// The structure in the one entry of a certificate table.
fn entry(table: &[u8]) -> io::Result<Vec<u8>> {
    let header: [u8; ENTRY_HEADER] = table
        .first_chunk()
        .copied()
        .ok_or_else(|| damaged("its certificate table is cut off"))?;
    let length = u32::from_le_bytes([header[0], header[1], header[2], header[3]]) as usize;
    let kind = u16::from_le_bytes([header[6], header[7]]);
    if kind != PKCS_SIGNED_DATA {
        return Err(damaged("its certificate table holds no signature"));
    }
    // Entries begin at multiples of eight.
    if length < ENTRY_HEADER || length.next_multiple_of(8) != table.len().next_multiple_of(8) {
        return Err(damaged("its certificate table has more than one entry"));
    }
    let end = length.min(table.len());
    if table[end..].iter().any(|byte| *byte != 0) {
        return Err(damaged("it has bytes after its signature"));
    }
    alone(&table[ENTRY_HEADER..end])
}

fn of_script(file: &mut File) -> io::Result<Option<Vec<u8>>> {
    let Some(block) = script::block(file)? else {
        return Ok(None);
    };
    let bytes = Base64::decode_to_vec(&block, None)
        .map_err(|_| damaged("its signature block is not base64"))?;
    alone(&bytes).map(Some)
}

/// The structure, when only zeros follow it.
fn alone(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let length = der_length(bytes).ok_or_else(|| damaged("its signature is not DER"))?;
    if bytes[length..].iter().any(|byte| *byte != 0) {
        return Err(damaged("it has bytes after its signature"));
    }
    Ok(bytes[..length].to_vec())
}

/// The length of the first DER value, a SEQUENCE, with its header; `None` when it is none or cut off.
fn der_length(bytes: &[u8]) -> Option<usize> {
    let (&[0x30, first], rest) = bytes.split_first_chunk::<2>()? else {
        return None;
    };
    let (header, length) = if first < 0x80 {
        (2, usize::from(first))
    } else {
        let count = usize::from(first & 0x7f);
        let digits = rest.get(..count).filter(|_| (1..=4).contains(&count))?;
        let fold = |sum: usize, byte: &u8| (sum << 8) | usize::from(*byte);
        (2 + count, digits.iter().fold(0, fold))
    };
    let end = header + length;
    (end <= bytes.len()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DER: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x07];

    fn table(entries: &[(u16, &[u8])]) -> Vec<u8> {
        let mut table = Vec::new();
        for (kind, bytes) in entries {
            table.extend(((bytes.len() + 8) as u32).to_le_bytes());
            table.extend([0, 2]);
            table.extend(kind.to_le_bytes());
            table.extend(*bytes);
            table.resize(table.len().next_multiple_of(8), 0);
        }
        table
    }

    #[test]
    fn only_the_structure_and_zeros_may_be_in_the_table() {
        assert_eq!(entry(&table(&[(2, &DER)])).unwrap(), DER);
        let long = [&DER[..], &[0; 3]].concat();
        assert_eq!(entry(&table(&[(2, &long)])).unwrap(), DER);
        let followed = [&DER[..], b"evil"].concat();
        for bad in [
            table(&[(2, &followed)]),
            table(&[(2, &DER), (2, &DER)]),
            table(&[(1, &DER)]),
            table(&[(2, &DER[..4])]),
            Vec::new(),
        ] {
            assert!(entry(&bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_script_ends_with_its_block() {
        use std::io::Write as _;
        let read = |text: &str| {
            let mut file = tempfile::Builder::new().suffix(".ps1").tempfile().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            signature(file.path())
        };
        let begin = "exit\r\n# SIG # Begin signature block\r\n";
        let end = "# SIG # End signature block";
        let good = format!("{begin}# MAMC\r\n# AQc=\r\n{end}\r\n");
        assert_eq!(read(&good).unwrap().unwrap(), DER);
        assert_eq!(read("exit\r\n").unwrap(), None);
        for bad in [
            format!("{begin}# MAMC\r\n# AQc=\r\n{end}\r\nevil\r\n"),
            format!("{begin}# MAMC\r\nevil\r\n# AQc=\r\n{end}\r\n"),
            format!("{begin}# MAMC\r\n# AQc=\r\n"),
            format!("{begin}# MAMC\r\n# AQc=\r\n{end} # evil"),
        ] {
            assert!(read(&bad).is_err(), "{bad}");
        }
    }
}
