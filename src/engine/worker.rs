//! One step, in a thread of its own: look for an earlier result, otherwise carry it out and keep it.

use std::fs::{self, File};
use std::sync::PoisonError;
use std::sync::mpsc::Sender;
use std::time::Instant;

use super::{Cache, Report, Shared, Timing};
use crate::error::Failure;
use crate::format::output;
use crate::plan::{self, Action, FileRef, Plan, Step};
use crate::step::{self, Made, StepContext, StepError};

pub(super) fn work(step: &Step, shared: &Shared<'_>, reports: &Sender<Report>) {
    let began = Instant::now();
    let result = attempt(step, shared);
    let timing = Timing {
        began: began.duration_since(shared.start),
        elapsed: began.elapsed(),
    };
    // The scheduler ends after its workers; if it is gone all the same, nobody waits.
    let _ = reports.send(Report {
        step: step.id.clone(),
        timing,
        result,
    });
}

fn attempt(step: &Step, shared: &Shared<'_>) -> Result<Made, StepError> {
    if shared.runner.cancel().is_cancelled() {
        return Err(StepError::Cancelled);
    }
    let made = shared
        .made
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let key = match step::is_cacheable(&step.action) {
        true => Some(key(&step.action, shared, &made)?),
        false => None,
    };
    if let Some(files) = key.as_ref().and_then(|key| shared.cache.find(key)) {
        return Ok(Made {
            files,
            reused: true,
            peak_memory: None,
        });
    }
    let folder = tempfile::tempdir_in(&shared.scratch)
        .map_err(|error| Failure::io("make a folder in", &shared.scratch, &error))?;
    let stage = match &step.action {
        Action::GoBuild(build) => Some(shared.cache.stage(&build.stage)),
        _ => None,
    };
    let context = StepContext {
        plan: shared.plan,
        runner: &shared.runner,
        folder: folder.path(),
        stage: stage.as_deref(),
        made: &made,
    };
    let mut result = step::execute(&step.action, &context)?;
    if shared.runner.cancel().is_cancelled() {
        return Err(StepError::Cancelled);
    }
    match key {
        Some(key) => result.files = shared.cache.keep(&key, &folder.keep(), result.files)?,
        // The files are needed until the run's end; then they go with the folder around this one.
        None => drop(folder.keep()),
    }
    Ok(result)
}

/// The key of a step's result, over the content of everything that it reads.
fn key(
    action: &Action,
    shared: &Shared<'_>,
    made: &std::collections::BTreeMap<crate::plan::StepId, Made>,
) -> Result<String, Failure> {
    let mut inputs = Vec::new();
    for file in step::inputs(action) {
        let sha256 = match &file {
            FileRef::Project(path) => {
                output::measure(&shared.plan.root.join(path), output::Digests::Sha256)?.sha256
            }
            FileRef::Output { step, name } => made
                .get(step)
                .and_then(|made| made.files.iter().find(|file| file.name == *name))
                .map(|file| file.sha256.clone())
                .ok_or_else(|| {
                    Failure::failed(format!("the step `{step}` did not make `{name}`"))
                })?,
        };
        inputs.push((file, sha256));
    }
    let tools = plan::versions_of(shared.plan, action);
    shared.cache.key(action, &inputs, &tools)
}

/// Locks the folders of the go tool's outputs for the whole run: later steps read from them.
pub(super) fn lock_stages(plan: &Plan, cache: &Cache) -> Result<Vec<File>, Failure> {
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
    let lock = |name: &str| {
        let folder = cache.stage(name);
        fs::create_dir_all(&folder).map_err(|error| {
            Failure::io("make", &folder, &error)
                .hint("set GORELEASE_CACHE to a folder that can be written, or use --no-cache")
        })?;
        let path = folder.join("lock");
        let file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|error| Failure::io("open", &path, &error))?;
        file.lock()
            .map_err(|error| Failure::io("lock", &path, &error))?;
        Ok(file)
    };
    stages.into_iter().map(lock).collect()
}
