//! The texts of a service: templates filled in, and what only the server knows kept as symbols.

use std::collections::BTreeSet;

use minijinja::Value;

use super::expand::{Expander, place_of};
use super::planner::Planner;
use crate::manifest::{Located, ServiceTable};
use crate::problem::{Problem, nearest};
use crate::service::{Segment, Symbol, Symbolic};

/// Fills in the texts of one service.
pub(super) struct Texts<'t> {
    table: &'t ServiceTable,
    /// The names of the installer's properties.
    properties: BTreeSet<&'t str>,
    expander: Expander,
}

impl<'t> Texts<'t> {
    pub(super) fn new(planner: &Planner<'t>, table: &'t ServiceTable) -> Self {
        let properties = planner.manifest.msi.properties.iter();
        Self {
            table,
            properties: properties.map(|property| property.name.as_str()).collect(),
            expander: planner.expander.with("binary", table.binary.value.as_str()),
        }
    }

    /// A text in which nothing is left to the server.
    pub(super) fn plain(
        &self,
        typed: Option<&Located<String>>,
        default: &str,
    ) -> Result<String, Problem> {
        typed.map_or(Ok(default.to_owned()), |text| self.expander.expand(text))
    }

    /// A text in which the server's own values stay symbols.
    pub(super) fn symbolic(&self, text: &Located<String>) -> Result<Symbolic, Problem> {
        let ports: BTreeSet<&str> = self
            .table
            .model
            .ports
            .iter()
            .map(|port| port.name.as_str())
            .collect();
        refuse_unknown(
            "port",
            &ports,
            text,
            "declare it: `ports = [{ name = \"NAME\", port = 8080 }]`",
        )?;
        refuse_unknown(
            "property",
            &self.properties,
            text,
            "declare it: `[[msi.property]]` with `name = \"NAME\"`",
        )?;
        let mut expander = self
            .expander
            .with("port", symbols("port", &ports))
            .with("property", symbols("property", &self.properties));
        for name in [
            "install_dir",
            "config_dir",
            "data_dir",
            "log_dir",
            "instance",
        ] {
            expander = expander.with(name, symbol(name));
        }
        let rendered = expander.expand(text)?;
        if rendered.contains('\0') {
            return Err(
                Problem::error("a service's texts cannot have the character U+0000")
                    .at_option(text.place())
                    .hint("Windows takes it for the end of the text"),
            );
        }
        Symbolic::parse(&rendered).map_err(|name| {
            Problem::error(format!("unknown symbol `{name}`"))
                .at_option(text.place())
                .hint("one of: install_dir, config_dir, data_dir, log_dir, instance, port.NAME, property.NAME")
        })
    }

    /// A path that is absolute on the server.
    pub(super) fn directory(
        &self,
        typed: Option<&Located<String>>,
        default: Symbol,
    ) -> Result<Symbolic, Problem> {
        let Some(typed) = typed else {
            let mut path = Symbolic::default();
            path.push_symbol(default);
            return Ok(path);
        };
        let path = self.symbolic(typed)?;
        if is_absolute(&path) {
            return Ok(path);
        }
        Err(
            Problem::error(format!("the path `{}` is relative", typed.value))
                .at_option(typed.place())
                .hint("a service has no folder of its own to start from: begin with `{{ data_dir }}`, `{{ log_dir }}` or a drive"),
        )
    }
}

/// What is left to the server, as it stands in the finished text.
fn symbol(name: &str) -> String {
    format!("{{{{ {name} }}}}")
}

/// The value of a template's variable `kind`, whose attributes are these names.
fn symbols(kind: &str, names: &BTreeSet<&str>) -> Value {
    let pair = |name: &&str| ((*name).to_owned(), symbol(&format!("{kind}.{name}")));
    Value::from_pairs(names.iter().map(pair).collect::<Vec<_>>())
}

/// Refuses `kind.NAME` with a name that was not declared.
fn refuse_unknown(
    kind: &str,
    known: &BTreeSet<&str>,
    text: &Located<String>,
    declare: &str,
) -> Result<(), Problem> {
    let mut names = attributes(kind, text);
    let Some(name) = names.find(|name| !known.contains(name)) else {
        return Ok(());
    };
    let typed = format!("{kind}.{name}");
    let what = match kind {
        "property" => "installer property",
        other => other,
    };
    let problem =
        Problem::error(format!("there is no {what} `{name}`")).at_option(place_of(&typed, text));
    Err(match nearest(name, known.iter().copied()) {
        Some(meant) => problem.hint(format!("did you mean `{kind}.{meant}`?")),
        None => problem.hint(declare.replace("NAME", name)),
    })
}

/// The names behind `kind.` inside the braces of a text.
fn attributes<'t>(kind: &'t str, text: &'t str) -> impl Iterator<Item = &'t str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let expressions = text.split("{{").skip(1);
    let expressions = expressions.map(|rest| rest.split("}}").next().unwrap_or_default());
    expressions.flat_map(move |expression| {
        expression.match_indices(kind).filter_map(move |(at, _)| {
            let begins = !expression[..at].ends_with(|c| is_name(c) || c == '.');
            let rest = expression[at + kind.len()..].strip_prefix('.')?;
            let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            begins.then(|| &rest[..end])
        })
    })
}

/// Whether a path begins with a directory of the server, a drive or a share.
fn is_absolute(path: &Symbolic) -> bool {
    match path.segments().first() {
        Some(Segment::Symbol(
            Symbol::InstallDir
            | Symbol::ConfigDir
            | Symbol::DataDir
            | Symbol::LogDir
            | Symbol::Property(_),
        )) => true,
        Some(Segment::Symbol(Symbol::Instance | Symbol::Port(_) | Symbol::Arguments(_))) | None => {
            false
        }
        Some(Segment::Text(text)) => {
            let bytes = text.as_bytes();
            text.starts_with(r"\\")
                || (bytes.len() >= 3 && bytes[0].is_ascii_alphabetic() && &bytes[1..3] == br":\")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_drives_shares_and_directories_are_absolute() {
        for (path, expected) in [
            (r"C:\logs", true),
            (r"\\server\share", true),
            (r"{{ data_dir }}\x", true),
            ("logs", false),
            (r"\logs", false),
            ("{{ instance }}", false),
            ("", false),
        ] {
            assert_eq!(
                is_absolute(&Symbolic::parse(path).unwrap()),
                expected,
                "{path}"
            );
        }
    }

    #[test]
    fn names_of_properties_are_found() {
        let text = "property.no {{ property.TOKEN }}/{{property.A_1|lower}} {{ env.property.x ~ my_property.y }}";
        let names: Vec<&str> = attributes("property", text).collect();
        assert_eq!(names, ["TOKEN", "A_1"]);
    }
}
