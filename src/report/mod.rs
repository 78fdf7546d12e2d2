//! What the process says: the only room that prints.
//!
//! Commands hand their data, warnings and failures to the [`Printer`]; workers send [`crate::event::Event`]s. Data
//! goes to standard output, talk to standard error. A reader that goes away is no error.
//!
//! Nothing is decided here but looks: what a failure means, and its exit code, is the business of those who fail.

pub mod diagnostic;
#[cfg(test)]
mod fixture;
mod github;
mod html;
mod json;
mod options;
mod printer;
mod run;
mod summary;
mod tables;
pub mod text;

pub use html::{html, write_html};
pub use json::{FailureLine, Line, ProblemLine};
pub use options::{
    ColorWish, Environment, Github, Options, Progress, Stdout, Style, Verbosity, When,
};
pub use printer::Printer;
pub use run::follow;
pub use summary::{
    ArtifactSummary, DoneSummary, FailureSummary, StepResult, StepState, StepSummary, Summary,
};
pub use tables::{checked, plan};
