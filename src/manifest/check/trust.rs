//! `[sbom]`, `[sign]`, `[provenance]` and `[vulnerabilities]`.

use std::ops::Range;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

use super::sign;
use crate::manifest::Located;
use crate::manifest::raw::{RawSbom, RawSign, RawVulnerabilities};
use crate::problem::{Problem, Problems, nearest};
use crate::trust::sign::{Authenticode, Detached};
use crate::trust::vulnerabilities::Policy;

/// What makes a release trustworthy; nothing that was not asked for.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// `[sbom]`.
    pub sbom: Option<Sbom>,
    /// Whether there is a `[provenance]`.
    pub provenance: bool,
    /// `[vulnerabilities]`.
    pub vulnerabilities: Option<Located<Vulnerabilities>>,
    /// `[sign.authenticode]`.
    pub authenticode: Option<Located<Authenticode>>,
    /// `[[sign.detached]]`.
    pub detached: Vec<Located<DetachedSignature>>,
}

impl Trust {
    /// Keeps what signs from every program but the signer; see [`crate::trust::sign::SecretSource::hide`].
    pub fn hide_secrets(&self) {
        let secret = self.authenticode.as_ref().and_then(|sign| sign.secret());
        secret.into_iter().for_each(|secret| secret.hide());
        for signature in &self.detached {
            signature.config.hide_secrets();
        }
    }
}

/// `[sbom]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sbom {
    /// The formats, in order, each once.
    pub formats: Vec<SbomFormat>,
    /// Whether packages carry the documents.
    pub in_packages: bool,
    /// Whether packages carry the licence texts.
    pub licenses: bool,
}

/// A format of a bill of materials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SbomFormat {
    /// CycloneDX 1.6.
    Cyclonedx,
    /// SPDX 2.3.
    Spdx,
}

impl SbomFormat {
    /// What is appended to the executable's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Cyclonedx => "cdx.json",
            Self::Spdx => "spdx.json",
        }
    }
}

/// `[vulnerabilities]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vulnerabilities {
    /// What a finding does.
    pub policy: Policy,
    /// Address or folder.
    pub database: Option<String>,
}

/// A `[[sign.detached]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetachedSignature {
    /// How.
    pub config: Detached,
    /// What.
    pub what: Signed,
}

/// What a detached signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// Each checksum file.
    Checksums,
    /// Each archive, installer and bare binary.
    Packages,
}

pub(super) fn check(
    sbom: Option<RawSbom>,
    provenance: bool,
    vulnerabilities: Option<Located<RawVulnerabilities>>,
    raw_sign: RawSign,
    problems: &mut Problems,
) -> Trust {
    Trust {
        sbom: sbom.map(|raw| check_sbom(raw, problems)),
        provenance,
        vulnerabilities: vulnerabilities.map(|raw| Located {
            value: check_vulnerabilities(raw.value, problems),
            span: raw.span,
        }),
        authenticode: raw_sign
            .authenticode
            .and_then(|raw| sign::authenticode(raw, problems)),
        detached: raw_sign
            .detached
            .into_iter()
            .filter_map(|raw| sign::detached(raw, problems))
            .collect(),
    }
}

fn check_sbom(raw: RawSbom, problems: &mut Problems) -> Sbom {
    let both = vec![SbomFormat::Cyclonedx, SbomFormat::Spdx];
    let mut formats = raw.formats.map_or(both, |list| {
        let known = [
            ("cyclonedx", SbomFormat::Cyclonedx),
            ("spdx", SbomFormat::Spdx),
        ];
        list.into_iter()
            .filter_map(|name| problems.take(one_of("SBOM format", &name, &known)))
            .collect()
    });
    formats.sort_unstable();
    formats.dedup();
    Sbom {
        formats,
        in_packages: raw.in_packages.is_none_or(|value| value.value),
        licenses: raw.licenses.is_none_or(|value| value.value),
    }
}

fn check_vulnerabilities(raw: RawVulnerabilities, problems: &mut Problems) -> Vulnerabilities {
    let known = [("report", Policy::Report), ("fail", Policy::Fail)];
    let policy = raw
        .policy
        .and_then(|policy| problems.take(one_of("policy", &policy, &known)));
    Vulnerabilities {
        policy: policy.unwrap_or(Policy::Report),
        database: raw.database.map(|database| database.value),
    }
}

/// The value that a word stands for, or a problem with the nearest word.
pub(super) fn one_of<T: Copy>(
    what: &str,
    word: &Located<String>,
    known: &[(&'static str, T)],
) -> Result<T, Problem> {
    if let Some((_, value)) = known.iter().find(|(name, _)| *name == word.value) {
        return Ok(*value);
    }
    let problem =
        Problem::error(format!("unknown {what} `{}`", word.value)).at_option(word.place());
    let names = || known.iter().map(|(name, _)| *name);
    Err(match nearest(word, names()) {
        Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
        None => problem.hint(format!(
            "one of: {}",
            names().collect::<Vec<_>>().join(", ")
        )),
    })
}

/// A path outside of what is packed: certificates and keys may lie anywhere.
pub(super) fn any_path(path: Located<String>) -> PathBuf {
    PathBuf::from(path.value)
}

/// A problem at a place in the manifest.
pub(super) fn problem_at(message: impl Into<String>, place: &Range<usize>) -> Problem {
    Problem::error(message).at_option((!place.is_empty()).then(|| place.clone()))
}
