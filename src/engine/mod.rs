//! Plan → files: runs the steps in the order that their needs allow, several at once.
//!
//! One thread decides (this one); each running step has a thread of its own and reports back. Compilations are
//! admitted by [`memory::Governor`], everything else by the number of processors. Nothing here prints.

mod cache;
mod dist;
mod finish;
mod ground;
mod lock;
mod memory;
mod owner;
mod ownership;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

pub use cache::Cache;
pub use dist::{Dist, INTERNAL};
pub use finish::{collect, set_mode};
use memory::Governor;
pub use owner::Owner;
pub use ownership::REPORT;

use crate::error::{ExitCode, Failure};
use crate::event::{Event, Events};
use crate::plan::{Action, Plan, Step, StepId};
use crate::process::{Cancel, Runner};
use crate::step::{self, Made, StepError};

/// How a run is carried out; nothing in it changes what comes out.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The most compilations at once.
    pub jobs: usize,
    /// The processors.
    pub processors: usize,
    /// Memory for all children, in bytes.
    pub memory: u64,
    /// Whether independent steps go on after a failure.
    pub on_failure: OnFailure,
}

/// What happens to independent steps after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// They are stopped.
    Cancel,
    /// They go on, and all failures are shown at the end.
    KeepGoing,
}

/// What each step made, and how long it took.
#[derive(Debug, Default)]
pub struct Results {
    /// By step.
    pub made: BTreeMap<StepId, Made>,
    /// By step.
    pub times: BTreeMap<StepId, Timing>,
    /// Holds the files that are not kept; it goes when the results do.
    scratch: Option<cache::Scratch>,
}

impl Results {
    /// Whether anything was made that the cache keeps, so that it has grown.
    pub fn has_new(&self, plan: &Plan) -> bool {
        plan.steps
            .iter()
            .filter(|step| step::is_cacheable(&step.action) || step::is_compilation(&step.action))
            .any(|step| self.made.get(&step.id).is_none_or(|made| !made.reused))
    }
}

/// When a step ran.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Since the start of the run.
    pub began: Duration,
    /// How long.
    pub elapsed: Duration,
}

/// What the workers share.
struct Shared<'a> {
    plan: &'a Plan,
    cache: &'a Cache,
    runner: Runner,
    scratch: PathBuf,
    made: RwLock<BTreeMap<StepId, Made>>,
    start: Instant,
}

/// A worker's report.
struct Report {
    step: StepId,
    timing: Timing,
    result: Result<Made, StepError>,
}

/// Runs the plan's steps. On failure nothing is lost but the time: what is in the cache stays there.
///
/// # Errors
/// All failures, the first one first; exit code 130 when `cancel` was cancelled by somebody else.
pub fn run(
    plan: &Plan,
    settings: &Settings,
    cache: &Cache,
    interrupt: &Cancel,
    events: &Events,
) -> Result<Results, Failure> {
    let _use = lock::cache(cache, interrupt, events)?;
    let scratch = cache.scratch()?;
    let shared = Arc::new(Shared {
        plan,
        cache,
        runner: Runner::new(interrupt.clone()),
        scratch: scratch.path().to_owned(),
        made: RwLock::new(BTreeMap::new()),
        start: Instant::now(),
    });
    let _locks = lock::stages(plan, cache, interrupt, events)?;
    let (sender, receiver) = mpsc::channel();
    let mut scheduler = Scheduler::new(plan, settings, remembered_peak(plan, cache), events);
    std::thread::scope(|scope| scheduler.run(&shared, &sender, &receiver, scope));
    let Scheduler {
        failures,
        mut results,
        ..
    } = scheduler;
    results.scratch = Some(scratch);
    if failures.is_empty() && results.made.len() == plan.steps.len() {
        return Ok(results);
    }
    if interrupt.is_interrupted() {
        return Err(Failure::new(ExitCode::Interrupted, "interrupted"));
    }
    Err(match failures.len() {
        0 => Failure::new(ExitCode::Interrupted, "interrupted"),
        1 => failures
            .into_iter()
            .next()
            .unwrap_or_else(|| Failure::failed("a step failed")),
        count => Failure {
            code: failures[0].code,
            ..Failure::failed(format!("{count} steps failed"))
        },
    })
}

/// The most memory that any of the plan's compilations took in earlier runs; none when one of them is new.
fn remembered_peak(plan: &Plan, cache: &Cache) -> Option<u64> {
    let compilations = plan
        .steps
        .iter()
        .filter(|step| step::is_compilation(&step.action));
    let peaks: Option<Vec<u64>> = compilations
        .map(|step| match &step.action {
            Action::GoBuild(build) => step::remembered_peak(&cache.stage(&build.stage)),
            _ => None,
        })
        .collect();
    peaks?.into_iter().max()
}

struct Scheduler<'a> {
    plan: &'a Plan,
    settings: &'a Settings,
    events: &'a Events,
    waiting: Vec<&'a Step>,
    running: BTreeSet<StepId>,
    light: usize,
    governor: Governor,
    retried: BTreeSet<StepId>,
    failures: Vec<Failure>,
    stopped: bool,
    results: Results,
}

impl<'a> Scheduler<'a> {
    fn new(plan: &'a Plan, settings: &'a Settings, peak: Option<u64>, events: &'a Events) -> Self {
        Self {
            plan,
            settings,
            events,
            waiting: plan.steps.iter().collect(),
            running: BTreeSet::new(),
            light: 0,
            governor: Governor::new(settings.memory, settings.jobs).expecting(peak),
            retried: BTreeSet::new(),
            failures: Vec::new(),
            stopped: false,
            results: Results::default(),
        }
    }

    fn run<'scope, 'env>(
        &mut self,
        shared: &Arc<Shared<'env>>,
        sender: &Sender<Report>,
        receiver: &Receiver<Report>,
        scope: &'scope std::thread::Scope<'scope, 'env>,
    ) where
        'a: 'env,
    {
        loop {
            self.stopped |= shared.runner.cancel().is_cancelled();
            while let Some(step) = self.next() {
                self.running.insert(step.id.clone());
                self.events.send(Event::Started {
                    step: step.id.clone(),
                    target: step.target.clone(),
                    phase: step::phase(&step.action),
                });
                let (shared, sender) = (Arc::clone(shared), sender.clone());
                scope.spawn(move || worker::work(step, &shared, &sender));
            }
            if self.running.is_empty() {
                break;
            }
            let Ok(report) = receiver.recv() else { break };
            self.take(report, shared);
        }
        for step in &self.waiting {
            self.events.send(Event::Skipped {
                step: step.id.clone(),
            });
        }
    }

    /// The next step that may begin; it is taken off the waiting list.
    fn next(&mut self) -> Option<&'a Step> {
        if self.stopped {
            return None;
        }
        for index in 0..self.waiting.len() {
            let step = self.waiting[index];
            if !step
                .needs
                .iter()
                .all(|need| self.results.made.contains_key(need))
            {
                continue;
            }
            let admitted = if step::is_compilation(&step.action) {
                self.governor.admit()
            } else {
                let free = self.light < self.settings.processors;
                self.light += usize::from(free);
                free
            };
            if admitted {
                return Some(self.waiting.remove(index));
            }
        }
        None
    }

    fn take(&mut self, report: Report, shared: &Shared<'_>) {
        self.running.remove(&report.step);
        let Some(step) = self.plan.step(&report.step) else {
            return;
        };
        let compilation = step::is_compilation(&step.action);
        let peak = report
            .result
            .as_ref()
            .ok()
            .and_then(|made| made.peak_memory);
        let company = self.governor.has_company();
        match (&report.result, compilation) {
            (Err(StepError::OutOfMemory(_)), true) => self.governor.out_of_memory(),
            (_, true) => self.governor.finished(peak),
            (_, false) => self.light -= 1,
        }
        match report.result {
            Ok(made) => self.finished(step, made, report.timing, shared),
            Err(StepError::OutOfMemory(failure))
                if compilation && company && self.retried.insert(step.id.clone()) =>
            {
                let reason = format!("{}; once more, alone", failure.message);
                self.events.send(Event::Retried {
                    step: step.id.clone(),
                    reason,
                });
                self.waiting.insert(0, step);
            }
            Err(StepError::Failed(failure) | StepError::OutOfMemory(failure)) => {
                self.failed(step, failure, shared)
            }
            Err(StepError::Cancelled) => self.stopped = true,
        }
    }

    fn finished(&mut self, step: &Step, made: Made, timing: Timing, shared: &Shared<'_>) {
        self.events.send(Event::Finished {
            step: step.id.clone(),
            target: step.target.clone(),
            began: timing.began,
            elapsed: timing.elapsed,
            reused: made.reused,
            size: made.files.iter().map(|file| file.size).sum(),
            peak_memory: made.peak_memory,
        });
        for message in made.notices.clone() {
            self.events.send(Event::Notice { message });
        }
        shared
            .made
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(step.id.clone(), made.clone());
        self.results.made.insert(step.id.clone(), made);
        self.results.times.insert(step.id.clone(), timing);
    }

    fn failed(&mut self, step: &Step, failure: Failure, shared: &Shared<'_>) {
        self.events.send(Event::Failed {
            step: step.id.clone(),
            target: step.target.clone(),
            message: failure.message.clone(),
            detail: failure.detail.clone(),
            hint: failure.hint.clone(),
        });
        self.failures.push(failure);
        if self.settings.on_failure == OnFailure::Cancel {
            self.stopped = true;
            shared.runner.cancel().cancel();
        }
    }
}
