//! Windows artifacts under Wine.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../support/mod.rs"]
mod support;

mod control;
mod cost;
mod endings;
mod failures;
mod gorelease_exe;
mod host;
mod injection;
mod install;
mod instances;
mod plays;
mod process;
mod program;
mod project;
mod real;
mod registration;
mod release;
mod rounds;
mod scaffold;
mod testbed;
