//! What a project begins with: `gorelease init`, and the workflows of GitHub, this repository's own among them.

mod github;
#[path = "../support/mod.rs"]
mod support;
