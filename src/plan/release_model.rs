//! What is released: name, version and where it comes from, commit, and what the command line limited it to.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

use super::world::Skip;
use crate::version::windows::{Fallback, FileVersion};

/// What the command line limited a release to, besides its targets: needed to make the same release again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Selection {
    /// The manifest of `--manifest`, from the repository's root, with `/`; none when it was not given, or lies outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// The binaries of `--binary`; empty for all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub binaries: BTreeSet<String>,
    /// The results that `--skip` left out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skip: BTreeSet<Skip>,
}

impl Selection {
    /// Whether nothing was limited.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What both together are limited to.
    pub fn join(&mut self, other: &Self) {
        if self.binaries.is_empty() || other.binaries.is_empty() {
            self.binaries.clear();
        } else {
            self.binaries.extend(other.binaries.iter().cloned());
        }
        self.skip.retain(|skip| other.skip.contains(skip));
    }
}

/// What is released, and from what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Release {
    /// The name that file names are derived from.
    pub name: String,
    /// The name that people read.
    pub title: String,
    /// Who makes it.
    pub manufacturer: String,
    /// What it does.
    pub description: String,
    /// Its page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// The SPDX expression of its licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// The main module's path; none for a project without Go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// The semantic version.
    pub version: String,
    /// The version of executables for Windows, when `file-version` in `[windows]` sets it; none: as of the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub file_version: Option<FileVersion>,
    /// Whether it is a release (a clean, tagged tree) or a snapshot.
    pub kind: ReleaseKind,
    /// Why it is a snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot_reason: Option<String>,
    /// What the version was taken from.
    pub version_origin: VersionOrigin,
    /// The commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// The time of every file, in seconds since 1970 (the commit's, or SOURCE_DATE_EPOCH).
    pub timestamp: u64,
    /// The Go that builds it, such as `go1.26.8`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub go_version: Option<String>,
    /// SHA-256 of the manifest's text; of the empty text when there is none.
    pub manifest_sha256: String,
}

impl Release {
    /// The version of its executables for Windows: the one definition for `plan` and `verify`.
    ///
    /// # Errors
    /// For a version that is not semantic: only a received file has one.
    pub fn windows_file_version(&self) -> Result<FileVersion, semver::Error> {
        let of_version = || Ok(FileVersion::of(&Version::parse(&self.version)?).0);
        self.file_version.map_or_else(of_version, Ok)
    }

    /// Why its executables for Windows share their version with those of other releases; none for a snapshot, which is
    /// not for upgrading to.
    pub fn file_version_fallback(&self) -> Option<Fallback> {
        if self.kind == ReleaseKind::Snapshot || self.file_version.is_some() {
            return None;
        }
        FileVersion::of(&Version::parse(&self.version).ok()?).1
    }
}

/// Whether a release or a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReleaseKind {
    /// From a clean tree with the version's tag.
    Release,
    /// Anything else.
    Snapshot,
}

/// What a version was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VersionOrigin {
    /// The commit's tag.
    Tag,
    /// The nearest tag or the manifest's version, and the commit.
    Commit,
    /// `--version`, without a tag of that version.
    VersionOption,
    /// `--snapshot`.
    SnapshotOption,
}

/// The commit that is built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Commit {
    /// The whole hash.
    pub hash: String,
    /// The abbreviated hash.
    pub short: String,
    /// Its time, in seconds since 1970.
    pub time: i64,
    /// The branch, unless HEAD is detached. Not recorded: it is a property of the clone, not of the commit.
    #[serde(skip)]
    pub branch: Option<String>,
    /// The tag that gave the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Whether files differ from it.
    pub dirty: bool,
}
