//! Whom the verifier trusts.

use crate::process::{Runner, ToolFinder};
use crate::trust::sign::authenticode::{Trust, Verifier};
use crate::trust::sign::detached::PublicKey;

/// Whose signatures count; without anything, signatures are only held against what was recorded.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Roots for Authenticode signatures.
    pub trust: Trust,
    /// Keys of detached signatures.
    pub keys: Vec<PublicKey>,
    /// Where verifying programs are looked for.
    pub finder: ToolFinder,
    /// Runs them.
    pub runner: Runner,
}

impl Options {
    /// The Authenticode verifier, when a root is given.
    pub(super) fn verifier(&self) -> Option<Verifier> {
        self.trust.root.as_ref()?;
        Some(Verifier::find(&self.finder))
    }
}
