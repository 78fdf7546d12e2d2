//! Stream names: two characters of `[0-9A-Za-z._]` are packed into one, and a table's name is marked.

use super::error::DatabaseError;

const TABLE_MARK: char = '\u{4840}';
const PAIR_BASE: u32 = 0x3800;
const SINGLE_BASE: u32 = 0x4800;
/// UTF-16 units in a compound file's entry name, without the final NUL ([MS-CFB] 2.6.1).
const MAX_UNITS: usize = 31;

/// What a stream holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// A table's cells.
    Table,
    /// Anything else.
    Data,
}

/// The entry's name in the compound file.
pub(super) fn pack(name: &str, content: Content) -> Result<String, DatabaseError> {
    let mut packed = String::new();
    if content == Content::Table {
        packed.push(TABLE_MARK);
    }
    let mut characters = name.chars().peekable();
    while let Some(first) = characters.next() {
        let Some(low) = digit(first) else {
            packed.push(first);
            continue;
        };
        let unit = match characters.peek().copied().and_then(digit) {
            Some(high) => {
                characters.next();
                PAIR_BASE + (high << 6) + low
            }
            None => SINGLE_BASE + low,
        };
        packed.extend(char::from_u32(unit));
    }
    if packed.encode_utf16().count() > MAX_UNITS {
        return Err(DatabaseError::StreamName(name.to_owned()));
    }
    Ok(packed)
}

fn digit(character: char) -> Option<u32> {
    let code = u32::from(character);
    match character {
        '0'..='9' => Some(code - u32::from('0')),
        'A'..='Z' => Some(code - u32::from('A') + 10),
        'a'..='z' => Some(code - u32::from('a') + 36),
        '.' => Some(62),
        '_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_as_others_do() {
        // The names of `_Tables` and `_StringPool` in any database.
        assert_eq!(
            pack("_Tables", Content::Table).unwrap(),
            "\u{4840}\u{3f7f}\u{4164}\u{422f}\u{4836}"
        );
        assert_eq!(
            pack("_StringPool", Content::Table).unwrap(),
            "\u{4840}\u{3f3f}\u{4577}\u{446c}\u{3e6a}\u{44b2}\u{482f}"
        );
    }

    #[test]
    fn long_names_are_refused() {
        assert!(pack(&"a".repeat(62), Content::Data).is_ok());
        assert!(pack(&"a".repeat(63), Content::Data).is_err());
    }
}
