//! The version resource of an executable for Windows: the numbers that follow from the release's version, and the
//! version itself as text, in every language.

use std::path::Path;

use semver::Version;

use crate::format::pe::version::{self, VersionInfo};
use crate::plan::{Release, ReleaseKind};
use crate::step::metadata::{ArtifactsFile, BinaryRecord};
use crate::version::windows::FileVersion;

/// What is wrong; nothing when no version was promised.
pub(super) fn check(path: &Path, record: &BinaryRecord, release: &ArtifactsFile) -> Vec<String> {
    let Some(recorded) = &record.file_version else {
        return Vec::new();
    };
    let info = match version::read(path) {
        Ok(Some(info)) => info,
        Ok(None) => return vec![format!("has no version resource, not {recorded}")],
        Err(error) => return vec![error.to_string()],
    };
    let found = info.file_version_text();
    let mut messages = Vec::new();
    if found != *recorded {
        messages.push(format!("its file version is {found}, not {recorded}"));
    }
    messages.extend(against_release(&info, &release.release));
    messages
}

fn against_release(info: &VersionInfo, release: &Release) -> Vec<String> {
    let Ok(version) = Version::parse(&release.version) else {
        return vec![format!(
            "the release's version `{}` is none",
            release.version
        )];
    };
    let expected = match release.kind {
        ReleaseKind::Release => FileVersion::of_release(&version),
        ReleaseKind::Snapshot => FileVersion::of_snapshot(&version),
    };
    let found = info.file_version_text();
    let mut messages = Vec::new();
    match expected {
        Ok(expected) if expected.to_string() == found => {}
        Ok(expected) => messages.push(format!(
            "its file version is {found}, not {expected} as of version {version}"
        )),
        Err(error) => messages.push(error.to_string()),
    }
    for strings in &info.strings {
        let text = strings.get("ProductVersion").unwrap_or("nothing");
        if text != release.version {
            messages.push(format!(
                "its product version is {text}, not {}",
                release.version
            ));
        }
    }
    messages.dedup();
    messages
}
