//! `gorelease merge`: several runners' results as one release.

use std::path::PathBuf;

use clap::Args;

use super::arguments::ProjectArguments;
use super::ui::Ui;
use crate::engine::Dist;
use crate::error::Failure;
use crate::merge::merge;
use crate::verify::verify;

/// Arguments of `merge`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folders of the results
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// The folder for the joined release
    #[arg(short, long, default_value = "dist", value_name = "DIR")]
    out: PathBuf,
}

pub(super) fn run(
    arguments: &Arguments,
    project: &ProjectArguments,
    ui: &Ui,
) -> Result<(), Failure> {
    let folders: Vec<PathBuf> = arguments
        .folders
        .iter()
        .map(|folder| project.path(folder))
        .collect();
    let dist = Dist::open_beside(&project.path(&arguments.out), &folders)?;
    merge(&folders, &dist.fresh())?;
    let files = verify(&dist.fresh(), &Default::default())?.into_result()?;
    let folder = dist.root().display().to_string();
    dist.sync()?;
    dist.commit()?;
    ui.say(&format!(
        "{files} files of {} folders are in `{folder}`",
        folders.len()
    ));
    Ok(())
}
