//! The Go modules of a folder: one, or those of a workspace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::go::Go;
use super::go_version::GoVersion;
use super::packages::slashed;
use super::problem::{Problem, ProblemKind};
use crate::process::{ProcessError, Runner};

/// The main modules that the go tool sees from a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modules {
    /// The main modules, sorted by path: one, or all of a workspace.
    pub main: Vec<Module>,
    /// The `go.work` file in use.
    pub workspace: Option<PathBuf>,
    /// Whether a `vendor` folder holds the dependencies.
    pub vendored: bool,
}

/// A module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Module {
    /// The module path.
    pub path: String,
    /// Its version; none for a main module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether it is a main module.
    #[serde(default)]
    pub main: bool,
    /// Its folder, when it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dir: Option<PathBuf>,
    /// The `go` directive; absent in old modules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go_version: Option<GoVersion>,
    /// What stands in for it by a `replace` directive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace: Option<Box<Module>>,
}

impl Modules {
    /// Asks the go tool about `directory`. `settings` are the variables that the manifest sets.
    ///
    /// # Errors
    /// A [`Problem`] of one of the kinds `NoModule`, `GoTooOld`, `Cancelled`, `Failed`.
    pub fn gather(
        runner: &Runner,
        go: &Go,
        directory: &Path,
        settings: &BTreeMap<String, String>,
    ) -> Result<Self, Problem> {
        let in_use = |setting| Some(go.setting(setting)).filter(|file| !file.is_empty());
        let workspace = in_use("GOWORK").filter(|file| *file != "off");
        // Outside a module, GOMOD is the null device.
        let module = in_use("GOMOD").filter(|file| file.ends_with("go.mod"));
        if workspace.is_none() && module.is_none() {
            return Err(Problem::new(
                ProblemKind::NoModule,
                format!("`{}` is in no Go module", directory.display()),
            )
            .with_hint("run `go mod init MODULE`, or change to the module's folder with `-C`"));
        }
        let list = go
            .command(directory, "go list -m", settings)
            .args(["list", "-m", "-json"]);
        let json = runner.read(&list).map_err(explain_failure)?;
        let mut main = Vec::new();
        for value in serde_json::Deserializer::from_str(&json).into_iter::<Module>() {
            main.push(value.map_err(|error| {
                Problem::new(
                    ProblemKind::Failed,
                    format!("go list -m: unexpected answer: {error}"),
                )
            })?);
        }
        main.sort_by(|a, b| a.path.cmp(&b.path));
        let vendored = workspace.or(module).is_some_and(|file| {
            Path::new(file)
                .with_file_name("vendor/modules.txt")
                .is_file()
        });
        Ok(Self {
            main,
            workspace: workspace.map(PathBuf::from),
            vendored,
        })
    }

    /// The module whose folder `directory` is or is in: the innermost, if there are several.
    pub fn of_directory(&self, directory: &Path) -> Option<&Module> {
        self.main
            .iter()
            .filter(|module| {
                module
                    .dir
                    .as_deref()
                    .is_some_and(|dir| directory.starts_with(dir))
            })
            .max_by_key(|module| module.dir.as_deref().map(|dir| dir.components().count()))
    }
}

/// A module below a project that is neither its own nor part of its workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NestedModule {
    /// Its folder, relative to the project.
    pub folder: String,
    /// Whether it has a program that may be for users.
    pub has_program: bool,
}

/// The modules not far below `directory` that are not among `known`.
pub fn nested(directory: &Path, known: &Modules) -> Vec<NestedModule> {
    let is_known = |folder: &Path| {
        let mut known = known.main.iter();
        known.any(|module| module.dir.as_deref() == Some(folder))
    };
    module_folders(directory)
        .into_iter()
        .filter(|folder| !is_known(folder))
        .filter_map(|folder| {
            Some(NestedModule {
                folder: slashed(folder.strip_prefix(directory).ok()?),
                has_program: has_program(&folder),
            })
        })
        .collect()
}

/// The folders with a `go.mod`, `directory` itself and not far below it, sorted.
pub fn module_folders(directory: &Path) -> Vec<PathBuf> {
    visible(directory, 4)
        .filter(|entry| entry.file_name() == "go.mod")
        .filter_map(|entry| entry.path().parent().map(Path::to_path_buf))
        .collect()
}

/// Whether a source file of package main, tests left out, is not far below.
fn has_program(folder: &Path) -> bool {
    visible(folder, 4).any(|entry| {
        let name = entry.file_name().to_string_lossy();
        if !name.ends_with(".go") || name.ends_with("_test.go") {
            return false;
        }
        let source = std::fs::read_to_string(entry.path()).unwrap_or_default();
        source.lines().any(|line| line.trim_end() == "package main")
            && !source
                .lines()
                .any(|line| line.trim_end() == "//go:build ignore")
    })
}

/// Entries that the go tool would look at.
fn visible(directory: &Path, depth: usize) -> impl Iterator<Item = walkdir::DirEntry> {
    let is_seen = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        let is_hidden = name.starts_with(['.', '_']);
        let is_foreign = ["vendor", "testdata", "node_modules"].contains(&&*name);
        entry.depth() == 0 || !(is_hidden || is_foreign)
    };
    walkdir::WalkDir::new(directory)
        .max_depth(depth)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(is_seen)
        .filter_map(Result::ok)
}

/// Translates the go tool's refusal of a module that needs a newer one.
pub(super) fn explain_failure(error: ProcessError) -> Problem {
    let words = error
        .output()
        .map(|output| output.stderr_text().trim().to_owned())
        .unwrap_or_default();
    if words.contains("requires go >=") {
        Problem::new(ProblemKind::GoTooOld, words).with_hint(
            "install that version from https://go.dev/dl, or unset GOTOOLCHAIN to let go fetch it",
        )
    } else {
        error.into()
    }
}
