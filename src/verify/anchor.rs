//! The checksum files and their signatures: where verification begins.
//!
//! Which files must be signed is fixed here, and never read from a file that may have been changed.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use ct_codecs::{Base64, Decoder as _};

use super::{Finding, Options, SignedFile};
use crate::format::checksums::{self, ChecksumAlgorithm};
use crate::format::input;
use crate::step::metadata::is_signature;
use crate::trust::sign::detached::{SIGNATURE_EXTENSIONS, verify};

/// A checksum file that is there.
pub(super) struct Sums {
    pub(super) algorithm: ChecksumAlgorithm,
    /// Name → hash; none when the file cannot be read.
    pub(super) lines: Option<BTreeMap<String, String>>,
}

impl Sums {
    pub(super) fn name(&self) -> &'static str {
        self.algorithm.file_name()
    }
}

/// The checksum files of a folder.
#[derive(Default)]
pub(super) struct Anchor {
    /// Those that are there.
    pub(super) sums: Vec<Sums>,
    /// Their good signatures.
    pub(super) signatures: Vec<SignedFile>,
    /// What is wrong with both.
    pub(super) findings: Vec<Finding>,
    /// Whether keys were given, and each has signed each of them.
    pub(super) is_signed: bool,
}

impl Anchor {
    /// Reads the checksum files of a folder. With keys, one must be there, and each must be signed with each key.
    pub(super) fn read(folder: &Path, options: &Options) -> Self {
        let mut anchor = Self::default();
        for algorithm in ChecksumAlgorithm::ALL {
            anchor.add(folder, algorithm);
        }
        let names: Vec<&str> = anchor.sums.iter().map(Sums::name).collect();
        for name in names {
            anchor.findings.extend(unlike_signatures(folder, name));
        }
        anchor.verify(folder, options);
        anchor
    }

    fn add(&mut self, folder: &Path, algorithm: ChecksumAlgorithm) {
        let name = algorithm.file_name();
        let lines = match input::read_text(&folder.join(name), input::LONGEST_DESCRIPTION) {
            Ok(text) => {
                let (lines, broken) = checksums::parse(&text, algorithm);
                let broken = broken.into_iter();
                self.findings
                    .extend(broken.map(|message| Finding::new(name, message)));
                Some(lines)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => {
                self.findings
                    .push(Finding::new(name, format!("cannot be read: {error}")));
                None
            }
        };
        self.sums.push(Sums { algorithm, lines });
    }

    fn verify(&mut self, folder: &Path, options: &Options) {
        if options.keys.is_empty() {
            return;
        }
        if self.sums.is_empty() {
            let name = ChecksumAlgorithm::Sha256.file_name();
            self.findings.push(Finding::new(
                name,
                "is missing, so nothing here is signed with the given key",
            ));
            return;
        }
        let mut is_signed = true;
        for name in self.sums.iter().map(Sums::name) {
            let (good, bad) = signatures(folder, name, options);
            is_signed &= bad.is_empty();
            self.signatures.extend(good);
            self.findings.extend(bad);
        }
        self.is_signed = is_signed;
    }

    /// Whether a file of this name is a checksum file that is there, or a signature of one.
    pub(super) fn is_own(&self, name: &str) -> bool {
        let mut names = self.sums.iter().map(Sums::name);
        names.any(|sums| name == sums || is_signature(name, &[sums.to_owned()]))
    }
}

/// Files that have the name of a signature and are none. Nothing promises them, and not every key is given.
fn unlike_signatures(folder: &Path, sums: &str) -> Vec<Finding> {
    /// The largest are Sigstore bundles, of a few KB.
    const LONGEST: u64 = 1 << 20;
    let mut findings = Vec::new();
    for extension in SIGNATURE_EXTENSIONS {
        let name = format!("{sums}.{extension}");
        let is_signature = match input::read(&folder.join(&name), LONGEST) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(_) => false,
            Ok(bytes) => is_like_signature(extension, &bytes),
        };
        if !is_signature {
            findings.push(Finding::new(name, "is not a signature"));
        }
    }
    findings
}

fn is_like_signature(extension: &str, bytes: &[u8]) -> bool {
    match extension {
        "minisig" => bytes.starts_with(b"untrusted comment:"),
        "asc" => bytes.starts_with(b"-----BEGIN PGP SIGNATURE-----"),
        "sigstore.json" => serde_json::from_slice::<serde_json::Value>(bytes).is_ok(),
        // An OpenPGP signature packet (RFC 9580, section 4.2: tag 2), armoured or not, or base64.
        _ => {
            bytes.starts_with(b"-----BEGIN PGP SIGNATURE-----")
                || matches!(bytes.first(), Some(0x88..=0x8a | 0xc2))
                || Base64::decode_to_vec(bytes.trim_ascii(), None).is_ok()
        }
    }
}

/// The signatures of a file by each key, and what is wrong with them.
fn signatures(folder: &Path, name: &str, options: &Options) -> (Vec<SignedFile>, Vec<Finding>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let signed = folder.join(name);
    for key in &options.keys {
        let beside = format!("{name}.{}", key.extension());
        let signature = PathBuf::from(folder).join(&beside);
        // A program that is given a FIFO waits for ever.
        match input::open_regular(&signature) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bad.push(Finding::new(name, format!("has no signature `{beside}`")));
                continue;
            }
            Err(error) => {
                bad.push(Finding::new(beside, format!("cannot be read: {error}")));
                continue;
            }
        }
        if input::open_regular(&signed).is_err() {
            bad.push(Finding::new(
                name,
                "cannot be read, so no signature fits it",
            ));
            continue;
        }
        match verify(key, &signed, &signature, &options.finder, &options.runner) {
            Ok(signature) => good.push(SignedFile {
                file: name.to_owned(),
                signature,
            }),
            Err(error) => bad.push(Finding::new(beside, error.to_string())),
        }
    }
    if let Some(signer) = &options.required.signer
        && !good.iter().any(|file| file.signature.is_by(signer))
    {
        bad.push(Finding::new(
            name,
            format!("is not signed by the required signer `{signer}`"),
        ));
    }
    (good, bad)
}
