//! `gorelease inspect`: what a Windows Installer package says about itself.

use std::path::PathBuf;

use clap::Args;

use super::arguments::{Format, ProjectArguments};
use super::ui::Ui;
use crate::error::Failure;
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
    let inspection = inspect(&project.path(&arguments.file)).map_err(Failure::from)?;
    match ui.format() {
        Format::Json => ui.json(&inspection),
        Format::Human | Format::GithubMatrix => ui.data(&inspection.to_string()),
    }
}
