//! Trust, proved by other people's readers: build information, SBOM, licences, signatures, whole releases.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says why it is skipped"
)]

mod authenticode;
mod bench;
mod buildinfo;
mod commands;
mod detached;
mod documents;
mod fixture;
mod inside_package;
#[cfg(unix)]
mod keys;
mod licences;
mod provenance;
mod release;
mod root;
mod sbom;
mod sign;
#[cfg(unix)]
mod stand_ins;
#[path = "../support/mod.rs"]
mod support;
mod tamper;
mod time_server;
mod tiny;
#[cfg(unix)]
mod tools;
