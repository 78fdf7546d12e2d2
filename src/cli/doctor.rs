//! `gorelease doctor`: the environment as a release needs it.

use super::arguments::{Format, ProjectArguments};
use super::ui::Ui;
use crate::doctor::{self, Examination, Level, Project, Row, Section};
use crate::error::{ExitCode, Failure};
use crate::plan::Options;
use crate::process::Cancel;

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The folder that results would go to, relative to the project's folder
    #[arg(long, default_value = "dist", value_name = "DIR")]
    out: std::path::PathBuf,
}

pub(super) fn run(
    arguments: &Arguments,
    project: &ProjectArguments,
    ui: &Ui,
    cancel: &Cancel,
) -> Result<(), Failure> {
    let session = project.open(ui, cancel)?;
    let dist = project.folder()?.join(&arguments.out);
    let own = session.source.clone().map(|source| Project {
        source,
        toolchain: session
            .manifest
            .as_ref()
            .and_then(|manifest| manifest.project.go_toolchain.clone())
            .map(|wanted| wanted.value),
        draft: session.draft(&mut Options {
            dist: dist.clone(),
            ..Options::default()
        }),
    });
    let examination = doctor::examine(
        &session.runner,
        &session.finder,
        &session.root,
        &dist,
        own.as_ref(),
    );
    cancel.check()?;
    match ui.format() {
        Format::Json => ui.json(&examination)?,
        Format::Human | Format::GithubMatrix => ui.data(&text(&examination))?,
    }
    let problems = count(&examination, Level::Problem);
    match examination.exit_code() {
        ExitCode::Done => Ok(()),
        code => Err(Failure::new(
            code,
            format!(
                "{problems} {} a release here",
                if problems == 1 {
                    "problem prevents"
                } else {
                    "problems prevent"
                }
            ),
        )),
    }
}

fn count(examination: &Examination, level: Level) -> usize {
    examination
        .rows
        .iter()
        .filter(|row| row.level == level)
        .count()
}

/// A table with a heading for each section; the level stands in words, so that it is understood without colour.
fn text(examination: &Examination) -> String {
    let width = examination
        .rows
        .iter()
        .map(|row| row.name.chars().count())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    let mut section = None;
    for row in &examination.rows {
        if section != Some(row.section) {
            if section.is_some() {
                text.push('\n');
            }
            text += heading(row.section);
            text.push('\n');
            section = Some(row.section);
        }
        text += &line(row, width);
    }
    let warnings = count(examination, Level::Warning);
    let problems = count(examination, Level::Problem);
    text + &format!("\nproblems: {problems}, warnings: {warnings}\n")
}

fn heading(section: Section) -> &'static str {
    match section {
        Section::Go => "Go",
        Section::Git => "Version, commit and time",
        Section::Machine => "This machine",
        Section::Project => "This project",
        Section::Tools => "Optional tools",
    }
}

fn line(row: &Row, width: usize) -> String {
    let level = match row.level {
        Level::Ok => "ok     ",
        Level::Warning => "warning",
        Level::Problem => "problem",
    };
    let further = format!("\n{}", " ".repeat("  problem  ".len() + width + 2));
    let value = row.value.replace('\n', &further);
    let mut line = format!("  {level}  {:width$}  {value}\n", row.name);
    // How to get a tool that nobody may need is for those who ask: `--format json` has it.
    let is_wanted = row.section != Section::Tools || row.level != Level::Ok;
    if let Some(hint) = row.hint.as_ref().filter(|_| is_wanted) {
        line += &format!("           {:width$}  hint: {hint}\n", "");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_is_a_word() {
        let examination = Examination {
            rows: vec![
                Row::ok(Section::Go, "go", "1.26.0 at `/go`"),
                Row::warning(Section::Go, "GOFLAGS", "`-v` is added").hint("unset GOFLAGS"),
                Row::problem(Section::Go, "module", "bad go.mod:\nline 1"),
                Row::problem(Section::Machine, "disk", "1 MiB free at `/dist`"),
                Row::ok(Section::Tools, "wix", "not installed").hint("install it"),
            ],
        };
        insta::assert_snapshot!(text(&examination));
    }
}
