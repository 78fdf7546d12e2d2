//! The reference of `release.toml` in Markdown, made from its schema, so that it cannot tell anything else.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::schema::manifest_schema;

/// The reference: a section for each table, a row for each key.
pub fn reference() -> String {
    let schema = manifest_schema();
    let mut text = "# release.toml\n\nEvery key, made from the schema that `gorelease schema` prints. All tables and \
                    keys may be left out unless they are marked as required.\n"
        .to_owned();
    let mut tables = Vec::new();
    collect("", schema, schema, &mut tables);
    for table in &tables {
        section(&mut text, table, schema);
    }
    text
}

/// A table of the manifest.
struct Table<'a> {
    /// Such as `[build]` or `[[binary]]`; empty for the top.
    heading: String,
    schema: &'a Value,
}

/// The table and those below it, a table before its children.
fn collect<'a>(path: &str, schema: &'a Value, root: &'a Value, tables: &mut Vec<Table<'a>>) {
    for (key, value) in properties(schema) {
        let (inner, several) = table_of(value, root);
        let Some(inner) = inner else { continue };
        let path = match path {
            "" => key.clone(),
            path => format!("{path}.{key}"),
        };
        let heading = match several {
            Several::No => format!("[{path}]"),
            Several::Yes => format!("[[{path}]]"),
        };
        tables.push(Table {
            heading,
            schema: inner,
        });
        collect(&path, inner, root, tables);
    }
}

/// Whether a table may come several times.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Several {
    No,
    Yes,
}

/// The schema of a table with keys, if the value is one or a list of them.
fn table_of<'a>(value: &'a Value, root: &'a Value) -> (Option<&'a Value>, Several) {
    let value = resolve(value, root);
    let (value, several) = match value.get("items") {
        Some(items) => (resolve(items, root), Several::Yes),
        None => (value, Several::No),
    };
    (value.get("properties").map(|_| value), several)
}

/// Follows references, and takes the one that is not null of `anyOf`.
fn resolve<'a>(value: &'a Value, root: &'a Value) -> &'a Value {
    if let Some(name) = value.get("$ref").and_then(Value::as_str) {
        let name = name.trim_start_matches("#/$defs/");
        return match root["$defs"].get(name) {
            Some(found) => resolve(found, root),
            None => value,
        };
    }
    match value
        .get("anyOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        Some([only, null]) if null["type"] == "null" => resolve(only, root),
        _ => value,
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
}

fn section(text: &mut String, table: &Table<'_>, root: &Value) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n## `{}`\n", table.heading);
    if let Some(description) = description(table.schema) {
        let _ = writeln!(text, "{description}\n");
    }
    let rows: Vec<String> = properties(table.schema)
        .filter(|(_, value)| table_of(value, root).0.is_none())
        .map(|(key, value)| row(key, value, table.schema, root))
        .collect();
    if !rows.is_empty() {
        text.push_str("| key | value | meaning |\n|---|---|---|\n");
        text.extend(rows);
    }
}

fn row(key: &str, value: &Value, table: &Value, root: &Value) -> String {
    let required = table["required"]
        .as_array()
        .is_some_and(|keys| keys.iter().any(|required| required == key));
    let mark = if required { ", required" } else { "" };
    let own = description(value);
    let meaning = own.or_else(|| description(resolve(value, root)));
    format!(
        "| `{key}` | {}{mark} | {} |\n",
        cell(&kind(value, root)),
        cell(&meaning.unwrap_or_default())
    )
}

fn description(value: &Value) -> Option<String> {
    value
        .get("description")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// What a value looks like, in words.
fn kind(value: &Value, root: &Value) -> String {
    let value = resolve(value, root);
    if let Some(choices) = choices(value) {
        return choices;
    }
    if let Some(several) = value.get("anyOf").or_else(|| value.get("oneOf")) {
        let kinds = several.as_array().into_iter().flatten();
        let kinds: Vec<String> = kinds.map(|one| kind(one, root)).collect();
        return kinds.join(" or ");
    }
    let name = match value.get("type") {
        Some(Value::Array(names)) => names.iter().find(|name| *name != "null"),
        other => other,
    };
    match name.and_then(Value::as_str) {
        Some("array") => format!("list of {}", plural(&kind(&value["items"], root))),
        Some("object") if value.get("properties").is_some() => inline_table(value, root),
        Some("object") => "table of names and texts".to_owned(),
        Some("string") => "text".to_owned(),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("integer") => "whole number".to_owned(),
        Some("number") => "number".to_owned(),
        _ => "value".to_owned(),
    }
}

fn plural(kind: &str) -> String {
    match kind {
        "text" => "texts".to_owned(),
        other => other.to_owned(),
    }
}

/// `{ file, lines }`: a table that is written in one line.
fn inline_table(value: &Value, root: &Value) -> String {
    let keys: Vec<String> = properties(value)
        .map(|(key, value)| format!("{key} = {}", kind(value, root)))
        .collect();
    format!("{{ {} }}", keys.join(", "))
}

/// The words that a value can be, if it is one of several.
fn choices(value: &Value) -> Option<String> {
    let plain = value.get("enum").and_then(Value::as_array);
    let described = value.get("oneOf").and_then(Value::as_array);
    let mut words = Vec::new();
    for word in plain.into_iter().flatten() {
        words.push(word.as_str()?);
    }
    for choice in described.into_iter().flatten() {
        match (choice.get("const"), choice.get("enum")) {
            (Some(word), _) => words.push(word.as_str()?),
            (None, Some(several)) => {
                for word in several.as_array()? {
                    words.push(word.as_str()?);
                }
            }
            (None, None) => return None,
        }
    }
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_schema_is_in_the_reference() {
        let text = reference();
        let definitions = manifest_schema()["$defs"].as_object().unwrap();
        for (name, definition) in definitions {
            for (key, _) in properties(definition) {
                let shown = text.contains(&format!("`{key}`"))
                    || text.contains(&format!("{key} = "))
                    || text.contains(&format!(".{key}]"));
                assert!(shown, "{name}.{key}");
            }
        }
    }

    #[test]
    fn a_row_says_what_can_be_written() {
        let text = reference();
        let row = |key: &str| {
            let start = format!("| `{key}` |");
            text.lines().find(|line| line.starts_with(&start)).unwrap()
        };
        assert!(
            row("builder").contains("`go`, `cargo`"),
            "{}",
            row("builder")
        );
        assert!(
            row("ldflags").contains("list of texts"),
            "{}",
            row("ldflags")
        );
        assert!(row("cgo").contains("`true` or `false`"), "{}", row("cgo"));
    }
}
