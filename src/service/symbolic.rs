//! Text whose last values are known only on the server: directories, ports, the instance, installer properties.
//!
//! A manifest writes `{{ data_dir }}\\x.db`; the version and its like are rendered at build time, the
//! server's own values stay [`Symbol`]s until the consumer (MSI, script, service registry key) renders them.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A value that only the server knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symbol {
    /// `install_dir`: the folder of the executable.
    InstallDir,
    /// `config_dir`: configuration files, writable by administrators only.
    ConfigDir,
    /// `data_dir`: the service's own data.
    DataDir,
    /// `log_dir`: the service's log files.
    LogDir,
    /// `instance`: the instance's name, empty for a single instance.
    Instance,
    /// `port.NAME`: the TCP port of that name.
    Port(String),
    /// `property.NAME`: an installer property that the manifest declares.
    Property(String),
    /// `arguments.NAME`: an installer property whose value makes several arguments; it stands alone.
    Arguments(String),
}

impl Symbol {
    /// Reads the name as it stands between the braces, for example `port.http`.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "install_dir" => Self::InstallDir,
            "config_dir" => Self::ConfigDir,
            "data_dir" => Self::DataDir,
            "log_dir" => Self::LogDir,
            "instance" => Self::Instance,
            _ => match name.split_once('.')? {
                ("port", port) => Self::Port(port.to_owned()),
                ("property", property) => Self::Property(property.to_owned()),
                ("arguments", property) => Self::Arguments(property.to_owned()),
                _ => return None,
            },
        })
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InstallDir => f.write_str("install_dir"),
            Self::ConfigDir => f.write_str("config_dir"),
            Self::DataDir => f.write_str("data_dir"),
            Self::LogDir => f.write_str("log_dir"),
            Self::Instance => f.write_str("instance"),
            Self::Port(name) => write!(f, "port.{name}"),
            Self::Property(name) => write!(f, "property.{name}"),
            Self::Arguments(name) => write!(f, "arguments.{name}"),
        }
    }
}

/// One piece of a [`Symbolic`] text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Segment {
    /// Text as it is.
    Text(String),
    /// A value that the server fills in.
    Symbol(Symbol),
}

/// A text with symbols in it.
///
/// Its canonical form, which the service's registry key and `deployment.json` carry, writes a symbol as
/// `{{ name }}`; see [`Symbolic::canonical`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Symbolic {
    segments: Vec<Segment>,
}

impl Symbolic {
    /// Reads the canonical form. Whatever stands between `{{` and `}}` must be a [`Symbol`]; the error is
    /// the name that is not one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut result = Self::default();
        let mut rest = text;
        while let Some(start) = rest.find("{{") {
            let Some(length) = rest[start..].find("}}") else {
                break;
            };
            result.push_text(&rest[..start]);
            let name = rest[start + 2..start + length].trim();
            let symbol = Symbol::parse(name).ok_or_else(|| name.to_owned())?;
            result.segments.push(Segment::Symbol(symbol));
            rest = &rest[start + length + 2..];
        }
        result.push_text(rest);
        Ok(result)
    }

    /// A text without symbols, taken as it is.
    pub fn literal(text: impl Into<String>) -> Self {
        let mut result = Self::default();
        result.push_text(&text.into());
        result
    }

    /// Appends text.
    pub fn push_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.segments.last_mut() {
            Some(Segment::Text(last)) => last.push_str(text),
            _ => self.segments.push(Segment::Text(text.to_owned())),
        }
    }

    /// Appends a symbol.
    pub fn push_symbol(&mut self, symbol: Symbol) {
        self.segments.push(Segment::Symbol(symbol));
    }

    /// The pieces, in order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// The symbols in it, in order of appearance.
    pub fn symbols(&self) -> impl Iterator<Item = &Symbol> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Symbol(symbol) => Some(symbol),
            Segment::Text(_) => None,
        })
    }

    /// The text with each symbol replaced by what `value` says.
    pub fn render(&self, mut value: impl FnMut(&Symbol) -> String) -> String {
        self.segments
            .iter()
            .map(|segment| match segment {
                Segment::Text(text) => text.clone(),
                Segment::Symbol(symbol) => value(symbol),
            })
            .collect()
    }

    /// The form that is stored: symbols as `{{ name }}`.
    pub fn canonical(&self) -> String {
        self.render(|symbol| format!("{{{{ {symbol} }}}}"))
    }
}

impl JsonSchema for Symbolic {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Symbolic".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A text with symbols such as `{{ data_dir }}`." })
    }
}

impl Serialize for Symbolic {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.canonical())
    }
}

impl<'de> Deserialize<'de> for Symbolic {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .map_err(|name| serde::de::Error::custom(format!("unknown symbol `{name}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_form_round_trips() {
        let text = r"--config {{ config_dir }}\orders.toml --listen 127.0.0.1:{{ port.http }}";
        let symbolic = Symbolic::parse(text).unwrap();
        assert_eq!(symbolic.canonical(), text);
        assert_eq!(symbolic.symbols().count(), 2);
    }

    #[test]
    fn unknown_symbol_is_named() {
        assert_eq!(Symbolic::parse("{{ dat_dir }}"), Err("dat_dir".to_owned()));
    }

    #[test]
    fn lone_braces_are_text() {
        let symbolic = Symbolic::parse("{ {{ x").unwrap();
        assert_eq!(symbolic.canonical(), "{ {{ x");
        assert_eq!(symbolic.symbols().count(), 0);
    }
}
