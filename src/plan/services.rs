//! The Windows services: the program of each, its host, and its texts with templates filled in.

use super::files::existing;
use super::planner::Planner;
use super::programs::Program;
use super::service_texts::Texts;
use super::{service_hints, service_host, service_properties, service_titles};
use crate::manifest::{Located, ServiceTable};
use crate::problem::{Problem, Problems, nearest};
use crate::service::model::{ConfigFile, HostMode, StartType};
use crate::service::{Service, Symbol, Symbolic};
use crate::target::Target;

/// The services of the programs that are built, in the manifest's order.
pub(super) fn resolve(
    planner: &mut Planner<'_>,
    programs: &[Program],
    problems: &mut Problems,
) -> Vec<Service> {
    let manifest = planner.manifest;
    let mut services = Vec::new();
    for table in &manifest.services {
        let Some(program) = program(planner, table, programs, problems) else {
            continue;
        };
        if !program.targets.iter().any(Target::is_windows) {
            // With --target, what is left may have no Windows; that is no mistake of the manifest.
            if planner.options.targets.is_empty() {
                problems.push(not_for_windows(table));
            }
            continue;
        }
        let host = service_host::choose(planner, table, program, problems);
        if host == HostMode::Wrapper {
            refuse_twin_of_wrapper(table, programs, problems);
        }
        let facts = service_host::facts(planner.world, program);
        service_hints::program(planner, table, host, program, facts, problems);
        if let Some(service) = problems.take(fill_in(planner, table, host)) {
            service_hints::paths(table, &service, problems);
            service_properties::check(table, &service, problems);
            say_logon_right(planner, &service);
            services.push(service);
        }
        for file in &table.config {
            problems.take(existing(planner, &file.from));
        }
    }
    service_titles::check(&manifest.services, &services, problems);
    services
}

fn not_for_windows(table: &ServiceTable) -> Problem {
    let text = format!(
        "the binary `{}` is not built for Windows",
        table.binary.value
    );
    Problem::error(text)
        .at_option(table.binary.place())
        .hint("add a target such as `windows/amd64`, or remove the service")
}

/// The wrapper's executable has a name of its own, which no other program may have.
fn refuse_twin_of_wrapper(table: &ServiceTable, programs: &[Program], problems: &mut Problems) {
    let wrapper = Service::wrapper_name(&table.binary);
    let twin = |program: &Program| program.name.eq_ignore_ascii_case(&wrapper);
    if programs.iter().any(twin) {
        let problem = Problem::error(format!(
            "the wrapper of `{}` and a binary would both be called `{wrapper}`",
            table.binary.value
        ));
        problems.push(
            problem
                .at_option(table.binary.place())
                .hint("give the binary another name"),
        );
    }
}

/// Some accounts need a right that not every way of installing grants.
fn say_logon_right(planner: &mut Planner<'_>, service: &Service) {
    if service.account.needs_logon_right() {
        planner.notice(format!(
            "service {}: `{}` needs the right to log on as a service; the scripts grant it, an MSI and sc.exe cannot",
            service.name,
            service.account.start_name(&service.name)
        ));
    }
}

/// The service's program; none also when `--binary` leaves it out.
fn program<'p>(
    planner: &Planner<'_>,
    table: &ServiceTable,
    programs: &'p [Program],
    problems: &mut Problems,
) -> Option<&'p Program> {
    let name = &table.binary.value;
    let called = || programs.iter().filter(|program| program.name == *name);
    let for_windows = |program: &&Program| program.targets.iter().any(Target::is_windows);
    if let Some(program) = called().find(for_windows).or_else(|| called().next()) {
        return Some(program);
    }
    if planner.options.binaries.is_empty() {
        let names: Vec<&str> = programs
            .iter()
            .map(|program| program.name.as_str())
            .collect();
        let problem =
            Problem::error(format!("there is no binary `{name}`")).at_option(table.binary.place());
        problems.push(match nearest(name, names.iter().copied()) {
            Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
            None => problem.hint(format!("the binaries: {}", names.join(", "))),
        });
    }
    None
}

/// Whether a proxy of `[deploy]` passes requests to the service: until it runs after a restart of the server, they fail.
fn behind_proxy(planner: &Planner<'_>, service: &Service) -> bool {
    let Some(table) = &planner.manifest.deploy else {
        return false;
    };
    let routes = &table.config.route;
    let routed = routes.is_empty() || routes.iter().any(|route| route.service == service.name);
    let proxy = table.config.iis.is_some() || table.config.nginx.is_some();
    proxy && routed && !service.ports.is_empty()
}

/// The service with every template filled in; what only the server knows stays a symbol.
fn fill_in(
    planner: &Planner<'_>,
    table: &ServiceTable,
    host: HostMode,
) -> Result<Service, Problem> {
    let texts = Texts::new(planner, table);
    let declared = &planner.manifest.msi.properties;
    let release = &planner.release;
    let title = service_titles::default(planner, table);
    let mut service = table.model.clone();
    if !table.start_chosen && behind_proxy(planner, &service) {
        service.start = StartType::Auto;
    }
    service.host = host;
    service.title = texts.plain(table.texts.title.as_ref(), &title)?;
    service.description = texts.plain(table.texts.description.as_ref(), &release.description)?;
    service.arguments = table
        .texts
        .arguments
        .iter()
        .map(|text| {
            let argument = argument(&texts, text, host)?;
            service_properties::split(declared, text, argument)
        })
        .collect::<Result<_, _>>()?;
    service.environment = table
        .texts
        .environment
        .iter()
        .map(|(name, text)| Ok((name.clone(), texts.symbolic(text)?)))
        .collect::<Result<_, Problem>>()?;
    service.working_directory = texts.directory(table.texts.directory.as_ref(), Symbol::DataDir)?;
    service.log.directory = texts.directory(table.texts.log_directory.as_ref(), Symbol::LogDir)?;
    service.program = program_of_wrapper(&texts, table, host)?;
    service.config = table
        .config
        .iter()
        .map(|file| ConfigFile {
            from: file.from.value.clone(),
            name: file.name.clone(),
            keep: file.keep,
        })
        .collect();
    service.properties = service_properties::used(declared, &service);
    Ok(service)
}

/// An argument. The host reads its own from a list in the registry, which an empty line ends.
fn argument(
    texts: &Texts<'_>,
    typed: &Located<String>,
    host: HostMode,
) -> Result<Symbolic, Problem> {
    let argument = texts.symbolic(typed)?;
    match host {
        HostMode::Inject | HostMode::Wrapper if argument.is_empty() => {
            Err(Problem::error("an argument of a service cannot be empty")
                .at_option(typed.place())
                .hint("leave it out, or write flag and value as one: `--name=`"))
        }
        HostMode::Inject | HostMode::Wrapper | HostMode::Native => Ok(argument),
    }
}

fn program_of_wrapper(
    texts: &Texts<'_>,
    table: &ServiceTable,
    host: HostMode,
) -> Result<Option<Symbolic>, Problem> {
    let typed = table.texts.program.as_ref();
    match (host, typed) {
        (HostMode::Wrapper, Some(_)) => texts.directory(typed, Symbol::InstallDir).map(Some),
        (HostMode::Wrapper, None) => {
            let mut program = Symbolic::default();
            program.push_symbol(Symbol::InstallDir);
            program.push_text(&format!(r"\{}.exe", table.binary.value));
            Ok(Some(program))
        }
        (HostMode::Inject | HostMode::Native, Some(typed)) => Err(Problem::error(
            "`program` is for the host mode `wrapper` only",
        )
        .at_option(typed.place())
        .hint("remove it, or add `host = \"wrapper\"`")),
        (HostMode::Inject | HostMode::Native, None) => Ok(None),
    }
}
