//! The JSON schema of `release.toml`, made from the raw types; editors, the reference and
//! [`super::structure`] use the same one.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::raw::RawManifest;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<RawManifest>();
    schema.insert("title".to_owned(), Value::from("release.toml"));
    schema.to_value()
});

/// The schema (JSON Schema 2020-12).
pub fn manifest_schema() -> &'static Value {
    &SCHEMA
}
