//! One `go build` for all programs that share folder, target, flags and environment.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Action, BuildRecord, FileRef, GoBuild, StepId};
use super::planner::{FinishedBinary, Planner};
use super::programs::Program;
use super::settings::{self, Layers, expander_for};
use super::{cargo, hooks, service_hosts, surroundings, work_tree};
use crate::format::output::sha256_hex;
use crate::manifest::Builder;
use crate::problem::{Problem, Problems};
use crate::process::Invocation;
use crate::project::go_environment::recorded;
use crate::target::Target;

/// What one program needs for one target, everything rendered.
pub(super) struct Unit<'p> {
    pub(super) program: &'p Program,
    pub(super) target: Target,
    pub(super) flags: Vec<String>,
    /// What the target and the manifest set.
    pub(super) settings: BTreeMap<String, String>,
    /// The whole environment of the go tool.
    pub(super) env: BTreeMap<String, Option<String>>,
}

/// Plans every compilation; the binaries, hooks included, in the order of programs and targets.
pub(super) fn plan(
    planner: &mut Planner<'_>,
    programs: &[Program],
    problems: &mut Problems,
) -> Vec<FinishedBinary> {
    let hooks = hooks::global(planner, problems);
    let global = work_tree::after_hooks(planner, hooks);
    let mut units = Vec::new();
    let mut binaries = Vec::new();
    for program in programs {
        if program.binary.builder == Builder::Cargo {
            binaries.extend(cargo::plan(planner, program, &global, problems));
            continue;
        }
        for target in single_architectures(&program.targets) {
            units.extend(unit(planner, program, target, problems));
        }
    }
    if let (Err(problem), false) = (&planner.world.facts.go, units.is_empty()) {
        problems.push(super::release::from_fact(problem.clone()));
    }
    check_toolchain(planner, problems);
    if !units.is_empty() {
        surroundings::check(planner, &units, problems);
    }
    for (number, group) in groups(&units) {
        binaries.extend(build_group(
            planner,
            &group,
            number,
            global.as_slice(),
            problems,
        ));
    }
    binaries
}

/// The targets to compile for: a universal one stands for its two architectures.
pub fn single_architectures(targets: &[Target]) -> BTreeSet<Target> {
    let mut single = BTreeSet::new();
    for target in targets {
        if target.is_universal() {
            single.extend(["amd64", "arm64"].map(|goarch| Target::new(&*target.goos, goarch)));
        } else {
            single.insert(target.clone());
        }
    }
    single
}

fn unit<'p>(
    planner: &Planner<'p>,
    program: &'p Program,
    target: Target,
    problems: &mut Problems,
) -> Option<Unit<'p>> {
    let layers = Layers::new(planner, program, &target);
    let expander = expander_for(planner, &program.name, &target);
    let flags = settings::flags(planner, &layers, &expander, problems)?;
    let mut variables = problems.take(layers.environment(&expander))?;
    variables.extend(target.environment());
    let cgo = layers.first(|settings| settings.cgo.as_ref());
    let uses_cgo = cgo.is_some_and(|cgo| cgo.value);
    variables.insert("CGO_ENABLED".to_owned(), u8::from(uses_cgo).to_string());
    if planner.options.offline {
        variables.insert("GOPROXY".to_owned(), "off".to_owned());
    }
    if uses_cgo {
        settings::c_compilers(
            planner,
            &layers,
            &expander,
            &target,
            &mut variables,
            problems,
        );
    }
    settings::check_buildmode(&layers, &flags, problems);
    let env = match &planner.world.facts.go {
        Ok(go) => go.environment(&variables),
        Err(_) => BTreeMap::new(),
    };
    Some(Unit {
        program,
        target,
        flags,
        settings: variables,
        env,
    })
}

fn check_toolchain(planner: &Planner<'_>, problems: &mut Problems) {
    let (Some(wanted), Ok(go)) = (
        &planner.manifest.project.go_toolchain,
        &planner.world.facts.go,
    ) else {
        return;
    };
    if go.version_text != wanted.value {
        let problem = Problem::error(format!(
            "the manifest wants {}, this is {}",
            wanted.value, go.version_text
        ));
        problems.push(problem.at_option(wanted.place()).hint(format!(
            "set GOTOOLCHAIN={} in the environment",
            wanted.value
        )));
    }
}

/// What units of one `go build` have in common.
type Common<'u> = (
    &'u Target,
    &'u str,
    &'u [String],
    &'u BTreeMap<String, Option<String>>,
);

/// Units that one `go build` can make, each with the number of its group among those of its target.
///
/// Executables of one name exclude each other: the second of a name goes into the second group of its kind, and so on.
fn groups<'u, 'p>(units: &'u [Unit<'p>]) -> Vec<(usize, Vec<&'u Unit<'p>>)> {
    let mut groups: Vec<(usize, Vec<&Unit<'p>>)> = Vec::new();
    let mut alike: BTreeMap<Common<'u>, Vec<usize>> = BTreeMap::new();
    let mut named: BTreeMap<(Common<'u>, String), usize> = BTreeMap::new();
    let mut numbers: BTreeMap<&Target, usize> = BTreeMap::new();
    for unit in units {
        let common = (&unit.target, &*unit.program.dir, &*unit.flags, &unit.env);
        let name = unit.program.package.executable_name().to_lowercase();
        let earlier = named.entry((common, name)).or_default();
        let alike = alike.entry(common).or_default();
        match alike.get(*earlier) {
            Some(group) => groups[*group].1.push(unit),
            None => {
                let number = numbers.entry(&unit.target).or_default();
                *number += 1;
                alike.push(groups.len());
                groups.push((*number, vec![unit]));
            }
        }
        *earlier += 1;
    }
    // Targets one after the other, so that the first one can be packed while the next compiles.
    groups.sort_by(|left, right| (&left.1[0].target, left.0).cmp(&(&right.1[0].target, right.0)));
    groups
}

fn build_group(
    planner: &mut Planner<'_>,
    group: &[&Unit<'_>],
    number: usize,
    global: &[StepId],
    problems: &mut Problems,
) -> Vec<FinishedBinary> {
    let first = group[0];
    let target = &first.target;
    let extension = target.executable_extension();
    let mut needs: Vec<StepId> = global.to_vec();
    for unit in group {
        needs.extend(hooks::before(planner, unit, global, problems));
    }
    let executables: BTreeMap<String, String> = group
        .iter()
        .map(|unit| {
            let name = format!("{}{extension}", unit.program.name);
            let default = unit.program.package.executable_name();
            let made = if group.len() == 1 {
                name.clone()
            } else {
                format!("{default}{extension}")
            };
            (made, name)
        })
        .collect();
    let suffix = if number == 1 {
        String::new()
    } else {
        format!(" ({number})")
    };
    let id = format!("build {target}{suffix}");
    let invocation = invocation(planner, group);
    let programs = group
        .iter()
        .filter(|_| target.is_windows())
        .map(|unit| (unit.program.name.as_str(), unit.program.pattern.as_str()));
    let service_host = service_hosts::injected(planner, programs);
    let outputs: Vec<String> = executables.values().cloned().collect();
    let build = GoBuild {
        output_name: (group.len() == 1).then(|| outputs[0].clone()),
        stage: stage(planner, &invocation, &service_host),
        service_host,
        invocation,
        executables,
    };
    let step = planner.step(id, Some(target), &needs, outputs, Action::GoBuild(build));
    group
        .iter()
        .map(|unit| finish(planner, unit, &step, problems))
        .collect()
}

fn invocation(planner: &Planner<'_>, group: &[&Unit<'_>]) -> Invocation {
    let first = group[0];
    let program = planner
        .world
        .facts
        .go
        .as_ref()
        .map_or_else(|_| "go".into(), |go| go.program.clone());
    let names: Vec<&str> = group
        .iter()
        .map(|unit| unit.program.name.as_str())
        .collect();
    let mut invocation = Invocation::new(
        program,
        format!("go build of {} for {}", names.join(", "), first.target),
    )
    .arg("build")
    .args(first.flags.iter().cloned())
    .args(group.iter().map(|unit| unit.program.pattern.clone()))
    .cwd(planner.options.root.join(&first.program.dir));
    invocation.env = first.env.clone();
    match &planner.world.facts.go {
        Ok(go) => go.pass(invocation),
        Err(_) => invocation,
    }
}

/// The name of the folder of the go tool's outputs: everything that the command depends on, and the project's place.
fn stage(planner: &Planner<'_>, invocation: &Invocation, service_host: &[String]) -> String {
    let root = planner.options.root.to_string_lossy();
    let mut hash =
        sha256_hex(format!("{root}\0{invocation}\0{}", service_host.join("\0")).as_bytes());
    hash.truncate(32);
    hash
}

/// The compiled program after its own hooks.
pub(super) fn finish(
    planner: &mut Planner<'_>,
    unit: &Unit<'_>,
    step: &StepId,
    problems: &mut Problems,
) -> FinishedBinary {
    let target = &unit.target;
    let name = format!("{}{}", unit.program.name, target.executable_extension());
    let mut file = FileRef::Output {
        step: step.clone(),
        name: name.clone(),
    };
    file = hooks::after(planner, unit, file, &name, problems);
    let build = BuildRecord {
        package: unit.program.package.import_path.clone(),
        flags: unit.flags.clone(),
        env: recorded(&unit.env),
    };
    FinishedBinary {
        program: unit.program.name.clone(),
        target: target.clone(),
        file_name: name,
        file,
        build,
    }
}
