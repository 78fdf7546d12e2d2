//! A run as it is watched: progress while it works, and the results at its end.
//!
//! events → [`Summary`] → one of the displays ([`lines`], [`groups`], [`drawn`]); then [`closing`].

mod canvas;
mod closing;
mod drawn;
mod groups;
mod lines;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::text::count;
use super::{Printer, Progress, Stdout, Summary, github, tables};
use crate::event::Event;
use crate::plan::Plan;

/// Shows progress, one way or another.
trait Display {
    /// Something happened; `summary` has it already.
    fn event(&mut self, event: &Event, summary: &Summary);
    /// Some time has gone by.
    fn tick(&mut self, _summary: &Summary) {}
    /// Nothing more will happen.
    fn end(&mut self, _summary: &Summary) {}
}

/// For those who do not want to see progress.
struct Silent;

impl Display for Silent {
    fn event(&mut self, _: &Event, _: &Summary) {}
}

/// How often what is drawn is drawn again.
const TICK: Duration = Duration::from_millis(100);

/// Follows a run to its end and shows it: progress, then every failure, or the table of results.
///
/// Returns when all senders are gone.
pub fn follow(printer: &Arc<Printer>, events: &Receiver<Event>, plan: &Plan) -> Summary {
    let mut summary = Summary::new(plan);
    let mut display: Box<dyn Display> = match printer.style().progress {
        Progress::Drawn => Box::new(drawn::Drawn::new(printer, &summary)),
        Progress::Lines => Box::new(lines::Lines::new(printer, &summary)),
        Progress::Groups => Box::new(groups::Groups::new(printer, &summary)),
        Progress::None => Box::new(Silent),
    };
    loop {
        match events.recv_timeout(TICK) {
            Ok(event) => {
                if printer.style().stdout == Stdout::Events {
                    printer.json_line(&event);
                }
                summary.take(&event);
                display.event(&event, &summary);
            }
            Err(RecvTimeoutError::Timeout) => display.tick(&summary),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    display.end(&summary);
    closing::show(printer, &summary);
    if let Some(github) = &printer.style().github {
        github::finish(printer, github, &summary);
    }
    summary
}

/// The width of the column of targets.
fn target_width(summary: &Summary) -> usize {
    let width = |target: &crate::target::Target| target.to_string().len();
    let widths = summary.targets.iter().map(width);
    widths.max().unwrap_or_default().max(NO_TARGET.len())
}

/// Stands for the target of a step that is for all of them.
const NO_TARGET: &str = "release";

fn target_name(target: Option<&crate::target::Target>) -> String {
    target.map_or_else(|| NO_TARGET.to_owned(), ToString::to_string)
}

/// What begins: name, version, and for a snapshot why it is one.
fn headline(summary: &Summary) -> String {
    format!(
        "{}; {}, {}\n",
        tables::headline(&summary.release),
        count(summary.targets.len(), "target"),
        count(summary.steps.len(), "step"),
    )
}
