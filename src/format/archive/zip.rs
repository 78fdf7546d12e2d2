//! The zip writer: deflate, UTF-8 names, sizes after the data (PKWARE APPNOTE.TXT 6.3, 4.3.9), so that the
//! archive is hashed while it is written.

use std::io::Write;
use std::path::Path;

use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::{ArchiveError, Cancelled, Entry, Options, copy};
use crate::format::output::FileError;

/// From here an entry gets 64-bit sizes. Under 4 GiB by a margin, because data that does not compress grows.
const ZIP64_FROM: u64 = 0xF000_0000;

pub(super) fn write(
    entries: &[Entry],
    output: &mut dyn Write,
    archive: &Path,
    options: &Options,
    cancelled: Cancelled,
) -> Result<(), ArchiveError> {
    let mut zip = ZipWriter::new_stream(output);
    for entry in entries {
        append(&mut zip, entry, archive, options, cancelled)?;
    }
    let mut stream = zip.finish().map_err(|error| failed(error, archive))?;
    stream.flush().map_err(FileError::on("write", archive))?;
    Ok(())
}

fn append<W: Write>(
    zip: &mut ZipWriter<StreamWriter<W>>,
    entry: &Entry,
    archive: &Path,
    options: &Options,
    cancelled: Cancelled,
) -> Result<(), ArchiveError> {
    let (mut reader, size) = entry.source.open()?;
    let file = SimpleFileOptions::default()
        .compression_method(match options.level {
            0 => CompressionMethod::Stored,
            _ => CompressionMethod::Deflated,
        })
        .compression_level((options.level > 0).then_some(i64::from(options.level)))
        .last_modified_time(dos_time(options.modified))
        .system(System::Unix)
        .unix_permissions(entry.mode)
        .large_file(size >= ZIP64_FROM);
    zip.start_file(&entry.name, file)
        .map_err(|error| failed(error, archive))?;
    copy(entry, &mut reader, size, zip, archive, cancelled)
}

/// UTC in DOS's fields; what they cannot hold becomes their first or last time.
fn dos_time(seconds: u64) -> DateTime {
    let last =
        || DateTime::from_date_and_time(2107, 12, 31, 23, 59, 58).unwrap_or(DateTime::DEFAULT);
    let Some(time) = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
    else {
        return last();
    };
    let time = jiff::tz::TimeZone::UTC.to_datetime(time);
    let field = |value: i8| value.unsigned_abs();
    match time.year() {
        ..1980 => DateTime::DEFAULT,
        year => DateTime::from_date_and_time(
            year.unsigned_abs(),
            field(time.month()),
            field(time.day()),
            field(time.hour()),
            field(time.minute()),
            field(time.second()),
        )
        .unwrap_or_else(|_| last()),
    }
}

fn failed(error: zip::result::ZipError, archive: &Path) -> ArchiveError {
    FileError::on("write", archive)(error.into()).into()
}
