//! The user's own commands: before everything, before and after each program.

use std::collections::BTreeMap;

use minijinja::Value;

use super::compile::Unit;
use super::expand::Expander;
use super::model::{AFTER_HOOK_PATH, Action, AfterHook, FileRef, Hook, StepId};
use super::planner::Planner;
use super::settings::expander_for;
use super::world::Skip;
use crate::manifest::{Hook as ManifestHook, Located};
use crate::problem::{Problem, Problems};
use crate::process::Invocation;

/// The user's commands before one program is compiled for one target.
pub(super) fn before(
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
        unit.settings.clone(),
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

/// The compiled program after the user's commands on it; the program itself when there are none.
pub(super) fn after(
    planner: &mut Planner<'_>,
    unit: &Unit<'_>,
    binary: FileRef,
    name: &str,
    problems: &mut Problems,
) -> FileRef {
    let after = &unit.program.binary.after;
    if after.is_empty() || !planner.wants(Skip::Hooks) {
        return binary;
    }
    let target = &unit.target;
    let expander = expander_for(planner, &unit.program.name, target)
        .with("path", Value::from(AFTER_HOOK_PATH));
    let what = format!("the hook after {} for {target}", unit.program.name);
    let commands = commands(
        planner,
        after,
        &expander,
        unit.settings.clone(),
        &what,
        problems,
    );
    let action = AfterHook {
        binary,
        name: name.to_owned(),
        commands,
    };
    let id = format!("hooks after {} {target}", unit.program.name);
    planner.file_step(id, Some(target), name, Action::AfterHook(action))
}

/// The commands before everything, as one step that all compilations need.
pub(super) fn global(planner: &mut Planner<'_>, problems: &mut Problems) -> Vec<StepId> {
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

/// Whether this looks like what is typed into a shell, not like a program's name.
fn is_command_line(program: &str) -> bool {
    program.contains(char::is_whitespace) || program.contains(['&', '|', ';', '<', '>', '$'])
}

fn commands(
    planner: &Planner<'_>,
    hooks: &[ManifestHook],
    expander: &Expander,
    env: BTreeMap<String, String>,
    what: &str,
    problems: &mut Problems,
) -> Vec<Invocation> {
    let mut commands = Vec::new();
    for hook in hooks {
        let Some(words) = expander.expand_all(&hook.run, problems) else {
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
            let problem = if folder.join(program).is_file() {
                Problem::error(format!("the hook's program `{program}` is not executable")).hint(
                    format!("`chmod +x {program}`, or put its interpreter in front of it"),
                )
            } else {
                let problem =
                    Problem::missing_tool(format!("the hook's program `{program}` was not found"));
                match is_command_line(program) {
                    true => problem.hint(format!(
                        "no shell is started: write `run = [\"sh\", \"-c\", {program:?}]`, or one word for each argument"
                    )),
                    false => problem.hint("install it, or give its path relative to the project"),
                }
            };
            problems.push(problem.at_option(hook.run.first().and_then(Located::place)));
        }
        let mut command = Invocation::new(program, format!("{what} (`{}`)", words.join(" ")))
            .args(args.iter().cloned())
            .cwd(folder);
        let all = env.clone().into_iter().chain(own);
        command.env = all.map(|(name, value)| (name, Some(value))).collect();
        commands.push(command);
    }
    commands
}
