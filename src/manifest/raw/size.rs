//! Sizes of the `[deploy]` tables: a number and `B`, `KB`, `MB`, `GB`, `KiB`, `MiB` or `GiB`.

use serde::{Deserialize, Deserializer};

/// Bytes of a text such as `200MB`; none if it is not a size or does not fit.
pub fn parse(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    let factor = match text[digits..].trim_start() {
        "B" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// Serde: a size text as bytes.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).map(Some).ok_or_else(|| {
        serde::de::Error::custom(format!(
            "invalid size `{text}`: write a number and B, KB, MB, GB, KiB, MiB or GiB, such as \"200MB\""
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn units() {
        assert_eq!(parse("200MB"), Some(200_000_000));
        assert_eq!(parse("1 GiB"), Some(1 << 30));
        for wrong in ["", "5", "MB", "1.5GB", "1TB", "-1B", "99999999999GiB"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
