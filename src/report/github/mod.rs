//! What the GitHub Actions runner understands: workflow commands in the log, and files for summary and outputs.
//!
//! The commands and their escaping: "Workflow commands for GitHub Actions" in GitHub's documentation, and
//! `ActionCommand.cs` of the runner (actions/runner), which says what it takes for a command.

mod command;

pub use command::{Level, annotation, harmless, problems};
