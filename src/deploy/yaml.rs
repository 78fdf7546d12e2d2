//! YAML 1.2, which reads what JSON writes: every scalar is a JSON string, so that no name can break out of its quotes.

use serde_json::Value;

/// A string, in double quotes. What YAML does not print, or some readers take for a line break, is escaped.
pub(super) fn scalar(text: &str) -> String {
    let mut quoted = String::new();
    for c in Value::from(text).to_string().chars() {
        match c {
            '\u{7f}'..='\u{a0}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                quoted += &format!("\\u{:04x}", u32::from(c));
            }
            _ => quoted.push(c),
        }
    }
    quoted
}

/// A document in block style.
pub(super) fn block(value: &Value) -> String {
    lines(value, 0)
}

fn lines(value: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| match value {
                Value::Object(_) | Value::Array(_) => {
                    format!("{indent}{key}:\n{}", lines(value, depth + 1))
                }
                value => format!("{indent}{key}: {}\n", plain(value)),
            })
            .collect(),
        Value::Array(values) => values
            .iter()
            .map(|value| {
                let text = lines(value, depth + 1);
                format!("{indent}- {}", text.trim_start())
            })
            .collect(),
        value => format!("{indent}{}\n", plain(value)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_of_objects_are_indented() {
        let value = json!({ "A": [{ "B": "x: \"y\"", "C": [1] }] });
        assert_eq!(
            block(&value),
            "A:\n  - B: \"x: \\\"y\\\"\"\n    C:\n      - 1\n"
        );
    }

    proptest! {
        #[test]
        fn every_text_is_read_back(text in any::<String>()) {
            let value = json!({ "A": [{ "B": text }] });
            let read: Value = serde_saphyr::from_str(&block(&value)).expect("YAML");
            prop_assert_eq!(read, value);
        }
    }
}
