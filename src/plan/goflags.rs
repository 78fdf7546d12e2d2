//! `GOFLAGS`, which the go tool adds to every command: what of it would change a release without being in its manifest.

use super::planner::Planner;
use crate::problem::{Problem, Problems};

/// Flags that leave the programs as they are, or that the plan's own flags overrule.
const HARMLESS: [&str; 11] = [
    "a",
    "buildvcs",
    "json",
    "ldflags",
    "mod",
    "modcacherw",
    "p",
    "trimpath",
    "v",
    "work",
    "x",
];

/// Warns of every other flag: it goes into all programs, and into no record of the release.
pub(super) fn check(planner: &Planner<'_>, problems: &mut Problems) {
    let Ok(go) = &planner.world.facts.go else {
        return;
    };
    let changing: Vec<String> = words(go.setting("GOFLAGS"))
        .into_iter()
        .filter(|flag| !HARMLESS.contains(&name(flag)))
        .map(|flag| format!("`{flag}`"))
        .collect();
    if changing.is_empty() {
        return;
    }
    let problem = Problem::warning(format!(
        "GOFLAGS puts {} into every compilation of this release",
        changing.join(", ")
    ));
    problems.push(problem.hint(
        "put what a release needs into `flags` or `tags` in `[build]`, and `unset GOFLAGS` or `go env -u GOFLAGS`",
    ));
}

/// The overlay that `GOFLAGS` asks for: one on the command line takes its place, so that ours must be joined with it.
pub(super) fn overlay(planner: &Planner<'_>) -> Option<String> {
    let go = planner.world.facts.go.as_ref().ok()?;
    let mut flags = words(go.setting("GOFLAGS")).into_iter().rev();
    flags
        .find(|flag| name(flag) == "overlay")
        .map(str::to_owned)
}

/// `mod` of `-mod=vendor` and of `--mod=vendor`.
pub(super) fn name(flag: &str) -> &str {
    let name = flag.split('=').next().unwrap_or_default();
    let without = name.strip_prefix("--").or_else(|| name.strip_prefix('-'));
    without.unwrap_or(name)
}

/// The flags, separated by spaces; one with a space in it stands in quotes as a whole (`go help environment`).
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (start, end) = match first {
            quote @ ('\'' | '"') => (1, rest[1..].find(quote).map(|end| end + 1)),
            _ => (0, rest.find(char::is_whitespace)),
        };
        let end = end.unwrap_or(rest.len());
        words.push(&rest[start..end]);
        rest = rest[end..].trim_start_matches(['\'', '"']).trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_told_apart_as_the_go_tool_does() {
        assert_eq!(
            words(" -mod=mod  '-gcflags=-N -l' \"-tags=a b\" -v"),
            ["-mod=mod", "-gcflags=-N -l", "-tags=a b", "-v"]
        );
        assert_eq!(words("'-open"), ["-open"]);
        assert!(words("").is_empty());
        assert_eq!(name("--mod=vendor"), "mod");
        assert_eq!(name("-v"), "v");
    }
}
