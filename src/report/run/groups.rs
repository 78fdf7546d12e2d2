//! Progress in GitHub Actions: the lines of a target in a group that can be folded.
//!
//! Groups do not nest and targets are worked on at the same time, so a target's group is written when all of its
//! steps are over.

use std::collections::BTreeMap;

use super::lines::{Layout, notice, retried};
use super::{Display, headline, target_name};
use crate::event::Event;
use crate::plan::StepId;
use crate::report::{Printer, Summary, github};
use crate::target::Target;

/// Collects the lines of each target until it is done.
pub(super) struct Groups<'a> {
    printer: &'a Printer,
    layout: Layout,
    open: BTreeMap<Target, Vec<String>>,
}

impl<'a> Groups<'a> {
    pub(super) fn new(printer: &'a Printer, summary: &Summary) -> Self {
        Self {
            printer,
            layout: Layout::new(summary, printer.style().verbosity),
            open: BTreeMap::new(),
        }
    }

    fn step(&mut self, id: &StepId, summary: &Summary) {
        let Some(step) = summary.step(id) else { return };
        let line = self.layout.line(step, summary);
        let Some(target) = &step.target else {
            self.printer.talk(&line);
            return;
        };
        self.open.entry(target.clone()).or_default().push(line);
        if summary.steps_of(Some(target)).all(|step| step.is_over()) {
            self.close(&target.clone());
        }
    }

    fn close(&mut self, target: &Target) {
        let Some(lines) = self.open.remove(target) else {
            return;
        };
        self.printer
            .command(|_| github::group(&target_name(Some(target))));
        lines.iter().for_each(|line| self.printer.talk(line));
        self.printer.command(|_| github::end_group());
    }
}

impl Display for Groups<'_> {
    fn event(&mut self, event: &Event, summary: &Summary) {
        match event {
            Event::Planned { .. } => self.printer.talk(&headline(summary)),
            Event::Notice { message } => self.printer.talk(&notice(message)),
            Event::Warning { message } => self.printer.warning(message),
            Event::Retried { step, reason } => self.printer.warning(&retried(step, reason)),
            Event::Finished { step, .. } | Event::Failed { step, .. } => self.step(step, summary),
            Event::Started { .. }
            | Event::Skipped { .. }
            | Event::Artifact { .. }
            | Event::Verified { .. }
            | Event::Done { .. } => {}
        }
    }

    fn end(&mut self, _: &Summary) {
        let targets: Vec<Target> = self.open.keys().cloned().collect();
        targets.iter().for_each(|target| self.close(target));
    }
}
