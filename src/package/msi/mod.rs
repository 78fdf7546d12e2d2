//! Windows Installer packages.
//!
//! Flow: [`Package`] (what shall be installed) → tables → validation → a file → the same file read by
//! others and compared.
//!
//! Not here: the file format itself (`format::msi`), the manifest.

mod build;
mod check;
mod error;
pub mod external;
mod facts;
#[cfg(test)]
mod fixture;
mod formatted;
mod identity;
mod inspect;
mod messages;
mod model;
pub mod names;
mod properties;
mod tables;
mod validate;
mod verify;
pub mod wxs;

pub use build::{Written, outline, write};
pub use check::{PackageProblem, Subject, problems};
pub use error::PackageError;
pub use facts::{FileFacts, ResourceVersion, gather};
pub use identity::{derived_upgrade_code, product_code};
pub use inspect::{Inspection, inspect};
pub use model::*;
pub use validate::{Finding, Rule, validate};
pub use verify::check;
