//! How commands talk: through the printer, which alone writes.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use serde::Serialize;

use super::arguments::{Format, OutputArguments};
use crate::error::Failure;
use crate::event::Event;
use crate::manifest::Source;
use crate::plan::Plan;
use crate::problem::Problems;
use crate::process::Cancel;
use crate::report::{self, Options, Printer, Stdout, Summary, Verbosity};

/// How commands talk: data to standard output, everything else to standard error.
pub struct Ui {
    format: Format,
    printer: Arc<Printer>,
}

impl Ui {
    /// As the arguments say.
    pub fn new(arguments: &OutputArguments, stdout: Stdout) -> Self {
        let verbosity = match (arguments.quiet, arguments.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        };
        let options = Options {
            stdout,
            verbosity,
            progress: arguments.progress,
            color: arguments.color,
        };
        Self {
            format: arguments.format,
            printer: Arc::new(Printer::of_process(&options)),
        }
    }

    /// The form of what is printed.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The manifest that problems are shown in.
    pub fn source(&self, source: Option<Source>) {
        self.printer.set_source(source);
    }

    /// Prints data.
    pub fn data(&self, text: &str) -> Result<(), Failure> {
        self.printer.data(text);
        self.printer.finish()
    }

    /// Prints a value as JSON.
    pub fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        self.printer.json(value);
        self.printer.finish()
    }

    /// Says something to people.
    pub fn say(&self, text: &str) {
        self.printer.talk(&format!("{text}\n"));
    }

    /// Asks a question on the terminal; without one, or when interrupted, the answer is no.
    pub fn confirm(&self, question: &str, cancel: &Cancel) -> bool {
        self.printer.confirm(question, &|| !cancel.is_cancelled())
    }

    /// Shows problems.
    pub fn problems(&self, problems: &Problems) {
        self.printer.problems(problems);
    }

    /// Shows why a command failed.
    pub fn failure(&self, failure: &Failure) {
        self.printer.failure(failure);
    }

    /// Says that a project is right.
    pub fn checked(&self, plan: &Plan) {
        self.printer.talk(&report::checked(plan));
    }

    /// Shows a plan.
    pub fn plan(&self, plan: &Plan) -> Result<(), Failure> {
        self.data(&report::plan(plan, self.printer.style().verbosity))
    }

    /// Shows a run until there are no more events.
    pub fn follow(&self, events: &Receiver<Event>, plan: &Plan) -> Summary {
        report::follow(&self.printer, events, plan)
    }

    /// Writes the page of a run beside its results; the release stands without it.
    pub fn page(&self, summary: &Summary, dist: &Path) {
        if let Err(failure) = report::write_html(summary, dist) {
            self.printer.warning(&failure.message);
        }
    }

    /// Whether everything that programs were to be told could be written.
    pub fn finish(&self) -> Result<(), Failure> {
        self.printer.finish()
    }
}
