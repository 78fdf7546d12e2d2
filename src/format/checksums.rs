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

/// Name → hash, and the lines that are neither.
pub fn parse(text: &str) -> (BTreeMap<String, String>, Vec<String>) {
    let mut lines = BTreeMap::new();
    let mut broken = Vec::new();
    for line in text.lines() {
        match line.split_once("  ").or_else(|| line.split_once(" *")) {
            Some((hash, name))
                if !hash.is_empty() && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
            {
                lines.insert(name.to_owned(), hash.to_lowercase());
            }
            _ => broken.push(line.to_owned()),
        }
    }
    (lines, broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_sha256sum_writes_them() {
        let (lines, broken) = parse("AB12  a b.zip\ncd  *x\nnonsense\n");
        assert_eq!(lines["a b.zip"], "ab12");
        assert_eq!(lines["*x"], "cd");
        assert_eq!(broken, ["nonsense"]);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut text = String::new();
        add_line(&mut text, "00ff", "a b ü.zip");
        assert_eq!(text, "00ff  a b ü.zip\n");
        assert_eq!(parse(&text).0["a b ü.zip"], "00ff");
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
