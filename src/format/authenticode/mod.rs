//! Authenticode: whether a Windows file is signed, and the digest that its signature (or an AppLocker hash rule) covers.
//!
//! [`inspect`] recognises PE files and MSI packages by content and PowerShell scripts by name. The digest of a signed
//! file is that of the same file unsigned, so it tells that nothing but the signature was added.
//!
//! Not here: the signature itself (PKCS #7, certificates, time stamps), which is for a verifier such as osslsigncode.

mod msi;
mod pe;
mod script;
mod signature;

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};

pub use script::is_script;
pub use signature::signature;

use crate::format::input;
use crate::format::output::FileError;

/// What an MSI package, as any compound file, begins with.
pub const COMPOUND_FILE: &[u8; 8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// What kind of file Authenticode signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An executable or a library.
    Pe,
    /// A Windows Installer package.
    Msi,
    /// A PowerShell script.
    Script,
}

/// What is to be known of a file before and after signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspection {
    /// Its kind.
    pub kind: Kind,
    /// Whether it holds a signature; not whether that is a good one.
    pub is_signed: bool,
    /// The SHA-256 Authenticode digest; absent for a script that is neither UTF-8 nor UTF-16.
    pub digest: Option<[u8; 32]>,
}

/// Inspects a file; `None` when it is of no kind that Authenticode signs here.
///
/// # Errors
/// When the file cannot be read, or is damaged so that the digest has no meaning.
pub fn inspect(path: &Path) -> Result<Option<Inspection>, FileError> {
    let mut file = input::open(path).map_err(FileError::on("open", path))?;
    let on_error = FileError::on("read", path);
    if is_script(path) {
        return script::inspect(&mut file).map(Some).map_err(on_error);
    }
    inspect_binary(file).map_err(on_error)
}

/// As [`inspect`] for a PE file or an MSI package from a reader.
///
/// # Errors
/// As [`inspect`].
pub fn inspect_binary<R: Read + Seek>(mut file: R) -> io::Result<Option<Inspection>> {
    let mut head = Vec::new();
    file.by_ref().take(8).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    if head == COMPOUND_FILE {
        return msi::inspect(file).map(Some);
    }
    if head.starts_with(b"MZ") {
        return pe::inspect(&mut file).map(Some);
    }
    Ok(None)
}

/// Hashes the next `size` bytes of a reader, or all that follow.
fn hash<R: Read>(hasher: &mut Sha256, reader: R, size: u64) -> io::Result<u64> {
    let mut reader = reader.take(size);
    let mut buffer = [0; 64 << 10];
    let mut hashed = 0;
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hashed),
            read => {
                hasher.update(&buffer[..read]);
                hashed += read as u64;
            }
        }
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests;
