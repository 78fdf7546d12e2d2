//! The Go packages of a module, as `go list` sees them for one target.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::go::Go;
use super::go_source;
use super::modules::{Module, explain_failure};
use super::problem::{Problem, ProblemKind};
use crate::process::{Invocation, Runner};

/// A package; a pattern that matches none gives one with an [`error`](Package::error).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Package {
    /// The import path, or the pattern when it matches nothing.
    pub import_path: String,
    /// The name in its package clause.
    pub name: String,
    /// Its folder.
    pub dir: PathBuf,
    /// The module that it is in.
    pub module: Option<Module>,
    /// The patterns that name it, cleaned: `./cmd/api` for `./cmd/api/`.
    pub r#match: Vec<String>,
    /// The Go source files that are compiled for the target.
    pub go_files: Vec<String>,
    /// Those that import "C".
    pub cgo_files: Vec<String>,
    /// The Go source files that build constraints leave out.
    pub ignored_go_files: Vec<String>,
    /// C, C++, Objective-C, Fortran, header, assembler, object and SWIG files that are compiled or linked in; only with
    /// [`Depth::Sources`].
    #[serde(flatten)]
    pub other_files: OtherFiles,
    /// The files that `//go:embed` puts in, relative to the folder; only with [`Depth::Sources`].
    pub embed_files: Vec<String>,
    /// The patterns of `//go:embed`; only with [`Depth::Sources`].
    pub embed_patterns: Vec<String>,
    /// Whether no pattern names it, and it is only a dependency.
    pub dep_only: bool,
    /// Whether it is part of Go's standard library.
    pub standard: bool,
    /// The packages that it imports; only with [`Depth::Dependencies`].
    pub imports: Vec<String>,
    /// What is wrong with it.
    pub error: Option<PackageError>,
    /// What is wrong with its dependencies.
    pub deps_errors: Vec<PackageError>,
}

/// Files of a package that are not Go, as `go list` groups them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct OtherFiles {
    #[serde(rename = "CFiles")]
    pub c: Vec<String>,
    #[serde(rename = "CXXFiles")]
    pub cxx: Vec<String>,
    #[serde(rename = "MFiles")]
    pub m: Vec<String>,
    #[serde(rename = "HFiles")]
    pub h: Vec<String>,
    #[serde(rename = "FFiles")]
    pub f: Vec<String>,
    #[serde(rename = "SFiles")]
    pub s: Vec<String>,
    #[serde(rename = "SwigFiles")]
    pub swig: Vec<String>,
    #[serde(rename = "SwigCXXFiles")]
    pub swig_cxx: Vec<String>,
    #[serde(rename = "SysoFiles")]
    pub syso: Vec<String>,
}

/// Why a package cannot be loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PackageError {
    /// `file:line:column`, when known.
    pub pos: String,
    /// The go tool's words.
    pub err: String,
}

impl Package {
    /// The first of the errors, its own before its dependencies', in the go tool's words.
    pub fn first_error(&self) -> Option<&str> {
        let mut errors = self.error.iter().chain(&self.deps_errors);
        errors.next().map(|error| error.err.trim())
    }

    /// Everything of its folder that ends in the program, absolute.
    pub fn compiled_files(&self) -> impl Iterator<Item = PathBuf> {
        let other = &self.other_files;
        let lists = [
            &self.go_files,
            &self.cgo_files,
            &other.c,
            &other.cxx,
            &other.m,
            &other.h,
            &other.f,
            &other.s,
            &other.swig,
            &other.swig_cxx,
            &other.syso,
            &self.embed_files,
        ];
        lists.into_iter().flatten().map(|name| self.dir.join(name))
    }

    /// Whether the target leaves it any source file.
    pub fn has_files(&self) -> bool {
        !(self.go_files.is_empty() && self.cgo_files.is_empty())
    }

    /// The same with the name from its source, when build constraints leave no file from which the go tool would take
    /// it.
    #[must_use]
    pub fn named_by_source(mut self) -> Self {
        if self.name.is_empty() {
            let files = self.ignored_go_files.iter().chain(&self.go_files);
            let sources = files
                .filter(|name| !name.ends_with("_test.go"))
                .filter_map(|name| std::fs::read_to_string(self.dir.join(name)).ok());
            let mut names = sources.map(|source| go_source::head(&source).package);
            self.name = names.find(|name| !name.is_empty()).unwrap_or_default();
        }
        self
    }

    /// Whether it is a program.
    pub fn is_main(&self) -> bool {
        self.name == "main"
    }

    /// The name that `go build` gives its executable, without `.exe`: the last element of the import path, or the
    /// one before when that is a major version such as `v2`.
    pub fn executable_name(&self) -> &str {
        let (rest, last) = self
            .import_path
            .rsplit_once('/')
            .unwrap_or(("", &self.import_path));
        if is_major_version(last) && !rest.is_empty() {
            rest.rsplit('/').next().unwrap_or(rest)
        } else {
            last
        }
    }
}

/// `v2` and above, as they end module paths.
fn is_major_version(element: &str) -> bool {
    element.strip_prefix('v').is_some_and(|digits| {
        !digits.is_empty()
            && !digits.starts_with('0')
            && digits != "1"
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// How much is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The named packages alone: fast, and works before any dependency has been downloaded.
    Named,
    /// All packages that they are made of, too.
    Dependencies,
    /// Every package that a build of them compiles, the standard library's too, each with its files and its own error.
    Sources,
    /// Compiles them, without linking: [`Package::error`] and [`Package::deps_errors`] then hold what the compiler
    /// says. Takes as long as a build; the go tool's cache serves the next build with the same flags.
    Compiled,
}

/// What to list.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// The folder that patterns are relative to.
    pub directory: &'a Path,
    /// The variables of the build: GOOS, GOARCH, CGO_ENABLED and what the manifest sets, as `go build` gets them.
    pub env: BTreeMap<String, String>,
    /// Flags that choose files, such as `-tags=netgo`.
    pub flags: &'a [String],
    /// Package patterns, such as `./cmd/api` or `./...`.
    pub patterns: &'a [String],
    /// How much to ask for.
    pub depth: Depth,
}

/// The packages that the query asks for, sorted by import path.
///
/// # Errors
/// When the go tool cannot even begin; what is wrong with single packages is in them.
pub fn list(runner: &Runner, go: &Go, query: &Query<'_>) -> Result<Vec<Package>, Problem> {
    let base = go.command(query.directory, "go list", &query.env);
    list_with(runner, base, query.flags, query.patterns, query.depth)
}

/// As [`list`], with a call of the go tool that has its environment and folder, but no arguments yet.
///
/// # Errors
/// As [`list`].
pub fn list_with(
    runner: &Runner,
    base: Invocation,
    flags: &[String],
    patterns: &[String],
    depth: Depth,
) -> Result<Vec<Package>, Problem> {
    const FIELDS: &str =
        "-json=ImportPath,Name,Dir,Module,Match,GoFiles,CgoFiles,IgnoredGoFiles,Error";
    const SOURCES: &str = "Imports,DepOnly,Standard,CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles,SwigFiles,SwigCXXFiles,SysoFiles,EmbedFiles,EmbedPatterns";
    let mut call = base.args(["list", "-e"]);
    call = match depth {
        Depth::Named => call.args(["-find", FIELDS]),
        Depth::Dependencies => {
            call.args(["-deps", &format!("{FIELDS},Imports,DepOnly,DepsErrors")])
        }
        Depth::Sources => call.args(["-deps", &format!("{FIELDS},{SOURCES}")]),
        Depth::Compiled => call.args(["-export", &format!("{FIELDS},DepsErrors")]),
    };
    call = call.args(flags).arg("--").args(patterns);
    let json = runner.read(&call).map_err(explain_failure)?;
    let mut packages = serde_json::Deserializer::from_str(&json)
        .into_iter::<Package>()
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| {
            Problem::new(
                ProblemKind::Failed,
                format!("go list: unexpected answer: {error}"),
            )
        })?;
    packages.sort_by(|a, b| a.import_path.cmp(&b.import_path));
    Ok(packages)
}

/// A path with `/` between its elements.
pub fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(import_path: &str, dir: &str) -> Package {
        Package {
            import_path: import_path.to_owned(),
            dir: dir.into(),
            ..Package::default()
        }
    }

    #[test]
    fn executables_are_named_as_go_build_names_them() {
        for (path, name) in [
            ("example.com/orders", "orders"),
            ("example.com/orders/v2", "orders"),
            ("example.com/orders/v2/cmd/api", "api"),
            ("example.com/v1", "v1"),
            ("example.com/v05", "v05"),
            ("v2", "v2"),
        ] {
            assert_eq!(package(path, "").executable_name(), name);
        }
    }
}
