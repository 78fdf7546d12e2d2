//! The components of an executable.

use std::collections::BTreeMap;

use crate::format::buildinfo::{BuildInfo, Module};
use crate::trust::licence::{Licence, LicenceError, Places};

use super::package_url;

/// The executable that a document is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// File name without folder.
    pub file_name: String,
    /// SHA-256 of the file as it ships, in lower-case hexadecimal.
    pub sha256: String,
    /// The release's version; without one the main module's version is used.
    pub version: Option<String>,
}

/// What a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The module of the main package.
    Main,
    /// A module that was linked in.
    Dependency,
    /// The Go standard library and runtime.
    StandardLibrary,
}

/// One module, as it was compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// What it is.
    pub kind: Kind,
    /// Module path; `stdlib` for the standard library.
    pub name: String,
    /// Version, absent for a module from a folder.
    pub version: Option<String>,
    /// Package URL, absent for a module from a folder.
    pub purl: Option<String>,
    /// The `h1:` sum of `go.sum`, decoded to hexadecimal: SHA-256 over the module's file list, not over its zip.
    pub sha256: Option<String>,
    /// `path@version` that this module replaces.
    pub replaces: Option<String>,
    /// What its licence files say.
    pub licence: ComponentLicence,
}

/// The licence of a component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComponentLicence {
    /// SPDX expression; absent when not recognised.
    pub expression: Option<String>,
    /// Confidence in percent, where files were compared.
    pub confidence: Option<u8>,
}

impl From<&Licence> for ComponentLicence {
    fn from(licence: &Licence) -> Self {
        let expression = licence.expression();
        let confidence = expression.as_ref().and_then(|_| licence.confidence());
        Self {
            expression,
            confidence,
        }
    }
}

/// Everything that a document about one executable lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// The executable.
    pub subject: Subject,
    /// The main module, with the version of the release.
    pub main: Component,
    /// The main module's version as the go tool recorded it, when it is another one: Go takes a version from tags of its
    /// own form only.
    pub stamped: Option<String>,
    /// Dependencies sorted by name and version, then the standard library.
    pub components: Vec<Component>,
    /// The go tool's build settings.
    pub settings: BTreeMap<String, String>,
    /// Toolchain as recorded, for example `go1.26.1`.
    pub go_version: String,
}

impl Inventory {
    /// Gathers the components of an executable; licences are looked for in `places`.
    ///
    /// # Errors
    /// When a licence file is there and cannot be read.
    pub fn gather(
        subject: Subject,
        info: &BuildInfo,
        places: &Places,
    ) -> Result<Self, LicenceError> {
        let mut components = Vec::new();
        for module in &info.deps {
            components.push(dependency(module, &places.module(module)?));
        }
        components.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        components.push(standard_library(
            &info.go_version,
            &places.standard_library()?,
        ));
        Ok(Self {
            stamped: stamped(info, &subject),
            main: main_module(info, &subject, &places.main()?),
            subject,
            components,
            settings: info.settings.clone(),
            go_version: info.go_version.clone(),
        })
    }

    /// Whether C code may have been linked in that no component stands for.
    pub fn may_hold_c_code(&self) -> bool {
        self.settings
            .get("CGO_ENABLED")
            .is_none_or(|value| value != "0")
    }
}

/// The version that the go tool recorded for the main module; none for one from a folder.
fn recorded(info: &BuildInfo) -> Option<&str> {
    let module = info.main.as_ref().map(Module::effective);
    module
        .filter(|module| !module.is_from_folder())
        .map(|module| module.version.as_str())
}

fn stamped(info: &BuildInfo, subject: &Subject) -> Option<String> {
    let version = subject.version.as_ref()?;
    recorded(info)
        .filter(|recorded| recorded.strip_prefix('v') != Some(version))
        .map(str::to_owned)
}

fn main_module(info: &BuildInfo, subject: &Subject, licence: &Licence) -> Component {
    let module = info.main.as_ref().map(Module::effective);
    let name = module.map_or(info.path.as_str(), |module| module.path.as_str());
    let name = if name.is_empty() {
        subject.file_name.as_str()
    } else {
        name
    };
    // The package URL names the same version, as Go writes versions.
    let version = subject
        .version
        .as_ref()
        .map(|version| format!("v{version}"))
        .or_else(|| recorded(info).map(str::to_owned));
    let package = info
        .path
        .strip_prefix(name)
        .map(|rest| rest.trim_start_matches('/'));
    let mut qualifiers = Vec::new();
    for (key, setting) in [("goarch", "GOARCH"), ("goos", "GOOS")] {
        qualifiers.extend(info.setting(setting).map(|value| (key, value)));
    }
    Component {
        kind: Kind::Main,
        purl: module.map(|_| package_url(name, version.as_deref(), &qualifiers, package)),
        name: name.to_owned(),
        version,
        sha256: None,
        replaces: None,
        licence: licence.into(),
    }
}

fn dependency(module: &Module, licence: &Licence) -> Component {
    let source = module.effective();
    let from_folder = source.is_from_folder();
    // A folder's path says nothing outside the machine: the module keeps its own name.
    let name = if from_folder {
        &module.path
    } else {
        &source.path
    };
    let version = (!from_folder).then(|| source.version.clone());
    Component {
        kind: Kind::Dependency,
        purl: version
            .as_deref()
            .map(|version| package_url(name, Some(version), &[], None)),
        name: name.clone(),
        version,
        sha256: source.sum_hex(),
        replaces: module
            .replace
            .as_ref()
            .map(|_| format!("{}@{}", module.path, module.version)),
        licence: licence.into(),
    }
}

/// The standard library under the name that vulnerability databases know it by.
fn standard_library(go_version: &str, licence: &Licence) -> Component {
    let version = go_version.split_whitespace().next().unwrap_or_default();
    let version = version.strip_prefix("go").unwrap_or(version);
    let found = ComponentLicence::from(licence);
    let known = ComponentLicence {
        expression: Some("BSD-3-Clause".to_owned()),
        confidence: None,
    };
    Component {
        kind: Kind::StandardLibrary,
        name: "stdlib".to_owned(),
        version: Some(version.to_owned()),
        purl: Some(package_url("stdlib", Some(version), &[], None)),
        sha256: None,
        replaces: None,
        licence: if found.expression.is_some() {
            found
        } else {
            known
        },
    }
}
