//! `gorelease check`: every problem at once.

use clap::Args;

use super::arguments::{ProjectArguments, ReleaseArguments};
use super::ui::Ui;
use crate::error::Failure;
use crate::process::Cancel;

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    release: ReleaseArguments,
}

pub(super) fn run(
    arguments: &Arguments,
    project: &ProjectArguments,
    ui: &Ui,
    cancel: &Cancel,
) -> Result<(), Failure> {
    let plan = project.plan(&arguments.release, ui, cancel)?;
    ui.checked(&plan);
    Ok(())
}
