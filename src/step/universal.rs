//! macOS executables for both processors.

use std::path::{Path, PathBuf};

use super::{Made, MadeFile, StepContext, StepError};
use crate::error::Failure;
use crate::format::macho;
use crate::plan::Universal;

pub(super) fn run(action: &Universal, context: &StepContext<'_>) -> Result<Made, StepError> {
    let inputs: Vec<PathBuf> = action
        .inputs
        .iter()
        .map(|input| context.path(input))
        .collect::<Result<_, _>>()?;
    let inputs: Vec<&Path> = inputs.iter().map(PathBuf::as_path).collect();
    let path = context.output(&action.name)?;
    let written = macho::write_universal(&inputs, &path, context.digests()).map_err(|error| {
        Failure::failed(format!(
            "could not join the architectures of `{}`: {error}",
            action.name
        ))
    })?;
    Ok(Made {
        files: vec![MadeFile::written(&action.name, path, written)],
        ..Made::default()
    })
}
