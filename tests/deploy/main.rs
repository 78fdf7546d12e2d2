//! The hand-over on the server: the stories that play `Deploy.ps1` on a small Windows.
//! The engine that plays them runs on Linux.
#![cfg(unix)]
#![allow(clippy::print_stdout, reason = "a test says why it is skipped")]

#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod appcmd;
mod applocker;
mod compatibility;
mod crash;
#[path = "../windows/project.rs"]
#[allow(dead_code, reason = "the zip for Windows has its own tests")]
mod project;

mod fixture;
mod folders;
mod front;
mod hosts;
#[path = "../handover/iis_schema.rs"]
mod iis_schema;
mod leftover;
mod metrics;
mod nginx;
mod prepare;
mod properties;
mod rollout;
mod rules;
mod script;
mod server;
mod session;
mod stories;
mod traffic;
mod wine;
mod world;
mod zip;
