//! The categories of text (Windows Installer SDK, "Column Data Types").

use crate::format::file_name;
use crate::format::msi::Category;

/// What is wrong with a text of that category.
pub(super) fn complaint(category: Category, text: &str) -> Option<String> {
    let unless = |fine: bool, what: &str| (!fine).then(|| format!("`{text}` is not {what}"));
    match category {
        Category::Text | Category::Binary | Category::FormattedSddlText => None,
        Category::Formatted | Category::Template => formatted(text).map(str::to_owned),
        Category::Condition => condition(text).map(|message| format!("`{text}`: {message}")),
        Category::Guid => unless(is_guid(text), "a GUID in braces and upper case"),
        Category::Version => unless(is_version(text), "a version of up to four numbers to 65535"),
        Category::Language => unless(
            text.split(',').all(|part| part.parse::<u16>().is_ok()),
            "a list of language identifiers",
        ),
        Category::Identifier => unless(is_identifier(text), "an identifier"),
        Category::Property => unless(is_identifier(text.trim_matches('%')), "a property"),
        Category::UpperCase => unless(!text.chars().any(char::is_lowercase), "in upper case"),
        Category::Filename => file_name(text),
        Category::WildCardFilename => file_name(&text.replace(['*', '?'], "x")),
        Category::DefaultDir => default_directory(text),
        Category::RegPath => unless(
            !text.starts_with('\\') && !text.ends_with('\\') && !text.contains(r"\\"),
            "a registry path",
        )
        .or_else(|| formatted(text).map(str::to_owned)),
        Category::CustomSource => {
            unless(is_identifier(text), "the key of a custom action's source")
        }
        Category::Cabinet => cabinet(text),
        Category::Shortcut => unless(
            is_identifier(text) || text.starts_with('['),
            "a feature or a formatted path",
        ),
        Category::Integer | Category::DoubleInteger => {
            unless(text.parse::<i32>().is_ok(), "a number")
        }
    }
}

pub(super) fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first && characters.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
}

pub(super) fn is_guid(text: &str) -> bool {
    let inner = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    inner.is_some_and(|inner| {
        let parts: Vec<usize> = inner.split('-').map(str::len).collect();
        let digits = inner
            .chars()
            .all(|c| c == '-' || c.is_ascii_digit() || ('A'..='F').contains(&c));
        parts == [8, 4, 4, 4, 12] && digits
    })
}

pub(super) fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() <= 4 && parts.iter().all(|part| part.parse::<u16>().is_ok())
}

/// `SHORT~1.EXT|long name.ext`, or a name of 8 and 3 characters alone.
fn file_name(text: &str) -> Option<String> {
    let (short, long) = text
        .split_once('|')
        .map_or((text, None), |(short, long)| (short, Some(long)));
    let (stem, extension) = short.split_once('.').unwrap_or((short, ""));
    let legal = |c: char| !"\\?|><:/*\"+,;=[] ".contains(c) && !c.is_control();
    let fits = (1..=8).contains(&stem.chars().count())
        && extension.chars().count() <= 3
        && short.chars().filter(|c| *c == '.').count() <= 1
        && short.chars().all(legal);
    if !fits {
        return Some(format!("`{short}` is not a short file name"));
    }
    let name = long.unwrap_or(short);
    let refusal = file_name::check(name).err()?;
    Some(format!("the file name `{name}` {refusal}"))
}

/// `target:source`, each a name, `.` for the parent itself, or the root's `SourceDir`.
fn default_directory(text: &str) -> Option<String> {
    let special = |part: &str| part == "." || part == "SourceDir";
    text.split(':')
        .filter(|part| !special(part))
        .find_map(file_name)
}

/// `#stream` inside the package, or a file beside it with a short name.
fn cabinet(text: &str) -> Option<String> {
    match text.strip_prefix('#') {
        Some(stream) if is_identifier(stream) && stream.len() <= 62 => None,
        Some(stream) => Some(format!("`{stream}` cannot be the name of a stream")),
        None => file_name(text),
    }
}

/// Brackets and braces must be paired, unless escaped as `[\[]`.
fn formatted(text: &str) -> Option<&'static str> {
    let mut open = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '[' if characters.peek() == Some(&'\\') => {
                // An escape: backslash, any character, closing bracket.
                characters.next();
                characters.next();
                if characters.next() != Some(']') {
                    return Some("an escape `[\\x]` is not closed");
                }
            }
            '[' | '{' => open.push(character),
            ']' if open.pop() != Some('[') => return Some("a `]` closes nothing"),
            '}' if open.pop() != Some('{') => return Some("a `}` closes nothing"),
            _ => {}
        }
    }
    (!open.is_empty()).then_some("a bracket or brace is not closed")
}

/// Quotes and parentheses must be paired, and neither end may be an operator.
fn condition(text: &str) -> Option<&'static str> {
    let mut depth = 0_i32;
    for (index, part) in text.split('"').enumerate() {
        if index % 2 == 1 {
            continue;
        }
        for character in part.chars() {
            depth += match character {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            if depth < 0 {
                return Some("a `)` closes nothing");
            }
        }
    }
    let last = text.split_whitespace().next_back().unwrap_or_default();
    if depth > 0 {
        Some("a `(` is not closed")
    } else if text.matches('"').count() % 2 == 1 {
        Some("a quote is not closed")
    } else if ["AND", "OR", "NOT", "=", "<", ">", "<=", ">=", "<>"].contains(&last) {
        Some("it ends with an operator")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_category_has_good_and_bad_texts() {
        let cases = [
            (Category::Identifier, "F_app.exe", "1app"),
            (
                Category::Guid,
                "{8F14E45F-CEEA-467F-A830-C9A1F0E3A111}",
                "{8f14e45f-ceea-467f-a830-c9a1f0e3a111}",
            ),
            (Category::Version, "1.2.3.65535", "1.2.3.65536"),
            (Category::Language, "1033,2052", "en"),
            (
                Category::Filename,
                "APP~1.EXE|application.exe",
                "application.exe",
            ),
            (Category::Filename, "CONF~1|conf", "CON"),
            (Category::DefaultDir, ".", "a b"),
            (Category::RegPath, r"SOFTWARE\X", r"\SOFTWARE"),
            (Category::Cabinet, "#product.cab", "#product-1.cab"),
            (Category::Formatted, r"a [B] [\[] {c [D]}", "a [B"),
            (Category::Formatted, r"[\{][\{] x [\}][\}]", r"[\{"),
            (Category::Condition, r#"NOT (A = "(")"#, "NOT (A"),
            (Category::Condition, "A OR B", "A OR"),
            (Category::UpperCase, "OLDER", "Older"),
        ];
        for (category, good, bad) in cases {
            assert_eq!(complaint(category, good), None, "{category} {good}");
            assert!(complaint(category, bad).is_some(), "{category} {bad}");
        }
    }
}
