//! Two releases, file by file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{explain, provenance, values};
use crate::error::Failure;
use crate::format::guarded::guarded;
use crate::format::output::{self, Digests};
use crate::plan::{ArtifactKind, VULNERABILITIES_NAME};
use crate::project::tools::ToolVersion;
use crate::step::metadata::{Artifact, ArtifactsFile, FILE_NAME};
use crate::verify::{Finding, is_left_out, read_metadata};

/// Everything in which the rebuilt release differs from the shipped one, explained.
pub(super) fn releases(
    shipped: &Path,
    rebuilt: &Path,
    release: &ArtifactsFile,
) -> Result<Vec<Finding>, Failure> {
    let again = read_metadata(rebuilt)?;
    let mut findings = Vec::new();
    // What there should be, and of which kind, is what the commit makes; the shipped list may leave files out.
    for again in &again.artifacts {
        match named(release, &again.name) {
            None => findings.push(Finding::new(
                &again.name,
                "is made by the commit, and not in the release",
            )),
            Some(_) if is_left_out(shipped, &again.name) => {}
            Some(artifact) => findings.extend(files((shipped, artifact), (rebuilt, again))?),
        }
    }
    let foreign = release.artifacts.iter().filter(|artifact| {
        named(&again, &artifact.name).is_none() && artifact.name != VULNERABILITIES_NAME
    });
    findings
        .extend(foreign.map(|artifact| Finding::new(&artifact.name, "is not made by the commit")));
    findings.extend(metadata(shipped, rebuilt)?);
    findings.extend(tools(&release.tools, &again.tools));
    Ok(findings)
}

/// Programs that were called both times, in another version. Those that sign or look for vulnerabilities are not
/// called again.
fn tools(shipped: &BTreeSet<ToolVersion>, rebuilt: &BTreeSet<ToolVersion>) -> Vec<Finding> {
    let of = |list: &BTreeSet<ToolVersion>, name: &str| {
        let versions = list.iter().filter(|tool| tool.name == name);
        let versions: Vec<&str> = versions.map(|tool| tool.version.as_str()).collect();
        versions.join(" and ")
    };
    rebuilt
        .iter()
        .filter(|here| shipped.iter().any(|tool| tool.name == here.name) && !shipped.contains(here))
        .map(|ToolVersion { name, version }| {
            let before = of(shipped, name);
            Finding::new(
                FILE_NAME,
                format!("made with {name} {before}, here is {version}"),
            )
        })
        .collect()
}

/// The artifact of this name. What was known of vulnerabilities on that day does not follow from the commit, and is not made
/// again.
fn named<'a>(release: &'a ArtifactsFile, name: &str) -> Option<&'a Artifact> {
    release
        .artifacts
        .iter()
        .find(|artifact| artifact.name == name)
}

/// Two files of one name, and what `artifacts.json` tells of them.
fn files(
    shipped: (&Path, &Artifact),
    rebuilt: (&Path, &Artifact),
) -> Result<Vec<Finding>, Failure> {
    let name = &shipped.1.name;
    let (left, right) = (shipped.0.join(name), rebuilt.0.join(name));
    let finding = |reason: String| Finding::new(name, reason);
    if rebuilt.1.kind == ArtifactKind::Provenance {
        let reasons = provenance::compare(&left, &right)?;
        return Ok(reasons.into_iter().map(finding).collect());
    }
    if output::measure_regular(&left, Digests::Sha256)?.sha256 != rebuilt.1.sha256 {
        let reasons = guarded(|| explain::difference(&left, &right, rebuilt.1.kind))
            .unwrap_or_else(|why| vec![format!("differs, and cannot be explained: {why}")]);
        return Ok(reasons.into_iter().map(finding).collect());
    }
    let record = |artifact: &Artifact| {
        serde_json::to_value(artifact)
            .map(|value| values::flattened(&value))
            .map_err(|error| Failure::failed(format!("could not compare `{name}`: {error}")))
    };
    let reasons = values::differences(&record(shipped.1)?, &record(rebuilt.1)?);
    let told = |reason| Finding::new(FILE_NAME, format!("`{name}`: {reason}"));
    Ok(reasons.into_iter().map(told).collect())
}

/// `artifacts.json`, but for what it tells of each file, of tools, and of what was asked for.
fn metadata(shipped: &Path, rebuilt: &Path) -> Result<Vec<Finding>, Failure> {
    let read = |folder: &Path| -> Result<BTreeMap<String, String>, Failure> {
        let mut values = values::flattened(&values::read(&folder.join(FILE_NAME))?);
        let others = ["artifacts[", "tools[", "selection."];
        values.retain(|name, _| !others.iter().any(|other| name.starts_with(other)));
        Ok(values)
    };
    let reasons = values::differences(&read(shipped)?, &read(rebuilt)?);
    let finding = |reason| Finding::new(FILE_NAME, reason);
    Ok(reasons.into_iter().map(finding).collect())
}
