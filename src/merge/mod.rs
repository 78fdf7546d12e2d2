//! Joins the results of several runners, each of which built some of the targets, into one release.
//!
//! Every folder is verified first. They must come from the same commit, manifest, version and gorelease; a file that
//! is in two of them must be the same in both. What describes the whole (`artifacts.json`, checksums) is made anew, and
//! what is said about it (provenance, known vulnerabilities) is joined by [`statements`].
//!
//! Nothing is signed here: the signatures of the parts' checksums do not fit the joined ones, and are named.

mod statements;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::engine::set_mode;
use crate::error::{ExitCode, Failure};
use crate::format::checksums::{self, ChecksumAlgorithm};
use crate::format::input;
use crate::format::output::{self, Digests, FileError, Output};
use crate::plan::{ArtifactKind, is_published};
use crate::step::metadata::{Artifact, ArtifactsFile, FILE_NAME};
use crate::trust::sign::detached::SIGNATURE_EXTENSIONS;
use crate::verify::{Options, is_left_out, read_metadata, verify};

/// Joins the releases in `folders` into `target`, an empty folder, and returns the names of the checksums' signatures
/// that the parts had and the whole has not. Each part is verified with the keys in `options` first.
///
/// # Errors
/// When a part is not as promised, or does not belong to the others.
pub fn merge(
    folders: &[PathBuf],
    target: &Path,
    options: &Options,
) -> Result<BTreeSet<String>, Failure> {
    let mut joined: Option<ArtifactsFile> = None;
    let mut origin: BTreeMap<String, &Path> = BTreeMap::new();
    let mut parts: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let mut signatures = BTreeSet::new();
    for folder in folders {
        verify(folder, options)?
            .into_result()
            .map_err(|failure| Failure {
                message: format!("`{}`: {}", folder.display(), failure.message),
                ..failure
            })?;
        let release = read_metadata(folder)?;
        let whole = match &mut joined {
            None => joined.insert(ArtifactsFile {
                artifacts: Vec::new(),
                ..release.clone()
            }),
            Some(whole) => {
                same_release(whole, &release, &folders[0], folder)?;
                whole
            }
        };
        whole.selection.join(&release.selection);
        whole.tools.extend(release.tools);
        for artifact in release.artifacts {
            if statements::are_joined(artifact.kind) {
                let files = parts.entry(artifact.name.clone()).or_default();
                files.push(folder.join(&artifact.name));
                if files.len() == 1 {
                    whole.artifacts.push(artifact);
                }
            } else {
                add(whole, artifact, folder, &mut origin)?;
            }
        }
        signatures.extend(signatures_of_sums(folder, &whole.checksums));
    }
    let Some(mut whole) = joined else {
        return Err(Failure::new(ExitCode::Usage, "there is nothing to join"));
    };
    whole
        .artifacts
        .sort_by(|left, right| left.name.cmp(&right.name));
    for artifact in &whole.artifacts {
        let Some(folder) = origin.get(&artifact.name) else {
            continue;
        };
        if is_left_out(folder, &artifact.name) {
            continue;
        }
        let name = &artifact.name;
        copy(&folder.join(name), &target.join(name), artifact.kind)?;
    }
    statements::join(&mut whole, &parts, target)?;
    describe(&whole, target)?;
    Ok(signatures)
}

/// The signatures of checksum files in a folder.
fn signatures_of_sums(folder: &Path, checksums: &[String]) -> Vec<String> {
    let names = checksums
        .iter()
        .flat_map(|sums| SIGNATURE_EXTENSIONS.map(|extension| format!("{sums}.{extension}")));
    names.filter(|name| folder.join(name).exists()).collect()
}

/// Adds an artifact; the same file from two runners counts once.
fn add<'a>(
    whole: &mut ArtifactsFile,
    artifact: Artifact,
    folder: &'a Path,
    origin: &mut BTreeMap<String, &'a Path>,
) -> Result<(), Failure> {
    if let Some(earlier) = whole
        .artifacts
        .iter()
        .find(|earlier| earlier.name == artifact.name)
    {
        if *earlier == artifact {
            return Ok(());
        }
        let first = origin.get(&artifact.name).copied().unwrap_or(folder);
        let message = format!(
            "`{}` and `{}` each have another `{}`",
            first.display(),
            folder.display(),
            artifact.name
        );
        return Err(refuse(message, "build every target on one runner only"));
    }
    origin.insert(artifact.name.clone(), folder);
    whole.artifacts.push(artifact);
    Ok(())
}

fn same_release(
    one: &ArtifactsFile,
    other: &ArtifactsFile,
    first: &Path,
    second: &Path,
) -> Result<(), Failure> {
    let differs = |what: &str, left: &dyn std::fmt::Display, right: &dyn std::fmt::Display| {
        let places = format!("`{}` and `{}`", first.display(), second.display());
        Err(refuse(
            format!("{places} have different {what}: {left} and {right}"),
            "join only results of one commit and one manifest",
        ))
    };
    let commit = |file: &ArtifactsFile| {
        file.release
            .commit
            .as_ref()
            .map_or("none".to_owned(), |commit| commit.hash.clone())
    };
    if commit(one) != commit(other) {
        return differs("commits", &commit(one), &commit(other));
    }
    if one.release.manifest_sha256 != other.release.manifest_sha256 {
        return differs(
            "manifests",
            &one.release.manifest_sha256,
            &other.release.manifest_sha256,
        );
    }
    if one.release.version != other.release.version {
        return differs("versions", &one.release.version, &other.release.version);
    }
    if one.gorelease != other.gorelease {
        return differs("versions of gorelease", &one.gorelease, &other.gorelease);
    }
    if one.release != other.release {
        return differs(
            "releases",
            &"one",
            &"another; compare the head of their artifacts.json",
        );
    }
    if one.checksums != other.checksums {
        return differs(
            "checksum files",
            &one.checksums.join(", "),
            &other.checksums.join(", "),
        );
    }
    Ok(())
}

fn refuse(message: String, hint: &str) -> Failure {
    Failure::new(ExitCode::Verification, message).hint(hint)
}

fn copy(from: &Path, to: &Path, kind: ArtifactKind) -> Result<(), Failure> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(|error| Failure::io("make", parent, &error))?;
    }
    input::copy(from, to).map_err(|error| Failure::io("write", to, &error))?;
    let times = fs::metadata(from).and_then(|metadata| metadata.modified());
    let kept = times.and_then(|time| {
        fs::File::options()
            .append(true)
            .open(to)?
            .set_modified(time)
    });
    kept.map_err(|error| Failure::io("set the time of", to, &error))?;
    // Modes get lost on the way here, such as in the artifacts of a GitHub workflow.
    set_mode(to, kind)
}

/// `artifacts.json` and the checksum files of the whole.
fn describe(whole: &ArtifactsFile, target: &Path) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(whole)
        .map_err(|error| Failure::failed(format!("could not describe the release: {error}")))?;
    write(&target.join(FILE_NAME), &(json + "\n"))?;
    for name in &whole.checksums {
        let algorithm = ChecksumAlgorithm::of_file(name).ok_or_else(|| {
            refuse(
                format!("`{name}` is no checksum file that gorelease knows"),
                "use the gorelease that made it",
            )
        })?;
        let mut names: Vec<&str> = whole
            .artifacts
            .iter()
            .map(|artifact| artifact.name.as_str())
            .filter(|name| is_published(name))
            .collect();
        names.push(FILE_NAME);
        names.sort_unstable();
        let mut text = String::new();
        for file in names {
            let now = output::measure(&target.join(file), algorithm.digests())?;
            let hash = algorithm.hash(&now).unwrap_or_default();
            checksums::add_line(&mut text, hash, file);
        }
        write(&target.join(name), &text)?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let mut output = Output::create(path, Digests::Sha256)?;
    output
        .write_all(text.as_bytes())
        .map_err(FileError::on("write", path))?;
    output.finish()?;
    Ok(())
}
