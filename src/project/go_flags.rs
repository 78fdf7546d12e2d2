//! `GOFLAGS`, which the go tool adds to every command of its own accord.
//!
//! A build takes over those flags that change no result, and no others: what goes into a program is in the manifest.

/// Flags that change neither which files are compiled nor what comes out.
const PASSING: [&str; 5] = ["modcacherw", "p", "v", "work", "x"];

/// Flags that gorelease sets itself, or that have no effect on a build.
const WITHOUT_EFFECT: [&str; 5] = ["a", "buildvcs", "json", "n", "trimpath"];

/// The flags of `text` that a build takes over.
pub(super) fn passing(text: &str) -> Vec<&str> {
    let words = words(text).into_iter();
    words
        .filter(|flag| PASSING.contains(&name(flag)) && !flag.contains(char::is_whitespace))
        .collect()
}

/// The flags of `text` that would change a program, and that a build does not use. `decided` are flags of the manifest
/// for every program, which would have taken their place anyway.
pub fn ignored<'t>(text: &'t str, decided: &[&str], vendored: bool) -> Vec<&'t str> {
    let words = words(text).into_iter();
    words
        .filter(|flag| {
            let name = name(flag);
            let is_default = match (name, flag.split_once('=').map(|(_, value)| value)) {
                // Without a vendor folder, `mod` says no more than whether go.mod may be rewritten.
                ("mod", Some(value)) => value == "vendor" || !vendored,
                _ => false,
            };
            let plain = PASSING.contains(&name) || WITHOUT_EFFECT.contains(&name);
            !(plain || is_default || decided.contains(&name))
        })
        .collect()
}

/// `mod` of `-mod=vendor` and of `--mod=vendor`.
pub fn name(flag: &str) -> &str {
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

    #[test]
    fn only_flags_without_a_result_pass() {
        let text = "-p=2 -modcacherw -tags=x '-ldflags=-X main.a=b' -mod=mod -trimpath=false";
        assert_eq!(passing(text), ["-p=2", "-modcacherw"]);
        assert_eq!(
            ignored(text, &[], false),
            ["-tags=x", "-ldflags=-X main.a=b"]
        );
        assert_eq!(ignored(text, &["ldflags"], true), ["-tags=x", "-mod=mod"]);
        assert!(ignored("-mod=vendor", &[], true).is_empty());
    }
}
