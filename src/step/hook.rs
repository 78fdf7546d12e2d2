//! The user's own commands.

use std::fs;

use super::{Made, MadeFile, StepContext, StepError, way_out};
use crate::error::Failure;
use crate::plan::{AFTER_HOOK_PATH, AfterHook, Hook};

pub(super) fn run(action: &Hook, context: &StepContext<'_>) -> Result<Made, StepError> {
    for command in &action.commands {
        let ran = context.runner.run(command);
        ran.map_err(|error| way_out::of_hook(error, command))?;
    }
    Ok(Made::default())
}

/// Works on a copy: the go tool's own output must stay as the go tool left it.
pub(super) fn run_after(action: &AfterHook, context: &StepContext<'_>) -> Result<Made, StepError> {
    let source = context.path(&action.binary)?;
    let path = context.output(&action.name)?;
    fs::copy(&source, &path).map_err(|error| Failure::io("copy to", &path, &error))?;
    let place = path.to_string_lossy();
    for command in &action.commands {
        let mut command = command.clone();
        for arg in &mut command.args {
            *arg = arg.replace(AFTER_HOOK_PATH, &place);
        }
        for value in command.env.values_mut().flatten() {
            *value = value.replace(AFTER_HOOK_PATH, &place);
        }
        let ran = context.runner.run(&command);
        ran.map_err(|error| way_out::of_hook(error, &command))?;
    }
    let made = MadeFile::measure(&action.name, path, context.digests())?;
    Ok(Made {
        files: vec![made],
        ..Made::default()
    })
}
