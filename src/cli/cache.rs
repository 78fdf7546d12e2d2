//! `gorelease cache`: where it is, and away with it.

use clap::{Args, Subcommand};
use serde_json::json;

use super::arguments::Format;
use super::ui::Ui;
use crate::engine::Cache;
use crate::error::Failure;

/// Arguments of `cache`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Remove everything in the cache
    Clean,
    /// Print the cache's folder
    Dir,
}

pub(super) fn run(arguments: &Arguments, ui: &Ui) -> Result<(), Failure> {
    let root = Cache::default_root().ok_or_else(|| {
        Failure::failed("no cache folder is known").hint("set GORELEASE_CACHE to a folder")
    })?;
    let dir = root.display().to_string();
    match arguments.action {
        Action::Dir if ui.format() == Format::Json => ui.json(&json!({ "dir": dir })),
        Action::Dir => ui.data(&format!("{dir}\n")),
        Action::Clean => {
            let freed = Cache::new(root).clean()?;
            if ui.format() == Format::Json {
                return ui.json(&json!({ "dir": dir, "freed-bytes": freed }));
            }
            ui.say(&format!(
                "removed {} MB from `{dir}`",
                freed.div_ceil(1 << 20)
            ));
            Ok(())
        }
    }
}
