//! Opening an archive again: every member's content is decoded, so that its checksums are checked.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::member::Names;
use super::{ArchiveError, Format};
use crate::format::output::{Digests, FileError, Meter};

/// The memory that an xz archive may ask for: more than any preset of `xz` does.
const XZ_MEMORY_KIB: u32 = 72 * 1024;

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
/// errors.
pub fn visit(path: &Path, format: Format, visitor: Visitor) -> Result<(), ArchiveError> {
    let file = BufReader::new(File::open(path).map_err(FileError::on("open", path))?);
    match format {
        Format::Zip => visit_zip(path, file, visitor),
        Format::TarGz => visit_tar(path, flate2::bufread::MultiGzDecoder::new(file), visitor),
        Format::TarXz => visit_tar(
            path,
            lzma_rust2::XzReader::new_mem_limit(file, false, XZ_MEMORY_KIB),
            visitor,
        ),
        Format::TarZst => {
            let decoder = zstd::Decoder::with_buffer(file).map_err(|error| damaged(path, error))?;
            visit_tar(path, decoder, visitor)
        }
    }
}

fn visit_zip(path: &Path, file: BufReader<File>, visitor: Visitor) -> Result<(), ArchiveError> {
    let mut zip = zip::ZipArchive::new(file).map_err(|error| damaged(path, error))?;
    let mut names = Names::default();
    for index in 0..zip.len() {
        let mut member = zip.by_index(index).map_err(|error| damaged(path, error))?;
        let name = member
            .name()
            .map_err(|error| damaged(path, error))?
            .into_owned();
        add_name(path, &mut names, &name)?;
        if !member.is_file() {
            return Err(damaged(path, format!("entry `{name}` is not a file")));
        }
        let mode = member.unix_mode().unwrap_or(0o644) & 0o7777;
        visitor(&name, mode, &mut member)?;
        drain(path, &mut member)?;
    }
    Ok(())
}

fn visit_tar(path: &Path, decoder: impl Read, visitor: Visitor) -> Result<(), ArchiveError> {
    let mut tar = tar::Archive::new(decoder);
    let mut names = Names::default();
    for member in tar.entries().map_err(|error| damaged(path, error))? {
        let mut member = member.map_err(|error| damaged(path, error))?;
        let name = String::from_utf8(member.path_bytes().into_owned())
            .map_err(|error| damaged(path, error))?;
        if !member.header().entry_type().is_file() {
            return Err(damaged(path, format!("entry `{name}` is not a file")));
        }
        add_name(path, &mut names, &name)?;
        let mode = member
            .header()
            .mode()
            .map_err(|error| damaged(path, error))?
            & 0o7777;
        visitor(&name, mode, &mut member)?;
        drain(path, &mut member)?;
    }
    // The compressor's own checksum stands at the end.
    drain(path, &mut tar.into_inner())
}

fn add_name(path: &Path, names: &mut Names, name: &str) -> Result<(), ArchiveError> {
    names.add(name).map_err(|source| ArchiveError::Name {
        archive: path.to_owned(),
        source,
    })
}

/// What the visitor left: checksums are known at the end only.
fn drain(path: &Path, reader: &mut dyn Read) -> Result<(), ArchiveError> {
    std::io::copy(reader, &mut std::io::sink()).map_err(|error| damaged(path, error))?;
    Ok(())
}

fn damaged(path: &Path, reason: impl ToString) -> ArchiveError {
    ArchiveError::Damaged {
        archive: path.to_owned(),
        reason: reason.to_string(),
    }
}
