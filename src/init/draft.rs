//! The decisions of a first manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::other::{NotUsed, Other, OtherProgram};
use super::survey::{Program, Survey, System, pattern};
use super::variables::{self, Variable};
use crate::plan::{DEFAULT_LDFLAGS, TagRule, owner_of_module, program_names};
use crate::project::packages::slashed;
use crate::project::{Facts, Package, ProblemKind, go_source};

/// What a first manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// The project's name.
    pub name: String,
    /// Who makes it, when the module path tells.
    pub manufacturer: Option<String>,
    /// What stands in for the manufacturer until one is given.
    pub manufacturer_instead: String,
    /// The project's page, when git or the module path tells.
    pub homepage: Option<String>,
    /// Whether the version can be taken from git.
    pub has_repository: bool,
    /// Why git could not be asked, when it was not for want of a repository.
    pub git_problem: Option<String>,
    /// Where the schema of a manifest is.
    pub schema: String,
    /// The configuration of another release tool, and what of it was not used.
    pub other: Option<DraftOther>,
    /// What tags begin with, before the version.
    pub tag_prefix: String,
    /// The licence file.
    pub license_file: Option<String>,
    /// The readme.
    pub readme: Option<String>,
    /// The targets.
    pub targets: Vec<String>,
    /// Settings of all programs; without linker flags the ones that are used without a manifest too.
    pub settings: DraftSettings,
    /// Environment variables that templates read.
    pub allow_env: Vec<String>,
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

/// Settings of `go build`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DraftSettings {
    /// Linker flags.
    pub ldflags: Vec<String>,
    /// Build tags.
    pub tags: Vec<String>,
    /// Further flags.
    pub flags: Vec<String>,
    /// Environment.
    pub env: BTreeMap<String, String>,
}

/// What became of another release tool's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DraftOther {
    /// The file.
    pub file: String,
    /// What was not used.
    pub not_used: Vec<NotUsed>,
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
    /// Settings that are not those of all programs.
    pub settings: DraftSettings,
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
    pub fn new(facts: &Facts, survey: &Survey, other: Option<&Other>) -> Option<Self> {
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
        let stated = other.and_then(|other| other.project.as_deref());
        let name = match stated.filter(|name| !name.contains("{{")) {
            Some(name) => program_names::plain(name),
            None => project_name(facts, module.as_deref()),
        };
        let shared = shared_settings(&built);
        Some(Self {
            binaries: binaries(facts, &name, &built, &systems, shared.is_none()),
            settings: match shared {
                Some(stated) if !stated.ldflags.is_empty() => stated,
                stated => DraftSettings {
                    ldflags: link_variables(&survey.sources, &name),
                    ..stated.unwrap_or_default()
                },
            },
            allow_env: other
                .map(|other| other.allow_env.iter().cloned().collect())
                .unwrap_or_default(),
            git_problem: git_problem(facts),
            schema: schema(),
            other: other.map(|other| draft_other(other, survey, facts)),
            manufacturer_instead: module
                .as_deref()
                .and_then(owner_of_module)
                .unwrap_or(&name)
                .to_owned(),
            manufacturer: module.as_deref().and_then(owner),
            homepage: homepage(facts, module.as_deref()),
            has_repository: has_repository(facts),
            tag_prefix: TagRule::of_folder(&folder, module.as_deref().unwrap_or_default()).prefix,
            license_file: facts.files.licenses.first().cloned(),
            readme: preferred_readme(facts),
            targets: targets(&systems),
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
                .chain(survey.broken.iter().map(|package| {
                    let words = package.first_error().unwrap_or("it cannot be read");
                    let line = words.lines().next().unwrap_or_default();
                    LeftOut {
                        main: pattern(facts, package),
                        why: relative(facts, line),
                    }
                }))
                .collect(),
            go_version_file: go_version_file(facts, &root),
            folder,
            name,
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

/// Only where there certainly is no repository, the version cannot come from one.
fn has_repository(facts: &Facts) -> bool {
    let problem = facts.git.as_ref().err();
    problem.is_none_or(|problem| problem.kind != ProblemKind::NoRepository)
}

/// Why git could not be asked.
fn git_problem(facts: &Facts) -> Option<String> {
    let problem = facts.git.as_ref().err()?;
    let is_plain = matches!(
        problem.kind,
        ProblemKind::NoRepository | ProblemKind::NoCommit
    );
    let line = problem.message.lines().next().unwrap_or_default();
    (!is_plain).then(|| relative(facts, line))
}

/// Where this version's schema of manifests is, for editors.
fn schema() -> String {
    let repository = env!("CARGO_PKG_REPOSITORY");
    let raw = repository.replace("https://github.com/", "https://raw.githubusercontent.com/");
    let version = env!("CARGO_PKG_VERSION");
    format!("{raw}/v{version}/docs/schema/manifest.schema.json")
}

/// What of the other tool's configuration is not in the manifest: also programs that are not there, and a second build
/// of one program.
fn draft_other(other: &Other, survey: &Survey, facts: &Facts) -> DraftOther {
    let mut not_used = other.not_used.clone();
    for (index, program) in other.programs.iter().enumerate() {
        let shown = match program.folder.as_str() {
            "" => ".".to_owned(),
            folder => format!("./{folder}"),
        };
        let folder = facts.directory.join(&program.folder);
        let mut found = survey.programs.iter();
        if !found.any(|found| found.package.dir == folder) {
            not_used.push(NotUsed {
                line: program.line,
                what: format!("the build of `{shown}`: there is no main package"),
            });
        } else if let Some(first) = other.programs[..index]
            .iter()
            .find(|earlier| earlier.folder == program.folder)
            && (first.settings() != program.settings() || first.name != program.name)
        {
            not_used.push(NotUsed {
                line: program.line,
                what: format!("a second build of `{shown}`"),
            });
        }
    }
    not_used.sort_by_key(|part| part.line);
    DraftOther {
        file: other.file.clone(),
        not_used,
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

/// The linker's flags when the sources have variables that the flags used without a manifest do not fill in: those
/// flags, so that nothing is lost, and the rest. Otherwise none, so that the manifest changes nothing.
fn link_variables(sources: &[Package], project: &str) -> Vec<String> {
    let mut further: Vec<String> = variables::find(sources.iter(), project)
        .iter()
        .filter(|variable| !variable.is_default())
        .map(Variable::flag)
        .collect();
    if further.is_empty() {
        return further;
    }
    let mut flags = DEFAULT_LDFLAGS.map(str::to_owned).to_vec();
    flags.append(&mut further);
    flags
}

/// What another tool's configuration says of all programs alike; none when it says different things.
fn shared_settings(programs: &[&Program]) -> Option<DraftSettings> {
    let own = |program: &Program| program.other.as_ref().map(OtherProgram::settings);
    let mut all = programs
        .iter()
        .map(|program| own(program).unwrap_or_default());
    let first = all.next().unwrap_or_default();
    all.all(|settings| settings == first).then_some(first)
}

fn binaries(
    facts: &Facts,
    name: &str,
    programs: &[&Program],
    all: &BTreeSet<System>,
    with_settings: bool,
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
            let other = program.other.as_ref();
            let settings = other.filter(|_| with_settings).map(OtherProgram::settings);
            let stated = other.and_then(|other| other.name.clone());
            DraftBinary {
                settings: settings.unwrap_or_default(),
                name: stated.map_or(name, |name| program_names::plain(&name)),
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
        let is_excluded = line.contains("build constraints exclude all Go files");
        let needs_cgo =
            is_excluded && imports_c(&program.package) || reason.contains("requires cgo");
        Self {
            main: pattern(facts, &program.package),
            reason: match needs_cgo {
                true => {
                    "it needs cgo: set `cgo = true` in `[build]`, with a C compiler for each target"
                        .to_owned()
                }
                false => relative(facts, line.trim()),
            },
        }
    }
}

/// Whether one of the files that are compiled with cgo alone says so.
fn imports_c(package: &Package) -> bool {
    let files = package.cgo_files.iter().chain(&package.ignored_go_files);
    let mut sources = files.filter_map(|name| std::fs::read_to_string(package.dir.join(name)).ok());
    sources.any(|source| go_source::head(&source).imports_c)
}

/// Without paths of this machine.
fn relative(facts: &Facts, text: &str) -> String {
    let directory = facts.directory.display().to_string();
    let cache = facts.go.as_ref().map_or("", |go| go.setting("GOMODCACHE"));
    let text = text
        .replace(&format!("{directory}/"), "")
        .replace(&directory, ".");
    match cache {
        "" => text,
        cache => text.replace(&format!("{cache}/"), ""),
    }
}
