//! Trust, proved by other people's readers: build information, SBOM, licences, signatures.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod authenticode;
mod buildinfo;
mod detached;
mod provenance;
mod sbom;
mod sign;
mod support;
mod time_server;
