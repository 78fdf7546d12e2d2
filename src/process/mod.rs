//! Subprocesses: what to run as a value, and the one place that runs it.
//!
//! An [`Invocation`] is decided early and printed with the plan. A [`Runner`] starts it in a process group (Unix)
//! or job object (Windows) of its own, drains its output, measures it, and returns an [`Output`] or a
//! [`ProcessError`]. A [`Cancel`] shared by all runners ends every running tree. A [`Tool`] is looked for in `PATH`
//! before anything is started, so that all missing tools can be named at once.
//!
//! Not here: what is run and why, terminals (a child never gets ours), and printing.

mod both;
mod cancel;
mod capture;
mod error;
mod interrupt;
mod invocation;
mod output;
mod runner;
mod secret;
mod tool;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as platform;

pub use both::both;
pub use cancel::Cancel;
pub use error::ProcessError;
pub use interrupt::on_interrupt;
pub use invocation::Invocation;
pub use output::Output;
pub use runner::Runner;
pub use secret::{Secret, hide_variable, mask, masked};
pub use tool::{MissingTool, Tool, ToolFinder};

#[cfg(test)]
#[cfg(unix)]
mod tests;
