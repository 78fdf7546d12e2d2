//! Signing a Windows file, or writing a signature beside any file.

use std::fs;
use std::path::Path;

use super::{Made, MadeFile, StepContext, StepError};
use crate::error::{ExitCode, Failure};
use crate::plan::{Action, Plan, SignDetached, SignFile, SignatureForm, TakeSignature};
use crate::process::{Runner, ToolFinder};
use crate::trust::sign::authenticode::{self, Retry};
use crate::trust::sign::{
    Authenticode, Detached, Fingerprint, SignError, detached as detached_signature, shipped,
};

pub(super) fn file(action: &SignFile, context: &StepContext<'_>) -> Result<Made, StepError> {
    let source = context.path(&action.source)?;
    let path = context.output(&action.name)?;
    fs::copy(&source, &path).map_err(|error| Failure::io("copy to", &path, &error))?;
    let finder = ToolFinder::from_env();
    authenticode::sign(
        &action.authenticode,
        &path,
        &finder,
        context.runner,
        Retry::default(),
    )?;
    made(&action.name, &path, context)
}

pub(super) fn detached(
    action: &SignDetached,
    context: &StepContext<'_>,
) -> Result<Made, StepError> {
    let source = context.path(&action.source)?;
    let path = context.output(&action.name)?;
    let finder = ToolFinder::from_env();
    detached_signature::sign(
        &action.signature,
        &source,
        &path,
        action.timestamp,
        &finder,
        context.runner,
    )?;
    made(&action.name, &path, context)
}

pub(super) fn take(action: &TakeSignature, context: &StepContext<'_>) -> Result<Made, StepError> {
    let source = context.path(&action.source)?;
    let path = context.output(&action.name)?;
    let shipped = match action.form {
        SignatureForm::Inside => shipped::signed(&source, &action.folder)?.unwrap_or(source),
        SignatureForm::Beside => action.folder.join(shipped::BESIDE).join(&action.name),
    };
    fs::copy(&shipped, &path).map_err(|error| Failure::io("copy", &shipped, &error))?;
    made(&action.name, &path, context)
}

fn made(name: &str, path: &Path, context: &StepContext<'_>) -> Result<Made, StepError> {
    let file = MadeFile::measure(name, path.to_owned(), context.digests())?;
    Ok(Made {
        files: vec![file],
        ..Made::default()
    })
}

/// Opens and tries every key that the plan signs with.
///
/// # Errors
/// When one cannot be used: nothing was built yet.
pub fn try_keys(plan: &Plan, runner: &Runner) -> Result<(), StepError> {
    let finder = ToolFinder::from_env();
    let (mut inside, mut beside): (Vec<&Authenticode>, Vec<&Detached>) = Default::default();
    for step in &plan.steps {
        match &step.action {
            Action::SignFile(sign)
                if inside
                    .iter()
                    .all(|known| known.signer != sign.authenticode.signer) =>
            {
                inside.push(&sign.authenticode);
            }
            Action::SignDetached(sign) if !beside.contains(&&sign.signature) => {
                beside.push(&sign.signature);
            }
            _ => {}
        }
    }
    for config in inside {
        authenticode::try_key(config, &finder, runner)?;
    }
    for config in beside {
        detached_signature::try_key(config, &finder, runner)?;
    }
    Ok(())
}

/// Which key a signature is by; none for a step that signs nothing.
pub(super) fn key(action: &Action) -> Option<Fingerprint> {
    match action {
        Action::SignFile(sign) => Some(sign.authenticode.fingerprint()),
        Action::SignDetached(sign) => Some(sign.signature.fingerprint()),
        _ => None,
    }
}

impl From<SignError> for StepError {
    fn from(error: SignError) -> Self {
        let message = error.to_string();
        let hint = error.hint();
        let failure = match error {
            SignError::Process(error) => return error.into(),
            SignError::File(error) => return error.into(),
            SignError::Tool(_) => Failure::new(ExitCode::MissingTool, message),
            SignError::Refused { detail, .. } => Failure {
                detail,
                ..Failure::failed(message)
            },
        };
        Self::Failed(Failure { hint, ..failure })
    }
}
