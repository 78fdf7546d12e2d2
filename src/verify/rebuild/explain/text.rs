//! Two texts, and what kind of thing two differing pieces of text are.

use std::fmt;
use std::path::Path;

use crate::format::input;

/// Longer texts than this are no documents.
const LONGEST: u64 = 32 << 20;
/// What is shown of a line.
const SHOWN: usize = 80;

/// The first line that differs; nothing when one of the files is no text.
pub(super) fn differences(shipped: &Path, rebuilt: &Path) -> Vec<String> {
    let (Some(left), Some(right)) = (read(shipped), read(rebuilt)) else {
        return Vec::new();
    };
    let mut lines = left.lines().zip(right.lines()).enumerate();
    let first = lines.find(|(_, (one, other))| one != other);
    match first {
        Some((number, (one, other))) => {
            let kind = Kind::of(one, other);
            vec![format!(
                "line {}: `{}`, and `{}` when built again{kind}",
                number + 1,
                shown(one),
                shown(other)
            )]
        }
        None if left.lines().count() != right.lines().count() => vec![format!(
            "has {} lines, and {} when built again",
            left.lines().count(),
            right.lines().count()
        )],
        None => vec!["its line ends differ".to_owned()],
    }
}

fn read(path: &Path) -> Option<String> {
    input::read_text(path, LONGEST).ok()
}

/// The beginning of a line, without what a terminal would obey.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text
        .trim()
        .chars()
        .take(SHOWN)
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if text.trim().chars().count() > SHOWN {
        shown.push('…');
    }
    shown
}

/// What two differing pieces of text seem to be; its text is to be put behind a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A date or a time of day.
    Time,
    /// A path of a machine.
    Path,
    /// Anything else.
    Content,
}

impl Kind {
    pub(super) fn of(one: &str, other: &str) -> Self {
        if is_time(one) && is_time(other) {
            Self::Time
        } else if is_path(one) && is_path(other) {
            Self::Path
        } else {
            Self::Content
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time => f.write_str(" (a time)"),
            Self::Path => f.write_str(" (a path)"),
            Self::Content => Ok(()),
        }
    }
}

/// Two colons or hyphens between digits: `04:05:06`, `2026-02-03`.
fn is_time(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|letter| if letter.is_ascii_digit() { '0' } else { letter })
        .collect();
    ["00:00:00", "0000-00-00", "0000/00/00"]
        .iter()
        .any(|time| shape.contains(time))
}

/// An absolute path with at least two parts.
fn is_path(text: &str) -> bool {
    let parts = |text: &str, separator: char| text.matches(separator).count() >= 2;
    let unix = text
        .find('/')
        .is_some_and(|at| !text[..at].ends_with([':', '.']) && parts(&text[at..], '/'));
    let windows = text
        .find(":\\")
        .is_some_and(|at| at > 0 && parts(&text[at..], '\\'));
    unix || windows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_paths_are_told_apart() {
        for (one, other, kind) in [
            ("built 2026-01-02", "built 2026-01-03", Kind::Time),
            ("at 04:05:06Z", "at 04:05:07Z", Kind::Time),
            ("/home/a/main.go", "/srv/b/main.go", Kind::Path),
            (r"C:\a\b.go", r"D:\c\d.go", Kind::Path),
            (
                "https://example.com/a",
                "https://example.com/b",
                Kind::Content,
            ),
            ("one", "/home/a/b", Kind::Content),
        ] {
            assert_eq!(Kind::of(one, other), kind, "{one}");
        }
    }

    #[test]
    fn the_first_line_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let one = write("one", "a\n\u{1b}[2Jb\n");
        assert_eq!(
            differences(&one, &write("other", "a\nc\n")),
            ["line 2: ` [2Jb`, and `c` when built again"]
        );
        assert_eq!(
            differences(&one, &write("shorter", "a\n")),
            ["has 2 lines, and 1 when built again"]
        );
    }
}
