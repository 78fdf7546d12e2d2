//! One step, in a thread of its own: look for an earlier result, otherwise carry it out and keep it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::sync::mpsc::Sender;
use std::time::Instant;

use super::cache::Promise;
use super::{Report, Shared, Timing};
use crate::error::Failure;
use crate::format::{guarded, output};
use crate::plan::{self, Action, FileRef, Step};
use crate::step::{self, Made, StepContext, StepError};
use crate::trust::sign::Fingerprint;

pub(super) fn work(step: &Step, shared: &Shared<'_>, reports: &Sender<Report>) {
    let began = Instant::now();
    let result = caught(step, || attempt(step, shared));
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

/// Makes a panic a failure: the scheduler waits for a report of every step. Nothing that steps share is left
/// half-changed by one.
fn caught<T>(step: &Step, attempt: impl FnOnce() -> Result<T, StepError>) -> Result<T, StepError> {
    catch_unwind(AssertUnwindSafe(attempt))
        .unwrap_or_else(|panic| Err(panicked(step, panic.as_ref()).into()))
}

fn panicked(step: &Step, panic: &(dyn Any + Send)) -> Failure {
    let words = guarded::words(panic);
    let message = format!(
        "the step `{}` broke off by a mistake in gorelease: {words}",
        step.id
    );
    Failure::failed(message).hint(concat!(
        "please tell it at ",
        env!("CARGO_PKG_REPOSITORY"),
        "/issues"
    ))
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
        true => key(&step.action, shared, &made)?,
        false => None,
    };
    let promise = Promise {
        outputs: &step.outputs,
        digests: step::digests(shared.plan),
    };
    let found = key
        .as_ref()
        .and_then(|key| shared.cache.find(key, &promise));
    if let Some(files) = found {
        return Ok(Made {
            files,
            reused: true,
            ..Made::default()
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
        Some(key) if promise.is_kept(&result.files) => {
            let folder = folder.keep();
            result.files = shared.cache.keep(&key, &folder, result.files, &promise)?;
        }
        // The files are needed until the run's end; then they go with the folder around this one.
        _ => drop(folder.keep()),
    }
    Ok(result)
}

/// The key of a step's result, over the content of everything that it reads; none when not all of that is known.
fn key(
    action: &Action,
    shared: &Shared<'_>,
    made: &std::collections::BTreeMap<crate::plan::StepId, Made>,
) -> Result<Option<String>, Failure> {
    let signing_key = match step::signing_key(action) {
        Some(Fingerprint::Unknown) => return Ok(None),
        Some(Fingerprint::Known(sha256)) => Some(sha256),
        None => None,
    };
    let mut inputs = Vec::new();
    for file in action.inputs() {
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
    let digests = step::digests(shared.plan);
    let key = shared.cache.key(action, &inputs, &tools, digests)?;
    Ok(Some(match signing_key {
        Some(sha256) => output::sha256_hex(format!("{key} {sha256}").as_bytes()),
        None => key,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Metadata, StepId};

    #[test]
    fn a_panic_is_a_failure_with_the_steps_name() {
        let step = Step {
            id: StepId("describe".to_owned()),
            target: None,
            needs: Vec::new(),
            outputs: Vec::new(),
            action: Action::Metadata(Metadata {
                name: "artifacts.json".to_owned(),
                work_tree: None,
            }),
        };
        let reason = "out of cheese";
        let result = caught::<()>(&step, || panic!("{reason}"));
        let Err(StepError::Failed(failure)) = result else {
            panic!("{result:?}");
        };
        assert!(failure.message.contains("`describe`") && failure.message.contains(reason));
        assert!(failure.hint.is_some());
    }
}
