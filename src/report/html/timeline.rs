//! The steps of a run over time: a lane for each that ran beside others, bars in percent of the whole.

use std::time::Duration;

use serde::Serialize;

use crate::report::text::{clean_line, count, duration};
use crate::report::{StepResult, StepSummary, Summary};

/// The steps in lanes, and the axis under them.
#[derive(Debug)]
pub(super) struct Timeline {
    pub(super) lanes: Vec<Vec<Bar>>,
    pub(super) ticks: Vec<Tick>,
    total: Duration,
    work: Duration,
}

/// A step in its lane.
#[derive(Debug, Serialize)]
pub(super) struct Bar {
    left: f64,
    width: f64,
    class: &'static str,
    reused: bool,
    target: String,
    text: String,
}

/// A mark on the axis.
#[derive(Debug, Serialize)]
pub(super) struct Tick {
    left: f64,
    text: String,
}

impl Timeline {
    pub(super) fn new(summary: &Summary) -> Self {
        let mut steps: Vec<(&StepSummary, &StepResult)> = summary
            .steps
            .iter()
            .filter_map(|step| step.result().map(|result| (step, result)))
            .collect();
        steps.sort_by_key(|(_, result)| result.began);
        let ends = steps
            .iter()
            .map(|(_, result)| result.began + result.elapsed);
        let total = ends.max().unwrap_or_default();
        let mut lanes: Vec<Vec<Bar>> = Vec::new();
        let mut free_from: Vec<Duration> = Vec::new();
        for (step, result) in &steps {
            let lane = match free_from.iter().position(|end| *end <= result.began) {
                Some(lane) => lane,
                None => {
                    lanes.push(Vec::new());
                    free_from.push(Duration::ZERO);
                    lanes.len() - 1
                }
            };
            free_from[lane] = result.began + result.elapsed;
            lanes[lane].push(bar(step, result, total));
        }
        Self {
            lanes,
            ticks: ticks(total),
            total,
            work: steps.iter().map(|(_, result)| result.elapsed).sum(),
        }
    }

    /// What the picture shows, in words.
    pub(super) fn text(&self) -> String {
        format!(
            "{} of work in {}, at most {} at a time",
            duration(self.work),
            duration(self.total),
            count(self.lanes.len(), "step"),
        )
    }
}

fn bar(step: &StepSummary, result: &StepResult, total: Duration) -> Bar {
    let target = step
        .target
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let phase = clean_line(&step.phase);
    Bar {
        left: percent(result.began.as_secs_f64(), total.as_secs_f64()),
        width: percent(result.elapsed.as_secs_f64(), total.as_secs_f64()),
        class: class(&step.phase),
        reused: result.reused,
        text: format!("{target} {phase}, {}", duration(result.elapsed))
            .trim_start()
            .to_owned(),
        target,
    }
}

/// The colour of a step, by the first word of what it does.
fn class(phase: &str) -> &'static str {
    match phase.split(' ').next() {
        Some("compiling") => "compile",
        Some("packing") => "pack",
        Some("running") => "hook",
        _ => "other",
    }
}

/// `part` of `whole` in percent, to two places, so that the page does not carry digits that nobody sees.
pub(super) fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        (part / whole * 10_000.0).round() / 100.0
    } else {
        0.0
    }
}

/// Marks at round times, at most ten of them.
fn ticks(total: Duration) -> Vec<Tick> {
    const MILLISECONDS: [u64; 16] = [
        1, 5, 10, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000,
        3_600_000,
    ];
    let enough = |step: &&u64| total.as_millis() <= u128::from(**step) * 10;
    let Some(step) = MILLISECONDS.iter().find(enough) else {
        return Vec::new();
    };
    (0..)
        .map(|index| Duration::from_millis(step * index))
        .take_while(|time| *time <= total && !total.is_zero())
        .map(|time| Tick {
            left: percent(time.as_secs_f64(), total.as_secs_f64()),
            text: duration(time).replace(".0 ", " "),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn steps_that_ran_side_by_side_lie_in_different_lanes() {
        let plan = fixture::plan();
        let mut events = vec![fixture::planned(&plan)];
        events.extend(fixture::done(&plan, "build darwin/arm64", 0, 4000));
        events.extend(fixture::done(&plan, "build linux/amd64", 1000, 2000));
        events.extend(fixture::done(&plan, "pack linux/amd64", 3000, 1000));
        events.extend(fixture::done(&plan, "pack darwin/arm64", 4000, 1000));
        let timeline = Timeline::new(&fixture::summary(&plan, &events));
        let lanes: Vec<Vec<(f64, f64)>> = timeline
            .lanes
            .iter()
            .map(|lane| lane.iter().map(|bar| (bar.left, bar.width)).collect())
            .collect();
        assert_eq!(
            lanes,
            [
                vec![(0.0, 80.0), (80.0, 20.0)],
                vec![(20.0, 40.0), (60.0, 20.0)]
            ]
        );
        assert_eq!(
            timeline.text(),
            "8.0 s of work in 5.0 s, at most 2 steps at a time"
        );
    }

    #[test]
    fn the_axis_has_round_times() {
        let texts: Vec<String> = ticks(Duration::from_millis(4200))
            .into_iter()
            .map(|tick| tick.text)
            .collect();
        assert_eq!(texts.len(), 9);
        assert_eq!(texts[1], "500 ms");
        assert!(ticks(Duration::ZERO).is_empty());
    }
}
