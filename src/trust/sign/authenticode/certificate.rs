//! The certificate that signed a Windows file, and which certificates are a publisher's.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::ObjectIdentifier;
use der::{Decode, Encode};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectKeyIdentifier};

use crate::format::authenticode::signature;
use crate::format::output::{FileError, sha256_hex};

/// id-signedData (RFC 5652, section 5.1).
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// id-kp-codeSigning (RFC 5280, section 4.2.1.12).
const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
/// id-at-commonName (RFC 5280, appendix A.1).
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// What is to be known of the certificate of a signer. Nothing here says that the signature is good.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SigningCertificate {
    /// The subject as RFC 4514 writes it, such as `CN=Contoso Ltd,O=Contoso Ltd,C=DE`.
    pub subject: String,
    /// The common name, when there is exactly one.
    pub common_name: Option<String>,
    /// SHA-256 over the certificate, lower-case hexadecimal.
    pub sha256: String,
    /// From when to when it may sign, in seconds since 1970.
    pub validity: (u64, u64),
    /// Whether it is for signing code.
    pub signs_code: bool,
}

/// Why a signature does not say whose it is.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The file, or what lies beside its signature.
    #[error(transparent)]
    File(#[from] FileError),
    /// The structure.
    #[error("the signature cannot be read: {0}")]
    Structure(#[from] der::Error),
    /// Anything else in it.
    #[error("the signature cannot be read: {0}")]
    Content(&'static str),
}

impl SigningCertificate {
    /// Of a signed file; `None` when it is not signed.
    ///
    /// # Errors
    /// When the signature cannot be read, or holds more than one signer.
    pub fn of(path: &Path) -> Result<Option<Self>, CertificateError> {
        let Some(der) = signature(path)? else {
            return Ok(None);
        };
        Self::in_signature(&der).map(Some)
    }

    fn in_signature(bytes: &[u8]) -> Result<Self, CertificateError> {
        let content = ContentInfo::from_der(bytes)?;
        if content.content_type != SIGNED_DATA {
            return Err(CertificateError::Content("it is not signed data"));
        }
        let data: SignedData = content.content.decode_as()?;
        let [signer] = data.signer_infos.0.as_slice() else {
            return Err(CertificateError::Content("it does not have one signer"));
        };
        let all = data.certificates.iter().flat_map(|set| set.0.iter());
        let mut own = all.filter_map(|choice| match choice {
            cms::cert::CertificateChoices::Certificate(certificate)
                if is_of(certificate, signer) =>
            {
                Some(certificate)
            }
            _ => None,
        });
        match (own.next(), own.next()) {
            (Some(certificate), None) => Self::read(certificate),
            _ => Err(CertificateError::Content(
                "it does not hold the signer's certificate once",
            )),
        }
    }

    fn read(certificate: &Certificate) -> Result<Self, CertificateError> {
        let body = &certificate.tbs_certificate;
        let parts = body.subject.0.iter().flat_map(|part| part.0.iter());
        let mut names = parts.filter(|part| part.oid == COMMON_NAME);
        let common_name = match (names.next(), names.next()) {
            (Some(name), None) => text(&name.value),
            _ => None,
        };
        let usage = body
            .get::<ExtendedKeyUsage>()?
            .map(|(_, usage)| usage.0.contains(&CODE_SIGNING));
        let validity = &body.validity;
        Ok(Self {
            subject: body.subject.to_string(),
            common_name,
            sha256: sha256_hex(&certificate.to_der()?),
            validity: (
                validity.not_before.to_unix_duration().as_secs(),
                validity.not_after.to_unix_duration().as_secs(),
            ),
            signs_code: usage.unwrap_or(false),
        })
    }

    /// Why Windows would not take a signature that it makes now.
    pub fn unfit(&self) -> Option<String> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_secs());
        let (from, until) = self.validity;
        let day = |seconds: u64| {
            let time = i64::try_from(seconds)
                .ok()
                .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
            time.map_or_else(
                || "?".to_owned(),
                |time| time.strftime("%Y-%m-%d").to_string(),
            )
        };
        if now > until {
            return Some(format!("expired on {}", day(until)));
        }
        if now < from {
            return Some(format!("is not valid before {}", day(from)));
        }
        (!self.signs_code).then(|| "is not for code signing".to_owned())
    }
}

/// Whether this certificate is the one that a signer names.
fn is_of(certificate: &Certificate, signer: &SignerInfo) -> bool {
    let body = &certificate.tbs_certificate;
    match &signer.sid {
        SignerIdentifier::IssuerAndSerialNumber(id) => {
            body.issuer == id.issuer && body.serial_number == id.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(id) => body
            .get::<SubjectKeyIdentifier>()
            .is_ok_and(|own| own.is_some_and(|(_, own)| own == *id)),
    }
}

/// The text of a name's value, in whichever string type it is.
fn text(value: &der::Any) -> Option<String> {
    use der::Tag;
    let bytes = value.value();
    match der::Tagged::tag(value) {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::TeletexString => {
            String::from_utf8(bytes.to_vec()).ok()
        }
        Tag::BmpString => {
            let units = bytes.chunks_exact(2);
            let units = units.map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            String::from_utf16(&units.collect::<Vec<_>>()).ok()
        }
        _ => None,
    }
}

/// Whose signature counts among all that lead to the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Publisher {
    /// The SHA-256 fingerprint of the certificate, lower-case hexadecimal.
    Fingerprint(String),
    /// The common name, or the whole subject as RFC 4514 writes it.
    Subject(String),
}

impl Publisher {
    /// Whether a certificate is this publisher's.
    pub fn owns(&self, certificate: &SigningCertificate) -> bool {
        match self {
            Self::Fingerprint(sha256) => certificate.sha256 == *sha256,
            Self::Subject(name) => {
                certificate.common_name.as_ref() == Some(name) || certificate.subject == *name
            }
        }
    }
}

impl FromStr for Publisher {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let plain: String = text
            .chars()
            .filter(|letter| !matches!(letter, ':' | ' '))
            .collect();
        let is_hex = !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_hexdigit());
        match plain.len() {
            64 if is_hex => Ok(Self::Fingerprint(plain.to_ascii_lowercase())),
            40 if is_hex => Err(
                "this is a SHA-1 thumbprint; give the SHA-256 fingerprint, as `openssl x509 -fingerprint -sha256` shows it"
                    .to_owned(),
            ),
            0 => Err("a publisher cannot be empty".to_owned()),
            _ => Ok(Self::Subject(text.to_owned())),
        }
    }
}

impl fmt::Display for Publisher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fingerprint(text) | Self::Subject(text) => formatter.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publisher_is_a_fingerprint_or_a_whole_name() {
        let certificate = SigningCertificate {
            subject: "CN=Contoso Ltd,O=Contoso".to_owned(),
            common_name: Some("Contoso Ltd".to_owned()),
            sha256: "ab".repeat(32),
            validity: (0, u64::MAX),
            signs_code: true,
        };
        let owns = |text: &str| text.parse::<Publisher>().unwrap().owns(&certificate);
        let colons = "AB:".repeat(32);
        for good in ["Contoso Ltd", "CN=Contoso Ltd,O=Contoso", &colons] {
            assert!(owns(good), "{good}");
        }
        for bad in ["Contoso", "contoso ltd", "CN=Contoso Ltd", &"ac".repeat(32)] {
            assert!(!owns(bad), "{bad}");
        }
        assert!("ab".repeat(20).parse::<Publisher>().is_err());
        assert!(" ".parse::<Publisher>().is_err());
    }
}
