//! The Go packages of a module, as `go list` sees them for one target.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::go::Go;
use super::modules::{Module, Modules, explain_failure};
use super::problem::{Problem, ProblemKind};
use crate::process::Runner;

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
    /// The packages that it imports; only with [`Depth::Dependencies`].
    pub imports: Vec<String>,
    /// Whether no pattern names it, and it is only a dependency; only with [`Depth::Dependencies`].
    pub dep_only: bool,
    /// What is wrong with it.
    pub error: Option<PackageError>,
    /// What is wrong with its dependencies.
    pub deps_errors: Vec<PackageError>,
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

    /// Whether the target leaves it any source file.
    pub fn has_files(&self) -> bool {
        !(self.go_files.is_empty() && self.cgo_files.is_empty())
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
    const FIELDS: &str = "-json=ImportPath,Name,Dir,Module,Match,GoFiles,CgoFiles,Error";
    let mut call = go
        .command(query.directory, "go list", &query.env)
        .args(["list", "-e"]);
    call = match query.depth {
        Depth::Named => call.args(["-find", FIELDS]),
        Depth::Dependencies => {
            call.args(["-deps", &format!("{FIELDS},Imports,DepOnly,DepsErrors")])
        }
        Depth::Compiled => call.args(["-export", &format!("{FIELDS},DepsErrors")]),
    };
    call = call.args(query.flags).arg("--").args(query.patterns);
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

/// The main packages of a project, in two groups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MainPackages {
    /// Those that are meant for users, as far as their place tells.
    pub programs: Vec<Package>,
    /// Those that by their place are examples, tests or the developers' own tools.
    pub auxiliary: Vec<Package>,
}

impl MainPackages {
    /// The one that a binary of that name means when it names no package: by the name that `go build` gives it, by its
    /// folder, or because there is no other program.
    pub fn called(&self, name: &str) -> Option<&Package> {
        let is_called = |package: &&Package| {
            let folder = package.dir.file_name();
            package.executable_name() == name || folder.is_some_and(|folder| folder == name)
        };
        let mut all = self.programs.iter().chain(&self.auxiliary);
        all.find(is_called).or(match self.programs.as_slice() {
            [only] => Some(only),
            _ => None,
        })
    }
}

/// All main packages of the main modules that `directory` is in or holds, for the target that `env` describes.
/// When every one of them is auxiliary, all count as programs.
///
/// # Errors
/// As [`list`].
pub fn main_packages(
    runner: &Runner,
    go: &Go,
    modules: &Modules,
    directory: &Path,
    env: BTreeMap<String, String>,
) -> Result<MainPackages, Problem> {
    let patterns = patterns(modules, directory);
    let query = Query {
        directory,
        env,
        flags: &[],
        patterns: &patterns,
        depth: Depth::Named,
    };
    let packages = list(runner, go, &query)?;
    let (auxiliary, programs): (Vec<_>, Vec<_>) = packages
        .into_iter()
        // A folder may hold tests of package main alone.
        .filter(|package| package.is_main() && package.has_files())
        .partition(|package| is_auxiliary(package, directory));
    Ok(if programs.is_empty() {
        MainPackages {
            programs: auxiliary,
            auxiliary: Vec::new(),
        }
    } else {
        MainPackages {
            programs,
            auxiliary,
        }
    })
}

/// `./...`, or one such pattern for each module of a workspace below `directory` when it is in none itself: the
/// go tool refuses `./...` there.
fn patterns(modules: &Modules, directory: &Path) -> Vec<String> {
    if modules.of_directory(directory).is_some() {
        return vec!["./...".to_owned()];
    }
    let below = modules.main.iter().filter_map(|module| {
        let relative = module.dir.as_deref()?.strip_prefix(directory).ok()?;
        Some(format!("./{}/...", slashed(relative)))
    });
    below.collect()
}

/// A path with `/` between its elements.
pub fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

/// Whether a folder on the way from the module, else from the project, to the package says that the package is not for
/// users.
fn is_auxiliary(package: &Package, directory: &Path) -> bool {
    const FOLDERS: [&str; 20] = [
        "benchmark",
        "benchmarks",
        "build",
        "ci",
        "demo",
        "doc",
        "docs",
        "e2e",
        "example",
        "examples",
        "fixtures",
        "hack",
        "integration",
        "internal",
        "script",
        "scripts",
        "test",
        "testing",
        "tests",
        "tools",
    ];
    let module = package
        .module
        .as_ref()
        .and_then(|module| module.dir.as_deref());
    let base = module.unwrap_or(directory);
    let relative = package.dir.strip_prefix(base).unwrap_or(&package.dir);
    relative
        .components()
        .any(|part| FOLDERS.iter().any(|folder| part.as_os_str() == *folder))
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

    #[test]
    fn the_place_tells_what_is_for_users() {
        let is_auxiliary = |dir| is_auxiliary(&package("", dir), Path::new("/home/tools/p"));
        assert!(!is_auxiliary("/home/tools/p"));
        assert!(!is_auxiliary("/home/tools/p/cmd/api"));
        assert!(is_auxiliary("/home/tools/p/examples/simple"));
        assert!(is_auxiliary("/home/tools/p/internal/gen"));
    }
}
