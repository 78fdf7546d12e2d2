//! `release.toml` as it was typed: one file a table. The doc comments are the reference of every key.
//!
//! Nothing is decided here; [`super::check`] turns it into a [`super::Manifest`]. Tables are optional throughout, so
//! that an absent one can be told from an empty one.

mod build;
pub mod deploy;
pub mod duration;
mod msi;
mod package;
mod project;
mod service;
pub mod size;
mod trust;
mod windows;

use schemars::JsonSchema;
use serde::Deserialize;

use super::located::Located;

pub use build::{RawBinary, RawBuild, RawBuilder, RawHook, RawHooks, RawOverride};
pub use msi::{RawMsi, RawMsiFile, RawMsiFirewall, RawMsiProperty, RawMsiShortcut};
pub use package::{RawFile, RawPackage};
pub use project::{RawProject, RawVersion};
pub use service::{RawConfigFile, RawHealth, RawLog, RawPort, RawRecovery, RawService};
pub use trust::{
    RawAuthenticode, RawDetached, RawProvenance, RawSbom, RawSecret, RawSign, RawVulnerabilities,
};
pub use windows::{
    RawApplicationManifest, RawDpi, RawExecutionLevel, RawWindows, RawWindowsBinary,
    RawWindowsTranslation,
};

/// A release of a Go project: what to build, for which targets, and how to pack it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawManifest {
    /// Name, version and what people read about the project.
    pub project: Option<RawProject>,
    /// Targets and build settings shared by all binaries.
    pub build: Option<RawBuild>,
    /// The programs. Without any, every main package of the module is one.
    #[serde(default)]
    pub binary: Vec<RawBinary>,
    /// The Windows services.
    #[serde(default)]
    pub service: Vec<RawService>,
    /// What goes into which package.
    pub package: Option<RawPackage>,
    /// What Windows shows of the executables: version resource, icon and application manifest.
    pub windows: Option<RawWindows>,
    /// The Windows Installer package.
    pub msi: Option<RawMsi>,
    /// The hand-over to operations.
    pub deploy: Option<deploy::Config>,
    /// Commands to run before the build and around each binary.
    pub hooks: Option<RawHooks>,
    /// Bills of materials and licence texts.
    pub sbom: Option<RawSbom>,
    /// Signatures.
    pub sign: Option<RawSign>,
    /// A provenance statement.
    pub provenance: Option<RawProvenance>,
    /// A look for known vulnerabilities.
    pub vulnerabilities: Option<Located<RawVulnerabilities>>,
}
