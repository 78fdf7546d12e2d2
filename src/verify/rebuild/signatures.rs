//! The signatures of a release, taken out of its files so that a rebuild can use them.
//!
//! Layout: `inside/<Authenticode digest>` are signed files as they ship, `beside/<name>` are detached signatures.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::error::Failure;
use crate::format::authenticode::inspect;
use crate::format::input;
use crate::format::output::hex;
use crate::plan::ArtifactKind;
use crate::step::metadata::ArtifactsFile;
use crate::trust::sign::shipped::{BESIDE, INSIDE};
use crate::verify::members::visit;

/// Takes them out of every file of the release.
pub(super) fn collect(dist: &Path, release: &ArtifactsFile, folder: &Path) -> Result<(), Failure> {
    for name in [INSIDE, BESIDE] {
        let made = folder.join(name);
        fs::create_dir_all(&made).map_err(|error| Failure::io("make", &made, &error))?;
    }
    for artifact in &release.artifacts {
        let path = dist.join(&artifact.name);
        match artifact.kind {
            ArtifactKind::Archive => inside(&path, folder)?,
            ArtifactKind::Msi => {
                inside(&path, folder)?;
                keep(&path, folder)?;
            }
            ArtifactKind::Binary | ArtifactKind::Deployment => keep(&path, folder)?,
            ArtifactKind::Signature => beside(&path, &artifact.name, folder)?,
            ArtifactKind::InstallerSource
            | ArtifactKind::Sbom
            | ArtifactKind::Provenance
            | ArtifactKind::Report
            | ArtifactKind::Metadata
            | ArtifactKind::Checksums => {}
        }
    }
    let signs_sums = |name: &str| {
        release
            .checksums
            .iter()
            .any(|sums| name.starts_with(&format!("{sums}.")))
    };
    let entries = fs::read_dir(dist).map_err(|error| Failure::io("list", dist, &error))?;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if signs_sums(&name) {
            beside(&entry.path(), &name, folder)?;
        }
    }
    Ok(())
}

fn beside(path: &Path, name: &str, folder: &Path) -> Result<(), Failure> {
    let kept = folder.join(BESIDE).join(name);
    if let Some(parent) = kept.parent() {
        fs::create_dir_all(parent).map_err(|error| Failure::io("make", parent, &error))?;
    }
    copy(path, &kept)
}

/// Keeps a file that holds a signature.
fn keep(path: &Path, folder: &Path) -> Result<(), Failure> {
    let Some(found) = inspect(path)?.filter(|found| found.is_signed) else {
        return Ok(());
    };
    match found.digest {
        Some(digest) => copy(path, &folder.join(INSIDE).join(hex(&digest))),
        // A script in a code page: what is built again stays without a signature, and the comparison tells.
        None => Ok(()),
    }
}

/// Keeps the signed files in an archive or a package.
fn inside(path: &Path, folder: &Path) -> Result<(), Failure> {
    let scratch = folder.join("unpacked");
    let mut result = Ok(());
    let visited = visit(path, &mut |name, _, reader| {
        let extension = name.rsplit('.').next().unwrap_or_default().to_lowercase();
        if result.is_ok()
            && ["exe", "dll", "msi", "ps1", "psm1", "psd1"].contains(&extension.as_str())
        {
            let member = scratch.with_extension(&extension);
            result = write(reader, &member).and_then(|()| keep(&member, folder));
        }
    });
    visited.map_err(|error| Failure::io("unpack", path, &error))?;
    result
}

fn write(reader: &mut dyn io::Read, path: &Path) -> Result<(), Failure> {
    File::create(path)
        .and_then(|mut file| io::copy(reader, &mut file))
        .map(drop)
        .map_err(|error| Failure::io("write", path, &error))
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    input::copy(from, to)
        .map(drop)
        .map_err(|error| Failure::io("copy", from, &error))
}
