//! From what the steps made to the folder of results.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::Results;
use crate::error::Failure;
use crate::event::{Event, Events};
use crate::plan::{ArtifactKind, FileRef, Plan, PlannedArtifact};
use crate::step::MadeFile;

/// Copies every artifact of the plan into `folder` under its name, with the release's time.
pub fn collect(
    plan: &Plan,
    results: &Results,
    folder: &Path,
    events: &Events,
) -> Result<(), Failure> {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(plan.release.timestamp);
    for artifact in &plan.artifacts {
        let (made, reused) = find(results, artifact)?;
        let path = folder.join(&artifact.name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| Failure::io("make", parent, &error))?;
        }
        fs::copy(&made.path, &path).map_err(|error| Failure::io("write", &path, &error))?;
        let opened = fs::File::options().append(true).open(&path);
        opened
            .and_then(|file| file.set_modified(time))
            .map_err(|error| Failure::io("set the time of", &path, &error))?;
        set_mode(&path, artifact.kind)?;
        let timing = artifact
            .file
            .step()
            .and_then(|step| results.times.get(step));
        events.send(Event::Artifact {
            name: artifact.name.clone(),
            kind: artifact.kind,
            target: artifact.target.clone(),
            size: made.size,
            sha256: made.sha256.clone(),
            elapsed: timing.map_or(Duration::ZERO, |timing| timing.elapsed),
            reused,
        });
    }
    Ok(())
}

fn find<'a>(
    results: &'a Results,
    artifact: &PlannedArtifact,
) -> Result<(&'a MadeFile, bool), Failure> {
    let missing = || Failure::failed(format!("`{}` was not made", artifact.name));
    let FileRef::Output { step, name } = &artifact.file else {
        return Err(missing());
    };
    let made = results.made.get(step).ok_or_else(missing)?;
    let file = made
        .files
        .iter()
        .find(|file| file.name == *name)
        .ok_or_else(missing)?;
    Ok((file, made.reused))
}

/// Gives a file of a release the mode that its kind has, whatever the umask.
#[cfg(unix)]
pub fn set_mode(path: &Path, kind: ArtifactKind) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let mode = if kind == ArtifactKind::Binary {
        0o755
    } else {
        0o644
    };
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(|error| Failure::io("set the mode of", path, &error))
}

/// Windows has no execute permission.
#[cfg(not(unix))]
pub fn set_mode(_: &Path, _: ArtifactKind) -> Result<(), Failure> {
    Ok(())
}
