//! Facts: what the world says about a project, gathered once, before anything is decided.
//!
//! [`Facts::gather`] asks git, the go tool and the machine. A fact that cannot be had is kept as a [`Problem`]: whether
//! it matters is for the plan to say, since a version may be given on the command line, and a project may have no
//! Go at all. [`Facts::example`] is a complete set without the world, for tests.
//!
//! Not here: decisions, defaults, and anything that is written.

pub mod cargo;
pub mod clock;
mod facts;
pub mod files;
pub mod git;
pub mod go;
pub mod go_calls;
pub mod go_environment;
pub mod go_flags;
pub mod go_hints;
pub mod go_source;
pub mod go_version;
pub mod host;
pub mod mains;
pub mod memory;
pub mod modules;
pub mod packages;
pub mod place;
mod problem;
pub mod tags;
pub mod tools;
pub mod work_tree;

pub use cargo::Cargo;
pub use clock::Clock;
pub use facts::Facts;
pub use files::Files;
pub use git::Git;
pub use go::{Go, Platform};
pub use go_version::GoVersion;
pub use host::Host;
pub use memory::Memory;
pub use modules::{Module, Modules};
pub use packages::Package;
pub use problem::{Problem, ProblemKind};

#[cfg(test)]
#[cfg(unix)]
mod tests;
