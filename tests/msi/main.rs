//! Installation packages: through the readers of others, and installed under Wine.

#[path = "../support/mod.rs"]
mod support;

mod backends;
mod example;
mod fixture;
mod readers;
mod suite;
mod wine;
