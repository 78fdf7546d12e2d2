//! The user's own commands.

use std::fs;
use std::path::Path;

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
    if !path.is_file() {
        let message = format!("the after-hook removed `{}`", action.name);
        return Err(Failure::failed(message)
            .hint("it must leave the program at `{{ path }}`")
            .into());
    }
    let notices = beside(&path)
        .into_iter()
        .map(|name| {
            format!(
                "an after-hook wrote `{name}` beside `{}`: it is not packed",
                action.name
            )
        })
        .collect();
    let made = MadeFile::measure(&action.name, path, context.digests())?;
    Ok(Made {
        files: vec![made],
        notices,
        ..Made::default()
    })
}

/// The names of other files in the folder, which held the program alone.
fn beside(path: &Path) -> Vec<String> {
    let entries = path.parent().and_then(|folder| fs::read_dir(folder).ok());
    let mut names: Vec<String> = entries
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path() != path)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_unstable();
    names
}
