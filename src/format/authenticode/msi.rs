//! MSI packages: the hash is over all streams in the order of their names, then the class id of their storage.
//!
//! Microsoft does not publish the scheme; it is known from the signing tools osslsigncode and jsign, which agree.

use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{Inspection, Kind, damaged, hash};

/// Holds the PKCS #7 signature.
const SIGNATURE: &str = "\u{5}DigitalSignature";
/// Holds a hash of the streams' metadata, which then goes first into the hash.
const SIGNATURE_EX: &str = "\u{5}MsiDigitalSignatureEx";

/// Storages in storages: a package has transforms and packages in it, each one level.
const DEEPEST: usize = 8;

pub(super) fn inspect<R: Read + Seek>(file: R) -> io::Result<Inspection> {
    let mut compound = cfb::CompoundFile::open(file)?;
    let mut hasher = Sha256::new();
    if compound.is_stream(SIGNATURE_EX) {
        let stream = compound.open_stream(SIGNATURE_EX)?;
        hash(&mut hasher, stream, u64::MAX)?;
    }
    let is_signed = compound.is_stream(SIGNATURE);
    hash_storage(&mut compound, Path::new("/"), &mut hasher, DEEPEST)?;
    Ok(Inspection {
        kind: Kind::Msi,
        is_signed,
        digest: Some(hasher.finalize().into()),
    })
}

/// The bytes of the signature, at most `longest`.
pub(super) fn signature<R: Read + Seek>(file: R, longest: u64) -> io::Result<Option<Vec<u8>>> {
    let mut compound = cfb::CompoundFile::open(file)?;
    if !compound.is_stream(SIGNATURE) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let stream = compound.open_stream(SIGNATURE)?;
    stream.take(longest).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

fn hash_storage<R: Read + Seek>(
    compound: &mut cfb::CompoundFile<R>,
    storage: &Path,
    hasher: &mut Sha256,
    left: usize,
) -> io::Result<()> {
    let left = left
        .checked_sub(1)
        .ok_or_else(|| damaged("storages are nested too deeply"))?;
    let is_root = storage == Path::new("/");
    let mut children: Vec<(Vec<u8>, PathBuf, bool)> = compound
        .read_storage(storage)?
        .filter(|entry| !(is_root && matches!(entry.name(), SIGNATURE | SIGNATURE_EX)))
        .map(|entry| {
            (
                sort_key(entry.name()),
                entry.path().to_owned(),
                entry.is_stream(),
            )
        })
        .collect();
    children.sort();
    for (_, path, is_stream) in children {
        if is_stream {
            hash(hasher, compound.open_stream(&path)?, u64::MAX)?;
        } else {
            hash_storage(compound, &path, hasher, left)?;
        }
    }
    let class = *compound.entry(storage)?.clsid();
    hasher.update(class.to_bytes_le());
    Ok(())
}

/// Names are compared as bytes of UTF-16LE with their terminator.
fn sort_key(name: &str) -> Vec<u8> {
    name.encode_utf16()
        .chain([0])
        .flat_map(u16::to_le_bytes)
        .collect()
}
