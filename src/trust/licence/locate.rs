//! Where a module's source lies on this machine.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use crate::format::buildinfo::Module;

use super::{Licence, LicenceError, read_folder};

/// The folders in which module sources are looked for; each is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Places {
    /// The main module's folder: its own licence, and where relative replacements start.
    pub main_module: Option<PathBuf>,
    /// The folder `vendor` of the main module or workspace, when the build used it.
    pub vendor: Option<PathBuf>,
    /// `GOMODCACHE`.
    pub module_cache: Option<PathBuf>,
    /// `GOROOT`, for the standard library's licence.
    pub goroot: Option<PathBuf>,
}

impl Places {
    /// The licence of a dependency, empty when its source is not on this machine.
    ///
    /// # Errors
    /// When a licence file is there and cannot be read.
    pub fn module(&self, module: &Module) -> Result<Licence, LicenceError> {
        for folder in self.candidates(module) {
            let licence = read_folder(&folder)?;
            if !licence.files.is_empty() {
                return Ok(licence);
            }
        }
        Ok(Licence::default())
    }

    /// The licence of the main module.
    ///
    /// # Errors
    /// As [`Places::module`].
    pub fn main(&self) -> Result<Licence, LicenceError> {
        self.main_module
            .as_deref()
            .map_or_else(|| Ok(Licence::default()), read_folder)
    }

    /// The licence of the Go standard library.
    ///
    /// # Errors
    /// As [`Places::module`].
    pub fn standard_library(&self) -> Result<Licence, LicenceError> {
        self.goroot
            .as_deref()
            .map_or_else(|| Ok(Licence::default()), read_folder)
    }

    fn candidates(&self, module: &Module) -> Vec<PathBuf> {
        let source = module.effective();
        let vendored = self
            .vendor
            .as_ref()
            .map(|vendor| join_slashes(vendor, &module.path));
        let found = if !source.is_from_folder() {
            let folder = format!("{}@{}", escape(&source.path), escape(&source.version));
            self.module_cache
                .as_ref()
                .map(|cache| join_slashes(cache, &folder))
        } else if module.replace.is_some() {
            self.main_module
                .as_ref()
                .map(|main| main.join(&source.path))
        } else {
            None
        };
        vendored.into_iter().chain(found).collect()
    }
}

/// Joins a module path, whose elements are kept from leaving the folder.
fn join_slashes(folder: &Path, path: &str) -> PathBuf {
    path.split('/')
        .filter(|element| !matches!(*element, "" | "." | ".."))
        .fold(folder.to_owned(), |folder, element| folder.join(element))
}

/// The module cache's spelling: `!` before each upper-case letter, which then is lower case
/// (`golang.org/x/mod/module.EscapePath`).
fn escape(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len() + 4);
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(c.to_ascii_lowercase());
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(path: &str, version: &str) -> Module {
        Module {
            path: path.to_owned(),
            version: version.to_owned(),
            ..Module::default()
        }
    }

    fn places() -> Places {
        Places {
            main_module: Some("main".into()),
            vendor: None,
            module_cache: Some("cache".into()),
            goroot: None,
        }
    }

    #[test]
    fn upper_case_is_escaped_as_in_the_module_cache() {
        assert_eq!(
            places().candidates(&module("github.com/BurntSushi/toml", "v1.4.0-RC1")),
            [PathBuf::from(
                "cache/github.com/!burnt!sushi/toml@v1.4.0-!r!c1"
            )]
        );
    }

    #[test]
    fn a_replacement_is_looked_for_and_the_vendor_folder_goes_first() {
        let mut replaced = module("example.com/old", "v1.0.0");
        replaced.replace = Some(Box::new(module("./fork", "(devel)")));
        assert_eq!(
            places().candidates(&replaced),
            [PathBuf::from("main/./fork")]
        );
        let vendored = Places {
            vendor: Some("main/vendor".into()),
            ..places()
        };
        assert_eq!(
            vendored.candidates(&replaced),
            [
                PathBuf::from("main/vendor/example.com/old"),
                PathBuf::from("main/./fork")
            ]
        );
    }

    #[test]
    fn a_module_path_cannot_leave_the_cache() {
        assert_eq!(
            places().candidates(&module("../../etc", "v1.0.0")),
            [PathBuf::from("cache/etc@v1.0.0")]
        );
    }
}
