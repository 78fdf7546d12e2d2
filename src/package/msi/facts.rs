//! What the tables need to know of the files themselves.

use std::fs::File;
use std::path::Path;

use object::read::ReadCache;
use object::read::pe::{ImageNtHeaders, PeFile32, PeFile64, ResourceDirectoryEntryData};
use object::{FileKind, LittleEndian as LE};

use super::error::PackageError;
use super::model::Package;

/// What the tables need to know of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// Its size in bytes.
    pub size: u64,
    /// The version that its version resource carries, when it is an executable that has one.
    pub version: Option<ResourceVersion>,
    /// The MD5 of its data, as Windows Installer compares files without a version.
    pub md5: [u8; 16],
}

/// The version resource of an executable, as far as Windows Installer looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceVersion {
    /// `a.b.c.d`.
    pub number: String,
    /// The resource's language identifier.
    pub language: u16,
}

/// The facts of a package's files, in their order, without the MD5, which comes from packing them.
///
/// # Errors
/// A file that cannot be read.
pub fn gather(package: &Package) -> Result<Vec<FileFacts>, PackageError> {
    let facts = |path: &Path| -> std::io::Result<FileFacts> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Ok(FileFacts {
            size,
            version: resource_version(file),
            md5: [0; 16],
        })
    };
    let gather = |file: &super::model::PackageFile| {
        facts(&file.source).map_err(|source| PackageError::Source {
            path: file.source.clone(),
            source,
        })
    };
    package.files.iter().map(gather).collect()
}

/// The version resource; none for anything but an executable that has one.
fn resource_version(file: File) -> Option<ResourceVersion> {
    let cache = ReadCache::new(file);
    match FileKind::parse(&cache).ok()? {
        FileKind::Pe32 => of_image(&PeFile32::parse(&cache).ok()?),
        FileKind::Pe64 => of_image(&PeFile64::parse(&cache).ok()?),
        _ => None,
    }
}

fn of_image<'data, Pe, R>(file: &object::read::pe::PeFile<'data, Pe, R>) -> Option<ResourceVersion>
where
    Pe: ImageNtHeaders,
    R: object::ReadRef<'data>,
{
    const RT_VERSION: u16 = 16;
    let sections = file.section_table();
    let directory = file
        .data_directories()
        .resource_directory(file.data(), &sections)
        .ok()??;
    let types = directory.root().ok()?;
    let versions = types
        .entries
        .iter()
        .find(|entry| entry.name_or_id().id() == Some(RT_VERSION))?;
    let ResourceDirectoryEntryData::Table(names) = versions.data(directory).ok()? else {
        return None;
    };
    let ResourceDirectoryEntryData::Table(languages) =
        names.entries.first()?.data(directory).ok()?
    else {
        return None;
    };
    let language = languages.entries.first()?;
    let ResourceDirectoryEntryData::Data(data) = language.data(directory).ok()? else {
        return None;
    };
    let bytes = sections
        .iter()
        .find_map(|section| section.pe_data_at(file.data(), data.offset_to_data.get(LE)))?;
    let bytes = bytes.get(..data.size.get(LE) as usize)?;
    Some(ResourceVersion {
        number: fixed_version(bytes)?,
        language: language.name_or_id().id().unwrap_or_default(),
    })
}

/// The file version of VS_FIXEDFILEINFO, which follows the block's header and its name `VS_VERSION_INFO`.
fn fixed_version(block: &[u8]) -> Option<String> {
    const FIXED_OFFSET: usize = 40;
    const SIGNATURE: u32 = 0xfeef_04bd;
    let word = |index: usize| -> Option<u32> {
        let start = FIXED_OFFSET + index * 4;
        Some(u32::from_le_bytes(
            block.get(start..start + 4)?.try_into().ok()?,
        ))
    };
    if word(0)? != SIGNATURE {
        return None;
    }
    let (high, low) = (word(2)?, word(3)?);
    Some(format!(
        "{}.{}.{}.{}",
        high >> 16,
        high & 0xffff,
        low >> 16,
        low & 0xffff
    ))
}
