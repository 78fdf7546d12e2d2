//! gorelease with a real Go, from a folder to a verified release.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod build;
mod cache;
mod environment;
mod interrupted;
#[cfg(unix)]
mod memory;
mod merge;
mod reproducible;
mod sources;
mod windows_identity;
mod work_tree;
