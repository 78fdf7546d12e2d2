//! Windows artifacts under Wine.

#[path = "../support/mod.rs"]
mod support;

mod endings;
mod failures;
mod injection;
mod instances;
mod program;
mod registration;
mod rounds;
mod testbed;
