//! `gorelease merge`: several runners' results as one release.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::arguments::{Format, ProjectArguments};
use super::trust::TrustArguments;
use super::ui::Ui;
use crate::engine::Dist;
use crate::error::Failure;
use crate::merge::merge;
use crate::problem::{Problem, Problems};
use crate::process::Cancel;
use crate::verify::{Options, WorkingFiles, verify};

/// Arguments of `merge`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folders of the results
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// The folder for the joined release
    #[arg(short, long, default_value = "dist", value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    trust: TrustArguments,
}

/// What was joined, as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Merged {
    /// The folder of the joined release.
    dist: String,
    /// How many files it has.
    files: usize,
    /// The signatures of checksums that the parts had and it has not.
    unsigned: BTreeSet<String>,
}

pub(super) fn run(
    arguments: &Arguments,
    project: &ProjectArguments,
    ui: &Ui,
    cancel: &Cancel,
) -> Result<(), Failure> {
    let options = Options {
        working_files: WorkingFiles::LeftBehind,
        ..arguments.trust.options(cancel)
    };
    options.check()?;
    let folders: Vec<PathBuf> = arguments
        .folders
        .iter()
        .map(|folder| project.path(folder))
        .collect();
    let dist = Dist::open_beside(&project.path(&arguments.out), &folders)?;
    let signatures = merge(&folders, &dist.fresh(), &options)?;
    let files = verify(&dist.fresh(), &Default::default())?.into_result()?;
    let folder = dist.root().display().to_string();
    dist.sync()?;
    dist.commit()?;
    ui.problems(&unsigned(&signatures, &folder));
    if ui.format() == Format::Json {
        return ui.json(&Merged {
            dist: folder,
            files,
            unsigned: signatures,
        });
    }
    ui.say(&format!(
        "{files} files of {} folders are in `{folder}`",
        folders.len()
    ));
    Ok(())
}

/// The signatures that the joined release has not, and how they are made.
fn unsigned(signatures: &BTreeSet<String>, folder: &str) -> Problems {
    let mut problems = Problems::default();
    for name in signatures {
        let (sums, extension) = name.split_once('.').unwrap_or((name, ""));
        let message = format!("the checksums are new, so the parts' `{name}` was left out");
        let file = format!("{folder}/{sums}");
        let hint = match extension {
            "minisig" => format!("sign again: `minisign -S -m {file}`"),
            "asc" => format!("sign again: `gpg --armor --detach-sign {file}`"),
            "sigstore.json" => {
                format!("sign again: `cosign sign-blob --bundle {folder}/{name} {file}`")
            }
            _ => format!("sign `{file}` again"),
        };
        problems.push(Problem::warning(message).hint(hint));
    }
    problems
}
