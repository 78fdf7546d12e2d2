//! Windows executables: adding resources to a finished one, and reading them again.
//!
//! A Go executable has no version, icon or manifest of its own. [`add_resources`] copies it with one more section,
//! `.rsrc`, that holds a [`Resources`] tree; nothing else moves, so build information, symbols and debug data stay
//! as they were, and the result depends on the two inputs alone. [`version`], [`manifest`] and
//! [`crate::format::icon`] make the contents.
//!
//! Non-goals: files with a signature (the signature would break; sign afterwards), data after the last section,
//! 16-bit executables.

mod checksum;
mod error;
mod layout;
pub mod manifest;
mod patch;
mod resource;
pub mod version;

pub use error::PeError;
pub use patch::{add_resources, read_resources};
pub use resource::{Name, Resource, Resources, kind};
