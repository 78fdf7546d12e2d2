//! The decisions of a first manifest.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::survey::{Program, Survey, System, pattern};
use super::variables;
use crate::plan::{TagRule, program_names};
use crate::project::packages::slashed;
use crate::project::{Facts, Package, ProblemKind};

/// What a first manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// The project's name.
    pub name: String,
    /// Who makes it, when the module path tells.
    pub manufacturer: Option<String>,
    /// The project's page, when git or the module path tells.
    pub homepage: Option<String>,
    /// Whether the version can be taken from git.
    pub has_repository: bool,
    /// What tags begin with, before the version.
    pub tag_prefix: String,
    /// The licence file.
    pub license_file: Option<String>,
    /// The readme.
    pub readme: Option<String>,
    /// The targets.
    pub targets: Vec<String>,
    /// Linker flags that fill in variables: `-X main.version={{ version }}`.
    pub variables: Vec<String>,
    /// The programs.
    pub binaries: Vec<DraftBinary>,
    /// Programs that do not compile anywhere.
    pub unbuilt: Vec<Unbuilt>,
    /// Main packages that seem to be no programs for users.
    pub auxiliary: Vec<LeftOut>,
    /// The `go.mod` or `go.work` that says which Go is used, relative to the repository's root.
    pub go_version_file: String,
    /// The project's folder in the repository; empty for the root.
    pub folder: String,
}

/// A program of a first manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DraftBinary {
    /// Its name.
    pub name: String,
    /// Its main package, relative to `dir`.
    pub main: String,
    /// The folder of its module, when that is not the project's.
    pub dir: Option<String>,
    /// The targets by glob, when it does not compile for all systems of the manifest.
    pub targets: Option<Vec<String>>,
}

/// A main package that is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The package, as the go tool takes it.
    pub main: String,
    /// Why.
    pub why: String,
}

/// A program that does not compile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unbuilt {
    /// The package, as the go tool takes it.
    pub main: String,
    /// The first line of the reason.
    pub reason: String,
}

impl Draft {
    /// Decides. `None` when the project has no program at all.
    pub fn new(facts: &Facts, survey: &Survey) -> Option<Self> {
        if survey.programs.is_empty() {
            return None;
        }
        let (built, unbuilt): (Vec<_>, Vec<_>) = survey
            .programs
            .iter()
            .partition(|program| !program.systems.is_empty());
        let systems: BTreeSet<System> = built
            .iter()
            .flat_map(|program| program.systems.iter().copied())
            .collect();
        let root = match &facts.git {
            Ok(git) => git.root.clone(),
            Err(_) => facts.directory.clone(),
        };
        let folder = slashed(facts.directory.strip_prefix(&root).unwrap_or(Path::new("")));
        let module = module_path(facts);
        let name = project_name(facts, module.as_deref());
        Some(Self {
            binaries: binaries(facts, &name, &built, &systems),
            name,
            manufacturer: module.as_deref().and_then(owner),
            homepage: homepage(facts, module.as_deref()),
            has_repository: has_repository(facts),
            tag_prefix: TagRule::of_folder(&folder, module.as_deref().unwrap_or_default()).prefix,
            license_file: facts.files.licenses.first().cloned(),
            readme: preferred_readme(facts),
            targets: targets(&systems),
            variables: link_variables(&built),
            unbuilt: unbuilt
                .iter()
                .map(|program| Unbuilt::new(facts, program))
                .collect(),
            auxiliary: survey
                .auxiliary
                .iter()
                .map(|auxiliary| LeftOut {
                    main: pattern(facts, &auxiliary.package),
                    why: auxiliary.why.to_string(),
                })
                .collect(),
            go_version_file: go_version_file(facts, &root),
            folder,
        })
    }
}

/// The path of the module that the project's folder is in, or of the only one.
fn module_path(facts: &Facts) -> Option<String> {
    let modules = facts.modules.as_ref().ok()?;
    let own = modules.of_directory(&facts.directory);
    let only = (modules.main.len() == 1)
        .then(|| modules.main.first())
        .flatten();
    own.or(only).map(|module| module.path.clone())
}

fn project_name(facts: &Facts, module: Option<&str>) -> String {
    let package = module.map(|path| Package {
        import_path: path.to_owned(),
        ..Package::default()
    });
    let folder = facts.directory.file_name().unwrap_or_default();
    match &package {
        Some(package) => program_names::plain(package.executable_name()),
        None => program_names::plain(&folder.to_string_lossy()),
    }
}

/// `contoso` of `github.com/contoso/orders`; nothing for hosts whose paths begin with no owner.
fn owner(module: &str) -> Option<String> {
    let mut parts = module.split('/');
    let is_forge = matches!(
        parts.next()?,
        "github.com" | "gitlab.com" | "bitbucket.org" | "codeberg.org" | "gitea.com"
    );
    parts.next().filter(|_| is_forge).map(str::to_owned)
}

fn homepage(facts: &Facts, module: Option<&str>) -> Option<String> {
    let remote = facts
        .git
        .as_ref()
        .ok()
        .and_then(|git| git.remote.as_deref());
    let from_remote = remote
        .filter(|url| url.starts_with("https://"))
        .map(|url| url.trim_end_matches(".git").to_owned());
    let from_module = || {
        let module = module?;
        owner(module)?;
        let repository: Vec<&str> = module.split('/').take(3).collect();
        Some(format!("https://{}", repository.join("/")))
    };
    from_remote.or_else(from_module)
}

fn has_repository(facts: &Facts) -> bool {
    match &facts.git {
        Ok(_) => true,
        Err(problem) => problem.kind == ProblemKind::NoCommit,
    }
}

/// `README.md` before `README.zh.md`, which sorts after it only by luck.
fn preferred_readme(facts: &Facts) -> Option<String> {
    let readmes = &facts.files.readmes;
    readmes.iter().min_by_key(|name| name.len()).cloned()
}

/// Both current architectures of each system.
fn targets(systems: &BTreeSet<System>) -> Vec<String> {
    let systems = if systems.is_empty() {
        System::ALL.into()
    } else {
        systems.clone()
    };
    systems
        .iter()
        .flat_map(|system| ["amd64", "arm64"].map(|arch| format!("{}/{arch}", system.goos())))
        .collect()
}

fn link_variables(programs: &[&Program]) -> Vec<String> {
    let mut flags: Vec<String> = programs
        .iter()
        .flat_map(|program| variables::find(&program.package.dir, &program.package.go_files))
        .map(|variable| format!("-X main.{}={}", variable.name, variable.value))
        .collect();
    flags.sort();
    flags.dedup();
    flags
}

fn binaries(
    facts: &Facts,
    name: &str,
    programs: &[&Program],
    all: &BTreeSet<System>,
) -> Vec<DraftBinary> {
    let packages: Vec<&Package> = programs.iter().map(|program| &program.package).collect();
    let names = program_names::of(&packages, name);
    programs
        .iter()
        .zip(names)
        .map(|(program, name)| {
            let (dir, main) = place(facts, &program.package);
            let globs = |systems: &BTreeSet<System>| {
                let globs = systems.iter().map(|system| format!("{}/*", system.goos()));
                globs.collect()
            };
            DraftBinary {
                name,
                main,
                dir,
                targets: (program.systems != *all).then(|| globs(&program.systems)),
            }
        })
        .collect()
}

/// The folder of the package's module when that is below the project, and the package relative to it.
fn place(facts: &Facts, package: &Package) -> (Option<String>, String) {
    let module: Option<PathBuf> = package
        .module
        .as_ref()
        .and_then(|module| module.dir.clone());
    let below = module.as_deref().and_then(|module| {
        let dir = module.strip_prefix(&facts.directory).ok()?;
        let rest = package.dir.strip_prefix(module).ok()?;
        (!dir.as_os_str().is_empty()).then(|| (slashed(dir), slashed(rest)))
    });
    match below {
        Some((dir, rest)) if rest.is_empty() => (Some(dir), ".".to_owned()),
        Some((dir, rest)) => (Some(dir), format!("./{rest}")),
        None => (None, pattern(facts, package)),
    }
}

fn go_version_file(facts: &Facts, root: &Path) -> String {
    let modules = facts.modules.as_ref().ok();
    let workspace = modules.and_then(|modules| modules.workspace.clone());
    let module = modules
        .and_then(|modules| modules.of_directory(&facts.directory))
        .and_then(|module| module.dir.as_ref())
        .map(|dir| dir.join("go.mod"));
    let file = workspace
        .filter(|file| file.starts_with(root))
        .or(module)
        .unwrap_or_else(|| root.join("go.mod"));
    slashed(file.strip_prefix(root).unwrap_or(&file))
}

impl Unbuilt {
    fn new(facts: &Facts, program: &Program) -> Self {
        let reason = program.errors.values().next().map_or("", String::as_str);
        // The compiler's first line only repeats the import path.
        let line = reason
            .lines()
            .find(|line| !line.starts_with('#'))
            .unwrap_or_default();
        let directory = format!("{}/", facts.directory.display());
        Self {
            main: pattern(facts, &program.package),
            reason: line.trim().replace(&directory, ""),
        }
    }
}
