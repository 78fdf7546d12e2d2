//! Two JSON documents, value by value.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::error::Failure;
use crate::format::input;

pub(super) fn read(path: &Path) -> Result<Value, Failure> {
    let text = input::read_description(path).map_err(|error| Failure::io("read", path, &error))?;
    serde_json::from_slice(&text)
        .map_err(|error| Failure::failed(format!("could not read `{}`: {error}", path.display())))
}

/// Every value that is neither object nor array, by its path such as `release.commit.hash`.
pub(super) fn flattened(value: &Value) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    flatten("", value, &mut values);
    values
}

fn flatten(path: &str, value: &Value, values: &mut BTreeMap<String, String>) {
    let below = |name: &str| match path {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    };
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                flatten(&below(name), value, values);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                flatten(&format!("{path}[{index}]"), value, values);
            }
        }
        Value::Null => {}
        Value::String(text) => {
            values.insert(path.to_owned(), text.clone());
        }
        Value::Bool(_) | Value::Number(_) => {
            values.insert(path.to_owned(), value.to_string());
        }
    }
}

/// A sentence for each value that differs.
pub(super) fn differences(
    left: &BTreeMap<String, String>,
    right: &BTreeMap<String, String>,
) -> Vec<String> {
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let word = |side: &BTreeMap<String, String>, name: &String| {
        side.get(name).map_or("nothing", String::as_str).to_owned()
    };
    names
        .into_iter()
        .filter(|name| left.get(*name) != right.get(*name))
        .map(|name| {
            let (one, other) = (word(left, name), word(right, name));
            format!("`{name}` is {one}, and {other} when built again")
        })
        .collect()
}
