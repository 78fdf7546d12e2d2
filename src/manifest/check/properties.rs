//! `[[msi.property]]`: each property, and that no default is refused by the installation itself.

use crate::manifest::Located;
use crate::manifest::raw::RawMsiProperty;
use crate::problem::{Problem, Problems};
use crate::service::Property;
use crate::service::property::{Accepts, Arguments, Presence, Secrecy};

pub(super) fn check_properties(
    raw: Vec<RawMsiProperty>,
    problems: &mut Problems,
) -> Vec<Located<Property>> {
    let mut seen: Vec<String> = Vec::new();
    for property in &raw {
        if seen.contains(&property.name.value) {
            let problem = Problem::error(format!("duplicate property `{}`", property.name.value));
            problems.push(problem.at_option(property.name.place()).label("again"));
        }
        seen.push(property.name.value.clone());
    }
    raw.into_iter()
        .map(|property| check_property(property, problems))
        .collect()
}

fn check_property(raw: RawMsiProperty, problems: &mut Problems) -> Located<Property> {
    let is_set = |flag: &Option<Located<bool>>| flag.as_ref().is_some_and(|flag| flag.value);
    let accepts = accepts(&raw, problems);
    check_default(&raw, &accepts, problems);
    let property = Property {
        name: raw.name.value.clone(),
        default: raw
            .default
            .map(|default| default.value)
            .filter(|default| !default.is_empty()),
        presence: if is_set(&raw.required) {
            Presence::Required
        } else {
            Presence::Optional
        },
        accepts,
        secrecy: if is_set(&raw.secret) {
            Secrecy::Secret
        } else {
            Secrecy::Open
        },
        arguments: if is_set(&raw.split) {
            Arguments::Split
        } else {
            Arguments::One
        },
    };
    raw.name.map(|_| property)
}

fn accepts(raw: &RawMsiProperty, problems: &mut Problems) -> Accepts {
    let number = raw.min.is_some() || raw.max.is_some();
    let Some(values) = &raw.values else {
        if !number {
            return Accepts::Text;
        }
        let min = raw.min.as_ref().map_or(0, |min| min.value);
        let max = raw.max.as_ref().map_or(i32::MAX, |max| max.value);
        if min > max {
            let place = raw.min.as_ref().or(raw.max.as_ref());
            let problem = Problem::error(format!("`min` {min} is greater than `max` {max}"));
            problems.push(problem.at_option(place.and_then(Located::place)));
        }
        return Accepts::Number { min, max };
    };
    if number {
        let problem = Problem::error(format!(
            "property `{}` has both `values` and a range",
            raw.name.value
        ));
        problems.push(
            problem
                .at_option(raw.name.place())
                .hint("keep `values`, or `min` and `max`"),
        );
    }
    if values.is_empty() {
        let problem = Problem::error(format!("property `{}` accepts no value", raw.name.value));
        problems.push(
            problem
                .at_option(raw.name.place())
                .hint("list the accepted values, or remove `values` to accept any"),
        );
    }
    for value in values.iter().filter(|value| value.is_empty()) {
        let problem = Problem::error("an empty text cannot be an accepted value");
        problems.push(
            problem
                .at_option(value.place())
                .hint("remove it: a property that is not required may be left out"),
        );
    }
    Accepts::OneOf {
        values: values.iter().map(|value| value.value.clone()).collect(),
    }
}

fn check_default(raw: &RawMsiProperty, accepts: &Accepts, problems: &mut Problems) {
    let Some(default) = raw.default.as_ref().filter(|default| !default.is_empty()) else {
        return;
    };
    if let Err(must) = accepts.check(default) {
        let problem = Problem::error(format!(
            "the default `{}` of `{}` is not an accepted value",
            default.value, raw.name.value
        ));
        problems.push(
            problem
                .at_option(default.place())
                .hint(format!("it must be {must}")),
        );
    }
    if raw.secret.as_ref().is_some_and(|secret| secret.value) {
        let problem = Problem::warning(format!(
            "the default of the secret `{}` is in every package",
            raw.name.value
        ));
        problems.push(
            problem
                .at_option(default.place())
                .hint("use `required = true` instead, and give the value at installation"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse;

    /// The problems of a property with these keys: the message, and the text at its place.
    fn problems(keys: &str) -> Vec<(String, String)> {
        let text = format!("[[msi.property]]\nname = 'LEVEL'\n{keys}\n");
        let (_, problems) = parse(&text);
        let at = |span: Option<std::ops::Range<usize>>| {
            span.map_or(String::new(), |span| text[span].to_owned())
        };
        let sorted = problems.sorted().into_iter();
        sorted
            .map(|problem| (problem.message, at(problem.span)))
            .collect()
    }

    #[test]
    fn what_an_installation_would_refuse_is_refused_at_its_place() {
        for (keys, message, place) in [
            (
                "values = ['a', 'b']\ndefault = 'c'",
                "the default `c` of `LEVEL` is not an accepted value",
                "'c'",
            ),
            (
                "min = 1\nmax = 9\ndefault = '10'",
                "the default `10` of `LEVEL` is not an accepted value",
                "'10'",
            ),
            (
                "max = 9\ndefault = 'many'",
                "the default `many` of `LEVEL` is not an accepted value",
                "'many'",
            ),
            ("min = 3\nmax = 2", "`min` 3 is greater than `max` 2", "3"),
            (
                "values = ['a']\nmax = 2",
                "property `LEVEL` has both `values` and a range",
                "'LEVEL'",
            ),
            (
                "values = []",
                "property `LEVEL` accepts no value",
                "'LEVEL'",
            ),
            (
                "values = ['']",
                "an empty text cannot be an accepted value",
                "''",
            ),
            (
                "secret = true\ndefault = 'x'",
                "the default of the secret `LEVEL` is in every package",
                "'x'",
            ),
        ] {
            let found = problems(keys);
            let expected = (message.to_owned(), place.to_owned());
            assert!(found.contains(&expected), "{keys}: {found:?}");
        }
        for right in [
            "values = ['a', 'b']\ndefault = 'b'",
            "values = ['a']",
            "min = 1\ndefault = '1'",
            "default = ''",
            "secret = true",
        ] {
            assert_eq!(problems(right), [], "{right}");
        }
    }

    #[test]
    fn a_name_is_declared_once() {
        let (_, problems) = parse("[[msi.property]]\nname = 'A'\n[[msi.property]]\nname = 'A'\n");
        assert_eq!(problems.sorted()[0].message, "duplicate property `A`");
    }
}
