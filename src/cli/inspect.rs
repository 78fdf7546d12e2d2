//! `gorelease inspect`: what a Windows Installer package says about itself.

use std::path::PathBuf;

use clap::Args;

use super::arguments::{Format, ProjectArguments};
use super::ui::Ui;
use crate::error::Failure;
use crate::format::guarded::guarded;
use crate::package::msi::inspect;

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The package: any MSI, whoever made it
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(
    arguments: &Arguments,
    project: &ProjectArguments,
    ui: &Ui,
) -> Result<(), Failure> {
    let file = project.path(&arguments.file);
    let inspection = guarded(|| inspect(&file))
        .map_err(|why| Failure::failed(format!("cannot read `{}`: {why}", file.display())))?
        .map_err(Failure::from)?;
    match ui.format() {
        Format::Json => ui.json(&inspection),
        Format::Human | Format::GithubMatrix => ui.data(&inspection.to_string()),
    }
}
