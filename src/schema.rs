//! The schemas of everything that gorelease reads or writes as data, for `gorelease schema` and `docs/schema/`.

use clap::ValueEnum;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use crate::deploy::Deployment;
use crate::event::Event;
use crate::manifest::schema::manifest_schema;
use crate::plan::Plan;
use crate::report::Line;
use crate::step::metadata::ArtifactsFile;

/// A format with a schema (JSON Schema 2020-12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Document {
    /// release.toml
    Manifest,
    /// dist/artifacts.json
    Artifacts,
    /// deployment.json of the hand-over
    Deployment,
    /// what `plan --format json` prints
    Plan,
    /// a line that `build` and `check` print with `--format json`
    Events,
}

impl Document {
    /// Its schema.
    pub fn schema(self) -> Value {
        match self {
            Self::Manifest => manifest_schema().clone(),
            Self::Artifacts => written::<ArtifactsFile>(),
            Self::Deployment => Deployment::schema(),
            Self::Plan => written::<Plan>(),
            Self::Events => events(),
        }
    }
}

/// The schema of something that is written: what may be left out is not required.
fn written<T: JsonSchema>() -> Value {
    generator().into_root_schema_for::<T>().to_value()
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
}

/// The events of a run, and the lines that a command adds.
fn events() -> Value {
    let mut generator = generator();
    let kinds = [
        generator.subschema_for::<Event>().to_value(),
        generator.subschema_for::<Line>().to_value(),
    ];
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Event",
        "description": "A line of `gorelease build --format json` or `gorelease check --format json`.",
        "anyOf": kinds,
        "$defs": generator.take_definitions(true),
    })
}
