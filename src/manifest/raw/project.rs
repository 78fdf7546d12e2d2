//! `[project]`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::manifest::located::Located;

/// Name, version and what people read about the project.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawProject {
    /// The name that file names and ids are derived from: letters, digits, `.`, `_` and `-`. Default: the last
    /// element of the module path.
    pub name: Option<Located<String>>,
    /// The name that people read. Default: `name`.
    pub title: Option<Located<String>>,
    /// Who makes it. Default: the owner in the module path, such as `contoso` in `github.com/contoso/orders`.
    pub manufacturer: Option<Located<String>>,
    /// One sentence on what it does.
    pub description: Option<Located<String>>,
    /// The project's page.
    pub homepage: Option<Located<String>>,
    /// Where the version comes from: `"git"` (the default), a version such as `"1.4.2"`, or `{ file = "VERSION" }`.
    pub version: Option<Located<RawVersion>>,
    /// What stands before the version in a git tag, such as `tools/v`. Default: the module's folder in the
    /// repository, then `v`.
    pub tag_prefix: Option<Located<String>>,
    /// The SPDX expression of the licence, such as `MIT`.
    pub license: Option<Located<String>>,
    /// The licence file, packed into every archive. Default: `LICENSE*` or `COPYING*` at the root.
    pub license_file: Option<Located<String>>,
    /// The readme, packed into every archive. Default: `README.md` at the root.
    pub readme: Option<Located<String>>,
    /// The icon: an ICO, or a PNG of at least 256 by 256 pixels.
    pub icon: Option<Located<String>>,
    /// The Go toolchain that must be used, such as `go1.26.8`; another one is an error.
    pub go_toolchain: Option<Located<String>>,
}

/// Where the version comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawVersion {
    /// `"git"`, or the version itself.
    Text(String),
    /// `{ file = "VERSION" }`: the first line of a file.
    File(String),
}

impl<'de> Deserialize<'de> for RawVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct VersionVisitor;

        impl<'de> Visitor<'de> for VersionVisitor {
            type Value = RawVersion;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`\"git\"`, a version, or `{ file = \"...\" }`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<RawVersion, E> {
                Ok(RawVersion::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawVersion, A::Error> {
                match map.next_entry::<String, String>()? {
                    Some((key, path)) if key == "file" => Ok(RawVersion::File(path)),
                    _ => Err(A::Error::custom("expected `{ file = \"...\" }`")),
                }
            }
        }

        deserializer.deserialize_any(VersionVisitor)
    }
}

impl JsonSchema for RawVersion {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": { "file": { "type": "string", "description": "The file whose first line is the version." } },
                    "required": ["file"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}
