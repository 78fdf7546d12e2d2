//! What tells one signing key from another, so that a signature by a replaced key is never taken for one by today's.

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::authenticode::{Key, Signer};
use super::{Authenticode, Detached, SecretSource};
use crate::format::output::hex;

/// Which key signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fingerprint {
    /// SHA-256 over everything that decides it, lower-case hexadecimal; it gives nothing away of a key.
    Known(String),
    /// Only the signing program knows: a token, a service, a key ring, the output of a command, or what cannot be read.
    Unknown,
}

impl Fingerprint {
    /// Over the content of these; one that cannot be told makes the whole unknown.
    fn of<const N: usize>(parts: [Option<Vec<u8>>; N]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            let Some(part) = part else {
                return Self::Unknown;
            };
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self::Known(hex(&hash.finalize()))
    }
}

impl Detached {
    /// Which key signs.
    pub fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::Minisign { key, .. } | Self::Gpg { key: Some(key), .. } => {
                Fingerprint::of([secret(key)])
            }
            Self::Cosign { key: Some(key), .. } => Fingerprint::of([file(Path::new(key))]),
            Self::Gpg { key: None, .. } | Self::Cosign { key: None, .. } => Fingerprint::Unknown,
        }
    }
}

impl Authenticode {
    /// Which key signs, and with which certificate.
    pub fn fingerprint(&self) -> Fingerprint {
        match &self.signer {
            Signer::Osslsigncode { key } => match key {
                Key::Pkcs12 { file: store, .. } => Fingerprint::of([file(store)]),
                Key::Pem {
                    certificate, key, ..
                } => Fingerprint::of([file(certificate), file(key)]),
                Key::Pkcs11 { .. } => Fingerprint::Unknown,
            },
            Signer::Signtool { thumbprint, .. } => {
                Fingerprint::of([thumbprint.clone().map(String::into_bytes)])
            }
            // A key store is a file, or the address of a service.
            Signer::Jsign { keystore, .. } => {
                Fingerprint::of([keystore.as_deref().and_then(|store| file(Path::new(store)))])
            }
            Signer::Command { .. } => Fingerprint::Unknown,
        }
    }
}

/// What cannot be read is told by the signing itself.
fn file(path: &Path) -> Option<Vec<u8>> {
    fs::read(path).ok()
}

fn secret(source: &SecretSource) -> Option<Vec<u8>> {
    match source {
        SecretSource::Env(name) => std::env::var_os(name).map(|value| value.into_encoded_bytes()),
        SecretSource::File(path) => file(path),
        // A password manager may ask for consent: once, when the signature is made.
        SecretSource::Command(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authenticode(signer: Signer) -> Authenticode {
        Authenticode {
            signer,
            timestamp_servers: Vec::new(),
            description: None,
            url: None,
            trust: Default::default(),
        }
    }

    /// Whoever signs with a file notices that it was replaced.
    #[test]
    fn a_replaced_file_is_another_key() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let store = || first.clone();
        let secret = || SecretSource::File(store());
        let jsign = Signer::Jsign {
            storetype: "PKCS12".to_owned(),
            keystore: Some(path(&first)),
            alias: None,
            password: None,
            arguments: Vec::new(),
        };
        let pem = |certificate: &Path, key: &Path| Key::Pem {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            password: None,
        };
        let pkcs12 = Key::Pkcs12 {
            file: store(),
            password: None,
        };
        let keys = [pkcs12, pem(&first, &second), pem(&second, &first)];
        let signers = keys.map(|key| Signer::Osslsigncode { key });
        let windows: Vec<Authenticode> = signers
            .into_iter()
            .chain([jsign])
            .map(authenticode)
            .collect();
        let detached = [
            Detached::Minisign {
                key: secret(),
                password: None,
            },
            Detached::Gpg {
                key: Some(secret()),
                user: None,
                passphrase: None,
            },
            Detached::Cosign {
                key: Some(path(&first)),
                password: None,
            },
        ];
        let fingerprints = || -> Vec<Fingerprint> {
            let windows = windows.iter().map(Authenticode::fingerprint);
            let detached = detached.iter().map(Detached::fingerprint);
            windows.chain(detached).collect()
        };
        fs::write(&second, "certificate").unwrap();
        fs::write(&first, "one").unwrap();
        let before = fingerprints();
        assert_eq!(before, fingerprints());
        fs::write(&first, "two").unwrap();
        for (before, after) in before.iter().zip(fingerprints()) {
            assert!(matches!(after, Fingerprint::Known(_)), "{after:?}");
            assert_ne!(*before, after);
        }
        fs::remove_file(&first).unwrap();
        assert!(fingerprints().contains(&Fingerprint::Unknown));
    }

    #[test]
    fn what_only_the_signing_program_knows_is_not_guessed() {
        let token = Key::Pkcs11 {
            module: "module.so".into(),
            engine: None,
            certificate: "pkcs11:object=a".to_owned(),
            key: "pkcs11:object=a".to_owned(),
            pin: None,
        };
        let signers = [
            Signer::Osslsigncode { key: token },
            Signer::Signtool {
                thumbprint: None,
                arguments: vec!["/a".to_owned()],
            },
            Signer::Jsign {
                storetype: "TRUSTEDSIGNING".to_owned(),
                keystore: Some("weu.codesigning.azure.net".to_owned()),
                alias: None,
                password: None,
                arguments: Vec::new(),
            },
            Signer::Command {
                command: vec!["sign".to_owned()],
            },
        ];
        for signer in signers {
            assert_eq!(authenticode(signer).fingerprint(), Fingerprint::Unknown);
        }
        let command = SecretSource::Command(vec!["pass".to_owned()]);
        for detached in [
            Detached::Minisign {
                key: command,
                password: None,
            },
            Detached::Gpg {
                key: None,
                user: Some("release@example.com".to_owned()),
                passphrase: None,
            },
            Detached::Cosign {
                key: Some("awskms:///alias/release".to_owned()),
                password: None,
            },
        ] {
            assert_eq!(detached.fingerprint(), Fingerprint::Unknown);
        }
    }
}
