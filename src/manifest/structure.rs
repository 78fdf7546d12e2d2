//! Checks a parsed `release.toml` against the manifest's own JSON schema, so that every unknown key and wrong type
//! is told at once, with its place; serde would stop at the first.
//!
//! Only the part of JSON Schema that the raw types use is understood: `$ref`, `anyOf`, `oneOf`, `allOf`, `type`,
//! `properties`, `additionalProperties`, `required`, `items`, `enum`, `const`, `minimum`, `maximum`.

use std::ops::Range;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{Problem, Problems, nearest};

/// Notes everything in `document` that `schema` does not allow, and takes it out, so that what is left can be read
/// and checked all the same.
pub fn prune(document: &mut Spanned<DeTable<'_>>, schema: &Value, problems: &mut Problems) {
    let walker = Walker { root: schema };
    let span = document.span();
    walker.table(document.get_mut(), span, schema, "", problems);
}

/// Whether a value can be read after everything wrong in it was taken out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Usable,
    Nothing,
}

/// What a list is made of, which decides how it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ListOf {
    Tables,
    Values,
}

struct Walker<'a> {
    root: &'a Value,
}

impl<'a> Walker<'a> {
    fn table(
        &self,
        table: &mut DeTable<'_>,
        span: Range<usize>,
        schema: &'a Value,
        path: &str,
        problems: &mut Problems,
    ) -> Left {
        let empty = Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&empty);
        let mut unusable = Vec::new();
        for (key, value) in table.iter_mut() {
            let name: &str = key.get_ref();
            let child_path = if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            };
            let others = &schema["additionalProperties"];
            let child = properties
                .get(name)
                .or(others.is_object().then_some(others));
            let left = match child {
                Some(child) => self.value(value, child, &child_path, problems),
                None => {
                    problems.push(unknown_key(name, key.span(), path, properties));
                    Left::Nothing
                }
            };
            if left == Left::Nothing {
                unusable.push(name.to_owned());
            }
        }
        let left = self.required(table, span, schema, path, problems);
        let needed = |name: &String| {
            let required = schema["required"].as_array().into_iter().flatten();
            required.filter_map(Value::as_str).any(|one| one == name)
        };
        let broken = unusable.iter().any(needed);
        for name in unusable {
            table.remove(name.as_str());
        }
        if broken { Left::Nothing } else { left }
    }

    fn required(
        &self,
        table: &DeTable<'_>,
        span: Range<usize>,
        schema: &Value,
        path: &str,
        problems: &mut Problems,
    ) -> Left {
        let mut left = Left::Usable;
        let required = schema["required"].as_array().into_iter().flatten();
        for name in required
            .filter_map(Value::as_str)
            .filter(|name| !table.contains_key(*name))
        {
            left = Left::Nothing;
            let place = if path.is_empty() {
                "the manifest".to_owned()
            } else {
                format!("`{path}`")
            };
            let problem = Problem::error(format!("{place} has no `{name}`")).at(span.clone());
            problems.push(described(problem.label("missing here"), name, schema));
        }
        left
    }

    fn value(
        &self,
        value: &mut Spanned<DeValue<'_>>,
        schema: &'a Value,
        path: &str,
        problems: &mut Problems,
    ) -> Left {
        let branches = self.branches(schema);
        let fits = |branch: &&Value| type_fits(value.get_ref(), branch);
        let fitting: Vec<&Value> = branches.iter().copied().filter(fits).collect();
        let Some(branch) = choose(value.get_ref(), &fitting) else {
            problems.push(wrong_type(
                value,
                &branches,
                self.kind_of_list(&branches),
                path,
            ));
            return Left::Nothing;
        };
        let span = value.span();
        match value.get_mut() {
            DeValue::Table(table) => self.table(table, span, branch, path, problems),
            DeValue::Array(items) => {
                let mut left = Left::Usable;
                for item in items.iter_mut() {
                    if self.value(item, &branch["items"], path, problems) == Left::Nothing {
                        left = Left::Nothing;
                    }
                }
                left
            }
            DeValue::Integer(_) => range(value, branch, path, problems),
            _ => Left::Usable,
        }
    }

    /// What a list that is allowed here is made of.
    fn kind_of_list(&self, branches: &[&'a Value]) -> ListOf {
        let mut items = branches
            .iter()
            .flat_map(|branch| self.branches(&branch["items"]));
        match items.any(|item| item["type"] == "object") {
            true => ListOf::Tables,
            false => ListOf::Values,
        }
    }

    /// The alternatives that a schema stands for, references followed, `null` (an absent key) left out.
    fn branches(&self, schema: &'a Value) -> Vec<&'a Value> {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = reference
                .strip_prefix('#')
                .and_then(|pointer| self.root.pointer(pointer));
            return target
                .map(|target| self.branches(target))
                .unwrap_or_default();
        }
        for keyword in ["anyOf", "oneOf", "allOf"] {
            if let Some(list) = schema[keyword].as_array() {
                return list
                    .iter()
                    .flat_map(|branch| self.branches(branch))
                    .collect();
            }
        }
        if schema["type"] == "null" {
            Vec::new()
        } else {
            vec![schema]
        }
    }
}

/// Among the branches of a fitting type, the one whose constant matches, or the first without a constant.
fn choose<'a>(value: &DeValue<'_>, fitting: &[&'a Value]) -> Option<&'a Value> {
    let text = value.as_str();
    fitting.iter().copied().find(|branch| {
        let constants = constants(branch);
        constants.is_empty() || text.is_some_and(|text| constants.contains(&text))
    })
}

/// The strings that a branch allows, empty when it allows any.
fn constants(branch: &Value) -> Vec<&str> {
    let listed = branch["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    listed.chain(branch["const"].as_str()).collect()
}

fn type_fits(value: &DeValue<'_>, schema: &Value) -> bool {
    let name = match value {
        DeValue::String(_) => "string",
        DeValue::Integer(_) => "integer",
        DeValue::Float(_) => "number",
        DeValue::Boolean(_) => "boolean",
        DeValue::Array(_) => "array",
        DeValue::Table(_) => "object",
        DeValue::Datetime(_) => "datetime",
    };
    let allows = |allowed: &Value| allowed == name || (name == "integer" && allowed == "number");
    match &schema["type"] {
        Value::Array(types) => types.iter().any(allows),
        Value::Null => name == "string" && !(schema["const"].is_null() && schema["enum"].is_null()),
        single => allows(single),
    }
}

fn range(
    value: &Spanned<DeValue<'_>>,
    schema: &Value,
    path: &str,
    problems: &mut Problems,
) -> Left {
    let Some(integer) = value.get_ref().as_integer() else {
        return Left::Usable;
    };
    let number = i64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok();
    let minimum = schema["minimum"]
        .as_f64()
        .map_or(i64::MIN, |minimum| minimum as i64);
    let maximum = schema["maximum"]
        .as_f64()
        .map_or(i64::MAX, |maximum| maximum as i64);
    if number.is_some_and(|number| (minimum..=maximum).contains(&number)) {
        return Left::Usable;
    }
    let limits = match (schema["minimum"].is_null(), schema["maximum"].is_null()) {
        (false, true) => format!("at least {minimum}"),
        (true, false) => format!("at most {maximum}"),
        _ => format!("from {minimum} to {maximum}"),
    };
    let problem = Problem::error(format!("`{path}` is out of range")).at(value.span());
    let problem = problem.label(format!("must be {limits}"));
    problems.push(problem.hint(format!("write a number {limits}")));
    Left::Nothing
}

/// With what the key means as the hint: its documentation in the schema.
fn described(problem: Problem, key: &str, schema: &Value) -> Problem {
    match schema["properties"][key]["description"].as_str() {
        Some(description) => {
            let line = description.lines().next().unwrap_or_default();
            problem.hint(format!("`{key}`: {}", line.trim_end_matches('.')))
        }
        None => problem,
    }
}

/// Keys that are known in another table: table, key, hint.
const ELSEWHERE: [(&str, &str, &str); 1] = [(
    "hooks",
    "after",
    "only a binary has such hooks: move it to `[[binary]]` as `hooks.after`",
)];

fn unknown_key(name: &str, span: Range<usize>, path: &str, known: &Map<String, Value>) -> Problem {
    let place = if path.is_empty() {
        String::new()
    } else {
        format!(" in `{path}`")
    };
    let problem = Problem::error(format!("unknown key `{name}`{place}")).at(span);
    if let Some((_, _, hint)) = ELSEWHERE
        .iter()
        .find(|(table, key, _)| *table == path && *key == name)
    {
        return problem.label("unknown").hint(*hint);
    }
    let spelled = name.replace('_', "-");
    match nearest(&spelled, known.keys().map(String::as_str)) {
        Some(meant) => problem
            .label("unknown")
            .hint(format!("did you mean `{meant}`?")),
        None => {
            let mut keys: Vec<&str> = known.keys().map(String::as_str).collect();
            keys.sort_unstable();
            problem
                .label("unknown")
                .hint(format!("known here: {}", keys.join(", ")))
        }
    }
}

fn wrong_type(
    value: &Spanned<DeValue<'_>>,
    branches: &[&Value],
    list_of: ListOf,
    path: &str,
) -> Problem {
    let allowed: Vec<&str> = branches
        .iter()
        .flat_map(|branch| constants(branch))
        .collect();
    if let (Some(text), false) = (value.get_ref().as_str(), allowed.is_empty()) {
        let hint = match nearest(text, allowed.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("one of: {}", allowed.join(", ")),
        };
        return Problem::error(format!("`{path}` cannot be `{text}`"))
            .at(value.span())
            .hint(hint);
    }
    let mut wanted: Vec<String> = Vec::new();
    for branch in branches {
        let word = type_words(branch);
        if !wanted.contains(&word) {
            wanted.push(word);
        }
    }
    let problem = Problem::error(format!("`{path}` has the wrong type"))
        .at(value.span())
        .label(format!(
            "this is {}, expected {}",
            with_article(value.get_ref().type_str()),
            wanted.join(" or ")
        ));
    match how_to_write(&wanted, branches, list_of, path) {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

/// How TOML writes the first of the types that are wanted.
fn how_to_write(
    wanted: &[String],
    branches: &[&Value],
    list_of: ListOf,
    path: &str,
) -> Option<String> {
    let plain = match wanted.first()?.as_str() {
        "a string" => "a text stands in quotes: `\"...\"`",
        "a list" if list_of == ListOf::Tables => {
            return Some(format!("write `[[{path}]]`, with two brackets, for each"));
        }
        "a list" => "a list stands in brackets: `[\"...\", \"...\"]`",
        "true or false" => "write `true` or `false`, without quotes",
        "an integer" | "a number" => "write a number, without quotes",
        "a table" if !path.contains('.') => {
            return Some(format!(
                "write `[{path}]` on a line of its own, and its keys below"
            ));
        }
        "a table" => {
            let key = first_key(branches.first()?).unwrap_or("NAME");
            return Some(format!("a table stands in braces: `{{ {key} = ... }}`"));
        }
        _ => return None,
    };
    Some(plain.to_owned())
}

/// A key that a table needs, or one that it may have.
fn first_key(schema: &Value) -> Option<&str> {
    let required = schema["required"]
        .as_array()
        .and_then(|names| names.first()?.as_str());
    let possible = || Some(schema["properties"].as_object()?.keys().next()?.as_str());
    required.or_else(possible)
}

fn type_words(schema: &Value) -> String {
    let names: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types
            .iter()
            .filter_map(Value::as_str)
            .filter(|name| *name != "null")
            .collect(),
        Value::String(name) => vec![name],
        _ => vec!["string"],
    };
    names
        .iter()
        .map(|name| with_article(name))
        .collect::<Vec<_>>()
        .join(" or ")
}

fn with_article(type_name: &str) -> String {
    match type_name {
        "integer" | "number" => format!(
            "{}{type_name}",
            if type_name == "integer" { "an " } else { "a " }
        ),
        "array" => "a list".to_owned(),
        "object" | "table" | "inline table" => "a table".to_owned(),
        "boolean" => "true or false".to_owned(),
        other => format!("a {other}"),
    }
}
