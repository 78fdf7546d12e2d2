//! How commands talk.

use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::mpsc::Receiver;

use serde::Serialize;

use super::arguments::{Format, OutputArguments};
use crate::error::Failure;
use crate::event::Event;
use crate::manifest::Source;
use crate::plan::Plan;
use crate::problem::{Problem, Problems, Severity};

/// How commands talk: data to standard output, everything else to standard error.
pub struct Ui {
    arguments: OutputArguments,
    source: Mutex<Option<Source>>,
}

impl Ui {
    /// As the arguments say.
    pub fn new(arguments: &OutputArguments) -> Self {
        Self {
            arguments: arguments.clone(),
            source: Mutex::new(None),
        }
    }

    /// The form of what is printed.
    pub fn format(&self) -> Format {
        self.arguments.format
    }

    /// The manifest that problems are shown in.
    pub fn source(&self, source: Option<Source>) {
        *self
            .source
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = source;
    }

    /// Prints data.
    pub fn data(&self, text: &str) -> Result<(), Failure> {
        match io::stdout()
            .write_all(text.as_bytes())
            .and_then(|()| io::stdout().flush())
        {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::failed(
                format!("could not write to standard output: {error}"),
            )),
            _ => Ok(()),
        }
    }

    /// Prints a value as JSON.
    pub fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| Failure::failed(format!("could not write JSON: {error}")))?;
        self.data(&(text + "\n"))
    }

    /// Says something to people.
    pub fn say(&self, text: &str) {
        if !self.arguments.quiet {
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Shows problems.
    pub fn problems(&self, problems: &Problems) {
        for problem in problems.clone().sorted() {
            self.problem(&problem);
        }
    }

    fn problem(&self, problem: &Problem) {
        let word = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let source = self
            .source
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let place = source
            .as_ref()
            .zip(problem.span.as_ref())
            .map(|(source, span)| {
                let (line, column) = source.position(span.start);
                format!("{}:{line}:{column}: ", source.path.display())
            });
        let _ = writeln!(
            io::stderr(),
            "{}{word}: {}",
            place.unwrap_or_default(),
            problem.message
        );
        if let Some(hint) = &problem.hint {
            let _ = writeln!(io::stderr(), "hint: {hint}");
        }
    }

    /// Shows why a command failed.
    pub fn failure(&self, failure: &Failure) {
        self.problems(&failure.problems);
        if !failure.message.is_empty() {
            let _ = writeln!(io::stderr(), "error: {}", failure.message);
        }
        if let Some(detail) = &failure.detail {
            let _ = writeln!(io::stderr(), "{detail}");
        }
        if let Some(hint) = &failure.hint {
            let _ = writeln!(io::stderr(), "hint: {hint}");
        }
    }

    /// Says that a project is right.
    pub fn checked(&self, plan: &Plan, _problems: &Problems) {
        self.say(&format!(
            "{} {}: {} targets, {} artifacts",
            plan.release.name,
            plan.release.version,
            plan.targets.len(),
            plan.artifacts.len()
        ));
    }

    /// Shows a plan.
    pub fn plan(&self, plan: &Plan) -> Result<(), Failure> {
        for notice in &plan.notices {
            self.say(notice);
        }
        let mut text = format!("{} {}\n", plan.release.name, plan.release.version);
        for artifact in &plan.artifacts {
            text += &format!("  {}\n", artifact.name);
        }
        self.data(&text)
    }

    /// Shows events until there are no more.
    pub fn follow(&self, events: Receiver<Event>, _plan: &Plan) {
        for event in events {
            if self.arguments.format == Format::Json {
                if let Ok(text) = serde_json::to_string(&event) {
                    let _ = self.data(&(text + "\n"));
                }
            } else {
                self.say(&format!("{event:?}"));
            }
        }
    }
}
