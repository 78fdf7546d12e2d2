//! The checksum files against the files beside them.

use std::collections::BTreeMap;
use std::path::Path;

use super::Finding;
use super::anchor::{Anchor, Sums};
use crate::format::archive::check_windows_name;
use crate::format::output::{self, Written};

/// What files were found to be, by name.
pub(super) type Measured = BTreeMap<String, Written>;

/// Every line of every checksum file is right; `measured` saves reading a file twice.
pub(super) fn check(folder: &Path, anchor: &Anchor, measured: &Measured) -> Vec<Finding> {
    let compare = |sums| compare(folder, sums, measured);
    anchor.sums.iter().flat_map(compare).collect()
}

fn compare(folder: &Path, sums: &Sums, measured: &Measured) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, promised) in sums.lines.iter().flatten() {
        if let Err(error) = check_windows_name(name) {
            findings.push(Finding::new(sums.name(), error.to_string()));
            continue;
        }
        let known = measured
            .get(name)
            .filter(|known| sums.algorithm.hash(known).is_some());
        let now = match known {
            Some(known) => Ok(known.clone()),
            None => output::measure_regular(&folder.join(name), sums.algorithm.digests()),
        };
        match now {
            Err(_) => findings.push(Finding::new(
                sums.name(),
                format!("names `{name}`, which cannot be read"),
            )),
            Ok(now) => {
                if sums.algorithm.hash(&now) != Some(promised) {
                    findings.push(Finding::new(
                        name,
                        format!("does not have the checksum in {}", sums.name()),
                    ));
                }
            }
        }
    }
    findings
}

/// Files without a line in a checksum file that is there.
pub(super) fn uncovered<'a>(
    anchor: &Anchor,
    files: impl Iterator<Item = &'a str> + Clone,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for sums in &anchor.sums {
        // That it cannot be read was said.
        let Some(lines) = &sums.lines else { continue };
        let missing = files.clone().filter(|name| !lines.contains_key(*name));
        findings.extend(
            missing.map(|name| Finding::new(sums.name(), format!("has no line for `{name}`"))),
        );
    }
    findings
}
