//! The hand-over as files: the model, and every generated file read by somebody else's reader.

#[path = "../support/mod.rs"]
mod support;

#[path = "../deploy/fixture.rs"]
mod fixture;

mod ansible;
mod applocker;
mod chocolatey;
mod dsc;
mod folder;
mod hostile;
mod iis;
mod iis_schema;
mod model;
mod nginx;
mod nginx_backend;
mod nginx_traffic;
mod nupkg;
mod pages;
mod policy;
mod refused;
mod store;
mod xml;
