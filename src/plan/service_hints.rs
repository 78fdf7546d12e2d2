//! What makes a program a bad service although it builds: warnings, each with the consequence and the change that avoids it.

use super::planner::Planner;
use super::programs::Program;
use super::settings::Layers;
use super::world::ServiceProgram;
use crate::manifest::{Located, ServiceTable};
use crate::problem::{Problem, Problems};
use crate::service::model::{ConfigFile, HostMode};
use crate::service::{Segment, Service, Symbol, Symbolic};

/// Warns about signals and the subsystem of a program that has a host.
pub(super) fn program(
    planner: &Planner<'_>,
    table: &ServiceTable,
    host: HostMode,
    program: &Program,
    facts: Option<&ServiceProgram>,
    problems: &mut Problems,
) {
    if host == HostMode::Native || table.texts.program.is_some() {
        return;
    }
    let name = &table.model.name;
    if let Some(place) = facts.and_then(|facts| facts.behaviour.only_sigterm.as_ref()) {
        let problem = Problem::warning(format!(
            "`{place}` waits for SIGTERM only, but Windows asks the service `{name}` to stop with Ctrl-C, which ends it without a clean shutdown"
        ));
        problems.push(problem.hint("wait for both: `os.Interrupt, syscall.SIGTERM`"));
    }
    for target in program.targets.iter().filter(|target| target.is_windows()) {
        let layers = Layers::new(planner, program, target);
        let ldflags = layers.first(|settings| settings.ldflags.as_ref());
        let mut ldflags = ldflags.into_iter().flatten();
        if let Some(flag) = ldflags.find(|flag| flag.value.contains("windowsgui")) {
            let problem = Problem::warning(format!(
                "the service `{name}` cannot be asked to stop: a program linked with `-H=windowsgui` has no console, so each stop takes the whole `stop-timeout` and then ends it by force"
            ));
            problems.push(
                problem
                    .at_option(flag.place())
                    .hint("remove `-H=windowsgui`: a service has no window"),
            );
        }
    }
}

/// Warns about arguments and environment variables that name a configuration file by a relative path.
pub(super) fn paths(table: &ServiceTable, service: &Service, problems: &mut Problems) {
    let config_dir = [Segment::Symbol(Symbol::ConfigDir)];
    if service.host != HostMode::Native && service.working_directory.segments() == config_dir {
        return;
    }
    let arguments = table.texts.arguments.iter().zip(&service.arguments);
    let environment = service.environment.iter().filter_map(|(name, value)| {
        let typed = table.texts.environment.get(name)?;
        Some((typed, value))
    });
    for (typed, value) in arguments.chain(environment) {
        if let Some(problem) = relative_path(typed, value, &service.config) {
            problems.push(problem);
        }
    }
}

fn relative_path(
    typed: &Located<String>,
    value: &Symbolic,
    config: &[ConfigFile],
) -> Option<Problem> {
    let [Segment::Text(text)] = value.segments() else {
        return None;
    };
    let (flag, path) = match text.split_once('=') {
        Some((flag, path)) if flag.starts_with('-') => (format!("{flag}="), path),
        _ => (String::new(), text.as_str()),
    };
    let (folder, name) = path.rsplit_once(['/', '\\']).unwrap_or(("", path));
    let is_absolute = path.starts_with(['/', '\\']) || folder.contains(':');
    let file = config
        .iter()
        .find(|file| file.name.eq_ignore_ascii_case(name));
    let file = file.filter(|_| !is_absolute)?;
    let problem = Problem::warning(format!(
        "`{path}` is a relative path, but the configuration file `{}` is installed into `{{{{ config_dir }}}}`",
        file.name
    ));
    Some(
        problem
            .at_option(typed.place())
            .hint(format!("write '{flag}{{{{ config_dir }}}}\\{}'", file.name)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_of_configuration_files_are_found() {
        let config = [ConfigFile {
            from: "deploy/app.conf".to_owned(),
            name: "app.conf".to_owned(),
            keep: true,
        }];
        let hint = |text: &str| {
            let typed = Located::inferred(text.to_owned());
            let value = Symbolic::parse(text).unwrap();
            relative_path(&typed, &value, &config)?.hint
        };
        let plain = Some(r"write '{{ config_dir }}\app.conf'".to_owned());
        for text in ["app.conf", "./app.conf", r".\APP.conf", "deploy/app.conf"] {
            assert_eq!(hint(text), plain, "{text}");
        }
        let with_flag = Some(r"write '--config={{ config_dir }}\app.conf'".to_owned());
        assert_eq!(hint("--config=app.conf"), with_flag);
        for text in [
            r"{{ config_dir }}\app.conf",
            r"C:\x\app.conf",
            r"\\server\share\app.conf",
            "/etc/app.conf",
            "other.conf",
            "https://example.com/app.conf",
        ] {
            assert_eq!(hint(text), None, "{text}");
        }
    }
}
