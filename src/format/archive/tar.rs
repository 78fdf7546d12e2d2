//! The tar writer: POSIX ustar headers, a pax header (POSIX.1-2008, "pax Interchange Format") for a name that they
//! cannot hold, and one of three compressors.

use std::io::Write;
use std::num::NonZeroU64;
use std::path::Path;

use flate2::{Compression, GzBuilder};
use lzma_rust2::{XzOptions, XzWriter};
use tar::{EntryType, Header};

use super::{ArchiveError, Cancelled, Entry, Format, Options, copy};
use crate::format::output::FileError;

/// A tar block.
const BLOCK: u64 = 512;
/// The dictionary of xz. Its encoder takes about eleven times as much memory, and several archives are written at
/// once.
const XZ_DICTIONARY: u32 = 2 << 20;
/// Several blocks in a large file, so that `xz -T0` unpacks them side by side.
const XZ_BLOCK: NonZeroU64 = NonZeroU64::new(24 << 20).unwrap();

pub(super) fn write(
    entries: &[Entry],
    output: &mut dyn Write,
    archive: &Path,
    options: &Options,
    cancelled: Cancelled,
) -> Result<(), ArchiveError> {
    let fail = |error| FileError::on("write", archive)(error);
    let level = options.level;
    match options.format {
        Format::TarGz | Format::Zip => {
            let mut gz = GzBuilder::new()
                .mtime(0)
                .operating_system(255)
                .write(output, Compression::new(u32::from(level)));
            append_all(entries, &mut gz, archive, options, cancelled)?;
            gz.finish().map_err(fail)?;
        }
        Format::TarXz => {
            let mut xz = XzWriter::new(output, xz_options(level)).map_err(fail)?;
            append_all(entries, &mut xz, archive, options, cancelled)?;
            xz.finish().map_err(fail)?;
        }
        Format::TarZst => {
            let mut zst = zstd::Encoder::new(output, zstd_level(level)).map_err(fail)?;
            zst.include_checksum(true).map_err(fail)?;
            append_all(entries, &mut zst, archive, options, cancelled)?;
            zst.finish().map_err(fail)?;
        }
    }
    Ok(())
}

fn xz_options(level: u8) -> XzOptions {
    let mut options = XzOptions::with_preset(u32::from(level));
    options.lzma_options.dict_size = options.lzma_options.dict_size.min(XZ_DICTIONARY);
    options.set_block_size(Some(XZ_BLOCK));
    options
}

/// zstd counts further than the others. Its levels 9 to 13 gain what they can in 20 to 60 MB of memory.
fn zstd_level(level: u8) -> i32 {
    i32::from(level.max(1)) * 3 / 2
}

fn append_all(
    entries: &[Entry],
    writer: &mut dyn Write,
    archive: &Path,
    options: &Options,
    cancelled: Cancelled,
) -> Result<(), ArchiveError> {
    for entry in entries {
        append(entry, writer, archive, options, cancelled)?;
    }
    writer
        .write_all(&[0; 2 * BLOCK as usize])
        .map_err(FileError::on("write", archive))?;
    Ok(())
}

fn append(
    entry: &Entry,
    writer: &mut dyn Write,
    archive: &Path,
    options: &Options,
    cancelled: Cancelled,
) -> Result<(), ArchiveError> {
    let fail = |error| FileError::on("write", archive)(error);
    let (mut reader, size) = entry.source.open()?;
    let mut header = header(EntryType::Regular, size, options.modified);
    header.set_mode(entry.mode);
    if !entry.name.is_ascii() || header.set_path(&entry.name).is_err() {
        let record = pax_record("path", &entry.name);
        let mut extended = self::header(EntryType::XHeader, record.len() as u64, options.modified);
        extended.set_mode(0o644);
        extended.set_path("PaxHeaders/name").map_err(fail)?;
        extended.set_cksum();
        writer.write_all(extended.as_bytes()).map_err(fail)?;
        writer.write_all(record.as_bytes()).map_err(fail)?;
        pad(record.len() as u64, writer).map_err(fail)?;
        // Only a reader that knows no pax headers sees this name.
        header.set_path("file").map_err(fail)?;
    }
    header.set_cksum();
    writer.write_all(header.as_bytes()).map_err(fail)?;
    copy(entry, &mut reader, size, writer, archive, cancelled)?;
    pad(size, writer).map_err(fail)?;
    Ok(())
}

fn header(kind: EntryType, size: u64, modified: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mtime(modified);
    header.set_uid(0);
    header.set_gid(0);
    header
}

/// `LENGTH KEY=VALUE\n`, where the length counts itself.
fn pax_record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n")
}

fn pad(size: u64, writer: &mut dyn Write) -> std::io::Result<()> {
    let zeros = [0; BLOCK as usize];
    // Under 512 on every platform.
    writer.write_all(&zeros[..(size.next_multiple_of(BLOCK) - size) as usize])
}
