//! What the page's template is given: every number as text already.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::timeline::{Bar, Tick, Timeline};
use crate::plan::{Release, ReleaseKind};
use crate::report::tables::kind;
use crate::report::text::{clean_line, count, duration, size};
use crate::report::{StepSummary, Summary};

/// The page's content.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    name: String,
    title: String,
    version: String,
    description: String,
    kind: &'static str,
    reason: Option<String>,
    facts: Vec<Fact>,
    artifacts: Vec<ArtifactRow>,
    sizes: Vec<SizeRow>,
    timeline_text: String,
    lanes: Vec<Vec<Bar>>,
    ticks: Vec<Tick>,
    steps: Vec<StepRow>,
    gorelease: &'static str,
}

/// A fact of the release.
#[derive(Debug, Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    code: bool,
    link: Option<String>,
}

impl Fact {
    fn new(name: &'static str, value: &str) -> Self {
        Self {
            name,
            value: clean_line(value),
            code: false,
            link: None,
        }
    }

    fn code(name: &'static str, value: &str) -> Self {
        Self {
            code: true,
            ..Self::new(name, value)
        }
    }

    /// Only a web address becomes a link; any other scheme could run something.
    fn link(name: &'static str, value: &str) -> Self {
        let is_web = value.starts_with("https://") || value.starts_with("http://");
        Self {
            link: is_web.then(|| clean_line(value)),
            ..Self::new(name, value)
        }
    }
}

#[derive(Debug, Serialize)]
struct ArtifactRow {
    name: String,
    kind: &'static str,
    target: String,
    size: String,
    time: String,
    sha256: String,
}

#[derive(Debug, Serialize)]
struct SizeRow {
    target: String,
    files: usize,
    size: String,
    percent: f64,
}

#[derive(Debug, Serialize)]
struct StepRow {
    phase: String,
    target: String,
    began: String,
    time: String,
    size: String,
    memory: String,
}

impl Page {
    pub(super) fn new(summary: &Summary) -> Self {
        let release = &summary.release;
        let timeline = Timeline::new(summary);
        Self {
            name: clean_line(&release.name),
            title: clean_line(&release.title),
            version: clean_line(&release.version),
            description: clean_line(&release.description),
            kind: match release.kind {
                ReleaseKind::Release => "release",
                ReleaseKind::Snapshot => "snapshot",
            },
            reason: release.snapshot_reason.as_deref().map(clean_line),
            facts: facts(release, summary),
            artifacts: artifacts(summary),
            sizes: sizes(summary),
            timeline_text: timeline.text(),
            lanes: timeline.lanes,
            ticks: timeline.ticks,
            steps: steps(summary),
            gorelease: env!("CARGO_PKG_VERSION"),
        }
    }
}

fn facts(release: &Release, summary: &Summary) -> Vec<Fact> {
    let mut facts = Vec::new();
    if !release.manufacturer.is_empty() {
        facts.push(Fact::new("Manufacturer", &release.manufacturer));
    }
    if let Some(commit) = &release.commit {
        facts.extend(commit.tag.as_deref().map(|tag| Fact::code("Tag", tag)));
        facts.push(Fact::code("Commit", &commit.hash));
    }
    facts.push(Fact::new("Time of the files", &moment(release.timestamp)));
    facts.extend(release.go_version.as_deref().map(|go| Fact::new("Go", go)));
    facts.extend(
        release
            .module
            .as_deref()
            .map(|path| Fact::code("Module", path)),
    );
    facts.extend(
        release
            .license
            .as_deref()
            .map(|text| Fact::new("Licence", text)),
    );
    facts.extend(
        release
            .homepage
            .as_deref()
            .map(|text| Fact::link("Page", text)),
    );
    let files = summary.artifacts.len();
    let all = format!("{}, {}", count(files, "file"), size(summary.total_size()));
    facts.push(Fact::new("Result", &all));
    if let Some(done) = &summary.done {
        facts.push(Fact::new("Run", &duration(done.elapsed)));
    }
    let checked = match summary.verified {
        Some(files) => format!("{} opened again and right", count(files, "file")),
        None => "not checked".to_owned(),
    };
    facts.push(Fact::new("Verification", &checked));
    facts
}

/// A moment in UTC, to the minute.
fn moment(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .map_or_else(
            || seconds.to_string(),
            |moment| moment.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        )
}

fn artifacts(summary: &Summary) -> Vec<ArtifactRow> {
    let row = |artifact: &crate::report::ArtifactSummary| ArtifactRow {
        name: clean_line(&artifact.name),
        kind: kind(artifact.kind),
        target: artifact
            .target
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        size: size(artifact.size),
        time: time((!artifact.reused).then_some(artifact.elapsed)),
        sha256: clean_line(&artifact.sha256),
    };
    summary.artifacts.iter().map(row).collect()
}

/// The files of each target together, the bars relative to the largest.
fn sizes(summary: &Summary) -> Vec<SizeRow> {
    let mut totals: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    for artifact in &summary.artifacts {
        if let Some(target) = &artifact.target {
            let total = totals.entry(target.to_string()).or_default();
            total.0 += 1;
            total.1 += artifact.size;
        }
    }
    let largest = totals
        .values()
        .map(|total| total.1)
        .max()
        .unwrap_or_default();
    totals
        .into_iter()
        .map(|(target, (files, bytes))| SizeRow {
            target,
            files,
            size: size(bytes),
            percent: super::timeline::percent(bytes as f64, largest as f64),
        })
        .collect()
}

fn steps(summary: &Summary) -> Vec<StepRow> {
    let mut done: Vec<&StepSummary> = summary.steps.iter().collect();
    done.retain(|step| step.result().is_some());
    done.sort_by_key(|step| step.result().map(|result| result.began));
    let row = |step: &StepSummary| {
        let result = step.result()?;
        Some(StepRow {
            phase: clean_line(&step.phase),
            target: step
                .target
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            began: duration(result.began),
            time: time((!result.reused).then_some(result.elapsed)),
            size: size(result.size),
            memory: result.peak_memory.map(size).unwrap_or_default(),
        })
    };
    done.into_iter().filter_map(row).collect()
}

/// How long something took; none when it was taken from an earlier run.
fn time(spent: Option<Duration>) -> String {
    spent.map_or_else(|| "reused".to_owned(), duration)
}
