//! What a plan is made from besides the manifest: facts and options, all gathered before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::error::Failure;
use crate::process::ToolFinder;
use crate::project::mains::MainPackages;
use crate::project::modules::NestedModule;
use crate::project::tags::History;
use crate::project::work_tree::{Kind, Tracked};
use crate::project::{Facts, Package, Problem};
use crate::service::detect::Behaviour;
use crate::service::overlay::Conflict;

/// What the world says.
#[derive(Debug, Clone)]
pub struct World {
    /// Go, git, modules, this machine.
    pub facts: Facts,
    /// The main packages of the project; a problem when the go tool could not list them.
    pub mains: Result<MainPackages, Problem>,
    /// Modules below the project that are no part of it; empty when the manifest names the programs.
    pub nested_modules: Vec<NestedModule>,
    /// The tags before HEAD.
    pub history: History,
    /// The release before this one, when the manifest asks for a package whose identity must not change.
    pub earlier_release: Option<EarlierRelease>,
    /// The packages that the manifest names, by what was asked.
    pub packages: BTreeMap<PackageQuery, Result<Package, Problem>>,
    /// The programs of services, as they are for Windows; empty without services.
    pub service_programs: BTreeMap<PackageQuery, ServiceProgram>,
    /// The text of the version's file, if the manifest names one.
    pub version_text: Option<Result<String, String>>,
    /// The files of the project.
    pub files: FileIndex,
    /// The files under version control.
    pub tracked: Tracked,
    /// The icons that the manifest names and that are no icons, by path: what is wrong, and the way out.
    pub bad_icons: BTreeMap<String, (String, String)>,
    /// The environment, for `{{ env.NAME }}`.
    pub environment: BTreeMap<String, String>,
    /// Where tools are looked for.
    pub finder: ToolFinder,
    /// The manifest's text, empty when there is none.
    pub manifest_text: String,
    /// The manifest that the command line names, from the repository's root, with `/`.
    pub manifest_path: Option<String>,
}

/// The release before this one, as its tag has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierRelease {
    /// The tag.
    pub tag: String,
    /// The manifest's text.
    pub manifest_text: String,
}

/// A main package as the manifest names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackageQuery {
    /// The module's folder, relative to the project; empty for its root.
    pub dir: String,
    /// The package, such as `./cmd/orders`.
    pub pattern: String,
}

/// What is known of a program that is to be a service.
#[derive(Debug, Clone)]
pub struct ServiceProgram {
    /// What the go tool says against the package, for 64-bit Windows.
    pub package: Result<(), Problem>,
    /// What its source shows.
    pub behaviour: Behaviour,
    /// What has a name that the service host needs; its path is relative to the project.
    pub conflict: Option<Conflict>,
}

impl ServiceProgram {
    /// A package that the go tool could not tell about.
    pub fn unknown(problem: Problem) -> Self {
        Self {
            package: Err(problem),
            behaviour: Behaviour::default(),
            conflict: None,
        }
    }
}

/// A file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectFile {
    /// Relative to the project's root, with `/`.
    pub path: String,
    /// Whether its owner may execute it.
    pub executable: bool,
    /// Bytes; 0 for a file that a hook has yet to make.
    pub size: u64,
}

/// The regular files of the project, sorted by path, without `.git` and the results' folder.
///
/// A link to a file inside the project counts as the file; links to folders and to the outside are not followed.
#[derive(Debug, Clone, Default)]
pub struct FileIndex {
    files: Vec<ProjectFile>,
    /// Links that are not followed, and why.
    refused: BTreeMap<String, &'static str>,
    /// Files with a name that is not UTF-8, as far as it can be shown.
    unnamed: Vec<String>,
}

impl FileIndex {
    /// From a list, for tests.
    pub fn new(mut files: Vec<ProjectFile>) -> Self {
        files.sort_by(|left, right| left.path.cmp(&right.path));
        Self {
            files,
            refused: BTreeMap::new(),
            unnamed: Vec::new(),
        }
    }

    /// Walks through the project.
    pub fn gather(root: &Path, dist: &Path, tracked: &Tracked) -> Result<Self, Failure> {
        let canonical =
            std::fs::canonicalize(root).map_err(|error| Failure::io("look at", root, &error))?;
        let mut files = Vec::new();
        let mut refused = BTreeMap::new();
        let mut unnamed = Vec::new();
        let walk = walkdir::WalkDir::new(root).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| entry.file_name() != ".git" && entry.path() != dist)
        {
            // What cannot be read cannot be packed; naming it in the manifest gives the error with its place.
            let Ok(entry) = entry else { continue };
            let Ok(path) = entry.path().strip_prefix(root) else {
                continue;
            };
            let Some(path) = path.to_str() else {
                if entry.file_type().is_file() {
                    unnamed.push(path.to_string_lossy().replace('\\', "/"));
                }
                continue;
            };
            let path = path.replace('\\', "/");
            if let Some(why) = bad_link(&entry, &canonical) {
                refused.insert(path, why);
                continue;
            }
            let Ok(metadata) = std::fs::metadata(entry.path()) else {
                continue;
            };
            if metadata.is_file() {
                files.push(ProjectFile {
                    path,
                    executable: is_executable(entry.path(), &metadata, tracked),
                    size: metadata.len(),
                });
            }
        }
        Ok(Self {
            refused,
            unnamed,
            ..Self::new(files)
        })
    }

    /// The file at this path.
    pub fn get(&self, path: &str) -> Option<&ProjectFile> {
        let path = path.trim_start_matches("./");
        self.files.iter().find(|file| file.path == path)
    }

    /// Why the file at this path, or a folder above it, is not there although a link is.
    pub fn refusal(&self, path: &str) -> Option<(&str, &'static str)> {
        let path = path.trim_start_matches("./");
        let folders = path.match_indices('/').map(|(slash, _)| &path[..slash]);
        let mut candidates = folders.chain([path]);
        candidates.find_map(|path| {
            let (link, why) = self.refused.get_key_value(path)?;
            Some((link.as_str(), *why))
        })
    }

    /// The links that are not followed, and why.
    pub fn refused(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.refused.iter().map(|(link, why)| (link.as_str(), *why))
    }

    /// Files with a name that is not UTF-8, which no archive can carry to another system.
    pub fn unnamed(&self) -> &[String] {
        &self.unnamed
    }

    /// All files.
    pub fn iter(&self) -> impl Iterator<Item = &ProjectFile> {
        self.files.iter()
    }
}

/// Why a link is not followed, if the entry is one and it is not.
fn bad_link(entry: &walkdir::DirEntry, root: &Path) -> Option<&'static str> {
    if !entry.path_is_symlink() {
        return None;
    }
    match std::fs::canonicalize(entry.path()) {
        Err(_) => Some("leads nowhere, or to itself"),
        Ok(target) if !target.starts_with(root) => Some("leads out of the project"),
        Ok(target) if target.is_dir() => Some("leads to a folder"),
        Ok(_) => None,
    }
}

/// As the commit has it, so that it is the same on every machine; by the file system where git knows nothing.
fn is_executable(path: &Path, metadata: &std::fs::Metadata, tracked: &Tracked) -> bool {
    let known = match std::fs::canonicalize(path) {
        // A link has the mode of its target.
        Ok(target) if path.is_symlink() => tracked.get(&target),
        _ => tracked.get(path),
    };
    known.map_or_else(
        || is_executable_here(metadata),
        |file| file.kind == Kind::Executable,
    )
}

#[cfg(unix)]
fn is_executable_here(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable_here(_: &std::fs::Metadata) -> bool {
    false
}

/// Kinds of results that can be left out with `--skip`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    ValueEnum,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Skip {
    /// Zip and tar archives.
    Archive,
    /// Bare binaries.
    Binary,
    /// Windows Installer packages.
    Msi,
    /// Checksum files.
    Checksums,
    /// The user's commands.
    Hooks,
    /// Bills of materials and licence texts.
    Sbom,
    /// Signatures.
    Sign,
    /// The report of known vulnerabilities.
    Vulnerabilities,
}

impl Skip {
    /// The word on the command line.
    pub fn word(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }
}

/// What the command line asks for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--target`.
    pub targets: Vec<String>,
    /// `--binary`.
    pub binaries: Vec<String>,
    /// `--skip`.
    pub skip: BTreeSet<Skip>,
    /// `--version`.
    pub version: Option<Version>,
    /// `--snapshot`.
    pub snapshot: Option<Version>,
    /// `--release`: nothing but a release will do.
    pub release_only: bool,
    /// `--signatures-from`: take the signatures of an earlier release from this folder instead of making them.
    pub signatures_from: Option<PathBuf>,
    /// `--offline`: the go tool must not use the network.
    pub offline: bool,
    /// The results' folder, absolute.
    pub dist: PathBuf,
    /// Where the manifest is, absolute: paths in it are relative to this.
    pub root: PathBuf,
}
