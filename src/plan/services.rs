//! The Windows services: the program of each, its host, and its texts with templates filled in.

use minijinja::Value;

use super::expand::Expander;
use super::files::existing;
use super::planner::Planner;
use super::programs::Program;
use super::release::from_fact;
use super::world::PackageQuery;
use crate::manifest::{Builder, Located, ServiceTable};
use crate::problem::{Problem, Problems, nearest};
use crate::service::detect::service_package;
use crate::service::model::{ConfigFile, HostMode};
use crate::service::{Segment, Service, Symbol, Symbolic};
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
        let host = host(planner, table, program, problems);
        if let Some(service) = problems.take(fill_in(planner, table, host)) {
            services.push(service);
        }
        for file in &table.config {
            problems.take(existing(planner, &file.from));
        }
    }
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

/// The service's program; none also when `--binary` leaves it out.
fn program<'p>(
    planner: &Planner<'_>,
    table: &ServiceTable,
    programs: &'p [Program],
    problems: &mut Problems,
) -> Option<&'p Program> {
    let name = &table.binary.value;
    if let Some(program) = programs.iter().find(|program| program.name == *name) {
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

/// The host mode: as chosen, else native for a program that is a service already.
fn host(
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
    let query = PackageQuery {
        dir: program.dir.clone(),
        pattern: program.pattern.clone(),
    };
    let Some(facts) = planner.world.service_programs.get(&query) else {
        return chosen.unwrap_or(HostMode::Inject);
    };
    let package = match &facts.package {
        Ok(package) => package,
        Err(problem) => {
            problems.push(from_fact(problem.clone()).at_option(table.binary.place()));
            return chosen.unwrap_or(HostMode::Inject);
        }
    };
    let found = service_package(&package.deps);
    let mode = chosen.unwrap_or(if found.is_some() {
        HostMode::Native
    } else {
        HostMode::Inject
    });
    if let (None, Some(found)) = (chosen, found) {
        planner.notice(format!(
            "service {}: host mode `native`, because the program uses `{found}`; `host = \"inject\"` overrides it",
            table.model.name
        ));
    }
    if mode == HostMode::Inject
        && let Some(path) = &facts.reserved
    {
        let problem = Problem::error(format!(
            "`{path}` has a name that the service host needs for itself"
        ));
        problems.push(
            problem
                .at_option(place)
                .hint("rename it, or choose another host mode"),
        );
    }
    mode
}

/// The service with every template filled in; what only the server knows stays a symbol.
fn fill_in(
    planner: &Planner<'_>,
    table: &ServiceTable,
    host: HostMode,
) -> Result<Service, Problem> {
    let texts = Texts {
        table,
        expander: planner.expander.with("binary", table.binary.value.as_str()),
    };
    let release = &planner.release;
    let mut service = table.model.clone();
    service.host = host;
    service.title = texts.plain(table.texts.title.as_ref(), &release.title)?;
    service.description = texts.plain(table.texts.description.as_ref(), &release.description)?;
    service.arguments = table
        .texts
        .arguments
        .iter()
        .map(|text| texts.symbolic(text))
        .collect::<Result<_, _>>()?;
    service.environment = table
        .texts
        .environment
        .iter()
        .map(|(name, text)| Ok((name.clone(), texts.symbolic(text)?)))
        .collect::<Result<_, Problem>>()?;
    service.working_directory = texts.directory(table.texts.directory.as_ref(), Symbol::DataDir)?;
    service.log.directory = texts.directory(table.texts.log_directory.as_ref(), Symbol::LogDir)?;
    service.program = program_of_wrapper(&texts, host)?;
    service.config = table
        .config
        .iter()
        .map(|file| ConfigFile {
            from: file.from.value.clone(),
            name: file.name.clone(),
            keep: file.keep,
        })
        .collect();
    Ok(service)
}

fn program_of_wrapper(texts: &Texts<'_>, host: HostMode) -> Result<Option<Symbolic>, Problem> {
    let typed = texts.table.texts.program.as_ref();
    match (host, typed) {
        (HostMode::Wrapper, Some(_)) => texts.directory(typed, Symbol::InstallDir).map(Some),
        (HostMode::Wrapper, None) => {
            let mut program = Symbolic::default();
            program.push_symbol(Symbol::InstallDir);
            program.push_text(&format!(r"\{}.exe", texts.table.binary.value));
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

/// Fills in the texts of one service.
struct Texts<'t> {
    table: &'t ServiceTable,
    expander: Expander,
}

impl Texts<'_> {
    /// A text in which nothing is left to the server.
    fn plain(&self, typed: Option<&Located<String>>, default: &str) -> Result<String, Problem> {
        typed.map_or(Ok(default.to_owned()), |text| self.expander.expand(text))
    }

    fn symbolic(&self, text: &Located<String>) -> Result<Symbolic, Problem> {
        let ports = self.table.model.ports.iter();
        let ports = ports.map(|port| (port.name.clone(), symbol(&format!("port.{}", port.name))));
        let properties = property_names(text);
        let properties =
            properties.map(|name| (name.to_owned(), symbol(&format!("property.{name}"))));
        let mut expander = self
            .expander
            .with("port", Value::from_pairs(ports.collect::<Vec<_>>()))
            .with(
                "property",
                Value::from_pairs(properties.collect::<Vec<_>>()),
            );
        for name in [
            "install_dir",
            "config_dir",
            "data_dir",
            "log_dir",
            "instance",
        ] {
            expander = expander.with(name, symbol(name));
        }
        let rendered = expander.expand(text)?;
        Symbolic::parse(&rendered).map_err(|name| {
            Problem::error(format!("unknown symbol `{name}`")).at_option(text.place())
        })
    }

    /// A path that is absolute on the server.
    fn directory(
        &self,
        typed: Option<&Located<String>>,
        default: Symbol,
    ) -> Result<Symbolic, Problem> {
        let Some(typed) = typed else {
            let mut path = Symbolic::default();
            path.push_symbol(default);
            return Ok(path);
        };
        let path = self.symbolic(typed)?;
        if is_absolute(&path) {
            return Ok(path);
        }
        Err(
            Problem::error(format!("the path `{}` is relative", typed.value))
                .at_option(typed.place())
                .hint(
                    "a service has no folder of its own to start from: begin with `{{ data_dir }}`, `{{ log_dir }}` or a drive",
                ),
        )
    }
}

fn symbol(name: &str) -> String {
    format!("{{{{ {name} }}}}")
}

/// The names behind `property.` in a text.
fn property_names(text: &str) -> impl Iterator<Item = &str> {
    text.split("property.").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

/// Whether a path begins with a directory of the server, a drive or a share.
fn is_absolute(path: &Symbolic) -> bool {
    match path.segments().first() {
        Some(Segment::Symbol(
            Symbol::InstallDir
            | Symbol::ConfigDir
            | Symbol::DataDir
            | Symbol::LogDir
            | Symbol::Property(_),
        )) => true,
        Some(Segment::Symbol(Symbol::Instance | Symbol::Port(_))) | None => false,
        Some(Segment::Text(text)) => {
            let bytes = text.as_bytes();
            text.starts_with(r"\\")
                || (bytes.len() >= 3 && bytes[0].is_ascii_alphabetic() && &bytes[1..3] == br":\")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_drives_shares_and_directories_are_absolute() {
        for (path, expected) in [
            (r"C:\logs", true),
            (r"\\server\share", true),
            (r"{{ data_dir }}\x", true),
            ("logs", false),
            (r"\logs", false),
            ("{{ instance }}", false),
            ("", false),
        ] {
            assert_eq!(
                is_absolute(&Symbolic::parse(path).unwrap()),
                expected,
                "{path}"
            );
        }
    }

    #[test]
    fn names_of_properties_are_found() {
        let names: Vec<&str> =
            property_names("{{ property.TOKEN }}/{{property.A_1|lower}}").collect();
        assert_eq!(names, ["TOKEN", "A_1"]);
    }
}
