//! The work tree, asked again after the user's commands and after everything was compiled and packed.

use std::io::Write as _;

use super::{Made, MadeFile, StepContext, StepError};
use crate::error::Failure;
use crate::format::output::{FileError, Output};
use crate::plan::{FileRef, WorkTree};
use crate::project::work_tree::Status;

pub(super) fn run(action: &WorkTree, context: &StepContext<'_>) -> Result<Made, StepError> {
    let output = context.runner.run(&action.invocation)?;
    let status = Status::read(
        &output.stdout_text(),
        &action.root,
        std::slice::from_ref(&context.plan.dist),
    );
    let moved = status.commit.filter(|commit| *commit != action.commit);
    let mut changed = status.changed;
    changed.extend(moved.map(|commit| format!("HEAD ({commit})")));
    if let (Some(first), true) = (changed.first(), action.refuse) {
        return Err(Failure::failed(format!(
            "`{first}` was changed during the build, so this is not a release of its commit"
        ))
        .hint("commit what the hooks write, or let git ignore it; do not edit while a release is built")
        .into());
    }
    let notices = changed.first().map(|first| {
        format!("`{first}` was changed during the build: this is a snapshot, not a release of its commit")
    });
    Ok(Made {
        files: vec![write(&action.name, &changed, context)?],
        notices: notices.into_iter().collect(),
        ..Made::default()
    })
}

fn write(name: &str, changed: &[String], context: &StepContext<'_>) -> Result<MadeFile, StepError> {
    let path = context.output(name)?;
    let json = serde_json::to_vec(changed)
        .map_err(|error| Failure::failed(format!("failed to write `{name}`: {error}")))?;
    let mut output = Output::create(&path, context.digests())?;
    output
        .write_all(&json)
        .map_err(FileError::on("write", &path))?;
    let written = output.finish()?;
    Ok(MadeFile::written(name, path, written))
}

/// What was changed, as the step of `file` found it; nothing when there is none.
pub(super) fn changed(
    file: Option<&FileRef>,
    context: &StepContext<'_>,
) -> Result<Vec<String>, Failure> {
    let Some(file) = file else {
        return Ok(Vec::new());
    };
    let path = context.path(file)?;
    let text = std::fs::read(&path).map_err(|error| Failure::io("read", &path, &error))?;
    serde_json::from_slice(&text)
        .map_err(|error| Failure::failed(format!("failed to read `{}`: {error}", path.display())))
}
