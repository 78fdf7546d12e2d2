//! The version resource of an executable for Windows: the numbers that follow from the release's version, and the
//! version itself as text, in every language.

use std::path::Path;

use crate::format::pe::version::{self, VersionInfo};
use crate::plan::Release;
use crate::step::metadata::{ArtifactsFile, BinaryRecord};

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
    let version = &release.version;
    let expected = match release.windows_file_version() {
        Ok(expected) => expected,
        Err(error) => {
            return vec![format!(
                "invalid version `{version}` of the release: {error}"
            )];
        }
    };
    let found = info.file_version_text();
    let mut messages = Vec::new();
    if expected.to_string() != found {
        messages.push(format!(
            "its file version is {found}, not {expected} as of version {version}"
        ));
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
