//! gorelease: cross-compilation and release packaging for Go.
//!
//! The rooms, from the bottom up; a room uses only those above it in this list.

pub mod format;
pub mod process;
pub mod service;
pub mod version;
