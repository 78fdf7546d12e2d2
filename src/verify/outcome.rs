//! What came out of a verification.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::error::{ExitCode, Failure};
use crate::trust::sign::detached::GoodSignature;

/// A promise that is not kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The file, relative to the folder.
    pub file: String,
    /// What is wrong with it.
    pub message: String,
}

impl Finding {
    /// A finding on a file.
    pub fn new(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            message: message.into(),
        }
    }
}

/// A good signature of a file, by one of the given keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SignedFile {
    /// The checksum file.
    pub file: String,
    /// The signature.
    #[serde(flatten)]
    pub signature: GoodSignature,
}

/// What the files say that they are; as good as the signature over them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stated {
    /// The product's name.
    pub name: String,
    /// The version.
    pub version: String,
    /// The commit, in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// What came out.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Verification {
    /// The files that were opened.
    pub files: usize,
    /// Whether a given key has signed the checksum files, and so everything that they cover.
    pub authenticated: bool,
    /// What the files say that they are, where they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<Stated>,
    /// The good signatures of checksum files.
    pub signatures: Vec<SignedFile>,
    /// The subjects of the certificates whose Authenticode signatures lead to the given root.
    pub publishers: BTreeSet<String>,
    /// What is wrong, sorted.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// With the findings sorted, each once.
    pub(super) fn finished(mut self) -> Self {
        self.findings.sort();
        self.findings.dedup();
        // What is not as promised is not authentic, whoever signed the checksums.
        self.authenticated &= self.findings.is_empty();
        self
    }

    /// A failure that lists all findings, if there are any.
    pub fn into_result(self) -> Result<usize, Failure> {
        if self.findings.is_empty() {
            return Ok(self.files);
        }
        let list: Vec<String> = self
            .findings
            .iter()
            .map(|finding| format!("{}: {}", finding.file, finding.message))
            .collect();
        let count = list.len();
        let message = format!(
            "verification failed: {count} {} not what was promised",
            if count == 1 { "file is" } else { "things are" }
        );
        Err(Failure::new(ExitCode::Verification, message).detail(list.join("\n")))
    }

    /// What people are told of files that are as promised, line by line: what they are, and who says so.
    pub fn told(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(Stated {
            name,
            version,
            commit,
        }) = &self.release
        {
            let commit = commit
                .as_ref()
                .map_or_else(String::new, |commit| format!(", commit {commit}"));
            lines.push(format!("{name} {version}{commit}"));
        }
        for SignedFile { file, signature } in &self.signatures {
            lines.push(format!("{file} is signed by {signature}"));
        }
        for publisher in &self.publishers {
            lines.push(format!(
                "programs, packages and scripts are signed by {publisher}"
            ));
        }
        lines
    }

    /// What was not proved, when no key was given.
    pub fn caveat(&self) -> Option<&'static str> {
        if self.authenticated {
            None
        } else if self.publishers.is_empty() {
            Some(
                "nothing was authenticated: without a key or a root, this only shows that the files fit their own checksums",
            )
        } else {
            Some(
                "only programs, packages and scripts for Windows were authenticated: give the key of the checksums for the other files",
            )
        }
    }
}
