//! `gorelease scaffold`: code and commands for those who want to own them.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::arguments::{ProjectArguments, ReleaseArguments};
use super::ui::Ui;
use crate::error::Failure;
use crate::process::Cancel;
use crate::service::names::folder;
use crate::service::{Service, Symbol, sc};

/// Arguments of `scaffold`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write Go code for a Windows service (golang.org/x/sys/windows/svc) beside your main package
    Service(ServiceArguments),
    /// Print the commands that register, start, stop and delete the services by hand
    #[command(disable_version_flag = true)]
    Sc(ScArguments),
}

#[derive(Debug, Args)]
struct ServiceArguments {
    /// The folder of the main package, relative to the project's
    #[arg(default_value = ".", value_name = "DIR")]
    package: PathBuf,
}

#[derive(Debug, Args)]
struct ScArguments {
    #[command(flatten)]
    release: ReleaseArguments,
    /// The shell that the commands are for
    #[arg(long, value_enum, default_value_t = Shell::Cmd)]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// cmd.exe
    Cmd,
    /// Windows PowerShell 5.1
    #[value(name = "powershell-5.1")]
    PowerShell5,
    /// PowerShell 7
    #[value(name = "powershell-7")]
    PowerShell7,
}

/// What `scaffold service` writes.
const SERVICE_FILES: [(&str, &str); 3] = [
    (
        "service.go",
        include_str!("../../templates/scaffold/service.go"),
    ),
    (
        "service_other.go",
        include_str!("../../templates/scaffold/service_other.go"),
    ),
    (
        "service_windows.go",
        include_str!("../../templates/scaffold/service_windows.go"),
    ),
];

pub(super) fn run(
    arguments: &Arguments,
    project: &ProjectArguments,
    ui: &Ui,
    cancel: &Cancel,
) -> Result<(), Failure> {
    match &arguments.what {
        What::Service(service) => write_service(service, project, ui),
        What::Sc(sc) => print_sc(sc, project, ui, cancel),
    }
}

fn write_service(
    arguments: &ServiceArguments,
    project: &ProjectArguments,
    ui: &Ui,
) -> Result<(), Failure> {
    let folder = project.folder()?.join(
        arguments
            .package
            .strip_prefix(".")
            .unwrap_or(&arguments.package),
    );
    for (name, _) in SERVICE_FILES {
        let path = folder.join(name);
        if path.exists() {
            let message = format!("`{}` is already there", path.display());
            return Err(Failure::failed(message)
                .hint("it is never overwritten: move it, or name another folder"));
        }
    }
    for (name, text) in SERVICE_FILES {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| Failure::io("write", &path, &error))?;
        ui.data(&format!("{}\n", path.display()))?;
    }
    ui.data("next: go get golang.org/x/sys, and call runService from main\n")
}

fn print_sc(
    arguments: &ScArguments,
    project: &ProjectArguments,
    ui: &Ui,
    cancel: &Cancel,
) -> Result<(), Failure> {
    let plan = project.plan(&arguments.release, ui, cancel)?;
    if plan.services.is_empty() {
        return Err(Failure::failed("the manifest has no service").hint("add a `[[service]]`"));
    }
    let shell = match arguments.shell {
        Shell::Cmd => sc::Shell::Cmd,
        Shell::PowerShell5 => sc::Shell::PowerShell5,
        Shell::PowerShell7 => sc::Shell::PowerShell7,
    };
    for service in &plan.services {
        let value = |symbol: &Symbol| default_value(&plan.release.title, service, symbol);
        for command in sc::commands(service, shell, &value) {
            ui.data(&format!("{command}\n"))?;
        }
    }
    Ok(())
}

/// What the installers put in by default, with full paths.
fn default_value(title: &str, service: &Service, symbol: &Symbol) -> String {
    let title = folder(title);
    match symbol {
        Symbol::InstallDir => format!(r"C:\Program Files\{title}"),
        Symbol::ConfigDir => format!(r"C:\ProgramData\{title}\config"),
        Symbol::DataDir => format!(r"C:\ProgramData\{title}\data"),
        Symbol::LogDir => format!(r"C:\ProgramData\{title}\logs"),
        Symbol::Instance => String::new(),
        Symbol::Port(name) => {
            let mut ports = service.ports.iter();
            let port = ports.find(|port| port.name == *name);
            port.map_or_else(String::new, |port| port.port.to_string())
        }
        Symbol::Property(name) | Symbol::Arguments(name) => name.clone(),
    }
}
