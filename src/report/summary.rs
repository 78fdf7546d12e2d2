//! What happened in a run, put together from its events.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::error::Failure;
use crate::event::Event;
use crate::plan::{ArtifactKind, Plan, Release, StepId};
use crate::target::Target;

/// What happened in a run so far.
#[derive(Debug)]
pub struct Summary {
    /// What was to be released.
    pub release: Release,
    /// The targets.
    pub targets: Vec<Target>,
    /// The steps of the plan, in its order.
    pub steps: Vec<StepSummary>,
    /// The files in `dist/`, in the order of their names.
    pub artifacts: Vec<ArtifactSummary>,
    /// What failed, in the order in which it did.
    pub failures: Vec<FailureSummary>,
    /// What was probably not meant.
    pub warnings: Vec<String>,
    /// The number of files that were opened again and are right.
    pub verified: Option<usize>,
    /// The end, if all went well.
    pub done: Option<DoneSummary>,
    index: BTreeMap<StepId, usize>,
}

/// A step and what became of it.
#[derive(Debug, Clone)]
pub struct StepSummary {
    /// Its name.
    pub id: StepId,
    /// Its target.
    pub target: Option<Target>,
    /// What it does, in a word or two; known when it begins.
    pub phase: String,
    /// What became of it.
    pub state: StepState,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepState {
    /// It has not begun.
    Waiting,
    /// It has begun.
    Running,
    /// It is done.
    Finished(StepResult),
    /// It failed.
    Failed,
    /// It was not begun, because another one failed or the run was stopped.
    Skipped,
}

/// What a finished step took and made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepResult {
    /// When it began, since the start of the run.
    pub began: Duration,
    /// How long it took.
    pub elapsed: Duration,
    /// Whether an earlier result was taken.
    pub reused: bool,
    /// The bytes it made.
    pub size: u64,
    /// The largest memory of a process below it, in bytes, where known.
    pub peak_memory: Option<u64>,
}

/// A file in `dist/`.
#[derive(Debug, Clone)]
pub struct ArtifactSummary {
    /// Its path in `dist/`.
    pub name: String,
    /// What it is.
    pub kind: ArtifactKind,
    /// Its target.
    pub target: Option<Target>,
    /// Bytes.
    pub size: u64,
    /// SHA-256, in lower-case hexadecimal.
    pub sha256: String,
    /// How long its last step took.
    pub elapsed: Duration,
    /// Whether it was taken from an earlier run.
    pub reused: bool,
}

/// A step that failed, and why.
#[derive(Debug)]
pub struct FailureSummary {
    /// The step.
    pub step: StepId,
    /// Its target.
    pub target: Option<Target>,
    /// Why.
    pub failure: Failure,
}

/// The end of a run in which all went well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoneSummary {
    /// Since the start.
    pub elapsed: Duration,
    /// The folder of the results.
    pub dist: String,
}

impl Summary {
    /// Before anything has happened.
    pub fn new(plan: &Plan) -> Self {
        let steps: Vec<StepSummary> = plan
            .steps
            .iter()
            .map(|step| StepSummary {
                id: step.id.clone(),
                target: step.target.clone(),
                phase: String::new(),
                state: StepState::Waiting,
            })
            .collect();
        let index = (0..).zip(&steps).map(|(at, step)| (step.id.clone(), at));
        Self {
            release: plan.release.clone(),
            targets: plan.targets.clone(),
            index: index.collect(),
            steps,
            artifacts: Vec::new(),
            failures: Vec::new(),
            warnings: Vec::new(),
            verified: None,
            done: None,
        }
    }

    /// Takes note of an event.
    pub fn take(&mut self, event: &Event) {
        if let Some((step, state)) = state_after(event) {
            self.set(step, state);
        }
        match event {
            Event::Planned { .. }
            | Event::Notice { .. }
            | Event::Retried { .. }
            | Event::Finished { .. }
            | Event::Skipped { .. } => {}
            Event::Warning { message } => self.warnings.push(message.clone()),
            Event::Started { step, phase, .. } => self.phase(step, phase),
            Event::Failed {
                step,
                target,
                message,
                detail,
                hint,
            } => self.failures.push(FailureSummary {
                step: step.clone(),
                target: target.clone(),
                failure: Failure {
                    detail: detail.clone(),
                    hint: hint.clone(),
                    ..Failure::failed(message)
                },
            }),
            Event::Artifact {
                name,
                kind,
                target,
                size,
                sha256,
                elapsed,
                reused,
            } => self.artifacts.push(ArtifactSummary {
                name: name.clone(),
                kind: *kind,
                target: target.clone(),
                size: *size,
                sha256: sha256.clone(),
                elapsed: *elapsed,
                reused: *reused,
            }),
            Event::Verified { files } => self.verified = Some(*files),
            Event::Done { elapsed, dist } => {
                self.done = Some(DoneSummary {
                    elapsed: *elapsed,
                    dist: dist.clone(),
                });
            }
        }
    }

    fn phase(&mut self, step: &StepId, phase: &str) {
        if let Some(at) = self.index.get(step) {
            phase.clone_into(&mut self.steps[*at].phase);
        }
    }

    fn set(&mut self, step: &StepId, state: StepState) {
        if let Some(at) = self.index.get(step) {
            self.steps[*at].state = state;
        }
    }

    /// The step of this name.
    pub fn step(&self, id: &StepId) -> Option<&StepSummary> {
        self.index.get(id).map(|at| &self.steps[*at])
    }

    /// The steps of a target, or those that are for none.
    pub fn steps_of<'a>(
        &'a self,
        target: Option<&'a Target>,
    ) -> impl Iterator<Item = &'a StepSummary> {
        let of_target = move |step: &&StepSummary| step.target.as_ref() == target;
        self.steps.iter().filter(of_target)
    }

    /// How many steps are over, one way or another.
    pub fn over(&self) -> usize {
        self.steps.iter().filter(|step| step.is_over()).count()
    }

    /// The bytes of all files in `dist/`.
    pub fn total_size(&self) -> u64 {
        self.artifacts.iter().map(|artifact| artifact.size).sum()
    }
}

impl StepSummary {
    /// Whether nothing more will happen to it.
    pub fn is_over(&self) -> bool {
        match self.state {
            StepState::Waiting | StepState::Running => false,
            StepState::Finished(_) | StepState::Failed | StepState::Skipped => true,
        }
    }

    /// What it took and made, if it is finished.
    pub fn result(&self) -> Option<&StepResult> {
        match &self.state {
            StepState::Finished(result) => Some(result),
            _ => None,
        }
    }
}

/// The step that an event is about, and what it is from then on; none when it is about no step.
fn state_after(event: &Event) -> Option<(&StepId, StepState)> {
    match event {
        Event::Started { step, .. } => Some((step, StepState::Running)),
        Event::Retried { step, .. } => Some((step, StepState::Waiting)),
        Event::Finished {
            step,
            began,
            elapsed,
            reused,
            size,
            peak_memory,
            ..
        } => {
            let result = StepResult {
                began: *began,
                elapsed: *elapsed,
                reused: *reused,
                size: *size,
                peak_memory: *peak_memory,
            };
            Some((step, StepState::Finished(result)))
        }
        Event::Failed { step, .. } => Some((step, StepState::Failed)),
        Event::Skipped { step } => Some((step, StepState::Skipped)),
        Event::Planned { .. }
        | Event::Notice { .. }
        | Event::Warning { .. }
        | Event::Artifact { .. }
        | Event::Verified { .. }
        | Event::Done { .. } => None,
    }
}
