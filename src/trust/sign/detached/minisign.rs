//! minisign (<https://jedisct1.github.io/minisign/>), by the crate of its author.

use std::fs;
use std::path::Path;

use minisign::{PublicKey, PublicKeyBox, SecretKey, SecretKeyBox, SignatureBox};

use super::name;
use crate::format::input;
use crate::format::output::FileError;
use crate::process::Runner;
use crate::trust::sign::{SecretSource, SignError};

/// A signature has four lines; its comment may be long.
const LONGEST_SIGNATURE: u64 = 64 << 10;

pub(super) fn sign(
    key: &SecretSource,
    password: Option<&SecretSource>,
    file: &Path,
    output: &Path,
    time: u64,
    runner: &Runner,
) -> Result<(), SignError> {
    let key = secret_key(key, password, runner)?;
    let data = input::open(file).map_err(FileError::on("open", file))?;
    // The same comment as the program minisign writes, with the release's time instead of the clock's.
    let comment = format!("timestamp:{time}\tfile:{}\thashed", name(file));
    let signature = minisign::sign(
        None,
        &key,
        data,
        Some(&comment),
        Some("signature from gorelease"),
    )
    .map_err(|error| {
        SignError::refused(format!(
            "cannot sign `{}` with minisign: {error}",
            file.display()
        ))
    })?;
    fs::write(output, signature.into_string()).map_err(FileError::on("write", output))?;
    Ok(())
}

fn secret_key(
    source: &SecretSource,
    password: Option<&SecretSource>,
    runner: &Runner,
) -> Result<SecretKey, SignError> {
    let text = utf8(source, runner)?;
    let unreadable = |error: minisign::PError| {
        SignError::refused(format!("the minisign key cannot be used: {error}"))
            .with_hint("the key is the whole text of the file that `minisign -G` wrote, and `password` opens it")
    };
    let boxed = SecretKeyBox::from_string(&text).map_err(unreadable)?;
    match password {
        Some(password) => boxed.into_secret_key(Some(utf8(password, runner)?)),
        None => boxed.into_unencrypted_secret_key(),
    }
    .map_err(unreadable)
}

fn utf8(source: &SecretSource, runner: &Runner) -> Result<String, SignError> {
    String::from_utf8(source.read(runner)?.expose().to_owned())
        .map_err(|_| SignError::refused("a secret for minisign is not UTF-8"))
}

pub(super) fn verify(key: &str, file: &Path, signature: &Path) -> Result<String, SignError> {
    let key = public_key(key)?;
    let bad = |error: minisign::PError| {
        SignError::refused(format!(
            "the minisign signature `{}` is not good: {error}",
            signature.display()
        ))
    };
    let text =
        input::read_text(signature, LONGEST_SIGNATURE).map_err(FileError::on("read", signature))?;
    let signature_box = SignatureBox::from_string(&text).map_err(bad)?;
    let data = input::open_regular(file).map_err(FileError::on("open", file))?;
    minisign::verify(&key, &signature_box, data, true, false, false).map_err(bad)?;
    Ok(format!(
        "minisign, {}",
        signature_box.trusted_comment().map_err(bad)?
    ))
}

fn public_key(text: &str) -> Result<PublicKey, SignError> {
    let wrong = |error: minisign::PError| {
        SignError::refused(format!("the minisign public key cannot be used: {error}"))
    };
    let path = Path::new(text);
    if path.is_file() {
        let file = fs::read_to_string(path).map_err(FileError::on("read", path))?;
        return PublicKeyBox::from_string(&file)
            .and_then(PublicKey::from_box)
            .map_err(wrong);
    }
    PublicKey::from_base64(text.trim()).map_err(wrong)
}
