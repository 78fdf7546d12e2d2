//! Windows Installer packages: their rules, and the cabinet against the tables.

use std::path::Path;

use super::Finding;
use crate::package::msi;

/// Opens the package with other people's readers.
pub(super) fn check(path: &Path, name: &str) -> Vec<Finding> {
    match msi::check(path) {
        Ok(findings) => findings
            .iter()
            .map(|finding| Finding::new(name, format!("breaks {finding}")))
            .collect(),
        Err(error) => {
            let cause = std::error::Error::source(&error)
                .map_or_else(String::new, |cause| format!(": {cause}"));
            vec![Finding::new(name, format!("{error}{cause}"))]
        }
    }
}
