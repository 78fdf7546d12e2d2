//! The Windows service: its settings, its host and the commands that register it.

pub mod model;
pub mod symbolic;

pub use model::Service;
pub use symbolic::{Segment, Symbol, Symbolic};
