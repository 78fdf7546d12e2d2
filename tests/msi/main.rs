//! Installation packages: through the readers of others, and installed under Wine.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod backends;
mod bad_input;
mod bed;
mod example;
mod faults;
mod fixture;
mod inspect;
mod project;
mod readers;
mod real;
mod settings;
mod suite;
mod wine;
mod wix;
