//! Which programs a project has, and for which systems they compile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::other::{Other, OtherProgram};
use crate::process::Runner;
use crate::project::mains::{Auxiliary, MainPackages, Setting, Why};
use crate::project::packages::{self, Depth, Query, slashed};
use crate::project::{Facts, Package, Problem};
use crate::target::Target;

/// The systems that a first manifest has targets for, in the order that it lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// Windows.
    Windows,
    /// Linux.
    Linux,
    /// macOS.
    Darwin,
}

impl System {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Windows, Self::Linux, Self::Darwin];

    /// GOOS.
    pub fn goos(self) -> &'static str {
        match self {
            Self::Windows => "windows",
            Self::Linux => "linux",
            Self::Darwin => "darwin",
        }
    }

    /// It, on the architecture that most people have.
    fn target(self) -> Target {
        let goarch = match self {
            Self::Windows | Self::Linux => "amd64",
            Self::Darwin => "arm64",
        };
        Target::new(self.goos(), goarch)
    }

    /// The environment of a build for it.
    fn environment(self, cgo: &str) -> BTreeMap<String, String> {
        let target = self.target().environment().into_iter();
        let cgo = ("CGO_ENABLED".to_owned(), cgo.to_owned());
        target.chain([cgo]).collect()
    }
}

/// Whether the survey may take the time of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compile {
    /// Compile for each system: only this tells where a program can run.
    Yes,
    /// Ask no more than which files there are.
    No,
}

/// What the go tool tells of a project's programs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// The programs that are meant for users, sorted by import path.
    pub programs: Vec<Program>,
    /// Those that seem to be examples, tests or the developers' own tools.
    pub auxiliary: Vec<Auxiliary>,
    /// What the go tool could not read.
    pub broken: Vec<Package>,
    /// The programs and the packages of their own modules that they import.
    pub sources: Vec<Package>,
}

/// A main package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The package, as one of the systems sees it.
    pub package: Package,
    /// Where it compiles.
    pub systems: BTreeSet<System>,
    /// Why it does not compile, for the systems where it does not.
    pub errors: BTreeMap<System, String>,
    /// What another tool's configuration says about it.
    pub other: Option<OtherProgram>,
}

impl Survey {
    /// Asks the go tool about the project. `other` is the configuration of another release tool.
    ///
    /// # Errors
    /// When there is no go tool or no module, or `go list` cannot begin.
    pub fn gather(
        facts: &Facts,
        runner: &Runner,
        compile: Compile,
        other: Option<&Other>,
    ) -> Result<Self, Problem> {
        // A program that needs cgo should be found in order to say that it does.
        let cgo = match compile {
            Compile::Yes => "1",
            Compile::No => "0",
        };
        let tags: BTreeSet<&String> = other
            .into_iter()
            .flat_map(|other| &other.programs)
            .flat_map(|program| &program.tags)
            .collect();
        let settings: Vec<Setting> = System::ALL
            .into_iter()
            .map(|system| Setting {
                target: system.target(),
                env: system.environment(cgo),
                flags: tag_flags(tags.iter().copied()),
            })
            .collect();
        let mut mains = facts.main_packages(runner, &settings)?;
        if let Some(other) = other {
            choose(&mut mains, other, &facts.directory);
        }
        let mut programs: BTreeMap<String, Program> = BTreeMap::new();
        for system in System::ALL {
            let is_built = |package: &&Package| mains.is_built_for(package, &system.target());
            let own: Vec<&Package> = mains.programs.iter().filter(is_built).collect();
            for (tags, own) in by_tags(&own, other, &facts.directory) {
                let checked = match compile {
                    Compile::Yes => list(facts, runner, system, &own, &tags, Depth::Compiled)?,
                    Compile::No => own.into_iter().cloned().collect(),
                };
                for package in checked {
                    add(&mut programs, package, system);
                }
            }
        }
        for program in programs.values_mut() {
            program.other = of_other(&program.package, other, &facts.directory).cloned();
        }
        let programs: Vec<Program> = programs.into_values().collect();
        Ok(Self {
            sources: sources(facts, runner, &programs)?,
            programs,
            auxiliary: mains.auxiliary,
            broken: mains.broken,
        })
    }
}

/// What the other tool's configuration says about a package.
fn of_other<'o>(
    package: &Package,
    other: Option<&'o Other>,
    directory: &Path,
) -> Option<&'o OtherProgram> {
    let mut programs = other?.programs.iter();
    programs.find(|program| directory.join(&program.folder) == package.dir)
}

/// The programs that the other tool's configuration names, when it names any that is there; the others are left out.
fn choose(mains: &mut MainPackages, other: &Other, directory: &Path) {
    let is_named = |package: &Package| of_other(package, Some(other), directory).is_some();
    let auxiliary = mains.auxiliary.iter().map(|auxiliary| &auxiliary.package);
    if !mains.programs.iter().chain(auxiliary).any(is_named) {
        return;
    }
    let found = std::mem::take(&mut mains.programs);
    let (named, rest): (Vec<Package>, Vec<Package>) = found.into_iter().partition(is_named);
    mains.programs = named;
    let (named, mut auxiliary): (Vec<Auxiliary>, Vec<Auxiliary>) =
        std::mem::take(&mut mains.auxiliary)
            .into_iter()
            .partition(|auxiliary| is_named(&auxiliary.package));
    mains
        .programs
        .extend(named.into_iter().map(|each| each.package));
    mains
        .programs
        .sort_by(|a, b| a.import_path.cmp(&b.import_path));
    auxiliary.extend(rest.into_iter().map(|package| Auxiliary {
        package,
        why: Why::NotListed(other.file.clone()),
    }));
    mains.auxiliary = auxiliary;
}

fn by_tags<'p>(
    packages: &[&'p Package],
    other: Option<&Other>,
    directory: &Path,
) -> BTreeMap<Vec<String>, Vec<&'p Package>> {
    let mut groups: BTreeMap<Vec<String>, Vec<&Package>> = BTreeMap::new();
    for package in packages {
        let tags = of_other(package, other, directory).map(|program| program.tags.clone());
        groups
            .entry(tags.unwrap_or_default())
            .or_default()
            .push(package);
    }
    groups
}

fn tag_flags<'t>(tags: impl Iterator<Item = &'t String>) -> Vec<String> {
    let tags: Vec<&str> = tags.map(String::as_str).collect();
    let flag = (!tags.is_empty()).then(|| format!("-tags={}", tags.join(",")));
    flag.into_iter().collect()
}

/// The packages again, with what the go tool finds when it looks deeper.
fn list(
    facts: &Facts,
    runner: &Runner,
    system: System,
    mains: &[&Package],
    tags: &[String],
    depth: Depth,
) -> Result<Vec<Package>, Problem> {
    let go = facts.go.as_ref().map_err(Clone::clone)?;
    let patterns: Vec<String> = mains
        .iter()
        .map(|package| pattern(facts, package))
        .collect();
    // As `gorelease build` compiles, so that the go tool's cache serves both.
    let mut flags = vec!["-trimpath".to_owned()];
    flags.extend(tag_flags(tags.iter()));
    let query = Query {
        directory: &facts.directory,
        env: system.environment("0"),
        flags: &flags,
        patterns: &patterns,
        depth,
    };
    packages::list(runner, go, &query)
}

/// The programs and what they import of their own modules, each program as the first system sees it that it is for.
fn sources(facts: &Facts, runner: &Runner, programs: &[Program]) -> Result<Vec<Package>, Problem> {
    let mut questions: BTreeMap<(System, Vec<String>), Vec<&Package>> = BTreeMap::new();
    for program in programs {
        if let Some(system) = program.systems.first() {
            let tags = program.other.as_ref().map(|other| other.tags.clone());
            let question = questions.entry((*system, tags.unwrap_or_default()));
            question.or_default().push(&program.package);
        }
    }
    let mut found: BTreeMap<String, Package> = BTreeMap::new();
    for ((system, tags), mains) in questions {
        for package in list(facts, runner, system, &mains, &tags, Depth::Sources)? {
            let module = package.module.as_ref();
            if !package.standard && module.is_some_and(|module| module.main) {
                found.insert(package.import_path.clone(), package);
            }
        }
    }
    Ok(found.into_values().collect())
}

/// The package as the go tool takes it from the project's folder.
pub(super) fn pattern(facts: &Facts, package: &Package) -> String {
    match package.dir.strip_prefix(&facts.directory) {
        Ok(relative) if relative.as_os_str().is_empty() => ".".to_owned(),
        Ok(relative) => format!("./{}", slashed(relative)),
        Err(_) => package.import_path.clone(),
    }
}

fn add(programs: &mut BTreeMap<String, Program>, package: Package, system: System) {
    let error = package.first_error().map(str::to_owned);
    let program = programs
        .entry(package.import_path.clone())
        .or_insert_with(|| Program {
            package: package.clone(),
            systems: BTreeSet::new(),
            errors: BTreeMap::new(),
            other: None,
        });
    match error {
        Some(error) => {
            program.errors.insert(system, error);
        }
        None => {
            program.systems.insert(system);
            program.package = package;
        }
    }
}
