//! minisign (<https://jedisct1.github.io/minisign/>), by the crate of its author.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use ct_codecs::{Base64, Decoder as _};
use minisign::{PublicKey, PublicKeyBox, SecretKey, SecretKeyBox, SignatureBox};

use super::{GoodSignature, Scheme, name};
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

/// Opens the key, and signs with it what nobody keeps.
pub(super) fn try_key(
    key: &SecretSource,
    password: Option<&SecretSource>,
    runner: &Runner,
) -> Result<(), SignError> {
    secret_key(key, password, runner).map(drop)
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
    let key = match (password, without_checksum(&text)) {
        (None, Some(key)) => key,
        (Some(password), _) => boxed
            .into_secret_key(Some(utf8(password, runner)?))
            .map_err(unreadable)?,
        (None, None) => boxed.into_unencrypted_secret_key().map_err(unreadable)?,
    };
    agrees_with_itself(&key).map_err(unreadable)?;
    Ok(key)
}

/// The key in a file that `minisign -G -W` 0.11 wrote: it is not encrypted, and its checksum is zero. minisign does not
/// look at the checksum of such a key; the crate does.
fn without_checksum(text: &str) -> Option<SecretKey> {
    /// `sig_alg`, `kdf_alg`, `chk_alg`, salt, two limits, key number, secret key, checksum.
    const LENGTH: usize = 2 + 2 + 2 + 32 + 8 + 8 + 8 + 64 + 32;
    const CHECKSUM: usize = LENGTH - 32;
    let bytes = Base64::decode_to_vec(text.lines().nth(1)?.trim(), None).ok()?;
    let is_plain = bytes.get(2..4) == Some(&[0, 0]);
    let has_none = bytes.get(CHECKSUM..) == Some(&[0; 32]);
    (bytes.len() == LENGTH && is_plain && has_none)
        .then(|| SecretKey::from_bytes(&bytes).ok())
        .flatten()
}

/// Whether the two halves of the key, the seed and the public key, belong together: what stands in for a checksum.
fn agrees_with_itself(key: &SecretKey) -> Result<(), minisign::PError> {
    let public = PublicKey::from_secret_key(key)?;
    let signature = minisign::sign(Some(&public), key, Cursor::new(b""), Some(""), Some(""))?;
    minisign::verify(&public, &signature, Cursor::new(b""), true, false, false)
}

fn utf8(source: &SecretSource, runner: &Runner) -> Result<String, SignError> {
    String::from_utf8(source.read(runner)?.expose().to_owned())
        .map_err(|_| SignError::refused("a secret for minisign is not UTF-8"))
}

pub(super) fn verify(key: &str, file: &Path, signature: &Path) -> Result<GoodSignature, SignError> {
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
    // Not the legacy format, which signs the file itself: minisign writes it on request only.
    minisign::verify(&key, &signature_box, data, true, false, false).map_err(bad)?;
    let comment = signature_box.trusted_comment().map_err(bad)?;
    Ok(GoodSignature {
        trusted_comment: Some(comment),
        ..GoodSignature::new(Scheme::Minisign, key_id(&key))
    })
}

/// The key's number as minisign shows it: little-endian, in hexadecimal.
fn key_id(key: &PublicKey) -> String {
    let bytes = key.keynum().iter().rev();
    bytes.map(|byte| format!("{byte:02X}")).collect()
}

/// Reads a public key.
pub(super) fn check_key(text: &str) -> Result<(), SignError> {
    public_key(text).map(drop)
}

fn public_key(text: &str) -> Result<PublicKey, SignError> {
    let wrong = |error: minisign::PError| {
        SignError::refused(format!("invalid minisign public key `{text}`: {error}")).with_hint(
            "give the line that begins with RW, or the file `minisign.pub` that `minisign -G` wrote",
        )
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A key as `minisign -G -W` of Debian 12 (minisign 0.11) wrote it; it signs nothing but tests.
    const OF_DEBIAN: &str = "untrusted comment: minisign encrypted secret key\n\
        RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA7EOd//PvQfg/njAyRPZ9v0BPZZjETYt7mlGAZgEb2l\
        jUAsXixkeUNb1u48AMqhYmpg8skdR9zvJlpno7NjYuB86qYgfTxyCFAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

    fn opened(text: &str) -> Result<SecretKey, SignError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        let source = SecretSource::File(file.path().to_owned());
        secret_key(&source, None, &Runner::default())
    }

    #[test]
    fn a_key_of_minisign_0_11_without_a_password_is_taken() {
        opened(OF_DEBIAN).unwrap();
        // One character of the seed, of the public half, and of the key number (which nothing but a checksum covers).
        for (good, bad) in [("njAyRPZ9", "njAyRPZ8"), ("pno7NjYu", "pno7NjYv")] {
            let error = opened(&OF_DEBIAN.replace(good, bad)).unwrap_err();
            assert!(error.to_string().contains("cannot be used"), "{error}");
        }
        let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
        opened(&pair.sk.to_box(None).unwrap().into_string()).unwrap();
    }

    #[test]
    fn the_key_id_is_the_one_in_the_public_keys_comment() {
        let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
        let text = pair.pk.to_box().unwrap().into_string();
        assert!(text.contains(&key_id(&pair.pk)), "{text}");
    }
}
