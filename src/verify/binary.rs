//! An executable: its format and architecture are the target's, and what the go tool put into it agrees with the
//! release.

use std::path::Path;

use super::{Finding, Options, authenticode};
use crate::format::buildinfo::{self, BuildInfo, Reason};
use crate::format::executable::{self, Container};
use crate::step::metadata::{Artifact, ArtifactsFile, BinaryRecord};
use crate::target::{Target, UNIVERSAL, VariantKind};

pub(super) fn check(
    path: &Path,
    name: &str,
    record: &BinaryRecord,
    artifact: &Artifact,
    release: &ArtifactsFile,
    options: &Options,
) -> Vec<Finding> {
    let Some(target) = artifact.target.as_deref().and_then(Target::parse) else {
        return Vec::new();
    };
    let mut messages = format(path, &target);
    match buildinfo::read_slices(path) {
        Ok(slices) => {
            for slice in slices {
                messages.extend(build_info(&slice.info, &target, record, release));
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
    findings.extend(authenticode::check(
        path,
        name,
        record.authenticode.as_ref(),
        options,
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

fn build_info(
    info: &BuildInfo,
    target: &Target,
    record: &BinaryRecord,
    release: &ArtifactsFile,
) -> Vec<String> {
    let mut promises: Vec<(&str, Option<String>, Option<String>)> = vec![
        (
            "GOOS",
            info.setting("GOOS").map(str::to_owned),
            Some(target.goos.clone()),
        ),
        (
            "CGO_ENABLED",
            info.setting("CGO_ENABLED").map(str::to_owned),
            record.build.env.get("CGO_ENABLED").cloned(),
        ),
        (
            "the Go version",
            Some(info.go_version.clone()),
            record.go_version.clone(),
        ),
        (
            "the package",
            Some(info.path.clone()),
            Some(record.build.package.clone()),
        ),
    ];
    if !target.is_universal() {
        promises.push((
            "GOARCH",
            info.setting("GOARCH").map(str::to_owned),
            Some(target.goarch.clone()),
        ));
    }
    if let (Some(kind), Some(variant)) = (VariantKind::of(&target.goarch), &target.variant) {
        promises.push((
            kind.variable,
            info.setting(kind.variable).map(str::to_owned),
            Some(variant.clone()),
        ));
    }
    let trimmed = record.build.flags.iter().any(|flag| flag == "-trimpath");
    promises.push((
        "-trimpath",
        info.setting("-trimpath").map(str::to_owned),
        trimmed.then(|| "true".to_owned()),
    ));
    let tags = record
        .build
        .flags
        .iter()
        .find_map(|flag| flag.strip_prefix("-tags="))
        .map(str::to_owned);
    promises.push(("-tags", info.setting("-tags").map(str::to_owned), tags));
    if let (Some(revision), Some(commit)) = (info.setting("vcs.revision"), &release.release.commit)
    {
        promises.push((
            "the commit",
            Some(revision.to_owned()),
            Some(commit.hash.clone()),
        ));
    }
    promises
        .into_iter()
        .filter(|(_, found, promised)| found != promised)
        .map(|(what, found, promised)| {
            let word = |value: Option<String>| {
                value
                    .filter(|value| !value.is_empty())
                    .unwrap_or_else(|| "nothing".to_owned())
            };
            format!("{what} in it is {}, not {}", word(found), word(promised))
        })
        .collect()
}
