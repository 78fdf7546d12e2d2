//! `gorelease verify`: every file again.

use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::{Format, ProjectArguments};
use super::trust::TrustArguments;
use super::ui::Ui;
use crate::error::{ExitCode, Failure};
use crate::problem::{Problem, Problems};
use crate::process::Cancel;
use crate::report::text::clean_line;
use crate::verify::{Finding, Options, Rebuild, verify_subject};

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A release, an unpacked deployment bundle, a folder with `SHA256SUMS` in it, or one file with `SHA256SUMS` beside it
    #[arg(default_value = "dist", value_name = "DIST|FILE")]
    dist: PathBuf,
    /// Also build the release again from its commit, in the repository around the project's folder, and compare; this runs
    /// the hooks of that commit
    #[arg(long)]
    rebuild: bool,
    /// Do not ask before the commit's hooks are run
    #[arg(short, long, requires = "rebuild")]
    yes: bool,
    #[command(flatten)]
    trust: TrustArguments,
}

pub(super) fn run(
    arguments: &Arguments,
    project: &ProjectArguments,
    ui: &Ui,
    cancel: &Cancel,
) -> Result<(), Failure> {
    let subject = project.path(&arguments.dist);
    let options = arguments.trust.options(cancel);
    options.check()?;
    let mut verification = verify_subject(&subject, &options)?;
    if arguments.rebuild && verification.findings.is_empty() {
        let again = rebuild(arguments, project, &subject, &options, ui, cancel)?;
        verification.findings = again;
    }
    if ui.format() == Format::Json {
        ui.json(&verification)?;
    }
    let (told, caveat) = (verification.told(), verification.caveat());
    let files = verification.into_result().map_err(|failure| {
        failure.hint("do not trust these files: build the release again, or fetch it anew")
    })?;
    ui.say(&format!(
        "{files} files in `{}` are as promised",
        subject.display()
    ));
    told.iter().for_each(|line| ui.say(&clean_line(line)));
    if let Some(caveat) = caveat.filter(|_| ui.format() == Format::Human) {
        let mut problems = Problems::default();
        problems.push(Problem::warning(caveat));
        ui.problems(&problems);
    }
    Ok(())
}

/// Builds again what the verified files say that they were made from, once somebody who can judge that has agreed.
fn rebuild(
    arguments: &Arguments,
    project: &ProjectArguments,
    subject: &Path,
    options: &Options,
    ui: &Ui,
    cancel: &Cancel,
) -> Result<Vec<Finding>, Failure> {
    let rebuild = Rebuild::prepare(
        subject,
        &project.directory,
        &options.runner,
        &options.finder,
    )?;
    let announcement = rebuild.announcement();
    announcement
        .iter()
        .for_each(|line| ui.say(&clean_line(line)));
    let is_agreed = arguments.yes || ui.confirm("Build this commit and run its hooks?", cancel);
    if cancel.is_cancelled() {
        return Err(Failure::new(ExitCode::Interrupted, "interrupted"));
    }
    if !is_agreed {
        let message = "the rebuild was not confirmed: it runs what the commit contains";
        return Err(Failure::new(ExitCode::Usage, message)
            .hint("check the commit, then add `--yes`; `--require-commit` makes sure that it is the one you checked"));
    }
    rebuild.run()
}
