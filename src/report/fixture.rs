//! Streams that remember, and a small run, for tests.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use super::{Printer, Style, Summary};
use crate::event::Event;
use crate::plan::{
    Action, ArtifactKind, Commit, Metadata, Plan, Release, ReleaseKind, Step, StepId, VersionOrigin,
};
use crate::target::Target;

/// A printer and what it wrote.
pub(super) struct Recorded {
    pub(super) printer: Arc<Printer>,
    stdout: Memory,
    stderr: Memory,
}

impl Recorded {
    pub(super) fn new(style: Style) -> Self {
        let (stdout, stderr) = (Memory::default(), Memory::default());
        let printer = Arc::new(Printer::new(style, stdout.clone(), stderr.clone()));
        Self {
            printer,
            stdout,
            stderr,
        }
    }

    pub(super) fn stdout(&self) -> String {
        self.stdout.text()
    }

    pub(super) fn stderr(&self) -> String {
        self.stderr.text()
    }
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A plan of three targets with two steps each, and one step for all.
pub(super) fn plan() -> Plan {
    let targets: Vec<Target> = ["darwin/arm64", "linux/amd64", "windows/amd64"]
        .map(|text| Target::parse(text).unwrap())
        .to_vec();
    let of_target = |target: &Target| {
        ["build", "pack"].map(|verb| step(&format!("{verb} {target}"), Some(target.clone())))
    };
    let mut steps: Vec<Step> = targets.iter().flat_map(of_target).collect();
    steps.push(step("checksums", None));
    Plan {
        release: release(),
        root: PathBuf::from("/project"),
        dist: PathBuf::from("/project/dist"),
        selection: Default::default(),
        targets,
        services: Vec::new(),
        steps,
        artifacts: Vec::new(),
        notices: Vec::new(),
        tools: Default::default(),
    }
}

fn release() -> Release {
    Release {
        name: "orders-api".to_owned(),
        title: "Orders API".to_owned(),
        manufacturer: "Contoso Ltd".to_owned(),
        description: String::new(),
        homepage: None,
        license: Some("MIT".to_owned()),
        module: Some("example.com/orders".to_owned()),
        version: "1.4.2".to_owned(),
        file_version: None,
        kind: ReleaseKind::Release,
        snapshot_reason: None,
        version_origin: VersionOrigin::Tag,
        commit: Some(Commit {
            hash: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            short: "0123456".to_owned(),
            time: 1_767_225_600,
            branch: None,
            tag: Some("v1.4.2".to_owned()),
            dirty: false,
        }),
        timestamp: 1_767_225_600,
        go_version: Some("go1.26.0".to_owned()),
        manifest_sha256: "0".repeat(64),
    }
}

fn step(id: &str, target: Option<Target>) -> Step {
    Step {
        id: StepId(id.to_owned()),
        target,
        needs: Vec::new(),
        outputs: Vec::new(),
        action: Action::Metadata(Metadata {
            name: String::new(),
            work_tree: None,
        }),
    }
}

/// The announcement of a plan.
pub(super) fn planned(plan: &Plan) -> Event {
    Event::Planned {
        name: plan.release.name.clone(),
        version: plan.release.version.clone(),
        kind: plan.release.kind,
        reason: plan.release.snapshot_reason.clone(),
        targets: plan.targets.clone(),
        steps: plan.steps.len(),
    }
}

/// A step's beginning and end.
pub(super) fn done(plan: &Plan, id: &str, began: u64, elapsed: u64) -> [Event; 2] {
    let target = target_of(plan, id);
    [
        started(plan, id),
        Event::Finished {
            step: StepId(id.to_owned()),
            target,
            began: Duration::from_millis(began),
            elapsed: Duration::from_millis(elapsed),
            reused: elapsed < 100,
            size: 8_200_000,
            peak_memory: id.starts_with("build").then_some(412_000_000),
        },
    ]
}

pub(super) fn started(plan: &Plan, id: &str) -> Event {
    let phase = match id.split(' ').next() {
        Some("build") => "compiling",
        Some("pack") => "packing zip",
        _ => "hashing",
    };
    Event::Started {
        step: StepId(id.to_owned()),
        target: target_of(plan, id),
        phase: phase.to_owned(),
    }
}

fn target_of(plan: &Plan, id: &str) -> Option<Target> {
    plan.step(&StepId(id.to_owned()))
        .and_then(|step| step.target.clone())
}

/// A run in which all goes well.
pub(super) fn good_run(plan: &Plan) -> Vec<Event> {
    let mut events = vec![planned(plan)];
    let mut began = 0;
    for (step, elapsed) in plan
        .steps
        .iter()
        .zip([5200, 310, 4100, 40, 12_300, 700, 12])
    {
        events.extend(done(plan, &step.id.0, began, elapsed));
        began += elapsed / 2;
    }
    for target in &plan.targets {
        let name = format!("orders-api_1.4.2_{}.zip", target.slug());
        events.push(artifact(&name, Some(target), ArtifactKind::Archive));
    }
    events.push(artifact("SHA256SUMS", None, ArtifactKind::Checksums));
    events.push(Event::Verified { files: 4 });
    events.push(Event::Done {
        elapsed: Duration::from_millis(14_200),
        dist: "dist".to_owned(),
    });
    events
}

fn artifact(name: &str, target: Option<&Target>, kind: ArtifactKind) -> Event {
    Event::Artifact {
        name: name.to_owned(),
        kind,
        target: target.cloned(),
        size: 4_200_000 + 1000 * name.len() as u64,
        sha256: format!("{:02x}", name.len()).repeat(32),
        elapsed: Duration::from_millis(310),
        reused: name.contains("linux"),
    }
}

/// A run in which one target does not compile.
pub(super) fn bad_run(plan: &Plan) -> Vec<Event> {
    let mut events = vec![planned(plan)];
    events.extend(done(plan, "build darwin/arm64", 0, 5200));
    events.push(started(plan, "build linux/amd64"));
    events.push(Event::Failed {
        step: StepId("build linux/amd64".to_owned()),
        target: Target::parse("linux/amd64"),
        message: "`go build` for linux/amd64 failed".to_owned(),
        detail: Some("# example.com/orders\n./main.go:7:2: undefined: fmt\n".to_owned()),
        hint: None,
    });
    let began = ["build darwin/arm64", "build linux/amd64"];
    for step in plan
        .steps
        .iter()
        .filter(|step| !began.contains(&&*step.id.0))
    {
        events.push(Event::Skipped {
            step: step.id.clone(),
        });
    }
    events
}

/// A channel that holds these events and no more.
pub(super) fn channel(events: Vec<Event>) -> mpsc::Receiver<Event> {
    let (sender, receiver) = mpsc::channel();
    for event in events {
        sender.send(event).unwrap();
    }
    receiver
}

/// What these events say.
pub(super) fn summary(plan: &Plan, events: &[Event]) -> Summary {
    let mut summary = Summary::new(plan);
    events.iter().for_each(|event| summary.take(event));
    summary
}
