//! What a good detached signature says about its signer.

use std::fmt;

use serde::Serialize;

/// What made a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// minisign.
    Minisign,
    /// OpenPGP.
    Openpgp,
    /// cosign of Sigstore, with a key.
    CosignKey,
    /// cosign of Sigstore, with a certificate for an identity (keyless).
    CosignIdentity,
}

/// A signature that was verified.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct GoodSignature {
    /// What made it.
    pub scheme: Scheme,
    /// The minisign key id, the fingerprint of the OpenPGP primary key, cosign's key as it was given, or the identity in
    /// the certificate.
    pub signer: String,
    /// The issuer that vouches for an identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The trusted comment of a minisign signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_comment: Option<String>,
}

impl GoodSignature {
    pub(super) fn new(scheme: Scheme, signer: impl Into<String>) -> Self {
        Self {
            scheme,
            signer: signer.into(),
            issuer: None,
            trusted_comment: None,
        }
    }

    /// Whether this is the signer: an identity as it is, a fingerprint or key id in any case, with or without spaces
    /// and colons.
    pub fn is_by(&self, signer: &str) -> bool {
        let plain = |text: &str| {
            let kept = text.chars().filter(|letter| !matches!(letter, ' ' | ':'));
            kept.collect::<String>().to_ascii_uppercase()
        };
        match self.scheme {
            Scheme::Minisign | Scheme::Openpgp => plain(&self.signer) == plain(signer),
            Scheme::CosignKey | Scheme::CosignIdentity => self.signer == signer,
        }
    }
}

impl fmt::Display for GoodSignature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scheme {
            Scheme::Minisign => write!(formatter, "minisign key {}", self.signer)?,
            Scheme::Openpgp => write!(formatter, "OpenPGP key {}", self.signer)?,
            Scheme::CosignKey => write!(formatter, "cosign key {}", self.signer)?,
            Scheme::CosignIdentity => write!(formatter, "{}", self.signer)?,
        }
        if let Some(issuer) = &self.issuer {
            write!(formatter, ", issued by {issuer}")?;
        }
        if let Some(comment) = &self.trusted_comment {
            // The comment is the signer's own, and still goes to a terminal.
            let line: String = comment
                .chars()
                .map(|letter| if letter.is_control() { ' ' } else { letter })
                .collect();
            write!(formatter, ", trusted comment `{line}`")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signer_is_matched_as_a_whole() {
        let gpg = GoodSignature::new(Scheme::Openpgp, "A".repeat(40));
        let spaced = "aaaa ".repeat(10);
        assert!(gpg.is_by(&"a".repeat(40)) && gpg.is_by(&spaced));
        assert!(!gpg.is_by(&"A".repeat(16)));
        let cosign = GoodSignature::new(Scheme::CosignIdentity, "dev@example.com");
        assert!(cosign.is_by("dev@example.com") && !cosign.is_by("DEV@example.com"));
    }
}
