//! Tools that only some releases need.

use super::row::{Row, Section};
use crate::process::Tool;
use crate::project::tools::FoundTool;

/// A row for each tool. One that is not there is no fault: `gorelease check` knows what a manifest needs.
pub(super) fn rows(found: &[(Tool, Option<FoundTool>)]) -> Vec<Row> {
    let row = |(tool, found): &(Tool, Option<FoundTool>)| match found {
        Some(found) => {
            let version = found.version.as_deref().unwrap_or("unknown version");
            Row::ok(
                Section::Tools,
                tool.name,
                format!(
                    "{version} at `{}`, to {}",
                    found.program.display(),
                    tool.purpose
                ),
            )
        }
        None => Row::ok(
            Section::Tools,
            tool.name,
            format!("not installed; only needed to {}", tool.purpose),
        )
        .hint(tool.install),
    };
    found.iter().map(row).collect()
}
