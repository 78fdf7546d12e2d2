//! An executable: its format and architecture are the target's, and what the go tool put into it agrees with the
//! release.

use std::path::Path;

use super::{Finding, authenticode, build_info};
use crate::format::buildinfo::{self, Reason};
use crate::format::executable::{self, Container};
use crate::step::metadata::{Artifact, ArtifactsFile, BinaryRecord};
use crate::target::{Target, UNIVERSAL};

pub(super) fn check(
    path: &Path,
    name: &str,
    record: &BinaryRecord,
    artifact: &Artifact,
    release: &ArtifactsFile,
) -> Vec<Finding> {
    let Some(target) = artifact.target.as_deref().and_then(Target::parse) else {
        return vec![Finding::new(name, "is an executable without a target")];
    };
    let mut messages = format(path, &target);
    match buildinfo::read_slices(path) {
        Ok(slices) => {
            for slice in slices {
                messages.extend(build_info::check(&slice.info, &target, record, release));
            }
        }
        Err(error) if matches!(error.reason, Reason::NotGo) && record.go_version.is_none() => {}
        Err(error) => messages.push(format!(
            "its build information cannot be read: {}",
            error.reason
        )),
    }
    messages.extend(super::version_resource::check(path, record, release));
    let mut findings: Vec<Finding> = messages
        .into_iter()
        .map(|message| Finding::new(name, message))
        .collect();
    findings.extend(authenticode::as_recorded(
        path,
        name,
        record.authenticode.as_ref(),
    ));
    findings
}

/// Whether the file is what the system and processor of the target can run.
fn format(path: &Path, target: &Target) -> Vec<String> {
    let found = match executable::identify(path) {
        Ok(Some(found)) => found,
        Ok(None) => return vec!["is no executable".to_owned()],
        Err(error) => return vec![error.to_string()],
    };
    let wanted = match (target.goos.as_str(), target.goarch.as_str()) {
        ("windows", _) => Container::Pe,
        (_, UNIVERSAL) => Container::MachOUniversal,
        ("darwin" | "ios", _) => Container::MachO,
        ("js" | "wasip1", _) => Container::Wasm,
        ("aix", _) => Container::Xcoff,
        ("plan9", _) => Container::Plan9,
        _ => Container::Elf,
    };
    if found.container != wanted {
        return vec![format!("is {:?}, not {wanted:?}", found.container)];
    }
    let architectures: Vec<&str> = if target.is_universal() {
        vec!["amd64", "arm64"]
    } else {
        vec![target.goarch.as_str()]
    };
    architectures
        .iter()
        .filter(|goarch| !found.architectures.contains(goarch))
        .map(|goarch| format!("is not for {goarch}"))
        .collect()
}
