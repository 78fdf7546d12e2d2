//! What the tables need to know of the files themselves.

use std::path::Path;

use super::error::PackageError;
use super::model::{Package, PackageFile};
use crate::format::pe::version;

/// What the tables need to know of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// Its size in bytes.
    pub size: u64,
    /// The version that its version resource carries, when it is an executable that has one.
    pub version: Option<ResourceVersion>,
    /// The MD5 of its data, by which Windows Installer compares files without a version; of others it is not computed.
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
    let gather = |file: &PackageFile| {
        let metadata = std::fs::metadata(&file.source).map_err(|source| PackageError::Source {
            path: file.source.clone(),
            source,
        })?;
        Ok(FileFacts {
            size: metadata.len(),
            version: resource_version(&file.source),
            md5: [0; 16],
        })
    };
    package.files.iter().map(gather).collect()
}

/// The version resource; none for anything but an executable that has one.
fn resource_version(path: &Path) -> Option<ResourceVersion> {
    let info = version::read(path).ok()??;
    let language = info.strings.first().map(|strings| strings.language);
    Some(ResourceVersion {
        number: info.file_version_text(),
        language: language.unwrap_or_default(),
    })
}
