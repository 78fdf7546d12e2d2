//! `gorelease check`: every problem at once.

use clap::Args;

use super::arguments::{ProjectArguments, ReleaseArguments};
use super::ui::Ui;
use crate::error::Failure;
use crate::process::Cancel;
use crate::session::Session;

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
    let mut options = arguments.release.options(&project.directory);
    let session = Session::open(
        &project.directory,
        project.manifest.as_deref(),
        cancel.clone(),
    )?;
    ui.source(session.source.clone());
    let (plan, problems) = session.plan(&mut options)?;
    ui.problems(&problems);
    ui.checked(&plan);
    Ok(())
}
