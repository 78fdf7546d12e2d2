//! The package as WiX source: the same tables in the words of WiX 4 and later, or of WiX 3 as far as wixl reads it.
//!
//! The source is made from the tables, not from the model, so that identities, conditions and numbers are the native
//! package's own. What differs all the same is listed in `docs/msi.md`.

mod components;
mod directories;
mod limits;
mod product;
mod sequences;
#[cfg(test)]
mod tests;
mod xml;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use super::build::outline;
use super::model::Package;
use super::tables::file_key;
use crate::format::msi::{Database, Source};
use xml::Element;

pub use limits::{Limit, limits};

/// Whose words the source is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// WiX 4 and later.
    Wix4,
    /// WiX 3, in the part that wixl of msitools knows.
    Wixl,
}

impl Dialect {
    fn namespace(self) -> &'static str {
        match self {
            Self::Wix4 => "http://wixtoolset.org/schemas/v4/wxs",
            Self::Wixl => "http://schemas.microsoft.com/wix/2006/wi",
        }
    }
}

/// What the generator looks at.
struct Context<'a> {
    database: &'a Database,
    dialect: Dialect,
    /// Where each file's data is, by its key.
    sources: BTreeMap<String, PathBuf>,
    icon: Option<PathBuf>,
}

/// The source of a package.
pub fn source(package: &Package, dialect: Dialect) -> String {
    let database = outline(package);
    let sources = package
        .files
        .iter()
        .map(|file| (file_key(file), file.source.clone()));
    let icon = database
        .table("Icon")
        .and_then(|icons| icons.rows.first())
        .and_then(|row| {
            row.iter().find_map(|value| match value {
                crate::format::msi::Value::Stream(Source::File(path)) => Some(path.clone()),
                _ => None,
            })
        });
    let context = Context {
        database: &database,
        dialect,
        sources: sources.collect(),
        icon,
    };
    let mut root = Element::new("Wix").attribute("xmlns", dialect.namespace());
    root.push(product::product(&context, package));
    root.document()
}

fn path_text(path: &Path) -> String {
    path.display().to_string()
}
