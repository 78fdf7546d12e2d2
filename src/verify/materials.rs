//! Bills of materials against the executables that they describe.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Finding;
use super::members::unpack;
use crate::format::buildinfo::{self, Module};
use crate::format::input;
use crate::plan::ArtifactKind;
use crate::step::metadata::{Artifact, ArtifactsFile, BinaryRecord};

/// What a document says: the executable's digest, and the modules with their versions.
#[derive(Debug, PartialEq, Eq)]
struct Document {
    sha256: String,
    modules: BTreeSet<String>,
}

/// Every bill of materials describes an executable of the release, and names the modules that it was made from.
pub(super) fn check(folder: &Path, release: &ArtifactsFile) -> Vec<Finding> {
    let mut contents: BTreeMap<String, Result<BTreeSet<String>, String>> = BTreeMap::new();
    let mut findings = Vec::new();
    for artifact in release
        .artifacts
        .iter()
        .filter(|artifact| artifact.kind == ArtifactKind::Sbom)
    {
        let finding = |message: String| Finding::new(&artifact.name, message);
        let text = match input::read_description(&folder.join(&artifact.name)) {
            Ok(text) => text,
            // Said elsewhere.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                findings.push(finding(format!("cannot be read: {error}")));
                continue;
            }
        };
        let Some(document) = read(&text) else {
            findings.push(finding("is no bill of materials".to_owned()));
            continue;
        };
        let Some((holder, record)) =
            executable(release, &document.sha256, artifact.target.as_deref())
        else {
            findings.push(finding(
                "describes an executable that is not in the release".to_owned(),
            ));
            continue;
        };
        let found = contents
            .entry(document.sha256.clone())
            .or_insert_with(|| modules_of(&folder.join(&holder.name), holder, record));
        match found {
            Err(why) => findings.push(finding(format!(
                "cannot be compared with `{}`: {why}",
                holder.name
            ))),
            Ok(found) => {
                findings.extend(compare(found, &document.modules).into_iter().map(finding))
            }
        }
    }
    findings
}

fn compare(found: &BTreeSet<String>, listed: &BTreeSet<String>) -> Vec<String> {
    let missing = found
        .difference(listed)
        .map(|module| format!("does not list `{module}`, which is in the executable"));
    let invented = listed
        .difference(found)
        .map(|module| format!("lists `{module}`, which is not in the executable"));
    missing.chain(invented).collect()
}

/// The executable with this digest, and the artifact that holds it; a Windows Installer package, which takes longest to
/// unpack, only when nothing else does.
fn executable<'a>(
    release: &'a ArtifactsFile,
    sha256: &str,
    target: Option<&str>,
) -> Option<(&'a Artifact, &'a BinaryRecord)> {
    let holders = |wanted: &[ArtifactKind]| {
        release
            .artifacts
            .iter()
            .filter(|artifact| {
                artifact.target.as_deref() == target && wanted.contains(&artifact.kind)
            })
            .find_map(|artifact| {
                let record = artifact
                    .binaries
                    .iter()
                    .find(|record| record.sha256 == sha256)?;
                Some((artifact, record))
            })
    };
    holders(&[ArtifactKind::Archive, ArtifactKind::Binary])
        .or_else(|| holders(&[ArtifactKind::Msi]))
}

/// The modules in an executable, which may be packed.
fn modules_of(
    path: &Path,
    artifact: &Artifact,
    record: &BinaryRecord,
) -> Result<BTreeSet<String>, String> {
    let unpacked = match artifact.kind {
        ArtifactKind::Archive | ArtifactKind::Msi => {
            let file =
                unpack(path, &record.path, record.size).map_err(|error| error.to_string())?;
            Some(file.ok_or_else(|| format!("it does not hold `{}`", record.path))?)
        }
        _ => None,
    };
    let executable = unpacked
        .as_ref()
        .map_or_else(|| PathBuf::from(path), |file| file.path().to_owned());
    let info = buildinfo::read_combined(&executable).map_err(|error| error.reason.to_string())?;
    Ok(info.deps.iter().map(named).collect())
}

/// As the documents name it: a module from a folder has no version.
fn named(module: &Module) -> String {
    let source = module.effective();
    if source.is_from_folder() {
        module.path.clone()
    } else {
        format!("{} {}", source.path, source.version)
    }
}

/// Reads CycloneDX or SPDX, whichever it is.
fn read(text: &[u8]) -> Option<Document> {
    let json: Value = serde_json::from_slice(text).ok()?;
    if json["bomFormat"] == "CycloneDX" {
        cyclonedx(&json)
    } else {
        spdx(&json)
    }
}

fn cyclonedx(json: &Value) -> Option<Document> {
    let hashes = json["metadata"]["component"]["hashes"].as_array()?;
    let sha256 = hashes.iter().find(|hash| hash["alg"] == "SHA-256")?["content"].as_str()?;
    let modules = json["components"]
        .as_array()?
        .iter()
        .map(|component| module(component, "name", "version"));
    Some(Document {
        sha256: sha256.to_owned(),
        modules: modules
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .flatten()
            .collect(),
    })
}

fn spdx(json: &Value) -> Option<Document> {
    let mut packages = json["packages"].as_array()?.iter();
    let executable = packages.find(|package| package["primaryPackagePurpose"] == "APPLICATION")?;
    let checksums = executable["checksums"].as_array()?;
    let sha256 = checksums
        .iter()
        .find(|checksum| checksum["algorithm"] == "SHA256")?["checksumValue"]
        .as_str()?;
    let modules = json["packages"]
        .as_array()?
        .iter()
        .filter(|package| package["primaryPackagePurpose"] == "LIBRARY")
        .map(|package| module(package, "name", "versionInfo"));
    Some(Document {
        sha256: sha256.to_owned(),
        modules: modules
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .flatten()
            .collect(),
    })
}

/// A module's name and version; the outer `None` for a damaged entry, the inner for the standard library, which is no
/// module.
fn module(entry: &Value, name: &str, version: &str) -> Option<Option<String>> {
    let name = entry[name].as_str()?;
    if name == "stdlib" {
        return Some(None);
    }
    Some(Some(match entry[version].as_str() {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::buildinfo::BuildInfo;
    use crate::trust::licence::Places;
    use crate::trust::sbom::{Inventory, Origin, Subject, cyclonedx, spdx};

    #[test]
    fn both_formats_are_read_back() {
        let deps = [
            ("example.com/a", "v1.0.0"),
            ("example.com/folder", "(devel)"),
        ];
        let info = BuildInfo {
            go_version: "go1.26.1".into(),
            deps: deps
                .map(|(path, version)| Module {
                    path: path.into(),
                    version: version.into(),
                    ..Module::default()
                })
                .to_vec(),
            ..BuildInfo::default()
        };
        let subject = Subject {
            file_name: "orders".into(),
            sha256: "ab".repeat(32),
            version: None,
        };
        let inventory = Inventory::gather(subject, &info, &Places::default()).unwrap();
        let origin = Origin {
            created: "2026-03-04T05:06:07Z".parse().unwrap(),
            tool_version: "0".into(),
            manufacturer: None,
        };
        let expected = Document {
            sha256: "ab".repeat(32),
            modules: ["example.com/a v1.0.0", "example.com/folder"]
                .map(str::to_owned)
                .into(),
        };
        assert_eq!(
            read(&serde_json::to_vec(&cyclonedx::document(&inventory, &origin)).unwrap()).unwrap(),
            expected
        );
        assert_eq!(
            read(&serde_json::to_vec(&spdx::document(&inventory, &origin)).unwrap()).unwrap(),
            expected
        );
        assert_eq!(read(b"{}"), None);
        assert_eq!(
            info.deps.iter().map(named).collect::<BTreeSet<_>>(),
            expected.modules
        );
    }
}
