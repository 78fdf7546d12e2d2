//! File formats that know nothing of gorelease.

pub mod buildinfo;
