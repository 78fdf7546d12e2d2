//! How to report: what the command line and the environment say, resolved once.

use std::env;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::ValueEnum;

/// What standard output carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stdout {
    /// What the command was asked for, in the form it was asked for.
    #[default]
    Data,
    /// What happens: events, problems and failures, each a line of JSON.
    Events,
}

/// Whether to do something that depends on who looks on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// If a terminal looks on.
    #[default]
    Auto,
    /// Whoever looks on.
    Always,
    /// Not at all.
    Never,
}

/// How much is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors alone.
    Quiet,
    /// Warnings, progress, results.
    #[default]
    Normal,
    /// Every step, with its time and memory.
    Verbose,
}

/// What the command line says about reporting.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// What standard output carries.
    pub stdout: Stdout,
    /// `-q`, `-v`.
    pub verbosity: Verbosity,
    /// `--progress`.
    pub progress: When,
    /// `--color`.
    pub color: When,
}

/// What the environment says about reporting.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// Standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// The variables that ask for colours or against them.
    pub color: ColorWish,
    /// The GitHub Actions runner, if it started us.
    pub github: Option<Github>,
}

/// What the environment asks of colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColorWish {
    /// Nothing.
    #[default]
    None,
    /// None, please: `NO_COLOR` (<https://no-color.org>), or a terminal that is `dumb`.
    Without,
    /// Also without a terminal: `CLICOLOR_FORCE`.
    Force,
}

/// The files of a step in GitHub Actions.
#[derive(Debug, Clone, Default)]
pub struct Github {
    /// `GITHUB_WORKSPACE`: the checkout, to which annotations are relative.
    pub workspace: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`: takes Markdown.
    pub summary: Option<PathBuf>,
    /// `GITHUB_OUTPUT`: takes the outputs of the step.
    pub output: Option<PathBuf>,
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        let color = if set("NO_COLOR").is_some() {
            ColorWish::Without
        } else if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
            ColorWish::Force
        } else if dumb {
            ColorWish::Without
        } else {
            ColorWish::None
        };
        let github = set("GITHUB_ACTIONS")
            .filter(|value| value == "true")
            .map(|_| Github {
                workspace: set("GITHUB_WORKSPACE").map(PathBuf::from),
                summary: set("GITHUB_STEP_SUMMARY").map(PathBuf::from),
                output: set("GITHUB_OUTPUT").map(PathBuf::from),
            });
        Self {
            stdout_is_terminal: std::io::stdout().is_terminal(),
            // A dumb terminal cannot move its cursor, so that nothing can be drawn on it.
            stderr_is_terminal: std::io::stderr().is_terminal() && !dumb,
            color,
            github,
        }
    }
}

/// What is written where, and how: resolved from [`Options`] and [`Environment`].
#[derive(Debug, Clone, Default)]
pub struct Style {
    /// What standard output carries.
    pub stdout: Stdout,
    /// How much is told.
    pub verbosity: Verbosity,
    /// How progress is shown.
    pub progress: Progress,
    /// Colours on standard output.
    pub color_stdout: bool,
    /// Colours on standard error.
    pub color_stderr: bool,
    /// The GitHub Actions runner, if it started us.
    pub github: Option<Github>,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Progress {
    /// Drawn, and drawn again.
    Drawn,
    /// A plain line for each thing that is done.
    #[default]
    Lines,
    /// Lines in groups that can be folded, one a target.
    Groups,
    /// Not at all.
    None,
}

impl Style {
    /// Resolves what was asked for.
    pub fn resolve(options: &Options, environment: &Environment) -> Self {
        let color = |terminal| match (options.color, environment.color) {
            (When::Always, _) | (When::Auto, ColorWish::Force) => true,
            (When::Never, _) | (When::Auto, ColorWish::Without) => false,
            (When::Auto, ColorWish::None) => terminal,
        };
        Self {
            stdout: options.stdout,
            verbosity: options.verbosity,
            progress: progress(options, environment),
            color_stdout: color(environment.stdout_is_terminal),
            color_stderr: color(environment.stderr_is_terminal),
            github: environment.github.clone(),
        }
    }
}

fn progress(options: &Options, environment: &Environment) -> Progress {
    if options.stdout == Stdout::Events || options.verbosity == Verbosity::Quiet {
        return Progress::None;
    }
    match options.progress {
        When::Always => Progress::Drawn,
        When::Auto if environment.github.is_some() => Progress::Groups,
        When::Auto if environment.stderr_is_terminal => Progress::Drawn,
        When::Auto | When::Never => Progress::Lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal() -> Environment {
        Environment {
            stdout_is_terminal: true,
            stderr_is_terminal: true,
            ..Environment::default()
        }
    }

    #[test]
    fn a_terminal_is_drawn_on_in_colour_and_a_pipe_is_not() {
        let style = Style::resolve(&Options::default(), &terminal());
        assert_eq!(
            (style.progress, style.color_stderr),
            (Progress::Drawn, true)
        );
        let style = Style::resolve(&Options::default(), &Environment::default());
        assert_eq!(
            (style.progress, style.color_stderr),
            (Progress::Lines, false)
        );
    }

    #[test]
    fn the_command_line_wins_over_the_environment() {
        let mut environment = terminal();
        environment.color = ColorWish::Without;
        let mut options = Options::default();
        assert!(!Style::resolve(&options, &environment).color_stderr);
        options.color = When::Always;
        assert!(Style::resolve(&options, &environment).color_stderr);
        environment.color = ColorWish::Force;
        options.color = When::Never;
        assert!(!Style::resolve(&options, &environment).color_stderr);
    }

    #[test]
    fn json_and_quiet_have_no_progress_even_on_a_terminal() {
        for options in [
            Options {
                stdout: Stdout::Events,
                ..Options::default()
            },
            Options {
                verbosity: Verbosity::Quiet,
                ..Options::default()
            },
        ] {
            let style = Style::resolve(&options, &terminal());
            assert_eq!(style.progress, Progress::None);
        }
    }
}
