//! A file under another name.

use std::fs;

use super::{Made, MadeFile, StepContext, StepError};
use crate::error::Failure;
use crate::plan::Copy;

pub(super) fn run(action: &Copy, context: &StepContext<'_>) -> Result<Made, StepError> {
    let source = context.path(&action.source)?;
    let path = context.output(&action.name)?;
    fs::copy(&source, &path).map_err(|error| Failure::io("copy to", &path, &error))?;
    let made = MadeFile::measure(&action.name, path, context.digests())?;
    Ok(Made {
        files: vec![made],
        ..Made::default()
    })
}
