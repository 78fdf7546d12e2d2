//! Asks an independent verifier about a signature.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OSSLSIGNCODE, SIGNTOOL};
use crate::process::{Invocation, ProcessError, Runner, ToolFinder};
use crate::trust::sign::SignError;

/// Which certificates are trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Trust {
    /// PEM file of the root that the signer's certificate must lead to; without one only osslsigncode's check of the digest
    /// counts, for a code signing root is in no list of roots for the web.
    #[serde(default)]
    pub root: Option<PathBuf>,
    /// PEM file of the root of the time-stamp server's certificate; the system's roots without one.
    #[serde(default)]
    pub timestamp_root: Option<PathBuf>,
}

/// What was verified, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// The signature, and the certificates up to a trusted root.
    Chain(&'static str),
    /// That the signature fits the file; its certificate leads to no known root.
    Digest(&'static str),
    /// Only that a signature was added and nothing else changed: no verifier is installed.
    Unverified,
}

/// The verifier of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verifier {
    /// osslsigncode.
    Osslsigncode(PathBuf),
    /// signtool, with the roots that Windows trusts.
    Signtool(PathBuf),
    /// None is installed.
    None,
}

impl Verifier {
    /// Looks for osslsigncode, then for signtool.
    pub fn find(finder: &ToolFinder) -> Self {
        if let Ok(program) = finder.find(OSSLSIGNCODE) {
            return Self::Osslsigncode(program);
        }
        finder.find(SIGNTOOL).map_or(Self::None, Self::Signtool)
    }
}

/// Verifies the signature of a file.
///
/// # Errors
/// When the signature is missing, does not fit the file, or leads to no trusted root although one is given.
pub fn verify(
    file: &Path,
    trust: &Trust,
    verifier: &Verifier,
    runner: &Runner,
) -> Result<Verified, SignError> {
    let path = file.to_string_lossy();
    let summary = format!(
        "verifying the signature of `{}`",
        file.file_name().unwrap_or_default().to_string_lossy()
    );
    match verifier {
        Verifier::Osslsigncode(program) => {
            let mut invocation = Invocation::new(program, summary).args(["verify", "-ignore-cdp"]);
            for (flag, root) in [
                ("-CAfile", &trust.root),
                ("-TSA-CAfile", &trust.timestamp_root),
            ] {
                if let Some(root) = root {
                    invocation = invocation.args([flag, &root.to_string_lossy()]);
                }
            }
            judge(file, trust, runner.run(&invocation.args(["-in", &path])))
        }
        Verifier::Signtool(program) => {
            let invocation =
                Invocation::new(program, summary).args(["verify", "/pa", "/all", &path]);
            runner.run(&invocation).map_err(|error| bad(file, error))?;
            // It asked for any root that Windows trusts, and takes no other.
            Ok(match trust.root {
                None => Verified::Chain("signtool"),
                Some(_) => Verified::Digest("signtool"),
            })
        }
        Verifier::None => Ok(Verified::Unverified),
    }
}

fn judge(
    file: &Path,
    trust: &Trust,
    result: Result<crate::process::Output, ProcessError>,
) -> Result<Verified, SignError> {
    let error = match result {
        Ok(_) => return Ok(Verified::Chain("osslsigncode")),
        Err(error @ ProcessError::Failed { .. }) => error,
        Err(error) => return Err(error.into()),
    };
    let report = error
        .output()
        .map(|output| output.stdout_text() + &output.stderr_text())
        .unwrap_or_default();
    if trust.root.is_none() && is_only_the_root_unknown(&report) {
        return Ok(Verified::Digest("osslsigncode"));
    }
    Err(bad(file, error))
}

fn bad(file: &Path, error: ProcessError) -> SignError {
    let ProcessError::Failed { output, .. } = &error else {
        return error.into();
    };
    let report = output.stdout_text() + &output.stderr_text();
    SignError::refused(format!("the signature of `{}` is not good", file.display()))
        .with_detail(report.trim_end())
}

/// Whether the digests agree and nothing but the chain's end was missed.
fn is_only_the_root_unknown(report: &str) -> bool {
    const UNKNOWN_ROOT: [&str; 4] = [
        "unable to get local issuer certificate",
        "unable to get issuer certificate",
        "self-signed certificate",
        "self signed certificate",
    ];
    let errors: Vec<&str> = report
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Error: "))
        .map(str::trim)
        .collect();
    let value = |name: &str| {
        let line = report.lines().find(|line| line.starts_with(name))?;
        line.rsplit(':').next().map(str::trim)
    };
    let agrees = |kind: &str| {
        let current = value(&format!("Current {kind}"));
        current.is_some() && current == value(&format!("Calculated {kind}"))
    };
    !errors.is_empty()
        && errors
            .iter()
            .all(|error| UNKNOWN_ROOT.iter().any(|known| error.starts_with(known)))
        && (agrees("message digest") || agrees("DigitalSignature"))
}
