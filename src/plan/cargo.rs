//! One `cargo build` for each Rust program and target.

use std::collections::BTreeMap;

use super::compile::{Unit, finish, single_architectures};
use super::hooks;
use super::model::{Action, CargoBuild, StepId};
use super::planner::{FinishedBinary, Planner};
use super::programs::Program;
use super::release::from_fact;
use super::settings::{Layers, expander_for};
use crate::problem::{Problem, Problems, nearest};
use crate::process::Invocation;
use crate::project::Cargo;
use crate::target::Target;

/// Plans every compilation of `program`.
pub(super) fn plan(
    planner: &mut Planner<'_>,
    program: &Program,
    global: &[StepId],
    problems: &mut Problems,
) -> Vec<FinishedBinary> {
    let cargo = match &planner.world.facts.cargo {
        Some(Ok(cargo)) => cargo.clone(),
        Some(Err(problem)) => {
            let place = program.binary.name.place();
            problems.push(from_fact(problem.clone()).at_option(place));
            return Vec::new();
        }
        None => {
            let problem = Problem::error("the project has no `Cargo.toml`");
            problems.push(
                problem
                    .at_option(program.binary.name.place())
                    .hint("`builder = \"cargo\"` builds a Rust program from the project's root"),
            );
            return Vec::new();
        }
    };
    if let Err(problem) = check_program(&cargo, program) {
        problems.push(problem);
        return Vec::new();
    }
    let mut binaries = Vec::new();
    for target in single_architectures(&program.targets) {
        let triple = cargo
            .triple(&target)
            .map_err(|problem| from_fact(problem).at_option(program.binary.name.place()));
        let Some(triple) = problems.take(triple) else {
            continue;
        };
        let unit = unit(planner, program, target, triple, problems);
        let Some(unit) = unit else { continue };
        binaries.push(build(planner, &cargo, &unit, global, problems));
    }
    binaries
}

fn check_program(cargo: &Cargo, program: &Program) -> Result<(), Problem> {
    let names: Vec<&str> = cargo.programs.iter().map(|known| &*known.name).collect();
    if names.contains(&program.pattern.as_str()) {
        return Ok(());
    }
    let place = program.binary.main.as_ref().unwrap_or(&program.binary.name);
    let problem = Problem::error(format!("cargo knows no program `{}`", program.pattern))
        .at_option(place.place());
    Err(match nearest(&program.pattern, names.iter().copied()) {
        Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
        None => problem.hint(format!("programs here: {}", names.join(", "))),
    })
}

fn unit<'p>(
    planner: &Planner<'p>,
    program: &'p Program,
    target: Target,
    triple: &str,
    problems: &mut Problems,
) -> Option<Unit<'p>> {
    let layers = Layers::new(planner, program, &target);
    let expander = expander_for(planner, &program.name, &target);
    let mut flags = ["--release", "--locked", "--target", triple, "--bin"]
        .map(str::to_owned)
        .to_vec();
    flags.push(program.pattern.clone());
    if planner.options.offline {
        flags.push("--offline".to_owned());
    }
    // The flags of `[build]` are the go tool's.
    let own = program.binary.settings.flags.as_deref().unwrap_or_default();
    flags.extend(expander.expand_all(own, problems)?);
    let settings = problems.take(layers.environment(&expander))?;
    let set = settings.clone().into_iter();
    Some(Unit {
        program,
        target,
        flags,
        env: set.map(|(name, value)| (name, Some(value))).collect(),
        settings,
    })
}

fn build(
    planner: &mut Planner<'_>,
    cargo: &Cargo,
    unit: &Unit<'_>,
    global: &[StepId],
    problems: &mut Problems,
) -> FinishedBinary {
    let Unit {
        program, target, ..
    } = unit;
    let name = format!("{}{}", program.name, target.executable_extension());
    let summary = format!("cargo build of {} for {target}", program.name);
    let mut invocation = Invocation::new(&cargo.program, summary)
        .args([
            "build",
            "--quiet",
            "--message-format=json-render-diagnostics",
        ])
        .args(unit.flags.iter().cloned())
        .cwd(planner.options.root.join(&program.dir));
    invocation.env = unit.env.clone();
    let triple = cargo.triple(target).unwrap_or_default();
    invocation.env.extend(without_paths(planner, cargo, triple));
    let mut needs = global.to_vec();
    needs.extend(hooks::before(planner, unit, global, problems));
    let action = CargoBuild {
        invocation,
        program: program.pattern.clone(),
        name: name.clone(),
    };
    let id = format!("build {} {target}", program.name);
    let step = planner.step(
        id,
        Some(target),
        &needs,
        vec![name],
        Action::CargoBuild(action),
    );
    finish(planner, unit, &step, problems)
}

/// What `-trimpath` is to Go: the paths of this machine do not reach the program, neither from Rust nor from the C
/// sources that crates bring along.
fn without_paths(
    planner: &Planner<'_>,
    cargo: &Cargo,
    triple: &str,
) -> BTreeMap<String, Option<String>> {
    let trim = planner.manifest.build.trimpath.as_ref();
    if trim.is_some_and(|trim| !trim.value) {
        return BTreeMap::new();
    }
    let environment = &planner.world.environment;
    let home = environment.get("CARGO_HOME").cloned().or_else(|| {
        let home = environment.get("HOME").or(environment.get("USERPROFILE"))?;
        Some(format!("{home}/.cargo"))
    });
    let mut places = vec![format!("{}=/src", cargo.root.display())];
    places.extend(home.map(|home| format!("{home}=/cargo")));
    let flags = |option: &str| -> Vec<String> {
        let flags = places.iter().map(|place| format!("{option}={place}"));
        flags.collect()
    };
    // Separated by a character that no path holds, unlike RUSTFLAGS.
    let rust = flags("--remap-path-prefix").join("\u{1f}");
    let mut variables = BTreeMap::from([("CARGO_ENCODED_RUSTFLAGS".to_owned(), Some(rust))]);
    // The cc crate splits at spaces, and Microsoft's compiler has no such option.
    if !triple.ends_with("msvc") && !places.iter().any(|place| place.contains(' ')) {
        let mut words = flags("-ffile-prefix-map");
        words.extend(environment.get("CFLAGS").cloned());
        let name = format!("CFLAGS_{}", triple.replace('-', "_"));
        variables.insert(name, Some(words.join(" ")));
    }
    variables
}
