//! Bad input, tried one by one: a clear message with its place and the way out, the right exit code, nothing lost.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says why it is skipped"
)]

mod bad_disk;
mod bad_links;
mod bad_machine;
mod bad_manifest;
mod bad_msi;
mod bad_project;
mod bad_service;
mod bad_sources;
mod bad_usage;
mod doctor;
mod former_services;
mod found;
mod messages;
mod scaffold;
mod secrets;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod tags;
#[cfg(unix)]
mod terminal;
mod versions;
