//! Workflow commands: lines of the log that the runner acts on.

use std::path::Path;

use crate::manifest::Source;
use crate::problem::{Problem, Problems, Severity};
use crate::report::Github;
use crate::report::text::clean;

/// How an annotation is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `::error`
    Error,
    /// `::warning`
    Warning,
}

impl Level {
    fn command(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// An annotation without a place.
pub fn annotation(level: Level, title: Option<&str>, message: &str) -> String {
    let properties: Vec<(&str, String)> = title
        .map(|title| ("title", title.to_owned()))
        .into_iter()
        .collect();
    command(level.command(), &properties, message)
}

/// An annotation for each problem, at its place in the manifest.
pub fn problems(github: &Github, problems: &Problems, source: Option<&Source>) -> String {
    let sorted = problems.clone().sorted();
    sorted
        .iter()
        .map(|problem| of_problem(github, problem, source))
        .collect()
}

fn of_problem(github: &Github, problem: &Problem, source: Option<&Source>) -> String {
    let level = match problem.severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
    };
    let message = match &problem.hint {
        Some(hint) => format!("{}\nhint: {hint}", problem.message),
        None => problem.message.clone(),
    };
    let Some((source, span)) = source.zip(problem.span.as_ref()) else {
        return annotation(level, None, &message);
    };
    let (line, column) = source.position(span.start);
    let (end_line, end_column) = source.position(span.end);
    let properties = [
        ("file", relative(&source.path, github.workspace.as_deref())),
        ("line", line.to_string()),
        ("col", column.to_string()),
        ("endLine", end_line.to_string()),
        ("endColumn", end_column.to_string()),
    ];
    command(level.command(), &properties, &message)
}

/// The path in the checkout, with `/`.
fn relative(path: &Path, workspace: Option<&Path>) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    workspace
        .and_then(|workspace| absolute.strip_prefix(workspace).ok())
        .unwrap_or(path)
        .display()
        .to_string()
        .replace('\\', "/")
}

/// Begins a group that can be folded; groups do not nest.
pub fn group(title: &str) -> String {
    command("group", &[], title)
}

/// Ends the group.
pub fn end_group() -> String {
    command("endgroup", &[], "")
}

fn command(name: &str, properties: &[(&str, String)], message: &str) -> String {
    let properties: Vec<String> = properties
        .iter()
        .map(|(key, value)| format!("{key}={}", escape_property(value)))
        .collect();
    let gap = if properties.is_empty() { "" } else { " " };
    let message = escape_data(&clean(message));
    format!("::{name}{gap}{}::{message}\n", properties.join(","))
}

fn escape_data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(&clean(text))
        .replace(':', "%3A")
        .replace(',', "%2C")
}

/// Text of others in which the runner finds no command: neither `::name::` at the beginning of a line nor the older
/// `##[name]` anywhere. A zero-width space is put into it, which nobody sees.
pub fn harmless(text: &str) -> String {
    text.split_inclusive(['\n', '\r'])
        .map(|line| {
            let line = line.replace("##[", "##\u{200b}[");
            match line.find("::") {
                Some(at) if !line[..at].contains(char::is_alphanumeric) => {
                    line.replacen("::", ":\u{200b}:", 1)
                }
                _ => line,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_points_into_the_manifest_of_the_checkout() {
        let github = Github {
            workspace: Some("/checkout".into()),
            ..Github::default()
        };
        let source = Source {
            path: "/checkout/sub,dir/release.toml".into(),
            text: "[build]\ntaregts = 1\n".to_owned(),
        };
        let mut found = Problems::default();
        found.push(
            Problem::error("unknown key `taregts`: 100%")
                .at(8..15)
                .hint("did you mean `targets`?"),
        );
        found.push(Problem::warning("no git"));
        insta::assert_snapshot!(problems(&github, &found, Some(&source)), @r"
        ::warning::no git
        ::error file=sub%2Cdir/release.toml,line=2,col=1,endLine=2,endColumn=8::unknown key `taregts`: 100%25%0Ahint: did you mean `targets`?
        ");
    }

    #[test]
    fn a_message_cannot_begin_a_command_of_its_own() {
        let text = annotation(Level::Error, Some("a,b:c"), "x\n::set-env name=A::b\r\n");
        assert_eq!(
            text,
            "::error title=a%2Cb%3Ac::x%0A::set-env name=A::b%0A\n"
        );
    }

    #[test]
    fn output_of_tools_cannot_hold_commands() {
        let text = "main.go:1: bad\n  ::add-path::/evil\nx ##[error]y\rpkg::name\n";
        let safe = harmless(text);
        for line in safe.split(['\n', '\r']) {
            assert!(!line.trim_start().starts_with("::"), "{line}");
        }
        assert!(!safe.contains("##["));
        assert_eq!(safe.replace('\u{200b}', ""), text);
    }

    /// What the runner makes of a line, as its documentation has it: properties and message, unescaped.
    fn read(line: &str) -> (Vec<(String, String)>, String) {
        let unescaped = |text: &str| {
            let signs = [
                ("%3A", ":"),
                ("%2C", ","),
                ("%0D", "\r"),
                ("%0A", "\n"),
                ("%25", "%"),
            ];
            signs.iter().fold(text.to_owned(), |text, (code, sign)| {
                text.replace(code, sign)
            })
        };
        let rest = line.strip_prefix("::error ").unwrap();
        let (properties, message) = rest.split_once("::").unwrap();
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), unescaped(value))
        };
        (
            properties.split(',').map(pair).collect(),
            unescaped(message),
        )
    }

    proptest::proptest! {
        #[test]
        fn hostile_names_stay_in_their_property(file in "[a:,%=\\n\\r;0-9A-F\u{1b}]{0,20}", text in "[a:,%\\n\\r0-9A-F]{0,20}") {
            let written = command("error", &[("file", file.clone()), ("line", "1".to_owned())], &text);
            let line = written.strip_suffix('\n').unwrap();
            proptest::prop_assert!(!line.contains(char::is_control));
            let (properties, message) = read(line);
            let expected = vec![("file".to_owned(), clean(&file)), ("line".to_owned(), "1".to_owned())];
            proptest::prop_assert_eq!(properties, expected);
            proptest::prop_assert_eq!(message, clean(&text));
        }

        #[test]
        fn text_of_others_is_never_a_command(text in "[a:# \\[\\]\\n\\r]{0,30}") {
            let text = harmless(&text);
            proptest::prop_assert!(!text.contains("##["));
            for line in text.split(['\n', '\r']) {
                proptest::prop_assert!(!line.trim_start().starts_with("::"), "{:?}", line);
            }
        }
    }
}
