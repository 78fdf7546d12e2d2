//! Which programs, from which main packages, for which targets.

use super::planner::Planner;
use super::release::from_fact;
use super::world::{PackageQuery, World};
use crate::manifest::{Binary, Builder, Located, Manifest};
use crate::problem::{Problem, Problems, nearest};
use crate::project::{Package, ProblemKind};
use crate::target::Target;

/// A program and everything that is needed to compile it.
#[derive(Debug, Clone)]
pub struct Program {
    /// The executable's name, without extension.
    pub name: String,
    /// The main package.
    pub package: Package,
    /// What `go build` is given: a path such as `./cmd/orders`, or an import path.
    pub pattern: String,
    /// The module's folder, relative to the project; empty for the root.
    pub dir: String,
    /// The targets, sorted.
    pub targets: Vec<Target>,
    /// What the manifest says about it; the defaults when it was found, not named.
    pub binary: Binary,
}

/// The programs, in the manifest's order or sorted by name.
pub(super) fn resolve(
    planner: &mut Planner<'_>,
    targets: &[Target],
    problems: &mut Problems,
) -> Vec<Program> {
    let mut programs = if planner.manifest.binaries.is_empty() {
        inferred(planner)
    } else {
        let binaries = &planner.manifest.binaries;
        binaries
            .iter()
            .filter_map(|binary| named(planner, binary, problems))
            .collect()
    };
    choose(planner, &mut programs, problems);
    for program in &mut programs {
        program.targets = own_targets(&program.binary, targets, problems);
    }
    refuse_twins(&programs, problems);
    programs
}

/// Why the go tool tells nothing about this project, if it has Go programs: everything else that could be said of
/// targets and packages would only be that over again.
pub(super) fn unanswered(manifest: &Manifest, world: &World) -> Option<Problem> {
    let mut programs = manifest
        .binaries
        .iter()
        .filter(|binary| binary.builder == Builder::Go);
    let has_no_binary = manifest.binaries.is_empty();
    let go = world.facts.go.as_ref().err();
    let go = go.filter(|_| has_no_binary || programs.clone().next().is_some());
    let modules = world.facts.modules.as_ref().err();
    let modules = modules.filter(|problem| {
        let here = has_no_binary || programs.any(|binary| binary.dir.is_none());
        problem.kind == ProblemKind::Failed && here
    });
    go.or(modules).cloned().map(from_fact)
}

/// Whether there is any program, when the manifest names none.
pub(super) fn check_found(manifest: &Manifest, world: &World, problems: &mut Problems) {
    if !manifest.binaries.is_empty() {
        return;
    }
    match &world.mains {
        Err(problem) => {
            problems.push(from_fact(problem.clone()));
        }
        Ok(mains) if mains.programs.is_empty() => {
            let problem = Problem::error("the project has no main package");
            problems.push(problem.hint("run gorelease in the folder of a Go module that has a program; `gorelease init` also finds those for other systems alone"));
        }
        Ok(_) => {}
    }
}

/// Every main package.
fn inferred(planner: &mut Planner<'_>) -> Vec<Program> {
    let Ok(mains) = &planner.world.mains else {
        return Vec::new();
    };
    let mains = mains.programs.clone();
    let names: Vec<&str> = mains.iter().map(Package::executable_name).collect();
    if !names.is_empty() {
        planner.notice(format!("programs found: {}", names.join(", ")));
    }
    mains
        .into_iter()
        .map(|package| Program {
            name: package.executable_name().to_owned(),
            pattern: package.import_path.clone(),
            dir: String::new(),
            targets: Vec::new(),
            binary: Binary::inferred(package.executable_name()),
            package,
        })
        .collect()
}

/// A program that the manifest names.
fn named(planner: &Planner<'_>, binary: &Binary, problems: &mut Problems) -> Option<Program> {
    let dir = binary
        .dir
        .as_ref()
        .map(|dir| dir.value.trim_end_matches('/').to_owned())
        .unwrap_or_default();
    if binary.builder == Builder::Cargo {
        let target = binary
            .main
            .as_ref()
            .map_or(binary.name.value.clone(), |main| main.value.clone());
        let package = Package {
            import_path: target.clone(),
            name: "main".to_owned(),
            ..Package::default()
        };
        return Some(Program {
            name: binary.name.value.clone(),
            package,
            pattern: target,
            dir,
            targets: Vec::new(),
            binary: binary.clone(),
        });
    }
    let found = match &binary.main {
        Some(main) => by_path(planner, main, &dir),
        None => by_name(planner, &binary.name),
    };
    let package = problems.take(found)?;
    let pattern = binary
        .main
        .as_ref()
        .map_or(package.import_path.clone(), |main| main.value.clone());
    Some(Program {
        name: binary.name.value.clone(),
        package,
        pattern,
        dir,
        targets: Vec::new(),
        binary: binary.clone(),
    })
}

fn by_path(planner: &Planner<'_>, main: &Located<String>, dir: &str) -> Result<Package, Problem> {
    let query = PackageQuery {
        dir: dir.to_owned(),
        pattern: main.value.clone(),
    };
    let package = match planner.world.packages.get(&query) {
        Some(Ok(package)) => package.clone(),
        Some(Err(problem)) => {
            let problem = from_fact(problem.clone()).at_option(main.place());
            return Err(match problem.hint {
                Some(_) => problem,
                None => suggest(planner, problem, &main.value),
            });
        }
        None => {
            return Err(
                Problem::error(format!("`{}` was not looked for", main.value))
                    .at_option(main.place()),
            );
        }
    };
    let place = |problem: Problem| problem.at_option(main.place());
    if let (Some(error), true) = (&package.error, package.name.is_empty()) {
        let text = error.err.lines().next().unwrap_or_default();
        // The go tool would have it fetched; the lines that say how are left out.
        let text = text.trim_end_matches("; to add it:");
        let problem = place(Problem::error(format!(
            "there is no package `{}`: {text}",
            main.value
        )));
        return Err(suggest(planner, problem, &main.value));
    }
    if !package.is_main() {
        let problem = place(Problem::error(format!(
            "`{}` is package `{}`, not a program",
            main.value, package.name
        )));
        return Err(suggest(
            planner,
            problem.label("needs `package main`"),
            &main.value,
        ));
    }
    if package.go_files.is_empty() && package.cgo_files.is_empty() {
        return Err(place(Problem::error(format!(
            "`{}` has no Go files for this system",
            main.value
        )))
        .hint("its build constraints leave nothing to compile"));
    }
    Ok(package)
}

fn suggest(planner: &Planner<'_>, problem: Problem, typed: &str) -> Problem {
    let paths = main_paths(planner);
    let below = format!("./{}", typed.trim_end_matches('/'));
    if paths.contains(&below) {
        return problem.hint(format!(
            "write `{below}`: without `./` it is a package of the standard library or of another module"
        ));
    }
    match nearest(typed, paths.iter().map(String::as_str)) {
        Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
        None if paths.is_empty() => problem.hint("the project has no main package"),
        None => problem.hint(format!("main packages here: {}", paths.join(", "))),
    }
}

/// The main packages as one would type them.
fn main_paths(planner: &Planner<'_>) -> Vec<String> {
    let Ok(mains) = &planner.world.mains else {
        return Vec::new();
    };
    let packages = mains.programs.iter().chain(&mains.auxiliary);
    packages
        .map(|package| relative_path(planner, package))
        .collect()
}

fn relative_path(planner: &Planner<'_>, package: &Package) -> String {
    match package.dir.strip_prefix(&planner.options.root) {
        Ok(path) if path.as_os_str().is_empty() => ".".to_owned(),
        Ok(path) => format!("./{}", crate::project::packages::slashed(path)),
        Err(_) => package.import_path.clone(),
    }
}

fn by_name(planner: &Planner<'_>, name: &Located<String>) -> Result<Package, Problem> {
    let mains = planner
        .world
        .mains
        .as_ref()
        .map_err(|problem| from_fact(problem.clone()).at_option(name.place()))?;
    match mains.called(name) {
        Some(package) => Ok(package.clone()),
        None => {
            let problem = Problem::error(format!("no main package belongs to `{}`", name.value))
                .at_option(name.place());
            let paths = main_paths(planner);
            Err(problem.hint(format!(
                "name it with `main`; main packages here: {}",
                paths.join(", ")
            )))
        }
    }
}

/// Keeps those that `--binary` names.
fn choose(planner: &Planner<'_>, programs: &mut Vec<Program>, problems: &mut Problems) {
    let wanted = &planner.options.binaries;
    for name in wanted {
        if !programs.iter().any(|program| program.name == *name) && problems.is_ok() {
            let names: Vec<&str> = programs
                .iter()
                .map(|program| program.name.as_str())
                .collect();
            let problem = Problem::error(format!("`--binary {name}` is no binary of this project"));
            problems.push(match nearest(name, names.iter().copied()) {
                Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
                None => problem.hint(format!("its binaries: {}", names.join(", "))),
            });
        }
    }
    if !wanted.is_empty() {
        programs.retain(|program| wanted.contains(&program.name));
    }
}

fn own_targets(binary: &Binary, targets: &[Target], problems: &mut Problems) -> Vec<Target> {
    let Some(patterns) = &binary.targets else {
        return targets.to_vec();
    };
    let matches = |target: &&Target| {
        patterns
            .iter()
            .any(|pattern| pattern.matcher.is_match(target.to_string()))
    };
    let own: Vec<Target> = targets.iter().filter(matches).cloned().collect();
    if own.is_empty() && !targets.is_empty() {
        let problem = Problem::warning(format!(
            "`{}` is built for none of the targets",
            binary.name.value
        ));
        problems.push(problem.at_option(patterns.first().and_then(|pattern| pattern.text.place())));
    }
    own
}

/// Two programs of one name, as happens when they are found, not named.
fn refuse_twins(programs: &[Program], problems: &mut Problems) {
    for (index, program) in programs.iter().enumerate() {
        let name = program.name.to_lowercase();
        if let Some(twin) = programs[..index]
            .iter()
            .find(|earlier| earlier.name.to_lowercase() == name)
        {
            let (one, two) = (&twin.package.import_path, &program.package.import_path);
            let problem = Problem::error(format!(
                "`{one}` and `{two}` would both be called `{}`",
                program.name
            ));
            problems.push(problem.hint("name them with `[[binary]]`"));
        }
    }
}
