//! The checksum files against the files beside them.

use std::collections::BTreeMap;
use std::path::Path;

use super::Finding;
use crate::format::checksums::{self, ChecksumAlgorithm};
use crate::format::input;
use crate::format::output::{self, Written};
use crate::plan::is_published;
use crate::step::metadata::{ArtifactsFile, FILE_NAME};

/// What files were found to be, by name.
pub(super) type Measured = BTreeMap<String, Written>;

/// Every line is right, and every published artifact has one; `measured` saves reading a file twice.
pub(super) fn check(folder: &Path, release: &ArtifactsFile, measured: &Measured) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in &release.checksums {
        let path = folder.join(name);
        let text = match input::read_text(&path, input::LONGEST_DESCRIPTION) {
            Ok(text) => text,
            // Said elsewhere.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                findings.push(Finding::new(name, format!("cannot be read: {error}")));
                continue;
            }
        };
        let (lines, broken) = checksums::parse(&text);
        findings.extend(broken.into_iter().map(|line| {
            Finding::new(name, format!("has the line `{line}`, which is no checksum"))
        }));
        findings.extend(compare(folder, name, &lines, measured));
        let artifacts = release
            .artifacts
            .iter()
            .map(|artifact| artifact.name.as_str())
            .filter(|name| is_published(name));
        for promised in artifacts.chain([FILE_NAME]) {
            if !lines.contains_key(promised) {
                findings.push(Finding::new(name, format!("has no line for `{promised}`")));
            }
        }
    }
    findings
}

pub(super) fn compare(
    folder: &Path,
    sums: &str,
    lines: &BTreeMap<String, String>,
    measured: &Measured,
) -> Vec<Finding> {
    let Some(algorithm) = ChecksumAlgorithm::of_file(sums) else {
        return vec![Finding::new(sums, "is no checksum file that is known")];
    };
    let mut findings = Vec::new();
    for (name, promised) in lines {
        if crate::format::archive::check_name(name).is_err() {
            findings.push(Finding::new(
                sums,
                format!("names `{name}`, which leaves the folder"),
            ));
            continue;
        }
        let known = measured
            .get(name)
            .filter(|known| algorithm.hash(known).is_some());
        let now = match known {
            Some(known) => Ok(known.clone()),
            None => output::measure_regular(&folder.join(name), algorithm.digests()),
        };
        match now {
            Err(_) => findings.push(Finding::new(
                sums,
                format!("names `{name}`, which cannot be read"),
            )),
            Ok(now) => {
                if algorithm.hash(&now) != Some(promised) {
                    findings.push(Finding::new(
                        name,
                        format!("does not have the checksum in {sums}"),
                    ));
                }
            }
        }
    }
    findings
}
