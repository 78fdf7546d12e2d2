//! Which programs, from which main packages, for which targets.

use std::collections::BTreeMap;

use super::planner::Planner;
use super::program_names;
use super::release::from_fact;
use super::windows_programs;
use super::world::{PackageQuery, World};
use crate::manifest::{Binary, Builder, Located, Manifest};
use crate::problem::{Problem, Problems, Severity, nearest};
use crate::project::mains::MainPackages;
use crate::project::{Package, ProblemKind, go_hints};
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
    if planner.manifest.binaries.is_empty() {
        leave_out_targets(planner, &mut programs, targets, problems);
    }
    refuse_twins(&mut programs, problems);
    windows_programs::check(&programs, problems);
    programs
}

/// A program that was found, not named, is built where its build constraints leave it files.
fn leave_out_targets(
    planner: &mut Planner<'_>,
    programs: &mut Vec<Program>,
    targets: &[Target],
    problems: &mut Problems,
) {
    let Ok(mains) = &planner.world.mains else {
        return;
    };
    let mut notices = Vec::new();
    for program in programs.iter_mut() {
        let is_built = |target: &Target| mains.is_built_for(&program.package, target);
        program.targets.retain(is_built);
        let without = targets.iter().filter(|target| !is_built(target));
        let without: Vec<String> = without.map(Target::to_string).collect();
        if !without.is_empty() {
            notices.push(format!(
                "`{}` is not built for {}: its build constraints exclude all files there",
                program.name,
                without.join(", ")
            ));
        }
    }
    let had_programs = !programs.is_empty();
    programs.retain(|program| !program.targets.is_empty());
    if programs.is_empty() && had_programs {
        for message in notices {
            problems.push(
                Problem::error(message).hint("choose other targets with --target, or in `[build]`"),
            );
        }
        return;
    }
    for notice in notices {
        planner.notice(notice);
    }
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
        Ok(mains) if mains.programs.is_empty() => no_program(world, mains, problems),
        Ok(mains) => {
            for package in &mains.broken {
                let mut problem = broken(world, package);
                problem.severity = Severity::Warning;
                problem.message = format!("left out: {}", problem.message);
                problems.push(problem);
            }
        }
    }
}

/// Why no program was found: what the go tool could not read, else modules that are looked at only when asked for.
fn no_program(world: &World, mains: &MainPackages, problems: &mut Problems) {
    if !mains.broken.is_empty() {
        for package in &mains.broken {
            problems.push(broken(world, package));
        }
        return;
    }
    let nested = world.nested_modules.iter();
    let nested: Vec<String> = nested
        .filter(|module| module.has_program)
        .map(|module| format!("`{}`", module.folder))
        .collect();
    let problem = Problem::error("the project has no main package");
    problems.push(match nested.first() {
        Some(first) => problem.hint(format!(
            "there are programs in the modules {}: use `-C {}`, or name them with `dir` and `main` in a `[[binary]]`",
            nested.join(", "),
            first.trim_matches('`')
        )),
        None => problem.hint("run gorelease in the folder of a Go module that has a program; one that needs build tags is named with `main` and `tags` in a `[[binary]]`"),
    });
}

/// What the go tool says of a package that it could not read.
fn broken(world: &World, package: &Package) -> Problem {
    let words = package.first_error().unwrap_or("it cannot be read");
    let directory = world.facts.directory.display();
    let shown = words
        .replace(&format!("{directory}/"), "")
        .replace("\n\t", " ");
    let problem = Problem::error(match shown.contains(&package.import_path) {
        true => shown.clone(),
        false => format!("`{}`: {shown}", package.import_path),
    });
    match go_hints::hint(&shown) {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

/// The programs that were found, each with its name.
pub(super) fn found(planner: &Planner<'_>) -> Vec<(String, Package)> {
    let Ok(mains) = &planner.world.mains else {
        return Vec::new();
    };
    let packages: Vec<&Package> = mains.programs.iter().collect();
    let names = program_names::of(&packages, &planner.release.name);
    names
        .into_iter()
        .zip(mains.programs.iter().cloned())
        .collect()
}

/// Every main package.
fn inferred(planner: &mut Planner<'_>) -> Vec<Program> {
    let found = found(planner);
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    if !names.is_empty() {
        planner.notice(format!("programs found: {}", names.join(", ")));
        say_left_out(planner);
    }
    found
        .into_iter()
        .map(|(name, package)| Program {
            pattern: package.import_path.clone(),
            dir: String::new(),
            targets: Vec::new(),
            binary: Binary::inferred(&name),
            package,
            name,
        })
        .collect()
}

/// Main packages that are not released unless a manifest names them.
fn say_left_out(planner: &mut Planner<'_>) {
    if let Ok(mains) = &planner.world.mains
        && !mains.auxiliary.is_empty()
    {
        let left_out: Vec<String> = mains
            .auxiliary
            .iter()
            .map(|auxiliary| {
                format!(
                    "{} ({})",
                    relative_path(planner, &auxiliary.package),
                    auxiliary.why
                )
            })
            .collect();
        planner.notice(format!("not taken for programs: {}", left_out.join(", ")));
    }
    let nested = planner.world.nested_modules.iter();
    let nested: Vec<String> = nested
        .filter(|module| module.has_program)
        .map(|module| format!("`{}`", module.folder))
        .collect();
    if !nested.is_empty() {
        planner.notice(format!(
            "modules of their own with programs are left out: {}; `-C` builds one of them",
            nested.join(", ")
        ));
    }
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
    let auxiliary = mains.auxiliary.iter().map(|auxiliary| &auxiliary.package);
    let packages = mains.programs.iter().chain(auxiliary);
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

/// Two programs of one name for the same target; the second one is left out there.
fn refuse_twins(programs: &mut [Program], problems: &mut Problems) {
    let mut named: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for index in 0..programs.len() {
        let program = &programs[index];
        let earlier = named.entry(program.name.to_lowercase()).or_default();
        let shares = |earlier: &&Program| {
            let mut targets = program.targets.iter();
            targets.any(|target| earlier.targets.contains(target))
        };
        let twin = earlier
            .iter()
            .map(|earlier| &programs[*earlier])
            .find(shares);
        earlier.push(index);
        let Some(twin) = twin else {
            continue;
        };
        let mut shared = program
            .targets
            .iter()
            .filter(|target| twin.targets.contains(target));
        let target = shared.next().map(Target::to_string).unwrap_or_default();
        let place = program.binary.name.place();
        problems.push(match place {
            Some(place) => Problem::error(format!(
                "the binary `{}` is there twice for {target}",
                program.name
            ))
            .at(place)
            .label("again")
            .hint("remove one of them, or give them `targets` that do not overlap"),
            None => Problem::error(format!(
                "`{}` and `{}` would both be called `{}`",
                twin.package.import_path, program.package.import_path, program.name
            ))
            .hint("name them with `[[binary]]`"),
        });
        let taken = twin.targets.clone();
        programs[index]
            .targets
            .retain(|target| !taken.contains(target));
    }
}
