//! PE files: the hash leaves out the checksum field, the certificate table's directory entry and that table.
//!
//! Source: Microsoft, "Windows Authenticode Portable Executable Signature Format", section "Calculating the PE Image
//! Hash"; the file is hashed in its own order, as all signing tools do.

use std::io::{self, Read, Seek, SeekFrom};

use sha2::{Digest, Sha256};

use super::{Inspection, Kind, damaged, hash};

/// Offset of the checksum field from the PE signature: 4 bytes of signature, 20 of file header, 64 of optional header.
const CHECKSUM: u64 = 88;
/// Offset of the optional header from the PE signature.
const OPTIONAL_HEADER: u64 = 24;
/// The certificate table is the fifth data directory.
const CERTIFICATE_DIRECTORY: u32 = 4;

/// Where the parts lie that the hash leaves out.
struct Layout {
    checksum: u64,
    directory: u64,
    /// Offset and size of the certificate table, when there is one.
    certificates: Option<(u64, u64)>,
}

pub(super) fn inspect<R: Read + Seek>(file: &mut R) -> io::Result<Inspection> {
    let length = file.seek(SeekFrom::End(0))?;
    let layout = layout(file)?;
    let end = match layout.certificates {
        Some((offset, size)) if offset.checked_add(size) == Some(length) => offset,
        Some(_) => return Err(damaged("its certificate table is not at its end")),
        None => length,
    };
    let after_directory = layout.directory + 8;
    if after_directory > end {
        return Err(damaged("its headers are cut off"));
    }
    let mut hasher = Sha256::new();
    for (start, stop) in [
        (0, layout.checksum),
        (layout.checksum + 4, layout.directory),
        (after_directory, end),
    ] {
        file.seek(SeekFrom::Start(start))?;
        if hash(&mut hasher, file.by_ref(), stop - start)? != stop - start {
            return Err(damaged("it is cut off"));
        }
    }
    // A signer fills the file up to a multiple of eight before it appends the table.
    let padding = (end.next_multiple_of(8) - end) as usize;
    hasher.update(&[0; 8][..padding]);
    Ok(Inspection {
        kind: Kind::Pe,
        is_signed: layout.certificates.is_some(),
        digest: Some(hasher.finalize().into()),
    })
}

/// The certificate table of a signed file.
pub(super) fn certificates<R: Read + Seek>(
    file: &mut R,
    longest: u64,
) -> io::Result<Option<Vec<u8>>> {
    let Some((offset, size)) = layout(file)?.certificates else {
        return Ok(None);
    };
    if size > longest {
        return Err(damaged("its certificate table is too long"));
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut table = Vec::new();
    file.by_ref().take(size).read_to_end(&mut table)?;
    Ok(Some(table))
}

fn layout<R: Read + Seek>(file: &mut R) -> io::Result<Layout> {
    let pe = u64::from(u32_at(file, 0x3c)?);
    if u32_at(file, pe)? != u32::from_le_bytes(*b"PE\0\0") {
        return Err(damaged("it has no PE header"));
    }
    let optional = pe + OPTIONAL_HEADER;
    let directories = match u32_at(file, optional)? & 0xffff {
        0x10b => optional + 96,
        0x20b => optional + 112,
        _ => return Err(damaged("its optional header is of no known kind")),
    };
    if u32_at(file, directories - 4)? <= CERTIFICATE_DIRECTORY {
        return Err(damaged("it has no place for a certificate table"));
    }
    let directory = directories + 8 * u64::from(CERTIFICATE_DIRECTORY);
    let (offset, size) = (u32_at(file, directory)?, u32_at(file, directory + 4)?);
    Ok(Layout {
        checksum: pe + CHECKSUM,
        directory,
        certificates: (size != 0).then_some((offset.into(), size.into())),
    })
}

fn u32_at<R: Read + Seek>(file: &mut R, offset: u64) -> io::Result<u32> {
    let mut bytes = [0; 4];
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(&mut bytes)
        .map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => damaged("its headers are cut off"),
            _ => error,
        })?;
    Ok(u32::from_le_bytes(bytes))
}
