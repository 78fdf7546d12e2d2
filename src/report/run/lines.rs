//! Progress without a terminal: a plain line for each step that is over.

use super::{Display, headline, target_name, target_width};
use crate::event::Event;
use crate::plan::StepId;
use crate::report::text::{Tone, clean_line, duration, size};
use crate::report::{Printer, StepState, StepSummary, Summary, Verbosity};

/// Writes a line for each step that is over.
pub(super) struct Lines<'a> {
    printer: &'a Printer,
    layout: Layout,
}

impl<'a> Lines<'a> {
    pub(super) fn new(printer: &'a Printer, summary: &Summary) -> Self {
        Self {
            printer,
            layout: Layout::new(summary, printer.style().verbosity),
        }
    }
}

impl Display for Lines<'_> {
    fn event(&mut self, event: &Event, summary: &Summary) {
        let printer = self.printer;
        match event {
            Event::Planned { .. } => printer.talk(&headline(summary)),
            Event::Notice { message } => printer.talk(&notice(message)),
            Event::Warning { message } => printer.warning(message),
            Event::Retried { step, reason } => printer.warning(&retried(step, reason)),
            Event::Started { step, .. } => {
                if let Some(step) = summary.step(step) {
                    printer.detail(&self.layout.line(step, summary));
                }
            }
            Event::Finished { step, .. } | Event::Failed { step, .. } => {
                if let Some(step) = summary.step(step) {
                    printer.talk(&self.layout.line(step, summary));
                }
            }
            Event::Skipped { .. }
            | Event::Artifact { .. }
            | Event::Verified { .. }
            | Event::Done { .. } => {}
        }
    }
}

/// A sentence that is worth knowing.
pub(super) fn notice(message: &str) -> String {
    format!("note: {}\n", clean_line(message))
}

/// That a step is done again, and why.
pub(super) fn retried(step: &StepId, reason: &str) -> String {
    format!("`{step}` is tried again: {reason}")
}

/// The columns of the lines: how many steps are over, target, phase, time.
pub(super) struct Layout {
    count: usize,
    target: usize,
    verbosity: Verbosity,
}

/// Wide enough for `adding resources`; few are longer.
const PHASE_WIDTH: usize = 16;

impl Layout {
    pub(super) fn new(summary: &Summary, verbosity: Verbosity) -> Self {
        Self {
            count: summary.steps.len().to_string().len(),
            target: target_width(summary),
            verbosity,
        }
    }

    /// What is to say of a step now.
    pub(super) fn line(&self, step: &StepSummary, summary: &Summary) -> String {
        let (over, all) = (summary.over(), summary.steps.len());
        let target = target_name(step.target.as_ref());
        let phase = clean_line(&step.phase);
        let (outcome, tone) = outcome(step);
        let line = format!(
            "  {over:count$}/{all}  {target:width$}  {phase:PHASE_WIDTH$}  {}",
            tone.paint(&outcome),
            count = self.count,
            width = self.target,
        );
        let more = match self.verbosity {
            Verbosity::Verbose => details(step),
            Verbosity::Quiet | Verbosity::Normal => String::new(),
        };
        line + &more + "\n"
    }
}

/// What became of a step, in a word or a time.
fn outcome(step: &StepSummary) -> (String, Tone) {
    match &step.state {
        StepState::Waiting => ("waits".to_owned(), Tone::Faint),
        StepState::Running => ("begins".to_owned(), Tone::Faint),
        StepState::Finished(result) if result.reused => ("reused".to_owned(), Tone::Good),
        StepState::Finished(result) => (duration(result.elapsed), Tone::Plain),
        StepState::Failed => ("failed".to_owned(), Tone::Bad),
        StepState::Skipped => ("skipped".to_owned(), Tone::Faint),
    }
}

fn details(step: &StepSummary) -> String {
    let name = clean_line(&step.id.0);
    let Some(result) = step.result() else {
        return format!("  ({name})");
    };
    let mut words = vec![name, size(result.size)];
    if result.reused {
        words.push(duration(result.elapsed));
    }
    if let Some(memory) = result.peak_memory {
        words.push(format!("{} memory", size(memory)));
    }
    format!("  ({})", words.join(", "))
}
