//! The command line: one file a command. What they find out is printed by [`crate::report`].

mod arguments;
mod build;
mod cache;
mod check;
mod doctor;
mod generate;
mod init;
mod inspect;
mod merge;
mod plan;
mod sbom;
mod scaffold;
mod trust;
mod ui;
mod verify;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::error::{ExitCode as ErrorCode, Failure};
use crate::process::{self, Cancel};
use crate::report::Stdout;
use arguments::{Cli, Command, Format};
use ui::Ui;

/// Parses the arguments, runs the command, and renders what went wrong.
pub fn main() -> ExitCode {
    let matches = match command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => error.exit(),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let ui = Ui::new(&cli.output, stdout(&cli));
    let cancel = Cancel::new();
    let result = watch(&cli.command, &cancel).and_then(|()| run(&cli, &ui, &cancel));
    let result = interrupted(result, &cli.command, &cancel);
    match result.and_then(|()| ui.finish()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            ui.failure(&failure);
            ExitCode::from(failure.code as u8)
        }
    }
}

/// After an interruption, nothing that was found out is an answer: programs that were to give one were ended. Only a
/// release that is complete stays one.
fn interrupted(
    result: Result<(), Failure>,
    command: &Command,
    cancel: &Cancel,
) -> Result<(), Failure> {
    match result {
        Ok(()) if matches!(command, Command::Build(_)) => Ok(()),
        // What says more than that, such as that the earlier results are as they were.
        Err(failure)
            if failure.code == ErrorCode::Interrupted
                && failure.message.starts_with("interrupted") =>
        {
            Err(failure)
        }
        _ if cancel.is_interrupted() => Err(Failure::new(ErrorCode::Interrupted, "interrupted")),
        result => result,
    }
}

/// Lets an interrupt cancel the commands that have something to put in order; the others it ends at once.
fn watch(command: &Command, cancel: &Cancel) -> Result<(), Failure> {
    match command {
        Command::Inspect(_)
        | Command::Merge(_)
        | Command::Cache(_)
        | Command::Schema(_)
        | Command::Completions(_)
        | Command::Man(_) => Ok(()),
        Command::Init(_)
        | Command::Doctor(_)
        | Command::Check(_)
        | Command::Plan(_)
        | Command::Build(_)
        | Command::Verify(_)
        | Command::Sbom(_)
        | Command::Scaffold(_) => process::on_interrupt(cancel)
            .map_err(|error| Failure::failed(format!("could not watch for Ctrl-C: {error}"))),
    }
}

/// What standard output carries: the commands that take long tell programs what happens.
fn stdout(cli: &Cli) -> Stdout {
    match (cli.output.format, &cli.command) {
        (Format::Json, Command::Build(_) | Command::Check(_)) => Stdout::Events,
        _ => Stdout::Data,
    }
}

/// The command line's definition, from which help, man pages and completions are made.
pub fn command() -> clap::Command {
    Cli::command()
}

fn run(cli: &Cli, ui: &Ui, cancel: &Cancel) -> Result<(), Failure> {
    check_format(cli)?;
    match &cli.command {
        Command::Init(arguments) => init::run(arguments, &cli.project, ui, cancel),
        Command::Doctor(arguments) => doctor::run(arguments, &cli.project, ui, cancel),
        Command::Check(arguments) => check::run(arguments, &cli.project, ui, cancel),
        Command::Plan(arguments) => plan::run(arguments, &cli.project, ui, cancel),
        Command::Build(arguments) => build::run(arguments, &cli.project, ui, cancel),
        Command::Verify(arguments) => verify::run(arguments, &cli.project, ui, cancel),
        Command::Inspect(arguments) => inspect::run(arguments, &cli.project, ui),
        Command::Sbom(arguments) => sbom::run(arguments, &cli.project, ui, cancel),
        Command::Merge(arguments) => merge::run(arguments, &cli.project, ui, cancel),
        Command::Cache(arguments) => cache::run(arguments, ui),
        Command::Scaffold(arguments) => scaffold::run(arguments, &cli.project, ui, cancel),
        Command::Schema(arguments) => generate::schema(arguments, ui),
        Command::Completions(arguments) => generate::completions(arguments, &cli.project, ui),
        Command::Man(arguments) => generate::man(arguments, &cli.project, ui),
    }
}

/// Refuses a form that the command has nothing to print in.
fn check_format(cli: &Cli) -> Result<(), Failure> {
    let refused = match (cli.output.format, &cli.command) {
        (Format::Human, _) | (Format::GithubMatrix, Command::Plan(_)) => return Ok(()),
        (Format::GithubMatrix, _) => Failure::new(
            ErrorCode::Usage,
            "`--format github-matrix` is for `gorelease plan` alone",
        )
        .hint("leave it out, or use `--format json`"),
        (
            Format::Json,
            Command::Init(_) | Command::Scaffold(_) | Command::Completions(_) | Command::Man(_),
        ) => Failure::new(ErrorCode::Usage, "this command prints no JSON")
            .hint("leave `--format json` out"),
        (
            Format::Json,
            Command::Doctor(_)
            | Command::Check(_)
            | Command::Plan(_)
            | Command::Build(_)
            | Command::Verify(_)
            | Command::Inspect(_)
            | Command::Sbom(_)
            | Command::Merge(_)
            | Command::Cache(_)
            | Command::Schema(_),
        ) => return Ok(()),
    };
    Err(refused)
}
