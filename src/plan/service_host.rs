//! The host mode of a service: as chosen, else by what the program's source shows.

use super::planner::Planner;
use super::programs::Program;
use super::release::from_fact;
use super::world::{PackageQuery, ServiceProgram};
use crate::manifest::{Builder, Located, ServiceTable};
use crate::problem::{Problem, Problems};
use crate::service::detect::Dispatcher;
use crate::service::model::HostMode;

/// What `native` costs a program that does not enter the dispatcher.
const CONSEQUENCE: &str = "a program that does not answer the service manager within 30 seconds fails to start with error 1053";

pub(super) fn choose(
    planner: &mut Planner<'_>,
    table: &ServiceTable,
    program: &Program,
    problems: &mut Problems,
) -> HostMode {
    let chosen = table.host.as_ref().map(|host| host.value);
    let place = table
        .host
        .as_ref()
        .map_or(table.place.place(), Located::place);
    if program.binary.builder == Builder::Cargo {
        if chosen == Some(HostMode::Inject) {
            let problem = Problem::error("the host cannot be compiled into a Rust program");
            problems.push(problem.at_option(place).hint("use `host = \"wrapper\"`"));
        }
        return chosen.unwrap_or(HostMode::Wrapper);
    }
    let world = planner.world;
    let Some(facts) = facts(world, program) else {
        return chosen.unwrap_or(HostMode::Inject);
    };
    if let Err(problem) = &facts.package {
        problems.push(from_fact(problem.clone()).at_option(table.binary.place()));
        return chosen.unwrap_or(HostMode::Inject);
    }
    let mode = match chosen {
        Some(mode) => mode,
        None => by_source(planner, table, &facts.behaviour.dispatcher, problems),
    };
    if chosen == Some(HostMode::Native) && facts.behaviour.dispatcher == Dispatcher::Never {
        let problem = Problem::warning(format!(
            "host mode `native` for the service `{}`, but no call that enters the service dispatcher was found in the program: {CONSEQUENCE}",
            table.model.name
        ));
        problems.push(problem.at_option(place.clone()).hint(
            "remove `host`, unless the program does it in a way that its source does not show",
        ));
    }
    if mode == HostMode::Inject
        && let Some(conflict) = &facts.conflict
    {
        problems.push(
            Problem::error(conflict.to_string())
                .at_option(place)
                .hint("rename it, or choose another host mode"),
        );
    }
    mode
}

/// What is known of a service's program.
pub(super) fn facts<'w>(
    world: &'w super::world::World,
    program: &Program,
) -> Option<&'w ServiceProgram> {
    world.service_programs.get(&PackageQuery {
        dir: program.dir.clone(),
        pattern: program.pattern.clone(),
    })
}

/// Native for a program that is a service already; when that cannot be known, the mode that always works, and a warning.
fn by_source(
    planner: &mut Planner<'_>,
    table: &ServiceTable,
    dispatcher: &Dispatcher,
    problems: &mut Problems,
) -> HostMode {
    let name = &table.model.name;
    let doubt = match dispatcher {
        Dispatcher::Never => return HostMode::Inject,
        Dispatcher::Always(call) => {
            planner.notice(format!(
                "service {name}: host mode `native`, because `{}` calls `{}`; `host = \"inject\"` overrides it",
                call.place, call.function
            ));
            return HostMode::Native;
        }
        Dispatcher::Conditionally(call) => format!(
            "service `{name}`: `{}` calls `{}` only under a condition, so host mode `inject` is used",
            call.place, call.function
        ),
        Dispatcher::InDependency(call) => format!(
            "service `{name}`: the dependency `{}` calls `{}`, but this program may not use it, so host mode `inject` is used",
            call.place, call.function
        ),
    };
    let problem = Problem::warning(doubt).at_option(table.binary.place());
    problems.push(problem.hint(format!(
        "write `host = \"native\"` if the program with these `args` is a Windows service by itself ({CONSEQUENCE}), else `host = \"inject\"`"
    )));
    HostMode::Inject
}
