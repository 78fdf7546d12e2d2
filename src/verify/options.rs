//! Whom the verifier trusts, and what it demands.

use crate::error::{ExitCode, Failure};
use crate::format::input;
use crate::process::{Runner, ToolFinder};
use crate::trust::sign::authenticode::{OSSLSIGNCODE, Publisher, Trust, Verifier};
use crate::trust::sign::detached::PublicKey;

/// What the release must say that it is, or who must have signed it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Required {
    /// The version.
    pub version: Option<String>,
    /// The whole hash of the commit.
    pub commit: Option<String>,
    /// The signer of the checksum files: a fingerprint, a key id or an identity.
    pub signer: Option<String>,
}

/// What is done with names that gorelease uses itself in a folder of results, such as `.lock` and `report.html`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WorkingFiles {
    /// They belong there only when the build of this machine owns the folder; elsewhere nothing promises them.
    #[default]
    OfOwner,
    /// Nothing is taken over but what is promised, so others do no harm.
    LeftBehind,
}

/// Whose signatures count; without anything, signatures are only held against what was recorded.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Roots for Authenticode signatures.
    pub trust: Trust,
    /// Whose Authenticode signatures count among those that lead to the root; everybody's when empty.
    pub publishers: Vec<Publisher>,
    /// Keys of detached signatures.
    pub keys: Vec<PublicKey>,
    /// What is demanded beside.
    pub required: Required,
    /// Names that gorelease uses itself.
    pub working_files: WorkingFiles,
    /// Where verifying programs are looked for.
    pub finder: ToolFinder,
    /// Runs them.
    pub runner: Runner,
}

impl Options {
    /// Reads keys and roots, and looks for the programs that verify with them: before any file is opened, and also when no
    /// file turns out to be signed.
    ///
    /// # Errors
    /// When a key or a root is none, or a program is missing.
    pub fn check(&self) -> Result<(), Failure> {
        let usage = |message: &str| Err(Failure::new(ExitCode::Usage, message));
        if self.required.signer.is_some() && self.keys.is_empty() {
            return usage("a signer can be required only together with a key");
        }
        if !self.publishers.is_empty() && self.trust.root.is_none() {
            return usage("a publisher can be required only together with a root");
        }
        for root in [&self.trust.root, &self.trust.timestamp_root]
            .into_iter()
            .flatten()
        {
            let text = input::open(root).and_then(std::io::read_to_string);
            let text = text.map_err(|error| Failure {
                code: ExitCode::Usage,
                ..Failure::io("read", root, &error)
            })?;
            if !text.contains("-----BEGIN CERTIFICATE-----") {
                let message = format!("`{}` has no certificate in PEM", root.display());
                return Err(Failure::new(ExitCode::Usage, message));
            }
        }
        if self.trust.root.is_some() {
            // signtool takes no root but those of Windows, and so answers another question.
            self.finder.find(OSSLSIGNCODE).map_err(missing)?;
        }
        for key in &self.keys {
            key.check(&self.finder, &self.runner).map_err(refused)?;
        }
        Ok(())
    }

    /// The Authenticode verifier, when a root is given.
    pub(super) fn verifier(&self) -> Option<Verifier> {
        self.trust.root.as_ref()?;
        Some(
            self.finder
                .find(OSSLSIGNCODE)
                .map_or(Verifier::None, Verifier::Osslsigncode),
        )
    }
}

fn missing(error: crate::process::MissingTool) -> Failure {
    let hint = error.hint();
    Failure::new(ExitCode::MissingTool, error.to_string()).hint(hint)
}

fn refused(error: crate::trust::sign::SignError) -> Failure {
    use crate::trust::sign::SignError;
    match error {
        SignError::Tool(error) => missing(error),
        error => {
            let hint = error.hint();
            let mut failure = Failure::new(ExitCode::Usage, error.to_string());
            failure.hint = hint;
            failure
        }
    }
}
