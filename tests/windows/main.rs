//! Windows artifacts under Wine.

#[path = "../support/mod.rs"]
mod support;

mod endings;
mod failures;
mod injection;
mod install;
mod instances;
mod program;
mod project;
mod real;
mod registration;
mod rounds;
mod testbed;
