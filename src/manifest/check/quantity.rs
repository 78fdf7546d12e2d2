//! Times such as `20s` and sizes such as `50MB`.

use std::ops::RangeInclusive;

use crate::manifest::Located;
use crate::problem::Problem;

/// Milliseconds in each unit of time.
const TIMES: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Bytes in each unit of size.
const SIZES: [(&str, u64); 7] = [
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// A time in milliseconds, within `range`.
pub(super) fn milliseconds(
    text: &Located<String>,
    range: RangeInclusive<u32>,
) -> Result<u32, Problem> {
    let hint = "a number and a unit, such as `500ms`, `20s`, `5m`, `2h` or `1d`";
    let value = read(text, &TIMES).ok_or_else(|| wrong(text, "time", hint))?;
    within(text, value, &range, |value| time(u64::from(value)))
}

/// A size in bytes, within `range`.
pub(super) fn bytes(text: &Located<String>, range: RangeInclusive<u32>) -> Result<u32, Problem> {
    let value = read(text, &SIZES).ok_or_else(|| {
        wrong(
            text,
            "size",
            "a number and a unit, such as `500KB`, `50MB` or `1GiB`",
        )
    })?;
    within(text, value, &range, size)
}

fn read(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

fn wrong(text: &Located<String>, what: &str, hint: &str) -> Problem {
    Problem::error(format!("`{}` is no {what}", text.value))
        .at_option(text.place())
        .hint(hint)
}

fn within(
    text: &Located<String>,
    value: u64,
    range: &RangeInclusive<u32>,
    show: impl Fn(u32) -> String,
) -> Result<u32, Problem> {
    match u32::try_from(value) {
        Ok(value) if range.contains(&value) => Ok(value),
        _ => Err(Problem::error(format!("`{}` is out of range", text.value))
            .at_option(text.place())
            .label(format!(
                "must be from {} to {}",
                show(*range.start()),
                show(*range.end())
            ))),
    }
}

/// A size in its largest whole unit.
fn size(bytes: u32) -> String {
    let whole = SIZES
        .iter()
        .filter(|(_, factor)| bytes > 0 && u64::from(bytes).is_multiple_of(*factor))
        .max_by_key(|(_, factor)| *factor);
    whole.map_or_else(
        || format!("{bytes}B"),
        |(unit, factor)| format!("{}{unit}", u64::from(bytes) / factor),
    )
}

/// A time in its largest whole unit.
fn time(milliseconds: u64) -> String {
    let whole = TIMES
        .iter()
        .rev()
        .find(|(_, factor)| milliseconds >= *factor && milliseconds.is_multiple_of(*factor));
    whole.map_or_else(
        || format!("{milliseconds}ms"),
        |(unit, factor)| format!("{}{unit}", milliseconds / factor),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Located<String> {
        Located {
            value: text.to_owned(),
            span: 1..2,
        }
    }

    #[test]
    fn times_and_sizes_are_read() {
        assert_eq!(milliseconds(&typed("20s"), 0..=u32::MAX), Ok(20_000));
        assert_eq!(milliseconds(&typed("1d"), 0..=u32::MAX), Ok(86_400_000));
        assert_eq!(bytes(&typed("50MB"), 0..=u32::MAX), Ok(50_000_000));
        assert_eq!(bytes(&typed("1 MiB"), 0..=u32::MAX), Ok(1 << 20));
        for wrong in ["", "20", "s", "-1s", "1.5s", "20 parsecs"] {
            assert!(
                milliseconds(&typed(wrong), 0..=u32::MAX).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_range_is_told_as_one_types_it() {
        let problem = milliseconds(&typed("2h"), 1_000..=1_800_000).unwrap_err();
        assert_eq!(problem.label.as_deref(), Some("must be from 1s to 30m"));
        let problem = bytes(&typed("99999GB"), 64 << 10..=2_000_000_000).unwrap_err();
        assert_eq!(problem.label.as_deref(), Some("must be from 64KiB to 2GB"));
    }
}
