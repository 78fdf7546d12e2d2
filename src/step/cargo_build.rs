//! One `cargo build`. Cargo keeps its own cache in the project's target folder; what it made is copied out of there, since
//! the next cargo command may replace it while it is being packed.

use std::fs;
use std::path::PathBuf;

use cargo_metadata::Message;

use super::{Made, MadeFile, StepContext, StepError, way_out};
use crate::error::Failure;
use crate::plan::CargoBuild;

pub(super) fn run(action: &CargoBuild, context: &StepContext<'_>) -> Result<Made, StepError> {
    let invocation = &action.invocation;
    let output = context
        .runner
        .run(invocation)
        .map_err(|error| way_out::of_compilation(error, invocation))?;
    let (executable, fresh) = executable(&output.stdout, &action.program).ok_or_else(|| {
        let message = format!("{} made no `{}`", invocation.summary, action.program);
        Failure::failed(message).hint("is it a `[[bin]]` of the package?")
    })?;
    let path = context.output(&action.name)?;
    fs::copy(&executable, &path).map_err(|error| Failure::io("copy", &executable, &error))?;
    Ok(Made {
        files: vec![MadeFile::measure(&action.name, path, context.digests())?],
        reused: fresh,
        peak_memory: output.peak_memory,
        ..Made::default()
    })
}

/// Where cargo says that it put the program, and whether it was there already
/// (The Cargo Book, External tools, JSON messages).
fn executable(messages: &[u8], program: &str) -> Option<(PathBuf, bool)> {
    Message::parse_stream(messages)
        .filter_map(Result::ok)
        .filter_map(|message| match message {
            Message::CompilerArtifact(artifact) if artifact.target.name == program => {
                Some(artifact)
            }
            _ => None,
        })
        .find_map(|artifact| Some((artifact.executable?.into_std_path_buf(), artifact.fresh)))
}
