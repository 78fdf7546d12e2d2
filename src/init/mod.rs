//! A first `release.toml` for a project that has none, and a workflow that releases it.
//!
//! facts → [`Other`] (what another release tool's configuration says) → [`Survey`] (asks the go tool which programs there are and for which systems they compile) → [`Draft`]
//! (pure: names, targets, variables) → [`manifest()`] and [`workflow`] (texts from `templates/init`).
//!
//! Not here: writing files, and printing.

mod action;
mod draft;
mod other;
mod survey;
mod text;
mod variables;

pub use action::Action;
pub use draft::{Draft, DraftBinary, DraftOther, DraftSettings, LeftOut, Unbuilt};
pub use other::{NotUsed, Other, OtherProgram};
pub use survey::{Compile, Program, Survey, System};
pub use text::{Workflow, manifest, workflow};

#[cfg(test)]
mod tests;
