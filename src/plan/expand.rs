//! Templates in the manifest: `{{ version }}` and its like, strict.
//!
//! An unknown variable is an error with its place and the nearest known name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minijinja::{Environment, Value};

use crate::format::template;
use crate::manifest::Located;
use crate::problem::{Problem, Problems, nearest};

/// The variables that a template may use, and the engine.
#[derive(Debug, Clone)]
pub struct Expander {
    environment: Arc<Environment<'static>>,
    variables: BTreeMap<String, Value>,
    /// Variables of the environment that are allowed and not set.
    unset: BTreeSet<String>,
}

impl Expander {
    /// With these variables, and `env.NAME` for each of `environment`; none is one that is not set.
    pub fn new(
        variables: BTreeMap<String, Value>,
        environment: BTreeMap<String, Option<String>>,
    ) -> Self {
        let unset = environment.iter().filter(|(_, value)| value.is_none());
        let unset = unset.map(|(name, _)| name.clone()).collect();
        let environment = environment
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let environment: BTreeMap<String, String> = environment.collect();
        let mut expander = Self {
            environment: Arc::new(template::engine()),
            variables,
            unset,
        };
        expander
            .variables
            .insert("env".to_owned(), Value::from_pairs(environment));
        expander
    }

    /// The same with one variable more, or another value for it.
    #[must_use]
    pub fn with(&self, name: &str, value: impl Into<Value>) -> Self {
        self.clone().and(name, value)
    }

    /// As [`Expander::with`], without a copy.
    #[must_use]
    pub fn and(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// The text with its variables filled in.
    pub fn expand(&self, text: &Located<String>) -> Result<String, Problem> {
        if !text.contains("{{") && !text.contains("{%") {
            return Ok(text.value.clone());
        }
        if let Some(why) = template::refusal(text) {
            return Err(wrong(&why, text));
        }
        let template = self
            .environment
            .template_from_str(&text.value)
            .map_err(|error| template_problem(&error, text))?;
        for name in sorted(template.undeclared_variables(true)) {
            self.known(&name, text)?;
        }
        template::render(&self.environment, text, &self.variables)
            .map_err(|error| template_problem(&error, text))
    }

    /// All texts; none when one of them is wrong, each with its problem.
    pub fn expand_all(
        &self,
        texts: &[Located<String>],
        problems: &mut Problems,
    ) -> Option<Vec<String>> {
        let expanded: Vec<Option<String>> = texts
            .iter()
            .map(|text| problems.take(self.expand(text)))
            .collect();
        expanded.into_iter().collect()
    }

    /// All values, by name.
    pub fn expand_map(
        &self,
        texts: &BTreeMap<String, Located<String>>,
    ) -> Result<BTreeMap<String, String>, Problem> {
        texts
            .iter()
            .map(|(name, text)| Ok((name.clone(), self.expand(text)?)))
            .collect()
    }

    fn known(&self, name: &str, text: &Located<String>) -> Result<(), Problem> {
        let mut parts = name.split('.');
        let mut value = parts
            .next()
            .and_then(|first| self.variables.get(first))
            .cloned();
        for part in parts {
            value = value
                .and_then(|value| value.get_attr(part).ok())
                .filter(|value| !value.is_undefined());
        }
        if value.is_some() {
            return Ok(());
        }
        let problem = Problem::error(format!("unknown template variable `{name}`"))
            .at_option(place_of(name, text));
        if let Some(variable) = name.strip_prefix("env.") {
            if self.unset.contains(variable) {
                let problem =
                    Problem::error(format!("the environment variable `{variable}` is not set"))
                        .at_option(place_of(name, text));
                return Err(problem.hint(format!("set it: `{variable}=value gorelease build`")));
            }
            return Err(problem.hint(format!(
                "allow it with `allow-env = [\"{variable}\"]` in `[build]`, and set it"
            )));
        }
        let names: Vec<&str> = self.variables.keys().map(String::as_str).collect();
        Err(match nearest(name, names.iter().copied()) {
            Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
            None => problem.hint(format!("known here: {}", names.join(", "))),
        })
    }
}

fn sorted(names: std::collections::HashSet<String>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort_unstable();
    names
}

/// The place of `name` within the text, when the text stands in the manifest as it is; otherwise the whole value.
pub(super) fn place_of(name: &str, text: &Located<String>) -> Option<std::ops::Range<usize>> {
    let whole = text.place()?;
    // A basic string of the same length plus its two quotes has no escapes, so offsets carry over.
    let offset = text.find(name).filter(|_| whole.len() == text.len() + 2);
    Some(offset.map_or(whole.clone(), |offset| {
        whole.start + 1 + offset..whole.start + 1 + offset + name.len()
    }))
}

fn template_problem(error: &minijinja::Error, text: &Located<String>) -> Problem {
    let detail = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    wrong(&detail, text)
}

/// The template itself is shown up to a length that fits on a line.
fn wrong(why: &str, text: &Located<String>) -> Problem {
    let shown: String = text.chars().take(80).collect();
    let dots = if shown.len() < text.len() { "..." } else { "" };
    Problem::error(format!("the template `{shown}{dots}` is wrong: {why}"))
        .at_option(text.place())
        .hint("a template looks like `{{ version }}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expander() -> Expander {
        let variables = BTreeMap::from([("version".to_owned(), Value::from("1.2.3"))]);
        Expander::new(
            variables,
            BTreeMap::from([("CI".to_owned(), Some("true".to_owned()))]),
        )
    }

    fn expand(text: &str) -> Result<String, Problem> {
        expander().expand(&Located {
            value: text.to_owned(),
            span: 10..12 + text.len(),
        })
    }

    #[test]
    fn variables_and_filters_work() {
        assert_eq!(
            expand("v{{ version }}-{{ env.CI }}").unwrap(),
            "v1.2.3-true"
        );
        assert_eq!(expand("{{ version|replace('.', '_') }}").unwrap(), "1_2_3");
        assert_eq!(expand("plain { text }").unwrap(), "plain { text }");
    }

    #[test]
    fn an_unknown_variable_has_its_place_and_a_hint() {
        let problem = expand("v{{ verison }}").unwrap_err();
        assert_eq!(problem.span, Some(15..22));
        assert_eq!(problem.hint.as_deref(), Some("did you mean `version`?"));
        assert!(
            expand("{{ env.HOME }}")
                .unwrap_err()
                .hint
                .unwrap()
                .contains("allow-env")
        );
    }

    #[test]
    fn no_template_fills_the_memory() {
        let double = "{% set a = a ~ a %}".repeat(40);
        let grow = "|replace('a', 'aaaaaaaaaaaaaaaaaaaa')".repeat(9);
        for (text, why) in [
            ("{{ '%999999999d'|format(1) }}", "filter format"),
            ("{{ 'x' * 999999999 }}", "`*` is not supported"),
            ("{{ [1] * 999999999 }}", "`*` is not supported"),
            ("{{ ''|indent(999999999, true) }}", "filter indent"),
            ("{{ range(999999999)|list }}", "range"),
            ("{{ [1]|tojson(indent=999999999) }}", "filter tojson"),
            (
                "{% for a in range(9) %}{% endfor %}",
                "`for` is not supported",
            ),
            ("{%- macro a() %}{% endmacro %}", "`macro` is not supported"),
            (
                &format!("{{% set a = 'a' %}}{double}{{{{ a }}}}"),
                "`set` is not supported",
            ),
            (&format!("{{{{ 'a'{grow} }}}}"), "longer than 262144 bytes"),
            (&"{{ 'x' }}".repeat(9_000), "longer than 16384 bytes"),
        ] {
            let problem = expand(text).expect_err(text);
            assert!(
                problem.message.contains(why),
                "{text:.60}: {}",
                problem.message
            );
            assert!(problem.message.len() < 300, "{}", problem.message);
        }
        for (text, expanded) in [
            ("{{ '2 * 3' }}", "2 * 3"),
            (
                "{% if version is startingwith('1') %}one{% else %}two{% endif %}",
                "one",
            ),
            ("{% raw %}{{ a * b }}{% endraw %}", "{{ a * b }}"),
            ("{{ version|split('.')|first }}", "1"),
            ("{{ version|upper|trim }}", "1.2.3"),
        ] {
            assert_eq!(expand(text).unwrap(), expanded);
        }
    }

    #[test]
    fn broken_templates_are_problems() {
        assert!(expand("{{ version").is_err());
        assert!(expand("{{ version|nofilter }}").is_err());
    }
}
