//! A YAML document with the line of each value.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// A value and the line that it begins in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) line: u64,
    pub(super) value: Value,
}

/// What a value is; every scalar is kept as text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Reads a document.
///
/// # Errors
/// What is wrong with it, with its line.
pub(super) fn read(text: &str) -> Result<Node, String> {
    let spanned: Spanned<Value> =
        serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    Ok(node(spanned))
}

fn node(spanned: Spanned<Value>) -> Node {
    Node {
        line: spanned.referenced.line(),
        value: spanned.value,
    }
}

impl Node {
    /// The entry of this name, when it is a map.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        let found = self.entries().iter().find(|(key, _)| key == name);
        found.map(|(_, node)| node)
    }

    /// The entries, when it is a map.
    pub(super) fn entries(&self) -> &[(String, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The text, when it is a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list; a single value is a list of one.
    pub(super) fn items(&self) -> Vec<&Node> {
        match &self.value {
            Value::Null => Vec::new(),
            Value::List(items) => items.iter().collect(),
            _ => vec![self],
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Spanned<Value>>()? {
            list.push(node(item));
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key::<Spanned<String>>()? {
            let mut value = node(entries.next_value::<Spanned<Value>>()?);
            // A block begins in the line after its key, and the key is what people look for.
            value.line = key.referenced.line();
            map.push((key.value, value));
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_line() {
        let node = read("a: 1\nb:\n  - x\n  - y: true\n    z:\n\nc: >-\n  one\n  two\n").unwrap();
        let b = node.get("b").unwrap();
        assert_eq!((node.get("a").unwrap().text(), b.line), (Some("1"), 2));
        let items = b.items();
        assert_eq!((items[0].line, items[1].line), (3, 4));
        assert_eq!(items[1].get("y").unwrap().text(), Some("true"));
        assert_eq!(items[1].get("z").unwrap().value, Value::Null);
        assert_eq!(items[1].get("z").unwrap().line, 5);
        assert_eq!(node.get("c").unwrap().text(), Some("one two"));
        assert!(read("a: [").is_err());
    }
}
