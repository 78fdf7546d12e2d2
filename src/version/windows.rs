//! SemVer → Windows numbers: a file's `a.b.c.d` and Windows Installer's `a.b.c`.
//!
//! One rule for both (`docs/versions.md`): `a.b.c` are SemVer's own numbers, and `d` orders the pre-releases
//! of one `a.b.c` before its release. Windows Installer compares `a.b.c` alone and decides about a single file by
//! all four, so the executable of every release must carry a higher number than the one before: otherwise an
//! upgrade keeps the old file.
//!
//! Non-goal: the display strings. A version resource shows the SemVer itself beside these numbers.

use std::fmt;

use semver::Version;
use thiserror::Error;

/// The fourth part of a release without a pre-release: above all of its pre-releases.
const RELEASE: u16 = u16::MAX;
/// Room for the numbers of one kind of pre-release: the first digit of the fourth part tells the kind.
const STAGE: u16 = 10_000;
/// The highest `N` in `rc.N`: `N + 1` is stored, because `rc` without a number comes before `rc.0`.
const HIGHEST_NUMBER: u16 = 9_998;
/// The highest of Windows Installer's first two numbers.
const MSI_FIELD: u64 = 255;

/// Why a version has no place in Windows' numbers.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VersionError {
    /// One of `a.b.c` is above what the format holds.
    #[error(
        "version `{version}` does not fit: {field} {value} is over {limit}, the highest that {consumer} takes"
    )]
    TooHigh {
        /// The whole version.
        version: String,
        /// `major`, `minor` or `patch`.
        field: &'static str,
        /// Its value.
        value: u64,
        /// The highest allowed.
        limit: u64,
        /// `a Windows file version` or `Windows Installer`.
        consumer: &'static str,
        /// A version of the same shape that fits, when there is an obvious one.
        proposal: Option<String>,
    },
    /// The pre-release is not `LABEL`, `LABEL.N`, `LABELN` or `N`.
    #[error(
        "pre-release `{pre}` of version `{version}` has no order that a Windows file version could show"
    )]
    Unordered {
        /// The whole version.
        version: String,
        /// Its pre-release.
        pre: String,
    },
    /// The pre-release's number is too high.
    #[error(
        "the number {number} in pre-release `{pre}` of version `{version}` is over {HIGHEST_NUMBER}"
    )]
    NumberTooHigh {
        /// The whole version.
        version: String,
        /// Its pre-release.
        pre: String,
        /// The number as written.
        number: String,
    },
}

impl VersionError {
    /// The way out, for the `hint:` line.
    pub fn hint(&self) -> String {
        match self {
            Self::TooHigh {
                proposal: Some(proposal),
                ..
            } => format!("use `{proposal}`, or set the number by hand"),
            Self::TooHigh { proposal: None, .. } => {
                "use smaller numbers, or set the number by hand".to_owned()
            }
            Self::Unordered { .. } => {
                "write the pre-release as one label and one number, such as `rc.1` or `beta.2`"
                    .to_owned()
            }
            Self::NumberTooHigh { .. } => {
                format!(
                    "count pre-releases from 1 for each version; numbers go up to {HIGHEST_NUMBER}"
                )
            }
        }
    }
}

/// The four numbers of a Windows file version, in order of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileVersion {
    /// SemVer's major.
    pub major: u16,
    /// SemVer's minor.
    pub minor: u16,
    /// SemVer's patch.
    pub patch: u16,
    /// The place among the pre-releases of `major.minor.patch`; 65535 is the release itself.
    pub ordinal: u16,
}

impl FileVersion {
    /// The file version of a release: higher for every later release, pre-releases included.
    pub fn of_release(version: &Version) -> Result<Self, VersionError> {
        Self::with_ordinal(version, ordinal(version)?)
    }

    /// The file version of a snapshot, such as `1.4.3-dev.5.g1a2b3c4`: as of a release whose pre-release is its
    /// first label and number (`dev.5`). What has no order there is the lowest of its `a.b.c`: a snapshot is not for
    /// upgrading to, and any label must build.
    pub fn of_snapshot(version: &Version) -> Result<Self, VersionError> {
        let parts: Vec<&str> = version.pre.split('.').take(2).collect();
        let candidates = [parts.join("."), parts[0].to_owned()];
        let ordered = candidates.iter().filter_map(|pre| {
            let pre = semver::Prerelease::new(pre).ok()?;
            ordinal(&Version {
                pre,
                ..version.clone()
            })
            .ok()
        });
        let ordinal = ordered.into_iter().next().unwrap_or_default();
        Self::with_ordinal(version, ordinal)
    }

    fn with_ordinal(version: &Version, ordinal: u16) -> Result<Self, VersionError> {
        let number = |field, value| {
            u16::try_from(value).map_err(|_| {
                too_high(
                    version,
                    field,
                    value,
                    u64::from(u16::MAX),
                    "a Windows file version",
                )
            })
        };
        Ok(Self {
            major: number("major", version.major)?,
            minor: number("minor", version.minor)?,
            patch: number("patch", version.patch)?,
            ordinal,
        })
    }

    /// Reads `a.b.c.d`; missing parts at the end are 0.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = [0_u16; 4];
        for (index, part) in text.split('.').enumerate() {
            *parts.get_mut(index)? = part.parse().ok()?;
        }
        let [major, minor, patch, ordinal] = parts;
        Some(Self {
            major,
            minor,
            patch,
            ordinal,
        })
    }
}

impl fmt::Display for FileVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}.{}.{}",
            self.major, self.minor, self.patch, self.ordinal
        )
    }
}

/// Windows Installer's ProductVersion, by which it tells an upgrade from a downgrade: up to 255.255.65535
/// (Windows Installer SDK, "ProductVersion property").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductVersion {
    /// SemVer's major, up to 255.
    pub major: u8,
    /// SemVer's minor, up to 255.
    pub minor: u8,
    /// SemVer's patch.
    pub patch: u16,
}

impl ProductVersion {
    /// The ProductVersion of a version. All pre-releases and the release of one `a.b.c` share it: their packages
    /// upgrade each other only when packages of the same ProductVersion may.
    pub fn of(version: &Version) -> Result<Self, VersionError> {
        let fail =
            |field, value, limit| too_high(version, field, value, limit, "Windows Installer");
        Ok(Self {
            major: u8::try_from(version.major)
                .map_err(|_| fail("major", version.major, MSI_FIELD))?,
            minor: u8::try_from(version.minor)
                .map_err(|_| fail("minor", version.minor, MSI_FIELD))?,
            patch: u16::try_from(version.patch)
                .map_err(|_| fail("patch", version.patch, u64::from(u16::MAX)))?,
        })
    }
}

impl fmt::Display for ProductVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

fn too_high(
    version: &Version,
    field: &'static str,
    value: u64,
    limit: u64,
    consumer: &'static str,
) -> VersionError {
    VersionError::TooHigh {
        version: version.to_string(),
        field,
        value,
        limit,
        consumer,
        proposal: short_year(version),
    }
}

/// `26.8.1` for the calendar version `2026.8.1`.
fn short_year(version: &Version) -> Option<String> {
    let mut short = version.clone();
    short.major = version.major.checked_sub(2000).filter(|year| *year < 100)?;
    (short.minor <= MSI_FIELD && short.patch <= u64::from(u16::MAX)).then(|| short.to_string())
}

/// The fourth part: the kind of pre-release in the first decimal digit, its number in the other four.
fn ordinal(version: &Version) -> Result<u16, VersionError> {
    let pre = version.pre.as_str();
    if pre.is_empty() {
        return Ok(RELEASE);
    }
    let (label, number) = split(pre).ok_or_else(|| VersionError::Unordered {
        version: version.to_string(),
        pre: pre.to_owned(),
    })?;
    let number = match number {
        "" => 0,
        digits => count(digits).ok_or_else(|| VersionError::NumberTooHigh {
            version: version.to_string(),
            pre: pre.to_owned(),
            number: digits.to_owned(),
        })?,
    };
    Ok(stage(label) * STAGE + number)
}

/// `N + 1`, under [`STAGE`].
fn count(digits: &str) -> Option<u16> {
    let number: u16 = digits.parse().ok()?;
    (number <= HIGHEST_NUMBER).then(|| number + 1)
}

/// `rc.1`, `rc1`, `rc-1` → (`rc`, `1`); `rc` → (`rc`, ``); `1` → (``, `1`).
fn split(pre: &str) -> Option<(&str, &str)> {
    let label = pre.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &pre[label.len()..];
    let label = label
        .strip_suffix(['.', '-'])
        .filter(|_| !number.is_empty())
        .unwrap_or(label);
    label
        .chars()
        .all(|c| c.is_ascii_alphabetic())
        .then_some((label, number))
}

/// The kind of pre-release, in SemVer's (alphabetical) order around the three that have a digit of their own.
fn stage(label: &str) -> u16 {
    match label.to_ascii_lowercase().as_str() {
        "" => 0,
        "a" | "alpha" => 1,
        "b" | "beta" => 2,
        "rc" => 4,
        other if other < "beta" => 1,
        other if other < "rc" => 3,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).expect("a version")
    }

    fn file(text: &str) -> String {
        FileVersion::of_release(&version(text))
            .expect("fits")
            .to_string()
    }

    #[test]
    fn maps_as_documented() {
        for (semver, windows) in [
            ("1.4.2", "1.4.2.65535"),
            ("1.4.2+build.7", "1.4.2.65535"),
            ("1.4.2-rc", "1.4.2.40000"),
            ("1.4.2-rc.0", "1.4.2.40001"),
            ("1.4.2-rc.1", "1.4.2.40002"),
            ("1.4.2-rc1", "1.4.2.40002"),
            ("1.4.2-RC-1", "1.4.2.40002"),
            ("1.4.2-rc.9998", "1.4.2.49999"),
            ("1.4.2-beta.3", "1.4.2.20004"),
            ("1.4.2-preview.3", "1.4.2.30004"),
            ("1.4.2-alpha.3", "1.4.2.10004"),
            ("1.4.2-snapshot.12", "1.4.2.50013"),
            ("1.4.2-7", "1.4.2.8"),
        ] {
            assert_eq!(file(semver), windows, "{semver}");
        }
    }

    #[test]
    fn grows_along_a_usual_history() {
        let history = [
            "1.0.0-1",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.2",
            "1.0.0-alpha.10",
            "1.0.0-beta.1",
            "1.0.0-dev.1",
            "1.0.0-pre.2",
            "1.0.0-rc.1",
            "1.0.0-rc.2",
            "1.0.0-rc.11",
            "1.0.0",
            "1.0.1-rc.1",
            "1.0.1",
            "1.1.0-alpha.1",
            "1.1.0",
            "2.0.0-rc.1",
            "2.0.0",
        ];
        for pair in history.windows(2) {
            assert!(
                version(pair[0]) < version(pair[1]),
                "{pair:?} is not SemVer's order"
            );
            let numbers = pair
                .iter()
                .map(|text| FileVersion::of_release(&version(text)).expect("fits"));
            assert!(numbers.is_sorted_by(|a, b| a < b), "{pair:?}");
        }
    }

    #[test]
    fn refuses_what_has_no_order() {
        for text in [
            "1.0.0-rc.1.2",
            "1.0.0-0.20260102030405-abcdef123456",
            "1.0.0-rc.x.1",
            "1.0.0-x1y",
        ] {
            let refused = FileVersion::of_release(&version(text));
            assert!(
                matches!(refused, Err(VersionError::Unordered { .. })),
                "{text}: {refused:?}"
            );
            assert!(FileVersion::of_snapshot(&version(text)).is_ok(), "{text}");
        }
        let nightly = FileVersion::of_release(&version("1.0.0-nightly.20261123"));
        assert!(
            matches!(nightly, Err(VersionError::NumberTooHigh { .. })),
            "{nightly:?}"
        );
        let huge = FileVersion::of_snapshot(&version("1.70000.0"));
        assert!(
            matches!(huge, Err(VersionError::TooHigh { field: "minor", .. })),
            "{huge:?}"
        );
    }

    #[test]
    fn snapshots_grow_while_they_can() {
        let history = [
            ("1.0.0-0.20260102030405-abcdef123456", "1.0.0.1"),
            ("1.0.0-dev", "1.0.0.30000"),
            ("1.0.0-dev.g1a2b3c4.dirty", "1.0.0.30000"),
            ("1.0.0-dev.5.g1a2b3c4", "1.0.0.30006"),
            ("1.0.0-rc.1.dev.2.g1a2b3c4", "1.0.0.40002"),
            ("1.0.0", "1.0.0.65535"),
        ];
        for (text, expected) in history {
            let windows = FileVersion::of_snapshot(&version(text)).expect("builds");
            assert_eq!(windows.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn calendar_versions_are_proposed_with_a_short_year() {
        let refused = ProductVersion::of(&version("2026.8.1")).expect_err("over 255");
        assert_eq!(
            refused.to_string(),
            "version `2026.8.1` does not fit: major 2026 is over 255, the highest that Windows Installer takes"
        );
        assert!(refused.hint().contains("`26.8.1`"), "{}", refused.hint());
        assert_eq!(file("2026.8.1"), "2026.8.1.65535");
        assert_eq!(
            ProductVersion::of(&version("255.255.65535"))
                .expect("fits")
                .to_string(),
            "255.255.65535"
        );
        assert!(ProductVersion::of(&version("1.256.0")).is_err());
        assert!(ProductVersion::of(&version("1.0.65536")).is_err());
    }

    #[test]
    fn reads_what_it_writes() {
        let written = FileVersion {
            major: 1,
            minor: 2,
            patch: 3,
            ordinal: 4,
        };
        assert_eq!(FileVersion::parse(&written.to_string()), Some(written));
        assert_eq!(
            FileVersion::parse("1.2"),
            Some(FileVersion {
                major: 1,
                minor: 2,
                patch: 0,
                ordinal: 0
            })
        );
        for wrong in ["", "1.2.3.4.5", "1.x", "70000", "1..2", "-1"] {
            assert_eq!(FileVersion::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        /// Within alpha, beta and rc, SemVer's order is Windows' order.
        #[test]
        fn keeps_semver_order(
            a in (0_u64..3, 0_u64..3, 0_u64..3, 0_usize..4, 0_u16..=HIGHEST_NUMBER),
            b in (0_u64..3, 0_u64..3, 0_u64..3, 0_usize..4, 0_u16..=HIGHEST_NUMBER),
        ) {
            let text = |v: (u64, u64, u64, usize, u16)| {
                let pre = ["-alpha", "-beta", "-rc", ""][v.3];
                let number = if pre.is_empty() { String::new() } else { format!(".{}", v.4) };
                version(&format!("{}.{}.{}{pre}{number}", v.0, v.1, v.2))
            };
            let (a, b) = (text(a), text(b));
            let windows = FileVersion::of_release(&a).expect("fits").cmp(&FileVersion::of_release(&b).expect("fits"));
            prop_assert_eq!(a.cmp_precedence(&b), windows);
        }
    }
}
