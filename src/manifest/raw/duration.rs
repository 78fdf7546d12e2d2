//! Durations of the `[deploy]` tables: a number and `ms`, `s`, `m`, `h` or `d`.

use serde::{Deserialize, Deserializer};

/// Milliseconds of a text such as `30s`; none if it is not one or does not fit.
pub fn parse(text: &str) -> Option<u32> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u32 = text[..digits].parse().ok()?;
    let factor = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// Serde: a duration text as milliseconds.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| {
        serde::de::Error::custom(format!(
            "`{text}` is no duration: write a number and ms, s, m, h or d, such as \"30s\""
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn units() {
        assert_eq!(parse("250ms"), Some(250));
        assert_eq!(parse("30s"), Some(30_000));
        assert_eq!(parse("1d"), Some(86_400_000));
        for wrong in ["", "30", "s", "1.5s", "1w", "99d99", "4294967295m"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
