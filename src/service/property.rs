//! Installer properties: values that the operator gives, `{{ property.NAME }}` in the manifest.
//!
//! The package, the scripts and the check of the manifest share this model. A property without a value (not given, not
//! remembered, without a default) is left out: an argument or environment variable that uses it is dropped. An empty
//! value is no value, because Windows Installer cannot tell the two apart.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An installer property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Property {
    /// The name, `[A-Z_][A-Z0-9_]*`.
    pub name: String,
    /// The value when none is given or remembered; never empty.
    pub default: Option<String>,
    /// Whether it must have a value.
    pub presence: Presence,
    /// Which values it takes.
    #[serde(flatten)]
    pub accepts: Accepts,
    /// Whether the value may be seen.
    pub secrecy: Secrecy,
    /// How many arguments the value makes.
    pub arguments: Arguments,
}

/// Whether a property must have a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// It may have none.
    Optional,
    /// An installation without one is refused.
    Required,
}

/// Which values a property takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Accepts {
    /// Any text.
    Text,
    /// A whole number in a range.
    Number {
        /// The lowest.
        min: i32,
        /// The highest.
        max: i32,
    },
    /// One of these, in the same case.
    OneOf {
        /// The values.
        values: Vec<String>,
    },
}

/// Whether a value may be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Secrecy {
    /// It may.
    Open,
    /// It stays out of logs, and its registry key is closed to ordinary users.
    Secret,
}

/// How many arguments a value makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Arguments {
    /// One, whatever is in it.
    One,
    /// As many as a command line with this text has (Microsoft, `CommandLineToArgvW`).
    Split,
}

impl Property {
    /// A property that takes any text and may have none.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            default: None,
            presence: Presence::Optional,
            accepts: Accepts::Text,
            secrecy: Secrecy::Open,
            arguments: Arguments::One,
        }
    }

    /// Whether it can end up without a value.
    pub fn may_be_empty(&self) -> bool {
        self.default.is_none() && self.presence == Presence::Optional
    }
}

impl Accepts {
    /// Refuses a value that an installation would refuse.
    ///
    /// # Errors
    /// What the value must be, to be read after "it must be".
    pub fn check(&self, value: &str) -> Result<(), String> {
        match self {
            Self::Text => Ok(()),
            Self::Number { min, max } => {
                let number = value.parse::<i32>().ok();
                let within = number.is_some_and(|number| (*min..=*max).contains(&number));
                within
                    .then_some(())
                    .ok_or_else(|| format!("a number from {min} to {max}"))
            }
            Self::OneOf { values } => values
                .iter()
                .any(|one| one == value)
                .then_some(())
                .ok_or_else(|| format!("one of: {}", values.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_checked_as_an_installation_checks_them() {
        let number = Accepts::Number { min: 1, max: 64 };
        let list = Accepts::OneOf {
            values: vec!["red".to_owned(), "#00f".to_owned()],
        };
        for (accepts, right, wrong) in [
            (&number, &["1", "64"][..], &["", "0", "65", "4.5", "x"][..]),
            (&list, &["red", "#00f"], &["", "Red", "##00f", "red,#00f"]),
            (&Accepts::Text, &["", "#x", "a,b"], &[]),
        ] {
            for value in right {
                assert_eq!(accepts.check(value), Ok(()), "{value}");
            }
            for value in wrong {
                assert!(accepts.check(value).is_err(), "{value}");
            }
        }
    }

    #[test]
    fn the_model_is_flat() {
        let mut property = Property::new("WORKERS");
        property.accepts = Accepts::Number { min: 1, max: 64 };
        assert_eq!(
            serde_json::to_value(property).unwrap(),
            serde_json::json!({
                "name": "WORKERS", "default": null, "presence": "optional", "kind": "number", "min": 1, "max": 64,
                "secrecy": "open", "arguments": "one",
            })
        );
    }
}
