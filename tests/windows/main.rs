//! Windows artifacts under Wine.

#[path = "../support/mod.rs"]
mod support;

mod testbed;
