//! gorelease: cross-compilation and release packaging for Go.
//!
//! The rooms, from the bottom up; a room uses only those before it in this list, which a test reads:
//!
//! `problem`, `error`, `target`, `version`, `format`, `process`, `project`, `service`, `trust`, `package`, `manifest`,
//! `deploy`, `plan`, `event`, `step`, `engine`, `verify`, `merge`, `report`, `schema`, `session`, `doctor`, `init`, `cli`.
//!
//! (The declarations below are in alphabetical order.)

pub mod cli;
pub mod deploy;
pub mod doctor;
pub mod engine;
pub mod error;
pub mod event;
pub mod format;
pub mod init;
pub mod manifest;
pub mod merge;
pub mod package;
pub mod plan;
pub mod problem;
pub mod process;
pub mod project;
pub mod report;
pub mod schema;
pub mod service;
pub mod session;
pub mod step;
pub mod target;
pub mod trust;
pub mod verify;
pub mod version;
