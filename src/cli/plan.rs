//! `gorelease plan`: everything that `build` would do.

use clap::Args;

use super::arguments::{Format, ProjectArguments, ReleaseArguments};
use super::ui::Ui;
use crate::error::Failure;
use crate::plan::Plan;
use crate::process::Cancel;

/// Arguments of `plan`.
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
    match ui.format() {
        Format::Human => ui.plan(&plan),
        Format::Json => ui.json(&plan),
        // One line, as `$GITHUB_OUTPUT` takes it.
        Format::GithubMatrix => ui.data(&format!("{}\n", matrix(&plan))),
    }
}

/// What `strategy.matrix` of a GitHub workflow takes: an entry for each target, with the runner that needs nothing
/// else.
fn matrix(plan: &Plan) -> serde_json::Value {
    let include: Vec<serde_json::Value> = plan
        .targets
        .iter()
        .map(|target| {
            serde_json::json!({
                "target": target.to_string(),
                "name": target.slug(),
                "goos": target.goos,
                "goarch": target.goarch,
                "runner": "ubuntu-latest",
            })
        })
        .collect();
    serde_json::json!({ "include": include })
}
