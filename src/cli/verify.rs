//! `gorelease verify`: every file again.

use std::path::PathBuf;

use clap::Args;

use super::arguments::{Format, ProjectArguments};
use super::ui::Ui;
use crate::error::Failure;
use crate::verify::verify;

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder of the release
    #[arg(default_value = "dist", value_name = "DIST")]
    dist: PathBuf,
}

pub(super) fn run(
    arguments: &Arguments,
    project: &ProjectArguments,
    ui: &Ui,
) -> Result<(), Failure> {
    let folder = project.directory.join(&arguments.dist);
    let verification = verify(&folder)?;
    if ui.format() == Format::Json {
        ui.json(&verification)?;
    }
    let files = verification.into_result()?;
    ui.say(&format!(
        "{files} files in `{}` are as promised",
        folder.display()
    ));
    Ok(())
}
