//! The Windows service: its settings, its host and the commands that register it.

pub mod account;
#[cfg(test)]
pub(crate) mod arguments;
pub mod detect;
pub mod event;
#[cfg(test)]
pub(crate) mod fixture;
pub mod host;
pub mod known;
pub mod model;
pub mod names;
pub mod overlay;
pub mod property;
pub mod sc;
pub mod settings;
pub mod sid;
mod surroundings;
pub mod symbolic;

pub use model::Service;
pub use property::Property;
pub use settings::{Setting, SettingValue, settings};
pub use sid::service_sid;
pub use symbolic::{Segment, Symbol, Symbolic};
