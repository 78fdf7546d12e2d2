//! Detached signatures, in a file beside the signed one: minisign in process, GnuPG and cosign by their programs.

mod cosign;
mod good;
mod gpg;
mod minisign;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use good::{GoodSignature, Scheme};

use super::{SecretSource, SignError};
use crate::format::output::FileError;
use crate::process::{Runner, Tool, ToolFinder, hide_variable};

/// How a detached signature is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "tool", rename_all = "kebab-case")]
pub enum Detached {
    /// minisign, in process; writes `FILE.minisig`.
    Minisign {
        /// The secret key file's text.
        key: SecretSource,
        /// Its password, when it is encrypted.
        password: Option<SecretSource>,
    },
    /// GnuPG; writes an armoured `FILE.asc`.
    Gpg {
        /// The armoured secret key, imported into a key ring of its own for the moment; otherwise the user's key ring.
        key: Option<SecretSource>,
        /// Which key signs: fingerprint or e-mail address; GnuPG's default when absent.
        user: Option<String>,
        /// The key's passphrase.
        passphrase: Option<SecretSource>,
    },
    /// cosign; writes a Sigstore bundle `FILE.sigstore.json`.
    Cosign {
        /// Key file or key service URI; without one the identity of the machine's login signs (keyless).
        key: Option<String>,
        /// The key's password.
        password: Option<SecretSource>,
    },
}

/// Whose detached signature is believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PublicKey {
    /// A minisign public key: the base64 line, or the path of the `.pub` file.
    Minisign(String),
    /// A file with armoured or binary OpenPGP public keys.
    Gpg(PathBuf),
    /// cosign's public key file or key service URI.
    Cosign(String),
    /// An identity for which cosign had a certificate when it signed (keyless), and who vouches for it: both count.
    CosignIdentity {
        /// The subject alternative name in the certificate: an e-mail address, or the address of a workflow.
        identity: String,
        /// The OpenID Connect issuer.
        issuer: String,
    },
}

impl PublicKey {
    /// What is appended to the signed file's name.
    pub fn extension(&self) -> &'static str {
        match self {
            Self::Minisign(_) => "minisig",
            Self::Gpg(_) => "asc",
            Self::Cosign(_) | Self::CosignIdentity { .. } => "sigstore.json",
        }
    }

    /// Reads the key, whether or not anything turns out to be signed with it.
    ///
    /// # Errors
    /// When it is no such key, or the program that verifies with it is missing.
    pub fn check(&self, finder: &ToolFinder, runner: &Runner) -> Result<(), SignError> {
        match self {
            Self::Minisign(key) => minisign::check_key(key),
            Self::Gpg(keys) => gpg::check_keys(&finder.find(GPG)?, keys, runner),
            Self::Cosign(key) => {
                cosign::check_key(key)?;
                finder.find(COSIGN)?;
                Ok(())
            }
            Self::CosignIdentity { identity, issuer } => {
                if identity.trim().is_empty() || issuer.trim().is_empty() {
                    return Err(SignError::refused(
                        "the identity and the issuer of a certificate cannot be empty",
                    ));
                }
                finder.find(COSIGN)?;
                Ok(())
            }
        }
    }
}

/// What is appended to a file's name for its signature, by these tools and by others (`sig`).
pub const SIGNATURE_EXTENSIONS: [&str; 4] = ["minisig", "asc", "sig", "sigstore.json"];

/// GnuPG.
pub const GPG: Tool = Tool {
    name: "gpg",
    purpose: "make and check OpenPGP signatures",
    install: "install it with `apt install gnupg` or `brew install gnupg`",
};

/// cosign.
pub const COSIGN: Tool = Tool {
    name: "cosign",
    purpose: "make and check Sigstore signatures",
    install: "install it from https://docs.sigstore.dev/cosign/system_config/installation/",
};

impl Detached {
    /// What is appended to the signed file's name.
    pub fn extension(&self) -> &'static str {
        match self {
            Self::Minisign { .. } => "minisig",
            Self::Gpg { .. } => "asc",
            Self::Cosign { .. } => "sigstore.json",
        }
    }

    /// Keeps its secrets from other programs; see [`SecretSource::hide`].
    pub fn hide_secrets(&self) {
        let (first, second) = match self {
            Self::Minisign { key, password } => (Some(key), password.as_ref()),
            Self::Gpg {
                key, passphrase, ..
            } => (key.as_ref(), passphrase.as_ref()),
            Self::Cosign { password, .. } => {
                hide_variable(cosign::PASSWORD);
                (None, password.as_ref())
            }
        };
        first.into_iter().chain(second).for_each(SecretSource::hide);
    }

    /// The program that has to be installed.
    pub fn tool(&self) -> Option<Tool> {
        match self {
            Self::Minisign { .. } => None,
            Self::Gpg { .. } => Some(GPG),
            Self::Cosign { .. } => Some(COSIGN),
        }
    }
}

/// Signs `file` and writes the signature to `output`, whole or not at all.
///
/// `time` (seconds since 1970) goes into the signature's comment where the format has one, so that no clock is asked.
///
/// # Errors
/// When a secret or a program is missing, or signing fails.
pub fn sign(
    config: &Detached,
    file: &Path,
    output: &Path,
    time: u64,
    finder: &ToolFinder,
    runner: &Runner,
) -> Result<(), SignError> {
    let parent = output
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let folder = tempfile::TempDir::with_prefix_in(".sign-", parent)
        .map_err(FileError::on("write beside", output))?;
    let made = folder.path().join("signature");
    match config {
        Detached::Minisign { key, password } => {
            minisign::sign(key, password.as_ref(), file, &made, time, runner)?;
        }
        Detached::Gpg {
            key,
            user,
            passphrase,
        } => {
            let program = finder.find(GPG)?;
            gpg::sign(
                &program,
                key.as_ref(),
                user.as_deref(),
                passphrase.as_ref(),
                file,
                &made,
                runner,
            )?;
        }
        Detached::Cosign { key, password } => {
            let program = finder.find(COSIGN)?;
            cosign::sign(
                &program,
                key.as_deref(),
                password.as_ref(),
                file,
                &made,
                runner,
            )?;
        }
    }
    std::fs::rename(&made, output).map_err(FileError::on("write", output))?;
    Ok(())
}

/// Opens the secret key with its password, and uses it where that costs nothing.
///
/// # Errors
/// As [`sign`].
pub fn try_key(config: &Detached, finder: &ToolFinder, runner: &Runner) -> Result<(), SignError> {
    match config {
        Detached::Minisign { key, password } => minisign::try_key(key, password.as_ref(), runner),
        Detached::Cosign {
            key: Some(key),
            password,
        } => cosign::try_key(&finder.find(COSIGN)?, key, password.as_ref(), runner),
        // The identity is asked for when it signs: what it signs is published.
        Detached::Cosign { key: None, .. } => Ok(finder.find(COSIGN).map(drop)?),
        Detached::Gpg { .. } => {
            let folder = tempfile::TempDir::with_prefix("sign-")
                .map_err(FileError::on("write in", &std::env::temp_dir()))?;
            let file = folder.path().join("nothing");
            std::fs::write(&file, "").map_err(FileError::on("write", &file))?;
            sign(
                config,
                &file,
                &folder.path().join("signature"),
                0,
                finder,
                runner,
            )
        }
    }
}

/// Verifies a detached signature.
///
/// # Errors
/// When the signature is not by that key, does not fit the file, or is expired; when the key is revoked or expired; when a
/// program is missing.
pub fn verify(
    key: &PublicKey,
    file: &Path,
    signature: &Path,
    finder: &ToolFinder,
    runner: &Runner,
) -> Result<GoodSignature, SignError> {
    let cosign = |signer: &cosign::Signer<'_>| {
        cosign::verify(&finder.find(COSIGN)?, signer, file, signature, runner)
    };
    match key {
        PublicKey::Minisign(key) => minisign::verify(key, file, signature),
        PublicKey::Gpg(keys) => gpg::verify(&finder.find(GPG)?, keys, file, signature, runner),
        PublicKey::Cosign(key) => cosign(&cosign::Signer::Key(key)),
        PublicKey::CosignIdentity { identity, issuer } => {
            cosign(&cosign::Signer::Identity { identity, issuer })
        }
    }
}

fn name(file: &Path) -> String {
    file.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
