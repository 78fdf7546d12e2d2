//! The hand-over: what an operations engineer needs to put a release on a Windows server and take it back.
//!
//! Flow: [`config`] (the `[deploy]` tables) + [`crate::service::Service`] + the artifacts' digests →
//! [`build`] → [`model::Deployment`], whose serialisation is `deployment.json`. Every other file of the
//! folder is derived from that model by one module a consumer; [`generate`] lists them.
//!
//! Non-goals: nothing here runs on the server. `Deploy.ps1` reads `deployment.json` there.

mod ansible;
pub mod applocker;
mod automation;
pub mod build;
pub mod build_service;
pub mod check;
mod check_automation;
mod check_front;
mod check_server;
pub mod chocolatey;
mod dsc;
mod events;
pub mod folder;
pub mod group_policy;
pub mod handover;
mod handover_parameters;
mod handover_services;
mod handover_troubles;
pub mod iis;
pub mod install;
pub mod model;
pub mod model_server;
pub mod model_service;
pub mod names;
pub mod nginx;
pub mod page;
pub mod script;
pub mod security;
pub mod time_zones;
pub mod winget;
mod yaml;

pub use crate::manifest::raw::deploy as config;
pub use build::{ArtifactFile, Release, build};
pub use check::{Problem, check};
pub use config::Config;
pub use folder::{GeneratedFile, generate};
pub use model::Deployment;
