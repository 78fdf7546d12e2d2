//! Bills of materials against the executables that they describe.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Finding;
use super::members::unpack;
use crate::format::buildinfo::{self, Module};
use crate::format::guarded::guarded;
use crate::format::input;
use crate::plan::ArtifactKind;
use crate::step::metadata::{Artifact, ArtifactsFile, BinaryRecord};
use crate::target::Target;

/// What a document says: the executable's digest, and the modules with their versions.
#[derive(Debug, PartialEq, Eq)]
struct Document {
    /// How its name ends.
    end: &'static str,
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
        if !is_called(&artifact.name, release, &document) {
            findings.push(finding(format!(
                "describes `{}`, which its name does not say",
                record.path
            )));
        }
        let found = contents.entry(document.sha256.clone()).or_insert_with(|| {
            guarded(|| modules_of(&folder.join(&holder.name), holder, record)).unwrap_or_else(Err)
        });
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
    findings.extend(missing(release));
    findings
}

/// The ends of the names of documents.
const ENDS: [&str; 2] = ["cdx.json", "spdx.json"];

/// The name of the document about an executable in this release.
fn name(release: &ArtifactsFile, record: &BinaryRecord, target: &str, end: &str) -> String {
    let version = &release.release.version;
    let slug = Target::parse(target).map_or_else(String::new, |target| target.slug());
    format!("{}_{version}_{slug}.{end}", record.name)
}

/// Every executable of the release, with its target.
fn executables(release: &ArtifactsFile) -> impl Iterator<Item = (&BinaryRecord, &str)> {
    release.artifacts.iter().flat_map(|artifact| {
        let target = artifact.target.as_deref().unwrap_or_default();
        artifact.binaries.iter().map(move |record| (record, target))
    })
}

/// Whether a document has the name of one about its executable, in its format.
fn is_called(called: &str, release: &ArtifactsFile, document: &Document) -> bool {
    executables(release)
        .filter(|(record, _)| record.sha256 == document.sha256)
        .any(|(record, target)| name(release, record, target, document.end) == called)
}

/// Executables without a document in a format in which others have one.
fn missing(release: &ArtifactsFile) -> Vec<Finding> {
    let documents: BTreeSet<&str> = release
        .artifacts
        .iter()
        .filter(|artifact| artifact.kind == ArtifactKind::Sbom)
        .map(|artifact| artifact.name.as_str())
        .collect();
    let ends = ENDS.into_iter().filter(|end| {
        let mut names = documents.iter();
        names.any(|name| name.ends_with(&format!(".{end}")))
    });
    let mut findings = Vec::new();
    for end in ends {
        let programs = executables(release).filter(|(record, _)| record.go_version.is_some());
        for (record, target) in programs {
            let name = name(release, record, target, end);
            if !documents.contains(name.as_str()) {
                findings.push(Finding::new(
                    name,
                    "is missing: others have a bill of materials",
                ));
            }
        }
    }
    findings
}

/// A document in a package beside its executable: the release has the same.
pub(super) fn companion(
    release: &ArtifactsFile,
    artifact: &Artifact,
    member: &str,
    sha256: &str,
) -> Option<String> {
    let target = artifact.target.as_deref()?;
    let beside = |record: &BinaryRecord, end: &str| format!("{}.{end}", record.path) == member;
    let (record, end) = artifact
        .binaries
        .iter()
        .flat_map(|record| ENDS.map(|end| (record, end)))
        .find(|(record, end)| beside(record, end))?;
    let name = name(release, record, target, end);
    match release.artifacts.iter().find(|other| other.name == name) {
        None => Some(format!(
            "is in the package, and the release has no `{name}`"
        )),
        Some(other) if other.sha256 != sha256 => Some(format!("is not the same as `{name}`")),
        Some(_) => None,
    }
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
        end: ENDS[0],
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
        end: ENDS[1],
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
        let expected = |end| Document {
            end,
            sha256: "ab".repeat(32),
            modules: ["example.com/a v1.0.0", "example.com/folder"]
                .map(str::to_owned)
                .into(),
        };
        assert_eq!(
            read(&serde_json::to_vec(&cyclonedx::document(&inventory, &origin)).unwrap()).unwrap(),
            expected("cdx.json")
        );
        assert_eq!(
            read(&serde_json::to_vec(&spdx::document(&inventory, &origin)).unwrap()).unwrap(),
            expected("spdx.json")
        );
        assert_eq!(read(b"{}"), None);
        assert_eq!(
            info.deps.iter().map(named).collect::<BTreeSet<_>>(),
            expected("").modules
        );
    }
}
