//! The signatures of a release, taken out of its files so that a rebuild can use them.
//!
//! Layout: `inside/<Authenticode digest>` and `scripts/<number>` are signed files as they ship, `beside/<name>` are
//! detached signatures.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::error::Failure;
use crate::format::archive::{self, Format};
use crate::format::authenticode::{Kind, inspect};
use crate::format::output::hex;
use crate::plan::ArtifactKind;
use crate::step::metadata::ArtifactsFile;
use crate::trust::sign::shipped::{BESIDE, INSIDE, SCRIPTS};

/// Takes them out of every file of the release.
pub(super) fn collect(dist: &Path, release: &ArtifactsFile, folder: &Path) -> Result<(), Failure> {
    for name in [INSIDE, SCRIPTS, BESIDE] {
        let made = folder.join(name);
        fs::create_dir_all(&made).map_err(|error| Failure::io("make", &made, &error))?;
    }
    for artifact in &release.artifacts {
        let path = dist.join(&artifact.name);
        match artifact.kind {
            ArtifactKind::Archive => from_archive(&path, folder)?,
            ArtifactKind::Binary | ArtifactKind::Msi | ArtifactKind::Deployment => {
                keep(&path, folder)?
            }
            ArtifactKind::Signature => beside(&path, folder)?,
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
        if signs_sums(&entry.file_name().to_string_lossy()) {
            beside(&entry.path(), folder)?;
        }
    }
    Ok(())
}

fn beside(path: &Path, folder: &Path) -> Result<(), Failure> {
    copy(
        path,
        &folder
            .join(BESIDE)
            .join(path.file_name().unwrap_or_default()),
    )
}

/// Keeps a file that holds a signature.
fn keep(path: &Path, folder: &Path) -> Result<(), Failure> {
    let Some(found) = inspect(path)?.filter(|found| found.is_signed) else {
        return Ok(());
    };
    match (found.kind, found.digest) {
        (_, Some(digest)) => copy(path, &folder.join(INSIDE).join(hex(&digest))),
        (Kind::Pe | Kind::Msi | Kind::Script, None) => {
            let scripts = folder.join(SCRIPTS);
            let number = fs::read_dir(&scripts).map_or(0, Iterator::count);
            copy(path, &scripts.join(number.to_string()))
        }
    }
}

fn from_archive(path: &Path, folder: &Path) -> Result<(), Failure> {
    let Some(format) = Format::of_path(path) else {
        return Ok(());
    };
    let scratch = folder.join("unpacked");
    let mut result = Ok(());
    let visited = archive::visit(path, format, &mut |name, _, reader| {
        let extension = name.rsplit('.').next().unwrap_or_default().to_lowercase();
        if result.is_ok()
            && ["exe", "dll", "msi", "ps1", "psm1", "psd1"].contains(&extension.as_str())
        {
            let member = scratch.with_extension(&extension);
            result = write(reader, &member).and_then(|()| keep(&member, folder));
        }
        Ok(())
    });
    visited.map_err(|error| {
        Failure::failed(format!("could not unpack `{}`: {error}", path.display()))
    })?;
    result
}

fn write(reader: &mut dyn io::Read, path: &Path) -> Result<(), Failure> {
    File::create(path)
        .and_then(|mut file| io::copy(reader, &mut file))
        .map(drop)
        .map_err(|error| Failure::io("write", path, &error))
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::copy(from, to)
        .map(drop)
        .map_err(|error| Failure::io("copy", from, &error))
}
