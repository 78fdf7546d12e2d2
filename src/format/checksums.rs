//! `SHA256SUMS` and `SHA512SUMS`, as `sha256sum -c` takes them: hash, two spaces, name (GNU coreutils manual, "cksum
//! output modes").

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::{Digests, Written};

/// A checksum algorithm.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum ChecksumAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl ChecksumAlgorithm {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Sha256, Self::Sha512];

    /// The usual name of the file that lists them.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA256SUMS",
            Self::Sha512 => "SHA512SUMS",
        }
    }

    /// What the file of this name lists.
    pub fn of_file(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.file_name() == name)
    }

    /// The hexadecimal digits of a hash.
    fn digits(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }

    /// The digests that must be computed for it.
    pub fn digests(self) -> Digests {
        match self {
            Self::Sha256 => Digests::Sha256,
            Self::Sha512 => Digests::Sha256AndSha512,
        }
    }

    /// The hash of a file, when it was computed.
    pub fn hash(self, written: &Written) -> Option<&str> {
        match self {
            Self::Sha256 => Some(&written.sha256),
            Self::Sha512 => written.sha512.as_deref(),
        }
    }
}

/// Adds the line of a file.
pub fn add_line(text: &mut String, hash: &str, name: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{hash}  {name}");
}

/// Name → hash, and what is wrong with other lines. A line that `sha256sum -c` reads in another way, or a second line of
/// one name, is wrong: two readers must never disagree about what was promised.
pub fn parse(text: &str, algorithm: ChecksumAlgorithm) -> (BTreeMap<String, String>, Vec<String>) {
    let mut lines = BTreeMap::new();
    let mut broken = Vec::new();
    // Not `lines()`, which takes a carriage return away.
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if text.is_empty() {
            break;
        }
        if line.ends_with('\r') {
            let shown = line.trim_end_matches('\r');
            broken.push(format!(
                "has the line `{shown}`, which ends with a carriage return"
            ));
            continue;
        }
        let Some((hash, name)) = split(line, algorithm) else {
            broken.push(format!("has the line `{line}`, which is no checksum"));
            continue;
        };
        if lines.insert(name.to_owned(), hash.to_lowercase()).is_some() {
            broken.push(format!("has two lines for `{name}`"));
        }
    }
    (lines, broken)
}

fn split(line: &str, algorithm: ChecksumAlgorithm) -> Option<(&str, &str)> {
    let (hash, name) = line.split_once("  ").or_else(|| line.split_once(" *"))?;
    let is_hash =
        hash.len() == algorithm.digits() && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hash && !name.is_empty()).then_some((hash, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA256: ChecksumAlgorithm = ChecksumAlgorithm::Sha256;

    #[test]
    fn lines_are_read_as_sha256sum_writes_them() {
        let (one, two) = ("AB".repeat(32), "cd".repeat(32));
        let text = format!("{one}  a b.zip\n{two} *x\n{two}  *y");
        let (lines, broken) = parse(&text, SHA256);
        assert_eq!(lines["a b.zip"], "ab".repeat(32));
        assert_eq!(lines["x"], two);
        assert_eq!(lines["*y"], two);
        assert!(broken.is_empty());
        assert_eq!(parse("", SHA256).1, Vec::<String>::new());
    }

    #[test]
    fn lines_that_readers_understand_in_two_ways_are_wrong() {
        let hash = "ab".repeat(32);
        for (text, why) in [
            ("nonsense\n".to_owned(), "no checksum"),
            ("\n".to_owned(), "no checksum"),
            (format!("{hash}  \n"), "no checksum"),
            (format!("{}  x\n", &hash[2..]), "no checksum"),
            (format!("{hash}{hash}  x\n"), "no checksum"),
            (format!("{hash}  x\r\n"), "carriage return"),
            (
                format!("{hash}  x\n{}  x\n", "cd".repeat(32)),
                "two lines for `x`",
            ),
        ] {
            let (_, broken) = parse(&text, SHA256);
            assert!(
                broken.len() == 1 && broken[0].contains(why),
                "{text}: {broken:?}"
            );
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut text = String::new();
        let hash = "0f".repeat(32);
        add_line(&mut text, &hash, "a b ü.zip");
        assert_eq!(text, format!("{hash}  a b ü.zip\n"));
        assert_eq!(parse(&text, SHA256).0["a b ü.zip"], hash);
    }

    #[test]
    fn the_name_tells_the_algorithm() {
        for algorithm in ChecksumAlgorithm::ALL {
            assert_eq!(
                ChecksumAlgorithm::of_file(algorithm.file_name()),
                Some(algorithm)
            );
        }
        assert_eq!(ChecksumAlgorithm::of_file("MD5SUMS"), None);
    }
}
