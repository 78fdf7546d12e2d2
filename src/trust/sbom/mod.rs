//! Bills of materials of one executable, from the build information inside it.
//!
//! [`Inventory`] gathers the components: main module, dependencies, Go standard library, each with version, sum,
//! package URL and licence. [`cyclonedx`] and [`spdx`] write it down. Same executable, same bytes: ids are UUID v5 of
//! the executable's digest, the time is given.
//!
//! Not here: C libraries that cgo links (the build information does not name them; the documents say that they may
//! be incomplete then), and whole-archive documents.

pub mod cyclonedx;
mod inventory;
mod purl;
pub mod spdx;

pub use inventory::{Component, ComponentLicence, Inventory, Kind, Subject};
pub use purl::package_url;

use jiff::Timestamp;
use uuid::Uuid;

/// What a document says about itself.
#[derive(Debug, Clone)]
pub struct Origin {
    /// When it was made: the commit's time or `SOURCE_DATE_EPOCH`.
    pub created: Timestamp,
    /// Version of gorelease.
    pub tool_version: String,
    /// The organisation that releases the executable.
    pub manufacturer: Option<String>,
}

impl Origin {
    /// RFC 3339 in UTC, whole seconds, as both formats ask.
    fn created(&self) -> String {
        self.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

/// The id of a document in one format about one executable.
fn document_id(format: &str, subject: &Subject) -> Uuid {
    let name = format!(
        "gorelease/sbom/{format}/{}/{}",
        subject.file_name, subject.sha256
    );
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
}

#[cfg(test)]
mod tests;
