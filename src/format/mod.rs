//! File formats that know nothing of gorelease.

pub mod buildinfo;
pub mod archive;
pub mod output;
