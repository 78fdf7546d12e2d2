//! What a release's SemVer becomes where a format has numbers of its own.

pub mod windows;
