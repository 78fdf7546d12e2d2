//! Text of the type `Formatted`: `[PROPERTY]`, `[#file]`, escapes, and quoting for command lines.

use super::model::Folder;
use crate::service::sc::quoted;
use crate::service::{Property, Segment, Symbol, Symbolic};

/// A text in which nothing is replaced.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            // Braces group what disappears with an empty property, so they are escaped like brackets.
            '[' | ']' | '{' | '}' => out.extend(["[\\", character.encode_utf8(&mut [0; 4]), "]"]),
            _ => out.push(character),
        }
    }
    out
}

/// A symbolic text with the server's values: `name` gives the property of a port or property symbol.
///
/// A directory property ends with a backslash, so a backslash that follows it in the text is dropped; at the
/// end of the text it gets a dot, which names the same folder and cannot escape a quote.
pub(super) fn render(text: &Symbolic, name: &dyn Fn(&Symbol) -> String) -> String {
    let mut out = String::new();
    let mut after_folder = false;
    for segment in text.segments() {
        match segment {
            Segment::Text(text) => {
                let rest = text.strip_prefix('\\').filter(|_| after_folder);
                if after_folder && rest.is_none_or(|rest| rest.starts_with('"') || rest.is_empty())
                {
                    out.push('.');
                }
                out.push_str(&escape(rest.unwrap_or(text)));
                after_folder = false;
            }
            Segment::Symbol(symbol) => {
                if after_folder {
                    out.push('.');
                }
                after_folder = Folder::of_symbol(symbol).is_some();
                if *symbol != Symbol::Instance {
                    out.push_str(&format!("[{}]", name(symbol)));
                }
            }
        }
    }
    if after_folder {
        out.push('.');
    }
    out
}

/// Arguments as one command line (Microsoft, "Parsing C++ command-line arguments"); an argument with a value
/// that only the server knows is always quoted. One that uses a property without a value is left out: a text in braces
/// disappears with an empty property in it (Windows Installer SDK, "Formatted").
pub(super) fn command_line(
    arguments: &[Symbolic],
    properties: &[Property],
    name: &dyn Fn(&Symbol) -> String,
) -> String {
    let may_be_empty = |argument: &Symbolic| {
        argument.symbols().any(|symbol| match symbol {
            Symbol::Property(name) | Symbol::Arguments(name) => properties
                .iter()
                .any(|property| property.name == *name && property.may_be_empty()),
            _ => false,
        })
    };
    let mut line = String::new();
    for argument in arguments {
        let rendered = render(argument, name);
        let several = matches!(argument.segments(), [Segment::Symbol(Symbol::Arguments(_))]);
        let plain = argument.symbols().next().is_none()
            && !rendered.is_empty()
            && !rendered.contains([' ', '\t', '"']);
        let word = if plain || several {
            rendered
        } else {
            quoted(&rendered)
        };
        let space = if line.is_empty() { "" } else { " " };
        match may_be_empty(argument) {
            true => line.push_str(&format!("{{{space}{word}}}")),
            false => line.push_str(&format!("{space}{word}")),
        }
    }
    line
}

/// A REG_MULTI_SZ value; none when the list is empty, since Windows Installer cannot write one.
pub(super) fn multi_string(items: &[String]) -> Option<String> {
    match items {
        [] => None,
        // A single text is marked as a list by separators on both sides.
        [only] => Some(format!("[~]{only}[~]")),
        _ => Some(registry_text(&items.join("[~]"))),
    }
}

/// A REG_SZ value; a leading `#` would announce another type.
pub(super) fn registry_text(formatted: &str) -> String {
    if formatted.starts_with('#') {
        format!("#{formatted}")
    } else {
        formatted.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::service::arguments::arguments_in;

    fn named(symbol: &Symbol) -> String {
        match Folder::of_symbol(symbol) {
            Some(folder) => folder.property().to_owned(),
            None => symbol.to_string().replace('.', "_").to_uppercase(),
        }
    }

    fn rendered(text: &str) -> String {
        render(&Symbolic::parse(text).unwrap(), &named)
    }

    #[test]
    fn folders_end_well() {
        assert_eq!(rendered(r"{{ data_dir }}\x.db"), "[DATADIR]x.db");
        assert_eq!(rendered("{{ data_dir }}"), "[DATADIR].");
        assert_eq!(rendered(r"{{ data_dir }}\"), "[DATADIR].");
        assert_eq!(rendered(r#"--d="{{ data_dir }}""#), r#"--d="[DATADIR].""#);
        assert_eq!(
            rendered("127.0.0.1:{{ port.http }}"),
            "127.0.0.1:[PORT_HTTP]"
        );
    }

    #[test]
    fn literal_brackets_and_braces_are_escaped() {
        assert_eq!(escape("a[b]{c}"), r"a[\[]b[\]][\{]c[\}]");
    }

    #[test]
    fn command_lines_are_quoted() {
        let arguments: Vec<Symbolic> = ["-v", "two words", r#"say "hi"\"#, "{{ data_dir }}", ""]
            .iter()
            .map(|text| Symbolic::parse(text).unwrap())
            .collect();
        let line = command_line(&arguments, &[], &named);
        assert_eq!(line, r#"-v "two words" "say \"hi\"\\" "[DATADIR]." """#);
    }

    #[test]
    fn arguments_without_a_value_are_left_out() {
        let arguments: Vec<Symbolic> = [
            "run",
            "--x={{ property.X }}",
            "{{ arguments.Y }}",
            "--z={{ property.Z }}",
        ]
        .iter()
        .map(|text| Symbolic::parse(text).unwrap())
        .collect();
        let properties = ["X", "Y", "Z"].map(|name| {
            let mut property = Property::new(name);
            property.default = (name == "Z").then(|| "z".to_owned());
            property
        });
        let line = command_line(&arguments, &properties, &|symbol| match symbol {
            Symbol::Property(name) | Symbol::Arguments(name) => name.clone(),
            _ => String::new(),
        });
        assert_eq!(line, r#"run{ "--x=[X]"}{ [Y]} "--z=[Z]""#);
    }

    #[test]
    fn lists_and_texts_of_the_registry() {
        assert_eq!(multi_string(&[]), None);
        assert_eq!(multi_string(&["a".into()]).unwrap(), "[~]a[~]");
        assert_eq!(multi_string(&["#a".into(), "b".into()]).unwrap(), "##a[~]b");
        assert_eq!(registry_text("#x"), "##x");
    }

    proptest! {
        #[test]
        fn quoting_round_trips(arguments in prop::collection::vec("[ab \\\\\"]{0,8}", 0..5)) {
            let symbolic: Vec<Symbolic> = arguments.iter().map(Symbolic::literal).collect();
            prop_assert_eq!(arguments_in(&command_line(&symbolic, &[], &named)), arguments);
        }
    }
}
