//! File formats that know nothing of gorelease.

pub mod archive;
pub mod authenticode;
pub mod buildinfo;
pub mod cab;
pub mod checksums;
pub mod executable;
pub mod file_name;
pub mod guarded;
pub mod icon;
pub mod input;
pub mod language;
pub mod macho;
pub mod msi;
pub mod output;
pub mod pe;
pub mod template;
