//! Building the executable that runs another program as a service.

use super::{Made, MadeFile, StepContext, StepError};
use crate::error::Failure;
use crate::plan::ServiceWrapper;
use crate::service::host::write_wrapper;

pub(super) fn run(action: &ServiceWrapper, context: &StepContext<'_>) -> Result<Made, StepError> {
    let source = context.folder.join("source");
    write_wrapper(&source).map_err(|error| Failure::io("write", &source, &error))?;
    let path = context.output(&action.name)?;
    let output = path.to_string_lossy().into_owned();
    let invocation = action
        .invocation
        .clone()
        .args(["-o".to_owned(), output, ".".to_owned()])
        .cwd(source);
    let output = context.runner.run(&invocation)?;
    Ok(Made {
        files: vec![MadeFile::measure(&action.name, path, context.digests())?],
        peak_memory: output.peak_memory,
        ..Made::default()
    })
}
