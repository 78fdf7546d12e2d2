//! Provenance: an in-toto statement that says from what, by whom and how the artifacts of a release were made.
//!
//! [`statement`] builds the document from values; [`Runner`] reads what GitHub Actions tells in its variables. The
//! statement is not signed here: signing belongs to [`crate::trust::sign`], and a platform's own attestation is
//! stronger than anything that a build says about itself.
//!
//! Formats: in-toto Statement v1 (<https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>), SLSA
//! provenance v1 (<https://slsa.dev/spec/v1.0/provenance>). Start and end times are left out: they would make two
//! equal builds different.

mod join;
mod runner;
mod statement;

pub use runner::Runner;
pub use statement::{Definition, Material, STATEMENT_TYPE, Statement, Subject, TOOLS, statement};

#[cfg(test)]
mod tests;
