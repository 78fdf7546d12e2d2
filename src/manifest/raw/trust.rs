//! `[sbom]`, `[sign]`, `[provenance]` and `[vulnerabilities]`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::manifest::located::Located;

/// Bills of materials, from the build information inside the executables.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawSbom {
    /// `cyclonedx` (1.6) and `spdx` (2.3). Default: both.
    pub formats: Option<Vec<Located<String>>>,
    /// Whether packages carry the documents of their executables. Default: true.
    pub in_packages: Option<Located<bool>>,
    /// Whether packages carry a `THIRD-PARTY-LICENSES.txt`. Default: true.
    pub licenses: Option<Located<bool>>,
}

/// A provenance statement (in-toto, SLSA v1) over all artifacts.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawProvenance {}

/// Known vulnerabilities of what the executables were made from, by govulncheck.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawVulnerabilities {
    /// `report` writes `vulnerabilities.json`; `fail` also stops the release on any that the code reaches. Default: `report`.
    pub policy: Option<Located<String>>,
    /// The database: an `https://` address, or a folder for use without a network. Default: govulncheck's own.
    pub database: Option<Located<String>>,
}

/// Signatures.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawSign {
    /// Signatures inside Windows executables, packages and scripts.
    pub authenticode: Option<Located<RawAuthenticode>>,
    /// Signatures in files of their own.
    #[serde(default)]
    pub detached: Vec<RawDetached>,
}

/// How Windows files are signed. Which keys belong together depends on `tool`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawAuthenticode {
    /// `osslsigncode` (default), `signtool`, `jsign` or `command`.
    pub tool: Option<Located<String>>,
    /// osslsigncode: the PFX file with certificate and key.
    pub pkcs12: Option<Located<String>>,
    /// osslsigncode: the certificate, a PEM file; with `pkcs11-module` its PKCS #11 URI.
    pub certificate: Option<Located<String>>,
    /// osslsigncode: the private key, a PEM file; with `pkcs11-module` its PKCS #11 URI.
    pub key: Option<Located<String>>,
    /// osslsigncode: the token's module, a shared library.
    pub pkcs11_module: Option<Located<String>>,
    /// osslsigncode: OpenSSL's engine for the module, where it has to be named.
    pub pkcs11_engine: Option<Located<String>>,
    /// osslsigncode, jsign: the password, PIN or access token.
    pub password: Option<RawSecret>,
    /// signtool: the SHA-1 thumbprint of the certificate in the certificate store.
    pub thumbprint: Option<Located<String>>,
    /// jsign: the kind of key store, such as `TRUSTEDSIGNING` or `AZUREKEYVAULT`.
    pub storetype: Option<Located<String>>,
    /// jsign: the key store, a file or an address.
    pub keystore: Option<Located<String>>,
    /// jsign: the key's name in the store.
    pub alias: Option<Located<String>>,
    /// signtool, jsign: further arguments.
    pub arguments: Option<Vec<Located<String>>>,
    /// command: the program and its arguments; `{{ file }}` is the file to sign in place.
    pub command: Option<Vec<Located<String>>>,
    /// Time-stamp servers (RFC 3161), tried in this order. Without one the signature ends with the certificate.
    pub timestamp: Option<Vec<Located<String>>>,
    /// What Windows shows when it asks for elevation. Default: the project's title.
    pub description: Option<Located<String>>,
    /// A page about the program. Default: the project's homepage.
    pub url: Option<Located<String>>,
    /// The root certificate (PEM) that the signer must lead to when the result is verified.
    pub root: Option<Located<String>>,
    /// The root certificate (PEM) of the time-stamp server, when the system does not know it.
    pub timestamp_root: Option<Located<String>>,
}

/// Where a secret is: exactly one of the three. It is never written into the manifest itself.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawSecret {
    /// An environment variable.
    pub env: Option<Located<String>>,
    /// A file.
    pub file: Option<Located<String>>,
    /// A command that prints it.
    pub command: Option<Vec<Located<String>>>,
}

/// A signature in a file of its own.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawDetached {
    /// `minisign` (in process), `gpg` or `cosign`.
    pub tool: Located<String>,
    /// What is signed: `checksums` (default) or `packages`, that is every archive, installer and bare binary.
    pub what: Option<Located<String>>,
    /// minisign: the text of the secret key file. gpg: the armoured secret key; the user's key ring when absent.
    pub key: Option<RawSecret>,
    /// minisign, gpg, cosign: the key's password.
    pub password: Option<RawSecret>,
    /// gpg: which key signs, by fingerprint or e-mail address. cosign: the key file or key service; without one the
    /// login signs.
    pub identity: Option<Located<String>>,
}
