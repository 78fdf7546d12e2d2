//! Progress on a terminal: a line for each target that is worked on, and a bar for the whole.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::canvas::Canvas;
use super::lines::{notice, retried};
use super::{Display, headline, target_name, target_width};
use crate::event::Event;
use crate::report::text::{Tone, clean_line, duration};
use crate::report::{Printer, StepState, Summary};
use crate::target::Target;

/// The most often that it is drawn, in times a second.
const RATE: u8 = 20;

/// Draws the targets that are worked on.
pub(super) struct Drawn {
    printer: Arc<Printer>,
    board: MultiProgress,
    overall: ProgressBar,
    start: Instant,
    width: usize,
    targets: BTreeMap<Option<Target>, Line>,
}

/// The line of a target.
struct Line {
    bar: ProgressBar,
    began: Instant,
    /// How it ended.
    ended: Option<String>,
}

impl Drawn {
    pub(super) fn new(printer: &Arc<Printer>, summary: &Summary) -> Self {
        let canvas = Box::new(Canvas::new(printer));
        let board =
            MultiProgress::with_draw_target(ProgressDrawTarget::term_like_with_hz(canvas, RATE));
        let overall = board.add(ProgressBar::new(summary.steps.len() as u64));
        overall.set_style(style("  [{bar:30}] {pos}/{len} steps  {msg}").progress_chars("=> "));
        Self {
            printer: Arc::clone(printer),
            board,
            overall,
            start: Instant::now(),
            width: target_width(summary),
            targets: BTreeMap::new(),
        }
    }

    /// Says something above what is drawn.
    fn above(&self, say: impl FnOnce(&Printer)) {
        self.board.suspend(|| say(&self.printer));
    }

    fn begin(&mut self, target: Option<&Target>) {
        if self.targets.contains_key(&target.cloned()) {
            return;
        }
        self.make_room();
        let bar = self
            .board
            .insert_before(&self.overall, ProgressBar::new_spinner());
        bar.set_style(style("  {prefix}  {msg}"));
        bar.set_prefix(format!("{:1$}", target_name(target), self.width));
        let line = Line {
            bar,
            began: Instant::now(),
            ended: None,
        };
        self.targets.insert(target.cloned(), line);
    }

    /// Takes lines of finished targets away while there are more lines than fit.
    fn make_room(&mut self) {
        // One for the bar, one for the cursor, one for the line that is to come.
        let room = usize::from(Canvas::size().1).saturating_sub(3);
        let shown = |line: &&Line| !line.bar.is_finished();
        while self.targets.values().filter(shown).count() >= room.max(1) {
            let mut lines = self.targets.values();
            let Some(line) = lines.find(|line| shown(line) && line.ended.is_some()) else {
                return;
            };
            line.bar.finish_and_clear();
            self.board.remove(&line.bar);
        }
    }

    fn redraw(&mut self, summary: &Summary) {
        for (target, line) in &mut self.targets {
            if line.ended.is_some() {
                continue;
            }
            let steps = || summary.steps_of(target.as_ref());
            let time = duration(line.began.elapsed());
            let failed = steps().any(|step| step.state == StepState::Failed);
            let message = if failed {
                self.printer.paint(Tone::Bad, "failed")
            } else if steps().all(|step| step.is_over()) {
                format!("{}  {time}", self.printer.paint(Tone::Good, "done"))
            } else {
                let running = steps().filter(|step| step.state == StepState::Running);
                let mut phases: Vec<String> = running.map(|step| clean_line(&step.phase)).collect();
                phases.dedup();
                match phases.is_empty() {
                    true => "waiting".to_owned(),
                    false => format!("{}  {time}", phases.join(", ")),
                }
            };
            if failed || steps().all(|step| step.is_over()) {
                line.ended = Some(message.clone());
            }
            line.bar.set_message(message);
        }
        self.overall.set_position(summary.over() as u64);
        self.overall.set_message(duration(self.start.elapsed()));
    }
}

impl Display for Drawn {
    fn event(&mut self, event: &Event, summary: &Summary) {
        match event {
            Event::Planned { .. } => self.above(|printer| printer.talk(&headline(summary))),
            Event::Notice { message } => self.above(|printer| printer.talk(&notice(message))),
            Event::Warning { message } => self.above(|printer| printer.warning(message)),
            Event::Retried { step, reason } => {
                self.above(|printer| printer.warning(&retried(step, reason)));
            }
            Event::Started { target, .. } => self.begin(target.as_ref()),
            Event::Finished { .. }
            | Event::Failed { .. }
            | Event::Skipped { .. }
            | Event::Artifact { .. }
            | Event::Verified { .. }
            | Event::Done { .. } => {}
        }
        self.redraw(summary);
    }

    fn tick(&mut self, summary: &Summary) {
        self.redraw(summary);
    }

    fn end(&mut self, _: &Summary) {
        for line in self.targets.values() {
            line.bar.finish_and_clear();
        }
        self.overall.finish_and_clear();
        // An error only says that the terminal has gone away.
        let _ = self.board.clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants of this file; the plain style stands in for one with a mistake.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
