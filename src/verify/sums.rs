//! The checksum files against the files beside them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::Finding;
use crate::error::Failure;
use crate::format::output::{self, Digests};
use crate::step::metadata::{ArtifactsFile, FILE_NAME};

/// Every line is right, and every artifact has one.
pub(super) fn check(folder: &Path, release: &ArtifactsFile) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    for name in &release.checksums {
        let path = folder.join(name);
        // That it is missing is said elsewhere.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let (lines, broken) = parse(&text);
        findings.extend(broken.into_iter().map(|line| {
            Finding::new(name, format!("has the line `{line}`, which is no checksum"))
        }));
        findings.extend(compare(folder, name, &lines));
        let artifacts = release
            .artifacts
            .iter()
            .map(|artifact| artifact.name.as_str());
        for promised in artifacts.chain([FILE_NAME]) {
            if !lines.contains_key(promised) {
                findings.push(Finding::new(name, format!("has no line for `{promised}`")));
            }
        }
    }
    Ok(findings)
}

/// Name → hash, and the lines that are neither.
pub(super) fn parse(text: &str) -> (BTreeMap<String, String>, Vec<String>) {
    let mut lines = BTreeMap::new();
    let mut broken = Vec::new();
    for line in text.lines() {
        match line.split_once("  ").or_else(|| line.split_once(" *")) {
            Some((hash, name))
                if !hash.is_empty() && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
            {
                lines.insert(name.to_owned(), hash.to_lowercase());
            }
            _ => broken.push(line.to_owned()),
        }
    }
    (lines, broken)
}

pub(super) fn compare(folder: &Path, sums: &str, lines: &BTreeMap<String, String>) -> Vec<Finding> {
    let long = sums.starts_with("SHA512");
    let digests = if long {
        Digests::Sha256AndSha512
    } else {
        Digests::Sha256
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
        match output::measure(&folder.join(name), digests) {
            Err(_) => findings.push(Finding::new(
                sums,
                format!("names `{name}`, which cannot be read"),
            )),
            Ok(now) => {
                let hash = if long {
                    now.sha512.unwrap_or_default()
                } else {
                    now.sha256
                };
                if hash != *promised {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_sha256sum_writes_them() {
        let (lines, broken) = parse("AB12  a b.zip\ncd  *x\nnonsense\n");
        assert_eq!(lines["a b.zip"], "ab12");
        assert_eq!(lines["*x"], "cd");
        assert_eq!(broken, ["nonsense"]);
    }
}
