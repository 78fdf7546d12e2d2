//! Opening an archive again: every member's content is decoded, so that its checksums are checked.
//!
//! The archive may be anybody's. What a few bytes of it can make us do has a limit: names, members, headers beside
//! them, memory of the decoders, and all bytes that it unpacks to ([`Budget`]).

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;

use super::budget::Budget;
use super::member::Names;
use super::{ArchiveError, Format, tar_read};
use crate::format::input;
use crate::format::output::{Digests, FileError, Meter};

/// The memory that an xz archive may ask for: more than any preset of `xz` does.
const XZ_MEMORY_KIB: u32 = 72 * 1024;
/// The window that a zstd archive may ask for, as a power of two: what `zstd -d` takes without `--long`
/// (`ZSTD_WINDOWLOG_LIMIT_DEFAULT`).
const ZSTD_WINDOW_LOG: u32 = 27;
/// Members of one archive.
const MOST_MEMBERS: usize = 200_000;

/// What an archive says about one of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its path inside the archive; a safe one.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// The permission bits.
    pub mode: u32,
    /// SHA-256 of the content, lower-case hexadecimal.
    pub sha256: String,
}

/// Shows a file inside an archive: its name, its permission bits and its content.
pub type Visitor<'a> = &'a mut dyn FnMut(&str, u32, &mut dyn Read) -> Result<(), ArchiveError>;

/// All members, in the archive's order.
pub fn list(path: &Path, format: Format) -> Result<Vec<Member>, ArchiveError> {
    let mut members = Vec::new();
    visit(path, format, &mut |name, mode, content| {
        let written =
            Meter::drain(content, Digests::Sha256).map_err(|error| damaged(path, error))?;
        members.push(Member {
            name: name.to_owned(),
            size: written.size,
            mode,
            sha256: written.sha256,
        });
        Ok(())
    })?;
    Ok(members)
}

/// Calls `visitor` for each member in the archive's order. Unsafe and double names, and anything but files, are
/// errors, and so is an archive that exceeds a limit.
pub fn visit(path: &Path, format: Format, visitor: Visitor) -> Result<(), ArchiveError> {
    let file = input::open(path).map_err(FileError::on("open", path))?;
    let packed = file.metadata().map_err(FileError::on("read", path))?.len();
    visit_within(path, format, file, &Budget::of_packed(packed), visitor)
}

pub(super) fn visit_within(
    path: &Path,
    format: Format,
    file: File,
    budget: &Budget,
    visitor: Visitor,
) -> Result<(), ArchiveError> {
    let mut file = BufReader::new(file);
    let mut members = Members {
        path,
        names: Names::default(),
        count: 0,
        visitor,
    };
    match format {
        Format::Zip => return visit_zip(file, budget, &mut members),
        Format::TarGz => visit_tar(
            budget.limit(flate2::bufread::MultiGzDecoder::new(&mut file)),
            &mut members,
        )?,
        Format::TarXz => {
            let decoder = lzma_rust2::XzReader::new_mem_limit(&mut file, false, XZ_MEMORY_KIB);
            visit_tar(budget.limit(decoder), &mut members)?;
        }
        Format::TarZst => {
            let mut decoder =
                zstd::Decoder::with_buffer(&mut file).map_err(|error| damaged(path, error))?;
            decoder
                .window_log_max(ZSTD_WINDOW_LOG)
                .map_err(|error| damaged(path, error))?;
            visit_tar(budget.limit(decoder), &mut members)?;
        }
    }
    // Not every decoder looks further than the end of its stream.
    let rest = file.fill_buf().map_err(|error| damaged(path, error))?;
    if !rest.is_empty() {
        return Err(damaged(path, "there is data after its end"));
    }
    Ok(())
}

/// What was seen of an archive's members.
struct Members<'a, 'v> {
    path: &'a Path,
    names: Names,
    count: usize,
    visitor: Visitor<'v>,
}

impl Members<'_, '_> {
    fn show(&mut self, name: &str, mode: u32, content: &mut dyn Read) -> Result<(), ArchiveError> {
        self.count += 1;
        if self.count > MOST_MEMBERS {
            return Err(self.damaged(format!("it has more than {MOST_MEMBERS} files")));
        }
        self.names.add(name).map_err(|source| ArchiveError::Name {
            archive: self.path.to_owned(),
            source,
        })?;
        (self.visitor)(name, mode & 0o7777, content)?;
        // What the visitor left: checksums are known at the end only.
        io::copy(content, &mut io::sink()).map_err(|error| self.damaged(error))?;
        Ok(())
    }

    fn damaged(&self, reason: impl ToString) -> ArchiveError {
        damaged(self.path, reason)
    }
}

fn visit_zip(
    file: BufReader<File>,
    budget: &Budget,
    members: &mut Members<'_, '_>,
) -> Result<(), ArchiveError> {
    let path = members.path;
    let mut zip = zip::ZipArchive::new(file).map_err(|error| damaged(path, error))?;
    // Entries over the same bytes unpack to any size.
    if zip
        .has_overlapping_entries()
        .map_err(|error| damaged(path, error))?
    {
        return Err(damaged(path, "two entries share the same bytes"));
    }
    for index in 0..zip.len() {
        let member = zip.by_index(index).map_err(|error| damaged(path, error))?;
        let name = member
            .name()
            .map_err(|error| damaged(path, error))?
            .into_owned();
        if !member.is_file() {
            return Err(damaged(path, format!("entry `{name}` is not a file")));
        }
        let mode = member.unix_mode().unwrap_or(0o644);
        members.show(&name, mode, &mut budget.limit(member))?;
    }
    Ok(())
}

fn visit_tar(decoder: impl Read, members: &mut Members<'_, '_>) -> Result<(), ArchiveError> {
    let path = members.path;
    tar_read::entries(path, decoder, &mut |name, mode, content| {
        members.show(name, mode, content)
    })
}

pub(super) fn damaged(path: &Path, reason: impl ToString) -> ArchiveError {
    ArchiveError::Damaged {
        archive: path.to_owned(),
        reason: reason.to_string(),
    }
}
