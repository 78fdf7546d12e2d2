use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use md5::Md5;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use uuid::Uuid;

use super::error::PackageError;
use super::facts::{FileFacts, gather};
use super::identity::{braced, package_code, product_code};
use super::model::Package;
use super::tables::{self, CABINET, file_key, install_order};
use super::validate::validate;
use super::verify::verify;
use crate::format::cab::{DosTime, Level, Member, write_cabinet};
use crate::format::input;
use crate::format::msi::{Database, Source, Value};

/// A package that was written and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The identity of this version of the product.
    pub product_code: Uuid,
    /// The identity of this very file.
    pub package_code: Uuid,
    /// `a.b.c`, as Windows Installer compares it.
    pub product_version: String,
    /// Each file's key in the package with the SHA-256 of what was packed.
    pub files: Vec<(String, [u8; 32])>,
}

/// The database of a package whose files do not exist yet, for a check before anything is compiled: sizes
/// are zero, and executables have no version.
pub fn outline(package: &Package) -> Database {
    let facts = vec![FileFacts::default(); package.files.len()];
    tables::database(package, &facts)
}

/// Writes the package to `path`, through a temporary file beside it, which takes its place only after it was
/// read back and found to be what was meant.
///
/// # Errors
/// Files that cannot be read or written, broken rules of Windows Installer, and differences on reading back.
pub fn write(package: &Package, path: &Path) -> Result<Written, PackageError> {
    let io_error = |source| PackageError::Write {
        path: path.to_owned(),
        source,
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let temporary = || {
        tempfile::Builder::new()
            .prefix(".gorelease-")
            .tempfile_in(folder)
            .map_err(io_error)
    };

    let mut facts = gather(package)?;
    let mut cabinet = temporary()?;
    let files = pack(package, &mut facts, &mut cabinet, path)?;
    let mut database = tables::database(package, &facts);
    let findings = validate(&database);
    if !findings.is_empty() {
        return Err(PackageError::Invalid {
            path: path.to_owned(),
            findings,
        });
    }
    if !files.is_empty() {
        database
            .streams
            .insert(CABINET.to_owned(), Source::File(cabinet.path().to_owned()));
    }
    let package_code = package_code(&package.product, &content(&database)?);
    database.summary.revision = braced(package_code);

    let out = temporary()?;
    crate::format::msi::write(&database, out.as_file()).map_err(|source| {
        PackageError::Database {
            path: path.to_owned(),
            source,
        }
    })?;
    drop(cabinet);
    verify(&database, &files, out.path(), path)?;
    publish(out, path).map_err(io_error)?;
    Ok(Written {
        product_code: product_code(&package.product),
        package_code,
        product_version: database
            .property("ProductVersion")
            .unwrap_or_default()
            .to_owned(),
        files,
    })
}

/// Packs the files, and notes the hashes of what was really packed.
fn pack(
    package: &Package,
    facts: &mut [FileFacts],
    out: &mut NamedTempFile,
    path: &Path,
) -> Result<Vec<(String, [u8; 32])>, PackageError> {
    let order = install_order(package, facts);
    let modified = DosTime::from_unix(package.epoch);
    let member = |index: &usize| Member {
        name: file_key(&package.files[*index]),
        path: package.files[*index].source.clone(),
        size: facts[*index].size,
        modified,
    };
    let members: Vec<Member> = order.iter().map(member).collect();
    // Windows Installer compares files with a version by that, and only others by their MD5.
    let compared: Vec<bool> = (order.iter())
        .map(|index| facts[*index].version.is_none())
        .collect();
    let mut hashes = vec![(Md5::new(), Sha256::new()); members.len()];
    let mut observe = |index: usize, data: &[u8]| {
        let (md5, sha256) = &mut hashes[index];
        if compared[index] {
            md5.update(data);
        }
        sha256.update(data);
    };
    write_cabinet(out.as_file_mut(), &members, Level::Default, &mut observe).map_err(|source| {
        PackageError::Cabinet {
            path: path.to_owned(),
            source,
        }
    })?;
    let mut files = Vec::new();
    for ((index, member), (md5, sha256)) in order.iter().zip(members).zip(hashes) {
        facts[*index].md5 = md5.finalize().into();
        files.push((member.name, sha256.finalize().into()));
    }
    Ok(files)
}

/// A hash over all that the package holds but its own code.
fn content(database: &Database) -> Result<Sha256, PackageError> {
    let mut hash = Sha256::new();
    let text = |hash: &mut Sha256, text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    text(&mut hash, &format!("{:?}", database.summary));
    for table in database.tables.values() {
        text(&mut hash, &table.name);
        for value in table.rows.iter().flatten() {
            match value {
                Value::Null => hash.update([0]),
                Value::Number(number) => {
                    hash.update([1]);
                    hash.update(number.to_le_bytes());
                }
                Value::Text(content) => {
                    hash.update([2]);
                    text(&mut hash, content);
                }
                Value::Stream(source) => add_source(&mut hash, source)?,
            }
        }
    }
    for source in database.streams.values() {
        add_source(&mut hash, source)?;
    }
    Ok(hash)
}

fn add_source(hash: &mut Sha256, source: &Source) -> Result<(), PackageError> {
    hash.update([3]);
    match source {
        Source::Bytes(bytes) => hash.update(bytes),
        Source::File(path) => {
            let copy = |mut file: File| {
                let mut buffer = vec![0; 1 << 20];
                loop {
                    match file.read(&mut buffer)? {
                        0 => return Ok(()),
                        read => hash.update(&buffer[..read]),
                    }
                }
            };
            let copied = input::open(path).and_then(copy);
            copied.map_err(|source| PackageError::Source {
                path: path.clone(),
                source,
            })?;
        }
    }
    Ok(())
}

/// Gives the file its name, readable like any other file of the user.
fn publish(file: NamedTempFile, path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file()
            .set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map(drop).map_err(|error| error.error)
}
