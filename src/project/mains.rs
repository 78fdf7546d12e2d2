//! The main packages of a project: which ones there are, for which targets, and which are for users.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::go::Go;
use super::modules::Modules;
use super::packages::{self, Depth, Package, Query, slashed};
use super::problem::Problem;
use crate::process::Runner;
use crate::target::Target;

/// How the go tool is asked about packages for one target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// The target.
    pub target: Target,
    /// Its environment: GOOS, GOARCH, CGO_ENABLED and what the manifest adds.
    pub env: BTreeMap<String, String>,
    /// Flags that choose files, such as `-tags=netgo`.
    pub flags: Vec<String>,
}

/// The main packages of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MainPackages {
    /// Those that are meant for users, as far as can be told.
    pub programs: Vec<Package>,
    /// Those that seem to be examples, tests or the developers' own tools.
    pub auxiliary: Vec<Auxiliary>,
    /// What the go tool could not read, so that nobody knows whether it is a program.
    pub broken: Vec<Package>,
    /// For which of the targets each main package has files, by import path.
    pub built_for: BTreeMap<String, BTreeSet<Target>>,
}

/// A main package that seems not to be for users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auxiliary {
    /// The package.
    pub package: Package,
    /// Why it seems so.
    pub why: Why,
}

/// Why a main package seems not to be for users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// It is in a folder of this name.
    Folder(String),
    /// This file runs it to generate code.
    Generates(String),
    /// This configuration of another release tool names programs, and not this one.
    NotListed(String),
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(name) => write!(f, "in a directory `{name}`"),
            Self::NotListed(file) => write!(f, "not among the builds of {file}"),
            Self::Generates(file) => write!(f, "run by `//go:generate` in {file}"),
        }
    }
}

impl MainPackages {
    /// The one that a binary of that name means when it names no package: by the name that `go build` gives it, by its
    /// folder, or because there is no other program. `cmd/NAME` comes before others of that name.
    pub fn called(&self, name: &str) -> Option<&Package> {
        let is_called = |package: &&Package| {
            let folder = package.dir.file_name();
            package.executable_name() == name || folder.is_some_and(|folder| folder == name)
        };
        let auxiliary = self.auxiliary.iter().map(|auxiliary| &auxiliary.package);
        let all = || {
            self.programs
                .iter()
                .chain(auxiliary.clone())
                .filter(is_called)
        };
        let under_cmd =
            all().find(|package| package.import_path.ends_with(&format!("/cmd/{name}")));
        under_cmd
            .or_else(|| all().next())
            .or(match self.programs.as_slice() {
                [only] => Some(only),
                _ => None,
            })
    }

    /// Whether the package has files for this target; both architectures for a universal one.
    pub fn is_built_for(&self, package: &Package, target: &Target) -> bool {
        let Some(targets) = self.built_for.get(&package.import_path) else {
            return true;
        };
        match target.is_universal() {
            true => ["amd64", "arm64"]
                .iter()
                .all(|arch| targets.contains(&Target::new(&*target.goos, *arch))),
            false => targets.contains(target),
        }
    }
}

/// All main packages of the main modules that `directory` is in or holds, for any of the settings' targets: the list
/// does not depend on the machine. When every one of them is auxiliary, all count as programs.
///
/// # Errors
/// As [`packages::list`].
pub fn main_packages(
    runner: &Runner,
    go: &Go,
    modules: &Modules,
    directory: &Path,
    settings: &[Setting],
) -> Result<MainPackages, Problem> {
    let patterns = patterns(modules, directory);
    let ask = |setting: &Setting| {
        let query = Query {
            directory,
            env: setting.env.clone(),
            flags: &setting.flags,
            patterns: &patterns,
            depth: Depth::Named,
        };
        Ok((setting.target.clone(), packages::list(runner, go, &query)?))
    };
    let answers: Vec<(Target, Vec<Package>)> = settings
        .par_iter()
        .map(ask)
        .collect::<Result<_, Problem>>()?;
    Ok(sorted(answers, directory))
}

fn sorted(answers: Vec<(Target, Vec<Package>)>, directory: &Path) -> MainPackages {
    let mut found = MainPackages::default();
    let mut mains: BTreeMap<String, Package> = BTreeMap::new();
    let mut others: BTreeMap<String, Package> = BTreeMap::new();
    for (target, packages) in answers {
        for package in packages {
            let path = package.import_path.clone();
            // A folder may hold tests of package main alone.
            if package.is_main() && package.has_files() {
                found
                    .built_for
                    .entry(path.clone())
                    .or_default()
                    .insert(target.clone());
                mains.entry(path).or_insert(package);
            } else if package.error.is_some() && package.name.is_empty() {
                found.broken.push(package);
            } else {
                others.entry(path).or_insert(package);
            }
        }
    }
    let unread = |package: &Package| !mains.contains_key(&package.import_path);
    found.broken.retain(unread);
    found
        .broken
        .sort_by(|a, b| a.import_path.cmp(&b.import_path));
    found.broken.dedup_by(|a, b| a.import_path == b.import_path);
    let generators = match mains.len() > 1 {
        true => generators(mains.values().chain(others.values()), directory),
        false => Vec::new(),
    };
    for package in mains.into_values() {
        match why_auxiliary(&package, directory, &generators) {
            Some(why) => found.auxiliary.push(Auxiliary { package, why }),
            None => found.programs.push(package),
        }
    }
    if found.programs.is_empty() {
        let auxiliary = std::mem::take(&mut found.auxiliary);
        found.programs = auxiliary.into_iter().map(|each| each.package).collect();
    }
    found
}

/// `./...`, and one such pattern for each module of a workspace below `directory`: `./...` ends where another module
/// begins, and the go tool refuses it in a folder that is in no module.
fn patterns(modules: &Modules, directory: &Path) -> Vec<String> {
    let own = modules.of_directory(directory).map(|_| "./...".to_owned());
    let below = modules.main.iter().filter_map(|module| {
        let relative = module.dir.as_deref()?.strip_prefix(directory).ok()?;
        let is_own = relative.as_os_str().is_empty();
        (!is_own).then(|| format!("./{}/...", slashed(relative)))
    });
    own.into_iter().chain(below).collect()
}

/// Folders that hold what is not for users, at any depth.
const FOLDERS: [&str; 28] = [
    "benchmark",
    "benchmarks",
    "build",
    "ci",
    "contrib",
    "demo",
    "dev",
    "doc",
    "docs",
    "e2e",
    "example",
    "examples",
    "fixtures",
    "gen",
    "generate",
    "generator",
    "hack",
    "integration",
    "internal",
    "script",
    "scripts",
    "test",
    "testcases",
    "testdata",
    "testing",
    "tests",
    "tool",
    "tools",
];

/// Why the package seems not to be for users: by a folder on the way from the module, else from the project, or because
/// it generates code.
fn why_auxiliary(package: &Package, directory: &Path, generators: &[Generator]) -> Option<Why> {
    let module = package.module.as_ref();
    let base = module
        .and_then(|module| module.dir.as_deref())
        .unwrap_or(directory);
    let relative = package.dir.strip_prefix(base).unwrap_or(&package.dir);
    let parts: Vec<_> = relative
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let is_product = |index: usize| index > 0 && parts[index - 1] == "cmd";
    let folder = parts.iter().enumerate().find(|(index, part)| {
        FOLDERS.contains(&part.as_str())
            || part.starts_with("test_")
            || part.ends_with("_test")
            || (part.ends_with("-generator") && !is_product(*index))
    });
    if let Some((_, folder)) = folder {
        return Some(Why::Folder(folder.clone()));
    }
    let generator = generators.iter().find(|generator| generator.runs(package));
    generator.map(|generator| Why::Generates(generator.shown.clone()))
}

/// A `//go:generate go run` line.
#[derive(Debug)]
struct Generator {
    /// The folder of the file that has it.
    folder: PathBuf,
    /// The file, for messages.
    shown: String,
    /// What it runs: a folder, a file or an import path.
    what: String,
}

impl Generator {
    /// Whether it runs this package. One that runs its own package makes that no generator: programs print their own
    /// documentation that way.
    fn runs(&self, package: &Package) -> bool {
        let what = self.what.trim_end_matches('/');
        let folder = match what.ends_with(".go") {
            true => self
                .folder
                .join(Path::new(what).parent().unwrap_or(Path::new(""))),
            false => self.folder.join(what),
        };
        let is_path = what.starts_with('.') || what.ends_with(".go");
        let is_named = match is_path {
            true => plain(&folder) == package.dir,
            false => what == package.import_path,
        };
        is_named && self.folder != package.dir
    }
}

/// Without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

fn generators<'a>(packages: impl Iterator<Item = &'a Package>, directory: &Path) -> Vec<Generator> {
    let mut found = Vec::new();
    for package in packages {
        let files = package.go_files.iter().chain(&package.cgo_files);
        for name in files.chain(&package.ignored_go_files) {
            let path = package.dir.join(name);
            let Ok(source) = std::fs::read_to_string(&path) else {
                continue;
            };
            let shown = slashed(path.strip_prefix(directory).unwrap_or(&path));
            found.extend(source.lines().filter_map(generated).map(|what| Generator {
                folder: package.dir.clone(),
                shown: shown.clone(),
                what,
            }));
        }
    }
    found
}

/// What a line such as `//go:generate go run ./gen -o x.go` runs.
fn generated(line: &str) -> Option<String> {
    let command = line.strip_prefix("//go:generate ")?;
    let (_, rest) = command.split_once("go run ")?;
    let mut words = rest.split_whitespace();
    loop {
        let word = words.next()?;
        if ["-tags", "-mod", "-modfile", "-exec", "-C"].contains(&word) {
            words.next();
        } else if !word.starts_with('-') {
            return Some(word.split('@').next().unwrap_or(word).to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(dir: &str) -> Package {
        Package {
            import_path: format!("example.com{dir}"),
            dir: dir.into(),
            ..Package::default()
        }
    }

    #[test]
    fn the_place_tells_what_is_for_users() {
        let why = |dir: &str| why_auxiliary(&package(dir), Path::new("/home/tools/p"), &[]);
        for dir in [
            "",
            "/cmd/api",
            "/cmd/config-generator",
            "/cmd/tester",
            "/server",
        ] {
            assert_eq!(why(&format!("/home/tools/p{dir}")), None, "{dir}");
        }
        for (dir, folder) in [
            ("/examples/simple", "examples"),
            ("/internal/gen", "internal"),
            ("/gen", "gen"),
            ("/contrib/notify", "contrib"),
            ("/hack/x", "hack"),
            ("/dev/server", "dev"),
            ("/testcases/a", "testcases"),
            ("/test_all", "test_all"),
            ("/plugin/stub-generator/sources/foo", "stub-generator"),
            ("/scripts", "scripts"),
        ] {
            let why = why(&format!("/home/tools/p{dir}"));
            assert_eq!(why, Some(Why::Folder(folder.to_owned())), "{dir}");
        }
    }

    #[test]
    fn what_generates_code_is_named_by_its_line() {
        for (line, what) in [
            ("//go:generate go run ./mk -o x.go", Some("./mk")),
            (
                "//go:generate env A=b go run -tags x -mod=mod ../mk/main.go",
                Some("../mk/main.go"),
            ),
            (
                "//go:generate go run example.com/p/mk@latest",
                Some("example.com/p/mk"),
            ),
            ("// go:generate go run ./mk", None),
            ("//go:generate stringer -type T", None),
        ] {
            assert_eq!(generated(line).as_deref(), what, "{line}");
        }
        let generator = |folder: &str, what: &str| Generator {
            folder: folder.into(),
            shown: "api/api.go".to_owned(),
            what: what.to_owned(),
        };
        for (generator, runs) in [
            (generator("/p/api", "../mk"), true),
            (generator("/p", "./mk/main.go"), true),
            (generator("/p", "example.com/p/mk"), true),
            (generator("/p/mk", "."), false),
            (generator("/p", "./other"), false),
        ] {
            assert_eq!(generator.runs(&package("/p/mk")), runs, "{generator:?}");
        }
    }

    #[test]
    fn a_name_means_the_program_under_cmd_first() {
        let mains = MainPackages {
            programs: vec![package("/two"), package("/two/cmd/two"), package("/x")],
            ..MainPackages::default()
        };
        assert_eq!(mains.called("two").unwrap().dir, Path::new("/two/cmd/two"));
        assert_eq!(mains.called("x").unwrap().dir, Path::new("/x"));
        assert_eq!(mains.called("y"), None);
    }
}
