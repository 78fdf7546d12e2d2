//! The one time that a release knows.

use serde::{Deserialize, Serialize};

use super::problem::{Problem, ProblemKind};

/// A point in time, and who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Seconds since 1970-01-01T00:00:00Z; never negative, never after the year 9999.
    pub seconds: i64,
    /// Where it comes from.
    pub source: ClockSource,
}

/// Where the time of a release comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockSource {
    /// `SOURCE_DATE_EPOCH` (<https://reproducible-builds.org/specs/source-date-epoch/>).
    SourceDateEpoch,
    /// The commit.
    Commit,
    /// Nobody: 1980-01-01T00:00:00Z, the earliest that every archive format can write.
    Fallback,
}

/// 1980-01-01T00:00:00Z.
const FALLBACK: i64 = 315_532_800;
/// 9999-12-31T23:59:59Z.
const LATEST: i64 = 253_402_300_799;

impl Clock {
    /// The time of a release: `epoch`, the value of `SOURCE_DATE_EPOCH`, before the time of the commit.
    ///
    /// # Errors
    /// When `epoch` is no number of seconds.
    pub fn new(epoch: Option<&str>, commit_time: Option<i64>) -> Result<Self, Problem> {
        if let Some(text) = epoch.filter(|text| !text.is_empty()) {
            return Ok(Self {
                seconds: parse(text)?,
                source: ClockSource::SourceDateEpoch,
            });
        }
        Ok(match commit_time {
            Some(time) => Self {
                seconds: time.clamp(0, LATEST),
                source: ClockSource::Commit,
            },
            None => Self {
                seconds: FALLBACK,
                source: ClockSource::Fallback,
            },
        })
    }
}

fn parse(text: &str) -> Result<i64, Problem> {
    text.parse()
        .ok()
        .filter(|seconds| text.bytes().all(|b| b.is_ascii_digit()) && *seconds <= LATEST)
        .ok_or_else(|| {
            Problem::new(
                ProblemKind::Failed,
                format!("SOURCE_DATE_EPOCH is `{text}`, which is no number of seconds since 1970"),
            )
            .with_hint(
                "set it with `export SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)`, or unset it",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_over_the_commit() {
        let clock = Clock::new(Some("1700000000"), Some(5)).unwrap();
        assert_eq!(
            (clock.seconds, clock.source),
            (1_700_000_000, ClockSource::SourceDateEpoch)
        );
        let clock = Clock::new(Some(""), Some(5)).unwrap();
        assert_eq!((clock.seconds, clock.source), (5, ClockSource::Commit));
        assert_eq!(
            Clock::new(None, None).unwrap().source,
            ClockSource::Fallback
        );
    }

    #[test]
    fn a_wrong_epoch_is_refused() {
        for text in ["-1", "+1", "1e3", "now", "1.5", " 1", "999999999999"] {
            assert!(Clock::new(Some(text), None).is_err(), "{text}");
        }
    }
}
