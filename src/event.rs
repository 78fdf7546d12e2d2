//! What happens in a run, told by workers to the reporter; nobody else prints.

use std::sync::mpsc::Sender;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::{ReleaseKind, StepId};
use crate::target::Target;

/// One thing that happened.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The plan is made.
    Planned {
        /// What is released.
        name: String,
        /// Its version.
        version: String,
        /// Release or snapshot.
        kind: ReleaseKind,
        /// Why it is a snapshot.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// The targets.
        targets: Vec<Target>,
        /// The number of steps.
        steps: usize,
    },
    /// Worth knowing.
    Notice {
        /// One sentence.
        message: String,
    },
    /// Probably not what was meant.
    Warning {
        /// One sentence.
        message: String,
    },
    /// A step has begun.
    Started {
        /// The step.
        step: StepId,
        /// Its target.
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<Target>,
        /// What it does, in a word or two: "compiling", "packing zip".
        phase: String,
    },
    /// A step is done again.
    Retried {
        /// The step.
        step: StepId,
        /// Why.
        reason: String,
    },
    /// A step is done.
    Finished {
        /// The step.
        step: StepId,
        /// Its target.
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<Target>,
        /// Since the run's start.
        #[serde(serialize_with = "seconds")]
        #[schemars(with = "f64")]
        began: Duration,
        /// How long it took.
        #[serde(serialize_with = "seconds")]
        #[schemars(with = "f64")]
        elapsed: Duration,
        /// Whether an earlier result was taken.
        reused: bool,
        /// The bytes it made.
        size: u64,
        /// The largest memory of a process below it, in bytes, where known.
        #[serde(skip_serializing_if = "Option::is_none")]
        peak_memory: Option<u64>,
    },
    /// A step failed.
    Failed {
        /// The step.
        step: StepId,
        /// Its target.
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<Target>,
        /// What failed.
        message: String,
        /// Verbatim output of a tool.
        #[serde(skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
        /// The way out.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    /// A step was not begun, because one that it needs failed or the run was stopped.
    Skipped {
        /// The step.
        step: StepId,
    },
    /// A file is in `dist/`.
    Artifact {
        /// Its path in `dist/`.
        name: String,
        /// Its kind, as in `artifacts.json`.
        kind: crate::plan::ArtifactKind,
        /// Its target.
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<Target>,
        /// Bytes.
        size: u64,
        /// SHA-256, in lower-case hexadecimal.
        sha256: String,
        /// How long its last step took.
        #[serde(serialize_with = "seconds")]
        #[schemars(with = "f64")]
        elapsed: Duration,
        /// Whether it was taken from an earlier run.
        reused: bool,
    },
    /// Every artifact was opened again and is right.
    Verified {
        /// The number of files.
        files: usize,
    },
    /// The end.
    Done {
        /// Since the start.
        #[serde(serialize_with = "seconds")]
        #[schemars(with = "f64")]
        elapsed: Duration,
        /// The folder.
        dist: String,
    },
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((duration.as_secs_f64() * 1000.0).round() / 1000.0)
}

/// Where workers send events; a receiver that has gone is no error.
#[derive(Debug, Clone)]
pub struct Events(Sender<Event>);

impl Events {
    /// Sends to this channel.
    pub fn new(sender: Sender<Event>) -> Self {
        Self(sender)
    }

    /// Sends one event.
    pub fn send(&self, event: Event) {
        // The reporter ends last; if it is gone all the same, there is nobody to tell.
        let _ = self.0.send(event);
    }
}
