//! Authenticode signatures inside Windows executables, packages and scripts.
//!
//! [`Authenticode`] is the configuration; [`command`] turns it into command lines, [`sign`](fn@sign) runs them, and
//! [`verify`](fn@verify) asks an independent verifier.

mod certificate;
mod command;
mod sign;
mod trial;
mod verify;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SecretSource;
use crate::process::Tool;

pub use certificate::{CertificateError, Publisher, SigningCertificate};
pub use sign::{Outcome, Retry, sign};
pub use trial::try_key;
pub use verify::{Trust, Verified, Verifier, verify};

/// How Windows files are signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Authenticode {
    /// What signs.
    pub signer: Signer,
    /// Time-stamp servers (RFC 3161), in the order in which they are tried; none leaves the signature to end with the
    /// certificate.
    #[serde(default)]
    pub timestamp_servers: Vec<String>,
    /// What Windows shows as the program's name when it asks for elevation.
    #[serde(default)]
    pub description: Option<String>,
    /// A page about the program.
    #[serde(default)]
    pub url: Option<String>,
    /// Which certificates are trusted when the result is verified.
    #[serde(default)]
    pub trust: Trust,
}

/// A program that makes Authenticode signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "tool", rename_all = "kebab-case")]
pub enum Signer {
    /// osslsigncode, on any system.
    Osslsigncode {
        /// Certificate and key.
        key: Key,
    },
    /// Microsoft's signtool, on Windows, with a certificate of the certificate store. A PFX file is not offered: signtool takes
    /// its password on the command line only.
    Signtool {
        /// SHA-1 thumbprint of the certificate, in hexadecimal.
        thumbprint: Option<String>,
        /// Further arguments, for example `/dlib` and `/dmdf` of Azure Trusted Signing.
        arguments: Vec<String>,
    },
    /// jsign, on any system with Java: cloud key vaults, Azure Trusted Signing, hardware tokens.
    Jsign {
        /// Kind of key store, for example `TRUSTEDSIGNING`, `AZUREKEYVAULT`, `PKCS12`.
        storetype: String,
        /// The key store: a file, or the service's address.
        keystore: Option<String>,
        /// The key's name in the store.
        alias: Option<String>,
        /// Password or access token.
        password: Option<SecretSource>,
        /// Further arguments.
        arguments: Vec<String>,
    },
    /// Any other program. `{{ file }}` in an argument is the file to sign in place; the program adds the time stamp
    /// itself, with `{{ timestamp }}` the server's address when servers are given.
    Command {
        /// Program and arguments.
        command: Vec<String>,
    },
}

/// Certificate and private key for osslsigncode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// One PFX file with both.
    Pkcs12 {
        /// The file.
        file: PathBuf,
        /// Its password.
        password: Option<SecretSource>,
    },
    /// Two PEM files.
    Pem {
        /// The certificate, with intermediate ones after it.
        certificate: PathBuf,
        /// The private key.
        key: PathBuf,
        /// The key's password.
        password: Option<SecretSource>,
    },
    /// A hardware token or a cloud key behind a PKCS #11 module.
    Pkcs11 {
        /// The module, a shared library.
        module: PathBuf,
        /// OpenSSL's engine for it, where it has to be named.
        engine: Option<PathBuf>,
        /// PKCS #11 URI of the certificate.
        certificate: String,
        /// PKCS #11 URI of the key.
        key: String,
        /// The PIN.
        pin: Option<SecretSource>,
    },
}

/// osslsigncode, which signs and verifies on any system.
pub const OSSLSIGNCODE: Tool = Tool {
    name: "osslsigncode",
    purpose: "sign and verify Windows files",
    install: "install it with `apt install osslsigncode` or `brew install osslsigncode`",
};

/// signtool of the Windows SDK.
pub const SIGNTOOL: Tool = Tool {
    name: "signtool",
    purpose: "sign Windows files with a certificate of the certificate store",
    install: "install the Windows SDK, or sign with osslsigncode or jsign",
};

/// jsign.
pub const JSIGN: Tool = Tool {
    name: "jsign",
    purpose: "sign Windows files with a cloud service's key",
    install: "install it from https://ebourg.github.io/jsign/",
};

impl Authenticode {
    /// The program that has to be installed; none for a configured command, which is looked for by its own name.
    pub fn tool(&self) -> Option<Tool> {
        match self.signer {
            Signer::Osslsigncode { .. } => Some(OSSLSIGNCODE),
            Signer::Signtool { .. } => Some(SIGNTOOL),
            Signer::Jsign { .. } => Some(JSIGN),
            Signer::Command { .. } => None,
        }
    }

    /// Where the password comes from.
    pub fn secret(&self) -> Option<&SecretSource> {
        match &self.signer {
            Signer::Osslsigncode { key } => match key {
                Key::Pkcs12 { password, .. } | Key::Pem { password, .. } => password.as_ref(),
                Key::Pkcs11 { pin, .. } => pin.as_ref(),
            },
            Signer::Jsign { password, .. } => password.as_ref(),
            Signer::Signtool { .. } | Signer::Command { .. } => None,
        }
    }
}
