//! Problems and failures as text: what is wrong, where, and the way out.
//!
//! Everything comes with escape sequences for its colours; the printer takes them out where they do not belong.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::text::{Tone, clean, clean_line, count, path};
use crate::manifest::Source;
use crate::problem::{Problem, Problems, Severity};

const RENDERER: Renderer = Renderer::styled().hyperlink(false);

/// All problems in the order of their places, each with the line that it is about, and how many there are.
pub fn problems(problems: &Problems, source: Option<&Source>) -> String {
    let sorted = problems.clone().sorted();
    let mut text: String = sorted
        .iter()
        .map(|each| problem(each, source) + "\n")
        .collect();
    let number = |severity| {
        sorted
            .iter()
            .filter(|each| each.severity == severity)
            .count()
    };
    let (errors, warnings) = (number(Severity::Error), number(Severity::Warning));
    if errors + warnings > 1 {
        let words: Vec<String> = [(errors, "error"), (warnings, "warning")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, noun)| count(number, noun))
            .collect();
        text.push_str(&Tone::Strong.paint(&words.join(", ")));
        text.push('\n');
    }
    text
}

/// One problem, with the manifest's line under it when it has a place.
fn problem(problem: &Problem, source: Option<&Source>) -> String {
    let Some((source, span)) = source.zip(problem.span.as_ref()) else {
        let (word, tone) = match problem.severity {
            Severity::Error => ("error", Tone::Bad),
            Severity::Warning => ("warning", Tone::Warning),
        };
        return line(word, tone, &problem.message) + &hint(problem.hint.as_deref());
    };
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let annotation = AnnotationKind::Primary
        .span(within(&source.text, span))
        .label(problem.label.as_deref().map(clean_line));
    let snippet = Snippet::source(&source.text)
        .path(path(&source.path))
        .annotation(annotation);
    let mut group =
        Group::with_title(level.primary_title(clean_line(&problem.message))).element(snippet);
    if let Some(hint) = &problem.hint {
        group = group.element(Level::HELP.with_name("hint").message(clean(hint)));
    }
    RENDERER.render(&[group]) + "\n"
}

/// The range, kept inside the text and on its characters' borders.
fn within(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    start..text.ceil_char_boundary(span.end.max(start))
}

/// `error: ...`, further lines indented by two, `hint: ...`.
pub fn message(message: &str, detail: Option<&str>, hint: Option<&str>) -> String {
    let mut text = line("error", Tone::Bad, message);
    if let Some(detail) = detail {
        let detail = clean(detail);
        let lines = detail.trim_matches('\n').lines();
        text.extend(lines.map(|line| format!("  {line}").trim_end().to_owned() + "\n"));
    }
    text + &self::hint(hint)
}

fn hint(hint: Option<&str>) -> String {
    hint.map_or_else(String::new, |hint| line("hint", Tone::Hint, hint))
}

/// `warning: ...`
pub fn warning(message: &str) -> String {
    line("warning", Tone::Warning, message)
}

fn line(word: &str, tone: Tone, message: &str) -> String {
    // Further lines of a message stand under its first one.
    let indented = clean(message).replace('\n', &format!("\n{}", " ".repeat(word.len() + 2)));
    format!("{}: {indented}\n", tone.paint(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source {
            path: "release.toml".into(),
            text: text.to_owned(),
        }
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn problems_show_the_line_and_what_to_write() {
        let source =
            source("[build]\ntaregts = [\"linux/amd64\"]\n\n[package]\nwindows = [\"rar\"]\n");
        let mut found = Problems::default();
        found.push(
            Problem::error("unknown value `rar`")
                .at(56..61)
                .label("no such kind")
                .hint("one of `zip`, `msi`"),
        );
        found.push(
            Problem::error("unknown key `taregts`")
                .at(8..15)
                .hint("did you mean `targets`?"),
        );
        found.push(Problem::warning("no licence file was found").hint("add `license-file`"));
        insta::assert_snapshot!(plain(&problems(&found, Some(&source))), @r#"
        warning: no licence file was found
        hint: add `license-file`

        error: unknown key `taregts`
         --> release.toml:2:1
          |
        2 | taregts = ["linux/amd64"]
          | ^^^^^^^
          |
          = hint: did you mean `targets`?

        error: unknown value `rar`
         --> release.toml:5:12
          |
        5 | windows = ["rar"]
          |            ^^^^^ no such kind
          |
          = hint: one of `zip`, `msi`

        2 errors, 1 warning
        "#);
    }

    #[test]
    fn a_place_outside_the_text_is_no_reason_to_fail() {
        let source = source("name = 'é'\n");
        for span in [200..300, 9..9, 9..10, 12..12] {
            let mut found = Problems::default();
            found.push(Problem::error("unexpected end").at(span));
            assert!(plain(&problems(&found, Some(&source))).contains("release.toml:"));
        }
    }

    #[test]
    fn lines_of_windows_and_steering_characters_are_shown_harmlessly() {
        let source = source("[project]\r\nname = \"\u{1b}[31mred\"\r\n");
        let mut found = Problems::default();
        found.push(Problem::error("`\u{1b}[31mred` is no name").at(18..28));
        insta::assert_snapshot!(plain(&problems(&found, Some(&source))), @r#"
        error: `red` is no name
         --> release.toml:2:8
          |
        2 | name = "␛[31mred"
          |        ^^^^^^^^^^
        "#);
    }

    #[test]
    fn a_failure_keeps_the_output_of_the_tool() {
        let text = message(
            "`go build` failed for `windows/amd64`",
            Some("# example.com/app\n./main.go:7:2: undefined: fmt\n\n"),
            Some("see the first line"),
        );
        insta::assert_snapshot!(plain(&text), @r"
        error: `go build` failed for `windows/amd64`
          # example.com/app
          ./main.go:7:2: undefined: fmt
        hint: see the first line
        ");
    }
}
