//! Installation packages.

pub mod msi;
