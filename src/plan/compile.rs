//! One `go build` for all programs that share folder, target, flags and environment; hooks around it.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::Value;

use super::cargo;
use super::expand::Expander;
use super::model::{
    AFTER_HOOK_PATH, Action, AfterHook, BuildRecord, FileRef, GoBuild, Hook, StepId,
};
use super::planner::{FinishedBinary, Planner};
use super::programs::Program;
use super::service_hosts;
use super::world::Skip;
use crate::format::output::sha256_hex;
use crate::manifest::{BuildSettings, Builder, Hook as ManifestHook, Located};
use crate::problem::{Problem, Problems};
use crate::process::Invocation;
use crate::target::Target;

/// Linker flags when the manifest gives none: no symbol table, and the version where many programs look for it.
const DEFAULT_LDFLAGS: [&str; 3] = [
    "-s",
    "-w",
    "-X main.version={{ version }} -X main.commit={{ commit }} -X main.date={{ commit_date }}",
];

/// What one program needs for one target, everything rendered.
pub(super) struct Unit<'p> {
    pub(super) program: &'p Program,
    pub(super) target: Target,
    pub(super) flags: Vec<String>,
    pub(super) env: BTreeMap<String, Option<String>>,
    pub(super) cgo: bool,
}

/// Plans every compilation; the binaries, hooks included, in the order of programs and targets.
pub(super) fn plan(
    planner: &mut Planner<'_>,
    programs: &[Program],
    problems: &mut Problems,
) -> Vec<FinishedBinary> {
    let global = global_hooks(planner, problems);
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
pub(super) fn single_architectures(targets: &[Target]) -> BTreeSet<Target> {
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

/// The template variables of one program and target.
pub(super) fn expander_for(planner: &Planner<'_>, program: &str, target: &Target) -> Expander {
    planner
        .expander
        .with("binary", program)
        .with("os", target.goos.as_str())
        .with("arch", target.goarch.as_str())
        .with("variant", target.variant.clone().unwrap_or_default())
        .with("target", target.slug())
}

/// The settings of one program for one target: binary before override before `[build]`.
pub(super) struct Layers<'m> {
    layers: Vec<&'m BuildSettings>,
}

impl<'m> Layers<'m> {
    pub(super) fn new(planner: &Planner<'m>, program: &'m Program, target: &Target) -> Self {
        let overrides = planner.manifest.build.overrides.iter().rev();
        let name = target.to_string();
        let mut layers = vec![&program.binary.settings];
        layers.extend(
            overrides
                .filter(|entry| entry.target.matcher.is_match(&name))
                .map(|entry| &entry.settings),
        );
        layers.push(&planner.manifest.build.settings);
        Self { layers }
    }

    /// The environment that all layers together ask for.
    pub(super) fn environment(
        &self,
        expander: &Expander,
    ) -> Result<BTreeMap<String, String>, Problem> {
        let mut environment = BTreeMap::new();
        for settings in self.layers.iter().rev() {
            environment.extend(expander.expand_map(&settings.env)?);
        }
        Ok(environment)
    }

    fn first<T>(&self, pick: impl Fn(&'m BuildSettings) -> Option<&'m T>) -> Option<&'m T> {
        self.layers.iter().find_map(|settings| pick(settings))
    }
}

fn unit<'p>(
    planner: &Planner<'p>,
    program: &'p Program,
    target: Target,
    problems: &mut Problems,
) -> Option<Unit<'p>> {
    let layers = Layers::new(planner, program, &target);
    let expander = expander_for(planner, &program.name, &target);
    let flags = problems.take(flags(planner, &layers, &expander))?;
    let mut env = problems.take(layers.environment(&expander))?;
    env.extend(target.environment());
    let mut env: BTreeMap<String, Option<String>> = env
        .into_iter()
        .map(|(name, value)| (name, Some(value)))
        .collect();
    let cgo = layers.first(|settings| settings.cgo.as_ref());
    let uses_cgo = cgo.is_some_and(|cgo| cgo.value);
    env.insert(
        "CGO_ENABLED".to_owned(),
        Some(u8::from(uses_cgo).to_string()),
    );
    if planner.options.offline {
        env.insert("GOPROXY".to_owned(), Some("off".to_owned()));
    }
    if uses_cgo {
        c_compilers(planner, &layers, &expander, &target, &mut env, problems);
    }
    check_buildmode(&flags, problems);
    Some(Unit {
        program,
        target,
        flags,
        env,
        cgo: uses_cgo,
    })
}

fn flags(
    planner: &Planner<'_>,
    layers: &Layers<'_>,
    expander: &Expander,
) -> Result<Vec<String>, Problem> {
    let expand = |list: Option<&Vec<Located<String>>>| {
        expander.expand_all(list.map(Vec::as_slice).unwrap_or_default())
    };
    let mut flags = Vec::new();
    if planner
        .manifest
        .build
        .trimpath
        .as_ref()
        .is_none_or(|trimpath| trimpath.value)
    {
        flags.push("-trimpath".to_owned());
    }
    // Whatever GOFLAGS says: a release tells its commit.
    flags.push("-buildvcs=auto".to_owned());
    let defaults: Vec<Located<String>> = DEFAULT_LDFLAGS
        .iter()
        .map(|flag| Located::inferred((*flag).to_owned()))
        .collect();
    let ldflags = expand(
        layers
            .first(|settings| settings.ldflags.as_ref())
            .or(Some(&defaults)),
    )?;
    for (name, values, separator) in [
        ("-ldflags", ldflags, " "),
        (
            "-gcflags",
            expand(layers.first(|settings| settings.gcflags.as_ref()))?,
            " ",
        ),
        (
            "-asmflags",
            expand(layers.first(|settings| settings.asmflags.as_ref()))?,
            " ",
        ),
        (
            "-tags",
            expand(layers.first(|settings| settings.tags.as_ref()))?,
            ",",
        ),
    ] {
        if !values.is_empty() {
            flags.push(format!("{name}={}", values.join(separator)));
        }
    }
    flags.extend(expand(layers.first(|settings| settings.flags.as_ref()))?);
    Ok(flags)
}

fn check_buildmode(flags: &[String], problems: &mut Problems) {
    let modes = flags
        .iter()
        .filter_map(|flag| flag.trim_start_matches('-').strip_prefix("buildmode="));
    for mode in modes.filter(|mode| !["exe", "pie", "default"].contains(mode)) {
        let problem = Problem::error(format!("`-buildmode={mode}` makes no executable"));
        problems.push(problem.hint("gorelease packs programs: use `exe` or `pie`"));
    }
}

/// CC and CXX of a cgo build, checked before anything is compiled.
fn c_compilers(
    planner: &Planner<'_>,
    layers: &Layers<'_>,
    expander: &Expander,
    target: &Target,
    env: &mut BTreeMap<String, Option<String>>,
    problems: &mut Problems,
) {
    let host = &planner.world.facts.host;
    let is_host = target.goos == host.os && target.goarch == host.arch;
    let cc = layers.first(|settings| settings.cc.as_ref());
    let cxx = layers.first(|settings| settings.cxx.as_ref());
    if cc.is_none() && !is_host && !env.contains_key("CC") {
        let place = layers
            .first(|settings| settings.cgo.as_ref())
            .and_then(Located::place);
        let problem =
            Problem::error(format!("cgo for {target} has no C compiler")).at_option(place);
        problems.push(problem.hint("give one with `cc`, such as `zig cc -target x86_64-windows-gnu` or `x86_64-w64-mingw32-gcc`"));
    }
    for (variable, compiler) in [("CC", cc), ("CXX", cxx)] {
        let Some(compiler) = compiler else { continue };
        let Some(command) = problems.take(expander.expand(compiler)) else {
            continue;
        };
        let program = command
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned();
        if which::which(&program).is_err() {
            let problem = Problem::error(format!(
                "the C compiler `{program}` for {target} was not found"
            ));
            problems.push(
                problem
                    .at_option(compiler.place())
                    .hint("install it, or set `cc` to another one"),
            );
        }
        env.insert(variable.to_owned(), Some(command));
    }
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

/// Units that one `go build` can make, each with the number of its group among those of its target.
fn groups<'u, 'p>(units: &'u [Unit<'p>]) -> Vec<(usize, Vec<&'u Unit<'p>>)> {
    let mut groups: Vec<(usize, Vec<&Unit<'p>>)> = Vec::new();
    for unit in units {
        let fits = |group: &[&Unit<'p>]| {
            let first = group[0];
            let name = unit.program.package.executable_name().to_lowercase();
            first.target == unit.target
                && first.program.dir == unit.program.dir
                && first.flags == unit.flags
                && first.env == unit.env
                && group
                    .iter()
                    .all(|other| other.program.package.executable_name().to_lowercase() != name)
        };
        if let Some((_, group)) = groups.iter_mut().find(|(_, group)| fits(group)) {
            group.push(unit);
        } else {
            let number = groups
                .iter()
                .filter(|(_, group)| group[0].target == unit.target)
                .count()
                + 1;
            groups.push((number, vec![unit]));
        }
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
        needs.extend(before_hooks(planner, unit, global, problems));
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
    invocation
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
    let after = &unit.program.binary.after;
    if !after.is_empty() && planner.wants(Skip::Hooks) {
        let expander = expander_for(planner, &unit.program.name, target)
            .with("path", Value::from(AFTER_HOOK_PATH));
        let what = format!("the hook after {} for {target}", unit.program.name);
        let commands = commands(
            planner,
            after,
            &expander,
            unit_environment(unit),
            &what,
            problems,
        );
        let action = AfterHook {
            binary: file,
            name: name.clone(),
            commands,
        };
        file = planner.file_step(
            format!("hooks after {} {target}", unit.program.name),
            Some(target),
            &name,
            Action::AfterHook(action),
        );
    }
    let mut env: BTreeMap<String, String> = unit
        .env
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
        .collect();
    if unit.cgo {
        // The compiler's path is this machine's own.
        env.retain(|name, _| name != "CC" && name != "CXX");
    }
    env.remove("GOPROXY");
    let build = BuildRecord {
        package: unit.program.package.import_path.clone(),
        flags: unit.flags.clone(),
        env,
    };
    FinishedBinary {
        program: unit.program.name.clone(),
        target: target.clone(),
        file_name: name,
        file,
        build,
    }
}

fn unit_environment(unit: &Unit<'_>) -> BTreeMap<String, Option<String>> {
    unit.env.clone()
}

pub(super) fn before_hooks(
    planner: &mut Planner<'_>,
    unit: &Unit<'_>,
    global: &[StepId],
    problems: &mut Problems,
) -> Option<StepId> {
    let before = &unit.program.binary.before;
    if before.is_empty() || !planner.wants(Skip::Hooks) {
        return None;
    }
    let expander = expander_for(planner, &unit.program.name, &unit.target);
    let what = format!("the hook before {} for {}", unit.program.name, unit.target);
    let commands = commands(
        planner,
        before,
        &expander,
        unit_environment(unit),
        &what,
        problems,
    );
    let id = format!("hooks before {} {}", unit.program.name, unit.target);
    Some(planner.step(
        id,
        Some(&unit.target),
        global,
        Vec::new(),
        Action::Hook(Hook { commands }),
    ))
}

/// The commands before everything, as one step that all compilations need.
fn global_hooks(planner: &mut Planner<'_>, problems: &mut Problems) -> Vec<StepId> {
    let before = &planner.manifest.before;
    if before.is_empty() || !planner.wants(Skip::Hooks) {
        return Vec::new();
    }
    let commands = commands(
        planner,
        before,
        &planner.expander.clone(),
        BTreeMap::new(),
        "the hook before the build",
        problems,
    );
    vec![planner.step(
        "hooks before".to_owned(),
        None,
        &[],
        Vec::new(),
        Action::Hook(Hook { commands }),
    )]
}

fn commands(
    planner: &Planner<'_>,
    hooks: &[ManifestHook],
    expander: &Expander,
    env: BTreeMap<String, Option<String>>,
    what: &str,
    problems: &mut Problems,
) -> Vec<Invocation> {
    let mut commands = Vec::new();
    for hook in hooks {
        let Some(words) = problems.take(expander.expand_all(&hook.run)) else {
            continue;
        };
        let Some(own) = problems.take(expander.expand_map(&hook.env)) else {
            continue;
        };
        let Some((program, args)) = words.split_first() else {
            continue;
        };
        let folder = hook
            .dir
            .as_ref()
            .map_or(planner.options.root.clone(), |dir| {
                planner.options.root.join(&dir.value)
            });
        if which::which_in(program, planner.world.environment.get("PATH"), &folder).is_err() {
            let problem = Problem::error(format!("the hook's program `{program}` was not found"));
            problems.push(
                problem
                    .at_option(hook.run.first().and_then(Located::place))
                    .hint("install it, or give its path relative to the project"),
            );
        }
        let mut command = Invocation::new(program, format!("{what} (`{}`)", words.join(" ")))
            .args(args.iter().cloned())
            .cwd(folder);
        command.env = env.clone();
        command
            .env
            .extend(own.into_iter().map(|(name, value)| (name, Some(value))));
        commands.push(command);
    }
    commands
}
