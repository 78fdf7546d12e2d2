//! gorelease with a real Go, from a folder to a verified release.

#[path = "../support/mod.rs"]
mod support;

mod build;
mod cache;
mod interrupted;
mod merge;
mod reproducible;
mod windows_identity;
