//! Versions of Go.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A version of the Go language or toolchain, ordered as cmd/go's `gover` package orders them:
/// `1.21` < `1.21beta1` < `1.21rc1` < `1.21.0` < `1.21.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoVersion {
    /// 1 so far.
    pub major: u32,
    /// The release, such as 26.
    pub minor: u32,
    /// What follows the release.
    pub stage: Stage,
}

/// Where in the life of a release a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// `1.21`: the language; before Go 1.21 also the first release. Development versions count as this.
    Language,
    /// `1.21beta1`.
    Beta(u32),
    /// `1.21rc1`.
    Candidate(u32),
    /// `1.21.0`.
    Patch(u32),
}

impl GoVersion {
    /// The version `major.minor` of the language, the lowest of its release.
    pub const fn language(major: u32, minor: u32) -> Self {
        Self {
            major,
            minor,
            stage: Stage::Language,
        }
    }
}

/// A text that is no version of Go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a Go version")]
pub struct InvalidGoVersion(String);

impl FromStr for GoVersion {
    type Err = InvalidGoVersion;

    /// Reads what `go env GOVERSION`, build information and go.mod's directives hold: `go1.26.0`, `1.21rc2`,
    /// `go1.22.3 X:boringcrypto`, `go1.22.3-suffix`, `devel go1.27-3a2bc4d`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| InvalidGoVersion(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<GoVersion> {
    let text = text.strip_prefix("devel ").unwrap_or(text);
    let word = text.split([' ', '-', '+']).next()?;
    let word = word.strip_prefix("go").unwrap_or(word);
    let (major, rest) = word.split_once('.')?;
    let minor_length = rest.find(|c: char| !c.is_ascii_digit());
    let (minor, rest) = rest.split_at(minor_length.unwrap_or(rest.len()));
    let stage = if rest.is_empty() {
        Stage::Language
    } else if let Some(patch) = rest.strip_prefix('.') {
        Stage::Patch(number(patch)?)
    } else if let Some(candidate) = rest.strip_prefix("rc") {
        Stage::Candidate(number(candidate)?)
    } else {
        Stage::Beta(number(rest.strip_prefix("beta")?)?)
    };
    Some(GoVersion {
        major: number(major)?,
        minor: number(minor)?,
        stage,
    })
}

/// A decimal number without a sign.
fn number(digits: &str) -> Option<u32> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| digits.parse().ok()).flatten()
}

/// Without the `go` in front.
impl fmt::Display for GoVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)?;
        match self.stage {
            Stage::Language => Ok(()),
            Stage::Beta(number) => write!(out, "beta{number}"),
            Stage::Candidate(number) => write!(out, "rc{number}"),
            Stage::Patch(number) => write!(out, ".{number}"),
        }
    }
}

impl Serialize for GoVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GoVersion {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> GoVersion {
        text.parse().unwrap()
    }

    #[test]
    fn orders_as_the_go_tool_does() {
        let sorted = [
            "1.9.7",
            "1.20",
            "1.20.1",
            "go1.21",
            "go1.21beta1",
            "go1.21rc1",
            "go1.21rc10",
            "go1.21.0",
            "go1.21.9",
            "go1.21.10",
            "go1.26",
        ];
        assert!(sorted.map(version).is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn reads_every_form_that_go_prints() {
        assert_eq!(version("go1.22.3 X:boringcrypto"), version("1.22.3"));
        assert_eq!(version("go1.22.3-vendor.4"), version("1.22.3"));
        assert_eq!(version("devel go1.27-3a2bc4d Mon Jan 5"), version("1.27"));
        assert_eq!(version("go1.27-devel_3a2bc4d"), version("1.27"));
        assert_eq!(version("go1.26rc2").to_string(), "1.26rc2");
    }

    #[test]
    fn refuses_what_is_no_version() {
        for text in [
            "",
            "go",
            "1",
            "go1.",
            "1.x",
            "1.2.3.4",
            "1.2alpha1",
            "1.+2",
            "v1.2",
        ] {
            assert!(text.parse::<GoVersion>().is_err(), "{text}");
        }
    }
}
