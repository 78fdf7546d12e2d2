//! Packing an archive.

use super::{Made, MadeFile, StepContext, StepError};
use crate::error::Failure;
use crate::format::archive::{Archive, ArchiveError, Entry, Options, Source};
use crate::plan;

pub(super) fn run(action: &plan::Archive, context: &StepContext<'_>) -> Result<Made, StepError> {
    let mut entries = Vec::with_capacity(action.entries.len());
    for entry in &action.entries {
        let source = Source::File(context.path(&entry.source)?);
        entries.push(Entry {
            name: entry.name.clone(),
            mode: entry.mode,
            source,
        });
    }
    let archive = Archive::new(entries)
        .map_err(|error| Failure::failed(format!("could not pack `{}`: {error}", action.name)))?;
    let options = Options {
        format: action.format,
        level: action.compression,
        modified: action.timestamp,
        digests: context.digests(),
    };
    let path = context.output(&action.name)?;
    let written = archive
        .write(&path, &options, &|| context.is_cancelled())
        .map_err(|error| step_error(&action.name, error))?;
    Ok(Made {
        files: vec![MadeFile::written(&action.name, path, written)],
        ..Made::default()
    })
}

fn step_error(name: &str, error: ArchiveError) -> StepError {
    match error {
        ArchiveError::Cancelled => StepError::Cancelled,
        ArchiveError::File(error) => error.into(),
        other => {
            let hint = other.hint();
            let failure = Failure::failed(format!("could not pack `{name}`: {other}"));
            StepError::Failed(match hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            })
        }
    }
}
