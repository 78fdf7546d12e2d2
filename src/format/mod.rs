//! File formats that know nothing of gorelease.

pub mod archive;
pub mod buildinfo;
pub mod output;
pub mod cab;
