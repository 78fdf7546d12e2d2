//! What was typed → what is meant: every value checked that can be checked without looking at the world.

mod build;
mod deploy;
mod glob;
mod msi;
mod names;
mod package;
mod project;
mod properties;
mod quantity;
mod service;
mod sign;
mod trust;
mod windows;

pub use build::{Binary, Build, BuildSettings, Builder, Hook, Override, Pattern, pattern};
pub use deploy::{Deploy, deploy_places};
pub use glob::{Star, compile as compile_glob};
pub use msi::{Msi, MsiBackend, MsiFile, MsiFirewall, WixSource};
pub use names::{LONGEST_NAME, file_name, project_path};
pub use package::{ExtraFile, Package};
pub use project::{Project, VersionSource};
pub use service::{ServiceConfigFile, ServiceTable, ServiceTexts};
pub use trust::{DetachedSignature, Sbom, SbomFormat, Signed, Trust, Vulnerabilities};
pub use windows::{Origin, Resources, Windows, WindowsBinary, WindowsTexts, WindowsTranslation};

use super::Located;
use super::raw::RawManifest;
use crate::problem::Problems;

/// A checked manifest; what it leaves open is inferred when the plan is made.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    /// `[project]`.
    pub project: Project,
    /// `[build]`.
    pub build: Build,
    /// `[[binary]]`; empty: every main package.
    pub binaries: Vec<Binary>,
    /// `[[service]]`.
    pub services: Vec<ServiceTable>,
    /// `[deploy]`.
    pub deploy: Option<Deploy>,
    /// `[package]`.
    pub package: Package,
    /// `[windows]`.
    pub windows: Windows,
    /// `[msi]`.
    pub msi: Msi,
    /// `[hooks]` before all.
    pub before: Vec<Hook>,
    /// `[sbom]`, `[sign]`, `[provenance]`, `[vulnerabilities]`.
    pub trust: Trust,
}

impl Manifest {
    /// The icons that it names.
    pub fn icons(&self) -> impl Iterator<Item = &Located<String>> {
        self.project.icon.iter().chain(self.windows.icons())
    }
}

/// Checks every table, and what they say of each other.
pub fn check(raw: RawManifest, problems: &mut Problems) -> Manifest {
    Manifest {
        project: project::check(raw.project.unwrap_or_default(), problems),
        build: build::check_build(raw.build.unwrap_or_default(), problems),
        binaries: build::check_binaries(raw.binary, problems),
        services: service::check(raw.service, problems),
        deploy: None,
        package: package::check(raw.package.unwrap_or_default(), problems),
        windows: windows::check(raw.windows.unwrap_or_default(), problems),
        msi: msi::check(raw.msi.unwrap_or_default(), problems),
        before: build::check_global_hooks(raw.hooks.unwrap_or_default(), problems),
        trust: trust::check(
            raw.sbom,
            raw.provenance.is_some(),
            raw.vulnerabilities,
            raw.sign.unwrap_or_default(),
            problems,
        ),
    }
}
