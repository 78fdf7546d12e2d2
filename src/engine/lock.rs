//! Runs that share a cache: any number may use it at once, but only one compiles into a folder, and none is at work
//! while the cache is made smaller.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use super::Cache;
use super::cache::cannot_write;
use super::ground;
use crate::error::{ExitCode, Failure};
use crate::event::{Event, Events};
use crate::plan::{Action, Plan};
use crate::process::Cancel;

/// What is told when the file system has no locks.
pub(super) const NO_LOCKS: &str =
    "the file system has no locks: make sure that no other run works in the same folders";

/// How often a lock is tried that another run holds.
const PAUSE: Duration = Duration::from_millis(100);

/// Says that a run uses the cache, for as long as the file is held.
pub(super) fn cache(cache: &Cache, cancel: &Cancel, events: &Events) -> Result<File, Failure> {
    let wait = Wait {
        cancel,
        events,
        reason: "another run makes room in the cache",
    };
    let file = wait.lock(cache.root(), File::try_lock_shared)?;
    // Inside a work tree, the go tool would take the cache for a change, and stamp the programs as modified.
    let ignore = cache.root().join(".gitignore");
    if !ignore.exists() {
        std::fs::write(&ignore, "*\n").map_err(|error| cannot_write("write", &ignore, &error))?;
    }
    Ok(file)
}

/// Locks the folders of the go tool's outputs for the whole run: later steps read from them.
pub(super) fn stages(
    plan: &Plan,
    cache: &Cache,
    cancel: &Cancel,
    events: &Events,
) -> Result<Vec<File>, Failure> {
    let mut stages: Vec<&str> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::GoBuild(build) => Some(build.stage.as_str()),
            _ => None,
        })
        .collect();
    // Always in the same order, so that two runs cannot wait for each other.
    stages.sort_unstable();
    stages.dedup();
    let wait = Wait {
        cancel,
        events,
        reason: "another run compiles the same programs",
    };
    stages
        .into_iter()
        .map(|name| wait.lock(&cache.stage(name), File::try_lock))
        .collect()
}

/// The lock of the whole cache, when no run uses it.
///
/// # Errors
/// When a run does, or the file cannot be made.
pub(super) fn alone(root: &Path) -> Result<File, Failure> {
    let file = open(root)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = format!("another run uses the cache `{}`", root.display());
            Err(Failure::failed(message).hint("wait for it to end"))
        }
        Err(error) if ground::has_no_locks(&error) => Ok(file),
        Err(TryLockError::Error(error)) => Err(Failure::io("lock", &root.join(LOCK), &error)),
    }
}

/// The file that is locked, in the folder that it stands for.
pub(super) const LOCK: &str = "lock";

pub(super) fn open(folder: &Path) -> Result<File, Failure> {
    if !folder.is_dir() {
        ground::folder(folder).map_err(|error| cannot_write("make", folder, &error))?;
    }
    let path = folder.join(LOCK);
    ground::lock_file(&path).map_err(|error| cannot_write("open", &path, &error))
}

/// Waiting for another run, which the user is told of and can end.
struct Wait<'a> {
    cancel: &'a Cancel,
    events: &'a Events,
    reason: &'static str,
}

impl Wait<'_> {
    fn lock(
        &self,
        folder: &Path,
        attempt: fn(&File) -> Result<(), TryLockError>,
    ) -> Result<File, Failure> {
        let file = open(folder)?;
        let mut told = false;
        loop {
            match attempt(&file) {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => {}
                Err(error) if ground::has_no_locks(&error) => {
                    self.events.send(Event::Notice {
                        message: NO_LOCKS.to_owned(),
                    });
                    return Ok(file);
                }
                Err(TryLockError::Error(error)) => {
                    return Err(Failure::io("lock", &folder.join(LOCK), &error));
                }
            }
            if !std::mem::replace(&mut told, true) {
                let message = format!("{}; waiting for it to end", self.reason);
                self.events.send(Event::Notice { message });
            }
            if self.cancel.is_cancelled() {
                return Err(Failure::new(ExitCode::Interrupted, "interrupted"));
            }
            std::thread::sleep(PAUSE);
        }
    }
}
