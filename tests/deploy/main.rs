//! The hand-over: model, generators and the stories that play `Deploy.ps1` on a small Windows.
#![allow(clippy::print_stdout, reason = "a test says why it is skipped")]

#[path = "../support/mod.rs"]
mod support;

mod fixture;
mod front;
mod generators;
mod metrics;
mod model;
mod rollout;
mod rules;
mod script;
mod server;
mod stories;
mod traffic;
mod world;
