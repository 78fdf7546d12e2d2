//! What the GitHub Actions runner understands: workflow commands in the log, and files for summary and outputs.
//!
//! The commands and their escaping: "Workflow commands for GitHub Actions" in GitHub's documentation, and
//! `ActionCommand.cs` of the runner (actions/runner), which says what it takes for a command.

mod command;
mod markdown;
mod outputs;

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

pub use command::{Level, annotation, end_group, group, harmless, problems};

use super::{Github, Printer, Summary};
use crate::error::io_word;
use crate::process::masked;

/// Writes the summary, and the outputs if the run went well. That they cannot be written does not spoil a release.
pub(super) fn finish(printer: &Printer, github: &Github, summary: &Summary) {
    if let Some(path) = &github.summary {
        append(printer, path, &markdown::summary(summary));
    }
    if let (Some(path), Some(done)) = (&github.output, &summary.done) {
        append(printer, path, &outputs::outputs(summary, done));
    }
}

fn append(printer: &Printer, path: &Path, text: &str) {
    let written = File::options()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(masked(text).as_bytes()));
    if let Err(error) = written {
        printer.warning(&format!(
            "could not write to `{}`: {}",
            path.display(),
            io_word(&error)
        ));
    }
}
