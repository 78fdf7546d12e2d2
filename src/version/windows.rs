//! SemVer → Windows numbers: a file's `a.b.c.d` and Windows Installer's `a.b.c`.
//!
//! `docs/versions.md` has the rules. `a.b.c` are SemVer's own numbers, and `d` orders the pre-releases of one `a.b.c`
//! before its release. Every version has a file version: what four numbers cannot order gets the nearest ones, and is
//! flagged ([`Fallback`]). Windows Installer compares `a.b.c` alone and decides about a single file by all four, so the
//! executable of every release must carry a higher number than the one before: otherwise an upgrade keeps the old file.
//!
//! Non-goal: the display strings. A version resource shows the SemVer itself beside these numbers.

use std::fmt;

use semver::Version;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The fourth part of a release without a pre-release: above all of its pre-releases.
const RELEASE: u16 = u16::MAX;
/// Room for the numbers of one kind of pre-release: the first digit of the fourth part tells the kind.
const STAGE: u16 = 10_000;
/// The highest `N` in `rc.N`: `N + 1` is stored, because `rc` without a number comes before `rc.0`.
const HIGHEST_NUMBER: u16 = 9_998;
/// The highest of Windows Installer's first two numbers.
const MSI_FIELD: u64 = 255;

/// Why four numbers cannot order a version among all others; it shares its file version with some of them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fallback {
    /// One of `a.b.c` is above what a file version holds; it and everything after it is 65535.
    #[error("{field} {value} is over 65535, the highest number in a Windows file version")]
    TooHigh {
        /// `major`, `minor` or `patch`.
        field: &'static str,
        /// Its value.
        value: u64,
    },
    /// The pre-release is not `LABEL`, `LABEL.N`, `LABELN` or `N`; its first label and number count.
    #[error("pre-release `{0}` is more than one label and one number")]
    Shape(String),
    /// The pre-release's number is too high; the highest counts.
    #[error(
        "the number in pre-release `{0}` is over {HIGHEST_NUMBER}, the highest that a Windows file version can order"
    )]
    Number(String),
}

/// One of `a.b.c` is above what Windows Installer takes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("version `{version}` is not a Windows Installer version: {field} {value} is over {limit}")]
pub struct TooHigh {
    version: Version,
    field: &'static str,
    value: u64,
    limit: u64,
}

impl TooHigh {
    /// The fix, for the `hint:` line.
    pub fn hint(&self) -> String {
        let template = match self.version.major {
            2000..2256 if self.version.minor <= MSI_FIELD => {
                "{{ major - 2000 }}.{{ minor }}.{{ patch }}"
            }
            2000..2256 if self.version.minor <= 1231 && self.version.patch == 0 => {
                "{{ major - 2000 }}.{{ minor // 100 }}.{{ minor % 100 }}"
            }
            0..256 => "{{ major }}.{{ minor // 256 }}.{{ minor % 256 }}",
            _ => "{{ minor }}.{{ patch }}.0",
        };
        format!(
            "set `version` in `[msi]` to three numbers up to 255.255.65535 that grow with every release, such as `{template}`"
        )
    }
}

/// The four numbers of a Windows file version, in order of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
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
    /// The file version of any version, and why it is not the only one with these numbers, if so. It never decreases
    /// from one version to a higher one, as long as the labels of pre-releases are in the order of [`stage`].
    pub fn of(version: &Version) -> (Self, Option<Fallback>) {
        let fields = [
            ("major", version.major),
            ("minor", version.minor),
            ("patch", version.patch),
        ];
        // Everything after a number that does not fit is the highest, too: 1.70000.5 must not be above 1.70001.0.
        let mut numbers = [u16::MAX; 4];
        for (index, (field, value)) in fields.into_iter().enumerate() {
            match u16::try_from(value) {
                Ok(number) => numbers[index] = number,
                Err(_) => {
                    return (
                        Self::from(numbers),
                        Some(Fallback::TooHigh { field, value }),
                    );
                }
            }
        }
        let (ordinal, fallback) = ordinal(version.pre.as_str());
        numbers[3] = ordinal;
        (Self::from(numbers), fallback)
    }

    /// The fourth number alone, for a version whose first three are set by hand.
    pub fn ordinal_of(version: &Version) -> u16 {
        ordinal(version.pre.as_str()).0
    }

    /// Reads `a.b.c.d`; missing parts at the end are 0.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = [0_u16; 4];
        for (index, part) in text.split('.').enumerate() {
            *parts.get_mut(index)? = number(part)?;
        }
        Some(Self::from(parts))
    }
}

/// Digits alone; `parse` itself would take `+1`.
fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

impl From<[u16; 4]> for FileVersion {
    fn from([major, minor, patch, ordinal]: [u16; 4]) -> Self {
        Self {
            major,
            minor,
            patch,
            ordinal,
        }
    }
}

impl TryFrom<String> for FileVersion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("invalid file version `{text}`"))
    }
}

impl From<FileVersion> for String {
    fn from(version: FileVersion) -> Self {
        version.to_string()
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
    pub fn of(version: &Version) -> Result<Self, TooHigh> {
        let fail = |field, value, limit| TooHigh {
            version: version.clone(),
            field,
            value,
            limit,
        };
        Ok(Self {
            major: u8::try_from(version.major)
                .map_err(|_| fail("major", version.major, MSI_FIELD))?,
            minor: u8::try_from(version.minor)
                .map_err(|_| fail("minor", version.minor, MSI_FIELD))?,
            patch: u16::try_from(version.patch)
                .map_err(|_| fail("patch", version.patch, u64::from(u16::MAX)))?,
        })
    }

    /// Reads `a.b.c`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let version = Self {
            major: number(parts.next()?)?,
            minor: number(parts.next()?)?,
            patch: number(parts.next()?)?,
        };
        parts.next().is_none().then_some(version)
    }
}

impl fmt::Display for ProductVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// The fourth part: the kind of pre-release in the first decimal digit, its number in the other four.
fn ordinal(pre: &str) -> (u16, Option<Fallback>) {
    if pre.is_empty() {
        return (RELEASE, None);
    }
    let shape = Fallback::Shape(pre.to_owned());
    let (label, digits, rest) = split(pre);
    let (number, fallback) = match digits.parse::<u16>() {
        Ok(number) if number <= HIGHEST_NUMBER => (number + 1, (!rest.is_empty()).then_some(shape)),
        _ if pre.len() == label.len() => (0, None),
        // SemVer puts texts after all numbers.
        _ if digits.is_empty() || !rest.is_empty() => (STAGE - 1, Some(shape)),
        _ => (STAGE - 1, Some(Fallback::Number(pre.to_owned()))),
    };
    (stage(label) * STAGE + number, fallback)
}

/// `rc.1`, `rc1`, `rc-1` → (`rc`, `1`, ``); `rc` → (`rc`, ``, ``); `1` → (``, `1`, ``); what follows is the rest.
fn split(pre: &str) -> (&str, &str, &str) {
    let end_of = |text: &str, is_part: fn(&char) -> bool| {
        text.chars()
            .take_while(is_part)
            .map(char::len_utf8)
            .sum::<usize>()
    };
    let (label, rest) = pre.split_at(end_of(pre, char::is_ascii_alphabetic));
    let after = rest
        .strip_prefix(['.', '-'])
        .filter(|_| !label.is_empty())
        .unwrap_or(rest);
    let (digits, after) = after.split_at(end_of(after, char::is_ascii_digit));
    // `x1y` and `rc.1a` have no number: SemVer compares them as text.
    if after.is_empty() || after.starts_with('.') {
        (label, digits, after)
    } else {
        (label, "", rest)
    }
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
            ("1.4.2-rc.1+meta", "1.4.2.40002"),
            ("1.4.2-rc.9998", "1.4.2.49999"),
            ("1.4.2-beta.3", "1.4.2.20004"),
            ("1.4.2-preview.3", "1.4.2.30004"),
            ("1.4.2-alpha.3", "1.4.2.10004"),
            ("1.4.2-snapshot.12", "1.4.2.50013"),
            ("1.4.2-7", "1.4.2.8"),
            ("2026.8.1", "2026.8.1.65535"),
            ("65535.65535.65535", "65535.65535.65535.65535"),
        ] {
            let (number, fallback) = FileVersion::of(&version(semver));
            assert_eq!(
                (number.to_string().as_str(), fallback),
                (windows, None),
                "{semver}"
            );
        }
    }

    #[test]
    fn the_fallback_is_the_nearest_number_and_flagged() {
        let shape = |pre: &str| Fallback::Shape(pre.to_owned());
        let number = |pre: &str| Fallback::Number(pre.to_owned());
        let high = |field, value| Fallback::TooHigh { field, value };
        for (semver, windows, why) in [
            (
                "1.0.0-nightly.20260212.gabcdef1",
                "1.0.0.39999",
                shape("nightly.20260212.gabcdef1"),
            ),
            (
                "1.0.0-nightly.20260212",
                "1.0.0.39999",
                number("nightly.20260212"),
            ),
            ("1.2.3-20240101", "1.2.3.9999", number("20240101")),
            ("1.2.3-9999", "1.2.3.9999", number("9999")),
            ("1.0.0-rc.1.2", "1.0.0.40002", shape("rc.1.2")),
            ("1.0.0-rc.x.1", "1.0.0.49999", shape("rc.x.1")),
            ("1.0.0-rc.1a", "1.0.0.49999", shape("rc.1a")),
            ("1.0.0-x1y", "1.0.0.59999", shape("x1y")),
            ("1.0.0--", "1.0.0.9999", shape("-")),
            (
                "1.0.0-0.20260102030405-abcdef123456",
                "1.0.0.1",
                shape("0.20260102030405-abcdef123456"),
            ),
            (
                "1.0.0-dev.g1a2b3c4.dirty",
                "1.0.0.39999",
                shape("dev.g1a2b3c4.dirty"),
            ),
            (
                "1.0.0-dev.5.g1a2b3c4",
                "1.0.0.30006",
                shape("dev.5.g1a2b3c4"),
            ),
            (
                "1.0.0-rc.1.dev.2.g1a2b3c4",
                "1.0.0.40002",
                shape("rc.1.dev.2.g1a2b3c4"),
            ),
            (
                "1.0.0-beta.99999999999999999999",
                "1.0.0.29999",
                number("beta.99999999999999999999"),
            ),
            (
                "70000.1.2",
                "65535.65535.65535.65535",
                high("major", 70_000),
            ),
            (
                "1.70000.0-rc.1",
                "1.65535.65535.65535",
                high("minor", 70_000),
            ),
            ("1.2.20260212", "1.2.65535.65535", high("patch", 20_260_212)),
        ] {
            let (number, fallback) = FileVersion::of(&version(semver));
            assert_eq!(
                (number.to_string().as_str(), fallback),
                (windows, Some(why)),
                "{semver}"
            );
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
            let [a, b] = [version(pair[0]), version(pair[1])];
            assert!(a < b, "{pair:?} is not SemVer's order");
            assert!(FileVersion::of(&a).0 < FileVersion::of(&b).0, "{pair:?}");
        }
    }

    #[test]
    fn what_windows_installer_does_not_take_names_the_key() {
        let template = |text: &str| {
            let hint = ProductVersion::of(&version(text)).expect_err(text).hint();
            hint.rsplit_once("such as ")
                .expect("an example")
                .1
                .to_owned()
        };
        let refused = ProductVersion::of(&version("2026.8.1")).expect_err("over 255");
        assert_eq!(
            refused.to_string(),
            "version `2026.8.1` is not a Windows Installer version: major 2026 is over 255"
        );
        for (text, example) in [
            ("2026.8.1", "`{{ major - 2000 }}.{{ minor }}.{{ patch }}`"),
            (
                "2026.1129.0",
                "`{{ major - 2000 }}.{{ minor // 100 }}.{{ minor % 100 }}`",
            ),
            (
                "1.256.0",
                "`{{ major }}.{{ minor // 256 }}.{{ minor % 256 }}`",
            ),
        ] {
            assert_eq!(template(text), example);
        }
        assert!(ProductVersion::of(&version("1.0.65536")).is_err());
        let highest = ProductVersion::of(&version("255.255.65535")).expect("fits");
        assert_eq!(highest.to_string(), "255.255.65535");
    }

    #[test]
    fn reads_what_it_writes() {
        let written = FileVersion::from([1, 2, 3, 4]);
        assert_eq!(FileVersion::parse(&written.to_string()), Some(written));
        assert_eq!(
            FileVersion::parse("1.2"),
            Some(FileVersion::from([1, 2, 0, 0]))
        );
        for wrong in ["", "1.2.3.4.5", "1.x", "70000", "1..2", "-1", "+1", " 1"] {
            assert_eq!(FileVersion::parse(wrong), None, "{wrong}");
        }
        let product = ProductVersion::parse("26.11.29").expect("a product version");
        assert_eq!(product.to_string(), "26.11.29");
        for wrong in [
            "",
            "1.2",
            "1.2.3.4",
            "256.0.0",
            "0.256.0",
            "0.0.65536",
            "1.2.x",
            "1.2.+3",
            "v1.2.3",
        ] {
            assert_eq!(ProductVersion::parse(wrong), None, "{wrong}");
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
            let windows = FileVersion::of(&a).0.cmp(&FileVersion::of(&b).0);
            prop_assert_eq!(a.cmp_precedence(&b), windows);
        }

        /// Any version gives four numbers, and those of a higher version with the usual labels are never lower, also
        /// where the fallback is used.
        #[test]
        fn never_decreases(
            a in "(0|1|65535|65536|4294967296)\\.(0|1|70000)\\.(0|2|65536)(-(1|9998|20240101|alpha|beta|rc)(\\.(0|5|9998|9999|20260212))?(\\.(2|gab|x-1))?)?(\\+m)?",
            b in "(0|1|65535|65536|4294967296)\\.(0|1|70000)\\.(0|2|65536)(-(1|9998|20240101|alpha|beta|rc)(\\.(0|5|9998|9999|20260212))?(\\.(2|gab|x-1))?)?(\\+m)?",
        ) {
            let (a, b) = (version(&a), version(&b));
            let (low, high) = if a.cmp_precedence(&b).is_le() { (a, b) } else { (b, a) };
            prop_assert!(FileVersion::of(&low).0 <= FileVersion::of(&high).0, "{} {}", low, high);
        }
    }
}
