//! The one rule for names of files and folders that are to exist on Windows
//! (learn.microsoft.com, "Naming Files, Paths, and Namespaces"). It holds for one part of a path.

use std::fmt;

/// The longest name that common file systems take: 255 bytes on Linux, 255 UTF-16 units on Windows.
pub const LONGEST: usize = 255;

/// Names of devices, which Windows takes for the device with any extension.
const DEVICES: [&str; 7] = ["CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$"];

/// Why a name is refused; written so that it follows the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no name.
    Empty,
    /// A character that is not allowed.
    Character(char),
    /// A character that changes how a name looks and is not seen itself.
    Invisible(char),
    /// A space before the name.
    Start,
    /// A dot or a space after the name.
    End,
    /// A device's name.
    Device,
    /// Too long, in bytes.
    Long(usize),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::Character(c) => write!(
                f,
                "has the character `{}`, which Windows does not allow in names",
                c.escape_default()
            ),
            Self::Invisible(c) => write!(f, "has the invisible character {}", c.escape_unicode()),
            Self::Start => f.write_str("starts with a space"),
            Self::End => f.write_str("ends with a dot or a space, which Windows removes"),
            Self::Device => f.write_str("is the name of a device on Windows"),
            Self::Long(bytes) => write!(f, "is too long ({bytes} bytes, at most {LONGEST})"),
        }
    }
}

/// Checks a name of a file or folder.
///
/// # Errors
/// Why Windows does not take it as it is.
pub fn check(name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        Err(Refusal::Empty)
    } else if let Some(c) = name
        .chars()
        .find(|c| c.is_control() || r#"<>:"/\|?*"#.contains(*c))
    {
        Err(Refusal::Character(c))
    } else if let Some(c) = name.chars().find(|c| is_invisible(*c)) {
        Err(Refusal::Invisible(c))
    } else if name.starts_with(' ') {
        Err(Refusal::Start)
    } else if name.ends_with(['.', ' ']) {
        Err(Refusal::End)
    } else if is_device(name) {
        Err(Refusal::Device)
    } else if name.len() > LONGEST {
        Err(Refusal::Long(name.len()))
    } else {
        Ok(())
    }
}

/// Characters that reorder what stands around them (Unicode Bidirectional Algorithm, explicit formatting), and spaces
/// of no width: `exe.txt` may be `txt.exe`. Joiners are not among them; names of some languages need them.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

/// The device's name ends at the first dot or colon, and spaces before it do not count.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            let mut rest = rest.chars();
            matches!(
                (rest.next(), rest.next()),
                (Some('0'..='9' | '¹' | '²' | '³'), None)
            )
        })
    };
    DEVICES.contains(&stem.as_str()) || numbered("COM") || numbered("LPT")
}

/// A name as file systems compare it that do not tell capitals from small letters: each character by its simple
/// mapping to capitals, as NTFS does.
pub fn folded(name: &str) -> String {
    name.chars()
        .map(|c| {
            let mut upper = c.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(one), None) => one,
                _ => c,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_windows_does_not_take() {
        let long = "x".repeat(256);
        for (name, refusal) in [
            ("", Refusal::Empty),
            ("a:b", Refusal::Character(':')),
            ("a.txt::$DATA", Refusal::Character(':')),
            ("a|b", Refusal::Character('|')),
            ("*?.txt", Refusal::Character('*')),
            ("a\"b", Refusal::Character('"')),
            ("a/b", Refusal::Character('/')),
            ("a\\b", Refusal::Character('\\')),
            ("a\tb", Refusal::Character('\t')),
            ("a\u{202e}txt.exe", Refusal::Invisible('\u{202e}')),
            ("a\u{200b}", Refusal::Invisible('\u{200b}')),
            (" a", Refusal::Start),
            ("a.", Refusal::End),
            ("a ", Refusal::End),
            ("CON", Refusal::Device),
            ("nul.txt", Refusal::Device),
            ("Aux .tar.gz", Refusal::Device),
            ("com1.log", Refusal::Device),
            ("LPT9", Refusal::Device),
            ("COM¹", Refusal::Device),
            ("lpt³.txt", Refusal::Device),
            ("conin$", Refusal::Device),
            ("CONOUT$.x", Refusal::Device),
            (long.as_str(), Refusal::Long(256)),
        ] {
            assert_eq!(check(name), Err(refusal), "{name:?}");
        }
        for name in [
            "console",
            "com10",
            "a b.txt",
            ".env",
            "配置",
            "héllo wörld",
            "a\u{200d}b",
            "CON_",
            &"x".repeat(255),
        ] {
            assert_eq!(check(name), Ok(()), "{name:?}");
        }
    }

    #[test]
    fn capitals_do_not_tell_names_apart() {
        assert_eq!(folded("Orders.EXE"), folded("ORDERS.exe"));
        assert_eq!(folded("Übung"), folded("übung"));
        // No simple mapping: NTFS tells these apart.
        assert_ne!(folded("ß"), folded("ss"));
    }
}
