//! Globs of the manifest: `*`, `**`, `?`, `[abc]`, `{a,b}`; within limits, and never a panic.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Bytes of a glob.
const LONGEST: usize = 1024;
/// `{` in `{`.
const DEEPEST: usize = 8;

/// What a star matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Star {
    /// Slashes, too.
    Everything,
    /// The names in one folder.
    OneFolder,
}

/// Compiles a glob.
///
/// # Errors
/// What is wrong with it.
pub fn compile(pattern: &str, star: Star) -> Result<GlobSet, String> {
    if pattern.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    if depth(pattern) > DEEPEST {
        return Err(format!("`{{` stands more than {DEEPEST} deep"));
    }
    let words = |error: globset::Error| error.kind().to_string();
    let glob = GlobBuilder::new(pattern)
        .literal_separator(star == Star::OneFolder)
        .build()
        .map_err(words)?;
    // A set of one: a matcher of its own panics when its regular expression is too large.
    GlobSetBuilder::new().add(glob).build().map_err(words)
}

fn depth(pattern: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in pattern.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_and_long_globs_are_refused() {
        let nested = |depth: usize| "{a,".repeat(depth) + "b" + &"}".repeat(depth);
        assert!(compile(&nested(8), Star::OneFolder).unwrap().is_match("b"));
        for (pattern, why) in [
            (nested(9), "8 deep"),
            (nested(150), "8 deep"),
            ("{".repeat(2000), "longer than"),
            ("{a,b".to_owned(), "unclosed"),
            ("[a".to_owned(), "unclosed"),
        ] {
            let said = compile(&pattern, Star::Everything).unwrap_err();
            assert!(said.contains(why), "{pattern:.20}: {said}");
        }
        // The longest that are taken do not break the engine either.
        for part in ["?", "*", "**/", "[!a-z]", "{a,b}", "[^\u{0}-\u{10ffff}]"] {
            let pattern = part.repeat(LONGEST / part.len());
            let _ = compile(&pattern, Star::Everything);
        }
    }

    #[test]
    fn a_star_stays_in_its_folder_where_it_shall() {
        assert!(compile("a/*", Star::Everything).unwrap().is_match("a/b/c"));
        assert!(!compile("a/*", Star::OneFolder).unwrap().is_match("a/b/c"));
        assert!(compile("a/**", Star::OneFolder).unwrap().is_match("a/b/c"));
    }
}
