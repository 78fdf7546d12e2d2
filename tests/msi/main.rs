//! Installation packages: through the readers of others, and installed under Wine.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod backends;
mod example;
mod fixture;
mod readers;
mod suite;
mod wine;
