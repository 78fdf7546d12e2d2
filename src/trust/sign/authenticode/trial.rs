//! Tries a key before anything is built: a wrong password, a missing token or an expired certificate is said at once.

use std::fs;
use std::path::Path;

use super::sign::sign_only;
use super::{Authenticode, Key, Signer, SigningCertificate};
use crate::format::output::FileError;
use crate::process::{Runner, ToolFinder};
use crate::trust::sign::SignError;

/// Signs a small program that nobody keeps. Key services and commands are not tried: each of their signatures may cost
/// money, or be written down somewhere.
///
/// # Errors
/// When the key cannot be used, or its certificate cannot sign now.
pub fn try_key(
    config: &Authenticode,
    finder: &ToolFinder,
    runner: &Runner,
) -> Result<(), SignError> {
    if !is_free(&config.signer) {
        return Ok(());
    }
    let folder = tempfile::TempDir::with_prefix("sign-")
        .map_err(FileError::on("write in", &std::env::temp_dir()))?;
    let file = folder.path().join("trial.exe");
    fs::write(&file, smallest_program()).map_err(FileError::on("write", &file))?;
    sign_only(config, &file, finder, runner)?;
    let certificate = SigningCertificate::of(&file)
        .map_err(|error| SignError::refused(format!("the signing key was tried, and {error}")))?
        .ok_or_else(|| SignError::refused("the signing key was tried, and signed nothing"))?;
    match certificate.unfit() {
        None => Ok(()),
        Some(why) => {
            let message = format!("the signing certificate `{}` {why}", certificate.subject);
            Err(SignError::refused(message).with_hint("sign with a valid code signing certificate"))
        }
    }
}

fn is_free(signer: &Signer) -> bool {
    match signer {
        Signer::Osslsigncode {
            key: Key::Pkcs12 { .. } | Key::Pem { .. } | Key::Pkcs11 { .. },
        } => true,
        Signer::Jsign { keystore, .. } => keystore
            .as_deref()
            .is_some_and(|store| Path::new(store).is_file()),
        Signer::Signtool { .. } | Signer::Command { .. } => false,
    }
}

/// A PE32+ file with headers and no section (Microsoft, "PE Format").
fn smallest_program() -> Vec<u8> {
    const PE: usize = 0x40;
    const OPTIONAL: usize = PE + 24;
    const SIZE: usize = 0x200;
    let mut file = vec![0; SIZE];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"MZ");
    put(0x3c, &(PE as u32).to_le_bytes());
    put(PE, b"PE\0\0");
    // Machine AMD64; size of the optional header; executable image.
    put(PE + 4, &0x8664_u16.to_le_bytes());
    put(PE + 20, &240_u16.to_le_bytes());
    put(PE + 22, &0x0022_u16.to_le_bytes());
    // PE32+; alignment of sections and of the file; version; sizes of image and headers; console; 16 directories.
    put(OPTIONAL, &0x20b_u16.to_le_bytes());
    put(OPTIONAL + 32, &0x1000_u32.to_le_bytes());
    put(OPTIONAL + 36, &0x200_u32.to_le_bytes());
    put(OPTIONAL + 48, &6_u16.to_le_bytes());
    put(OPTIONAL + 56, &0x1000_u32.to_le_bytes());
    put(OPTIONAL + 60, &(SIZE as u32).to_le_bytes());
    put(OPTIONAL + 68, &3_u16.to_le_bytes());
    put(OPTIONAL + 108, &16_u32.to_le_bytes());
    file
}
