//! An executable: its format and architecture are the target's, and what the go tool put into it agrees with the
//! release.

use std::path::Path;

use super::{Finding, authenticode};
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
) -> Vec<Finding> {
    let Some(target) = artifact.target.as_deref().and_then(Target::parse) else {
        return vec![Finding::new(name, "is an executable without a target")];
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

/// What is in the executable, and what should be.
type Promise<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

fn build_info(
    info: &BuildInfo,
    target: &Target,
    record: &BinaryRecord,
    release: &ArtifactsFile,
) -> Vec<String> {
    let word = |value: Option<&str>| {
        let value = value.filter(|value| !value.is_empty());
        value.unwrap_or("nothing").to_owned()
    };
    let (record, target) = (of_record(info, record), of_target(info, target));
    let commit = release.release.commit.as_ref();
    let revision = info.setting("vcs.revision").zip(commit);
    let commit = revision.map(|(found, commit)| ("the commit", Some(found), Some(&*commit.hash)));
    target
        .into_iter()
        .chain(record)
        .chain(commit)
        .filter(|(_, found, promised)| found != promised)
        .map(|(what, found, promised)| {
            format!("{what} in it is {}, not {}", word(found), word(promised))
        })
        .collect()
}

/// That it was compiled for the target.
fn of_target<'a>(info: &'a BuildInfo, target: &'a Target) -> Vec<Promise<'a>> {
    let promise = |name: &'a str, value: &'a str| (name, info.setting(name), Some(value));
    let mut promises = vec![promise("GOOS", &target.goos)];
    if !target.is_universal() {
        promises.push(promise("GOARCH", &target.goarch));
    }
    if let (Some(kind), Some(variant)) = (VariantKind::of(&target.goarch), &target.variant) {
        promises.push(promise(kind.variable, variant));
    }
    promises
}

/// That it was compiled as recorded.
fn of_record<'a>(info: &'a BuildInfo, record: &'a BinaryRecord) -> Vec<Promise<'a>> {
    let build = &record.build;
    let cgo = build.env.get("CGO_ENABLED").map(String::as_str);
    let trimmed = build.flags.iter().any(|flag| flag == "-trimpath");
    let mut flags = build.flags.iter();
    let tags = flags.find_map(|flag| flag.strip_prefix("-tags="));
    vec![
        ("CGO_ENABLED", info.setting("CGO_ENABLED"), cgo),
        (
            "the Go version",
            Some(&info.go_version),
            record.go_version.as_deref(),
        ),
        ("the package", Some(&info.path), Some(&build.package)),
        (
            "-trimpath",
            info.setting("-trimpath"),
            trimmed.then_some("true"),
        ),
        ("-tags", info.setting("-tags"), tags),
    ]
}
