//! Which programs a project has, and for which systems they compile.

use std::collections::{BTreeMap, BTreeSet};

use crate::process::Runner;
use crate::project::mains::{Auxiliary, Setting};
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
}

impl Survey {
    /// Asks the go tool about the project.
    ///
    /// # Errors
    /// When there is no go tool or no module, or `go list` cannot begin.
    pub fn gather(facts: &Facts, runner: &Runner, compile: Compile) -> Result<Self, Problem> {
        // A program that needs cgo should be found in order to say that it does.
        let cgo = match compile {
            Compile::Yes => "1",
            Compile::No => "0",
        };
        let settings: Vec<Setting> = System::ALL
            .into_iter()
            .map(|system| Setting {
                target: system.target(),
                env: system.environment(cgo),
                flags: Vec::new(),
            })
            .collect();
        let mains = facts.main_packages(runner, &settings)?;
        let mut programs: BTreeMap<String, Program> = BTreeMap::new();
        for system in System::ALL {
            let is_built = |package: &&Package| mains.is_built_for(package, &system.target());
            let own: Vec<Package> = mains.programs.iter().filter(is_built).cloned().collect();
            let checked = match compile {
                Compile::Yes => compiled(facts, runner, system, &own)?,
                Compile::No => own,
            };
            for package in checked {
                add(&mut programs, package, system);
            }
        }
        Ok(Self {
            programs: programs.into_values().collect(),
            auxiliary: mains.auxiliary,
            broken: mains.broken,
        })
    }
}

/// The packages again, with what the compiler says about them.
fn compiled(
    facts: &Facts,
    runner: &Runner,
    system: System,
    mains: &[Package],
) -> Result<Vec<Package>, Problem> {
    let go = facts.go.as_ref().map_err(Clone::clone)?;
    let patterns: Vec<String> = mains
        .iter()
        .map(|package| pattern(facts, package))
        .collect();
    if patterns.is_empty() {
        return Ok(Vec::new());
    }
    let query = Query {
        directory: &facts.directory,
        env: system.environment("0"),
        // As `gorelease build` compiles, so that the go tool's cache serves both.
        flags: &["-trimpath".to_owned()],
        patterns: &patterns,
        depth: Depth::Compiled,
    };
    packages::list(runner, go, &query)
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
