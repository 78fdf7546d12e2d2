//! Whom `verify` and `merge` trust: options that both take.

use std::path::PathBuf;

use clap::Args;

use crate::process::{Cancel, Runner, ToolFinder};
use crate::trust::sign::authenticode::{Publisher, Trust};
use crate::trust::sign::detached::PublicKey;
use crate::verify::{Options, Required};

/// Keys, roots, and what else the release must state.
#[derive(Debug, Args)]
#[command(next_help_heading = "Trust")]
pub struct TrustArguments {
    /// The root certificate (PEM) that Authenticode signatures must lead to; nothing that Windows could execute may be
    /// unsigned
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
    /// The root certificate (PEM) of the time-stamp server, when the system does not know it
    #[arg(long, value_name = "FILE", requires = "root")]
    timestamp_root: Option<PathBuf>,
    /// The certificate that must have made the Authenticode signatures: its common name, whole subject, or SHA-256
    /// fingerprint [repeatable: one of them]
    #[arg(long, value_name = "NAME|SHA256", requires = "root")]
    publisher: Vec<Publisher>,
    /// A minisign public key, or its file, that must have signed the checksums [repeatable: all of them]
    #[arg(long, value_name = "KEY")]
    minisign_key: Vec<String>,
    /// A file of OpenPGP public keys, of which one must have signed the checksums [repeatable: all of them]
    #[arg(long, value_name = "FILE")]
    gpg_keys: Vec<PathBuf>,
    /// A cosign public key that must have signed the checksums [repeatable: all of them]
    #[arg(long, value_name = "KEY")]
    cosign_key: Vec<String>,
    /// The identity in the certificate with which cosign must have signed the checksums without a key, such as an e-mail
    /// address or the address of a workflow
    #[arg(long, value_name = "IDENTITY", requires = "certificate_oidc_issuer")]
    certificate_identity: Option<String>,
    /// The OpenID Connect issuer of that identity
    #[arg(long, value_name = "URL", requires = "certificate_identity")]
    certificate_oidc_issuer: Option<String>,
    /// The signer that must have signed the checksums, among the given keys: a fingerprint, a key id or an identity
    #[arg(long, value_name = "SIGNER")]
    require_signer: Option<String>,
    /// The version that the release must state
    #[arg(long, value_name = "VERSION")]
    require_version: Option<String>,
    /// The commit that the release must state, as its whole hash
    #[arg(long, value_name = "HASH", value_parser = whole_hash)]
    require_commit: Option<String>,
}

/// A part of a hash can be met by a commit that somebody made for it.
fn whole_hash(text: &str) -> Result<String, String> {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match (is_hex, text.len()) {
        (true, 40 | 64) => Ok(text.to_ascii_lowercase()),
        _ => Err("give the whole hash, as `git rev-parse HEAD` shows it".to_owned()),
    }
}

impl TrustArguments {
    pub(super) fn options(&self, cancel: &Cancel) -> Options {
        let minisign = self.minisign_key.iter().cloned().map(PublicKey::Minisign);
        let gpg = self.gpg_keys.iter().cloned().map(PublicKey::Gpg);
        let cosign = self.cosign_key.iter().cloned().map(PublicKey::Cosign);
        let identity = self.certificate_identity.clone();
        let identity = identity.zip(self.certificate_oidc_issuer.clone());
        let identity =
            identity.map(|(identity, issuer)| PublicKey::CosignIdentity { identity, issuer });
        let version = self.require_version.as_deref();
        Options {
            trust: Trust {
                root: self.root.clone(),
                timestamp_root: self.timestamp_root.clone(),
            },
            publishers: self.publisher.clone(),
            keys: minisign.chain(gpg).chain(cosign).chain(identity).collect(),
            required: Required {
                version: version.map(|text| text.strip_prefix('v').unwrap_or(text).to_owned()),
                commit: self.require_commit.clone(),
                signer: self.require_signer.clone(),
            },
            finder: ToolFinder::from_env(),
            runner: Runner::new(cancel.clone()),
            ..Options::default()
        }
    }
}
