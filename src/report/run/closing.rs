//! The end of a run: every failure, or the table of what was made.

use std::path::Path;

use crate::report::text::{Align, Cell, Table, Tone, count, duration, path, size};
use crate::report::{Printer, Summary};

/// Shows the failures, word for word, and what the rest came to; or the table of results.
pub(super) fn show(printer: &Printer, summary: &Summary) {
    for failed in &summary.failures {
        let title = failed.target.as_ref().map(ToString::to_string);
        printer.failed_step(failed, title.as_deref());
    }
    if let Some(done) = &summary.done {
        printer.talk(&table(summary));
        let checked = summary
            .verified
            .map_or("", |_| ", all opened again and right");
        printer.talk(&format!(
            "{} in {}: {} ({}) in `{}`{checked}\n",
            Tone::Good.paint("done"),
            duration(done.elapsed),
            count(summary.artifacts.len(), "file"),
            size(summary.total_size()),
            path(Path::new(&done.dist)),
        ));
    }
}

/// Artifact, size, time, and what was reused.
fn table(summary: &Summary) -> String {
    let mut table = Table::new(&[
        ("artifact", Align::Left),
        ("size", Align::Right),
        ("time", Align::Right),
    ]);
    for artifact in &summary.artifacts {
        let time = match artifact.reused {
            true => Cell::new("reused", Tone::Good),
            false => duration(artifact.elapsed).into(),
        };
        table.row([
            artifact.name.clone().into(),
            size(artifact.size).into(),
            time,
        ]);
    }
    table.render()
}
