//! What a project begins with: `gorelease init`, and the workflows of GitHub, this repository's own among them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cargo;
mod github;
mod modules;
mod own;
#[cfg(unix)]
mod scripts;
#[path = "../support/mod.rs"]
mod support;
mod written;
