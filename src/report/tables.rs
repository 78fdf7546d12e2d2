//! What commands that do not build have to show.

use super::Verbosity;
use super::text::{Align, Cell, Table, Tone, clean_line, count};
use crate::plan::{Action, ArtifactKind, Plan, Release, ReleaseKind, Step};

/// Name, version, and for a snapshot why it is one.
pub(super) fn headline(release: &Release) -> String {
    let name = clean_line(&format!("{} {}", release.name, release.version));
    let what = match (release.kind, &release.snapshot_reason) {
        (ReleaseKind::Release, _) => "release".to_owned(),
        (ReleaseKind::Snapshot, None) => "snapshot".to_owned(),
        (ReleaseKind::Snapshot, Some(reason)) => {
            format!("snapshot, because {}", clean_line(reason))
        }
    };
    format!("{}: {what}", Tone::Strong.paint(&name))
}

/// That a project is right, what would come out, and what was decided without being asked.
pub fn checked(plan: &Plan) -> String {
    format!(
        "{}; {}, {}\n{}{}\n",
        headline(&plan.release),
        count(plan.targets.len(), "target"),
        count(plan.artifacts.len(), "file"),
        notes(plan),
        Tone::Good.paint("nothing stands against a build")
    )
}

/// What was decided without being asked, a line each.
fn notes(plan: &Plan) -> String {
    let notes = plan.notices.iter();
    notes
        .map(|notice| format!("note: {}\n", clean_line(notice)))
        .collect()
}

/// A plan: what comes out; when verbose, also every step with its commands.
pub fn plan(plan: &Plan, verbosity: Verbosity) -> String {
    let mut text = headline(&plan.release) + "\n" + &notes(plan) + "\n";
    text.push_str(&artifacts(plan));
    if verbosity == Verbosity::Verbose {
        text.push('\n');
        text.extend(plan.steps.iter().map(step));
    }
    text.push_str(&format!(
        "\n{}, {}, {}\n",
        count(plan.targets.len(), "target"),
        count(plan.steps.len(), "step"),
        count(plan.artifacts.len(), "file"),
    ));
    text
}

fn artifacts(plan: &Plan) -> String {
    let mut table = Table::new(&[
        ("file", Align::Left),
        ("kind", Align::Left),
        ("target", Align::Left),
        ("binaries", Align::Left),
    ]);
    for artifact in &plan.artifacts {
        let target = artifact.target.as_ref().map(ToString::to_string);
        let binaries: Vec<&str> = artifact
            .binaries
            .iter()
            .map(|binary| binary.name.as_str())
            .collect();
        table.row([
            artifact.name.clone().into(),
            kind(artifact.kind).into(),
            target.unwrap_or_default().into(),
            Cell::new(binaries.join(", "), Tone::Faint),
        ]);
    }
    table.render()
}

fn step(step: &Step) -> String {
    let mut text = format!("  {}\n", Tone::Strong.paint(&clean_line(&step.id.0)));
    let mut further = |word: &str, line: &str| {
        text.push_str(&format!("    {word} {}\n", clean_line(line)));
    };
    if !step.needs.is_empty() {
        let needs: Vec<&str> = step.needs.iter().map(|need| need.0.as_str()).collect();
        further("needs", &needs.join(", "));
    }
    for command in commands(&step.action) {
        further("runs ", &command);
    }
    if !step.outputs.is_empty() {
        further("makes", &step.outputs.join(", "));
    }
    text
}

/// The command lines of a step, as one would type them.
fn commands(action: &Action) -> Vec<String> {
    match action {
        Action::GoBuild(build) => vec![build.invocation.to_string()],
        Action::Hook(hook) => hook.commands.iter().map(ToString::to_string).collect(),
        Action::AfterHook(hook) => hook.commands.iter().map(ToString::to_string).collect(),
        Action::CargoBuild(build) => vec![build.invocation.to_string()],
        Action::ServiceWrapper(wrapper) => vec![wrapper.invocation.to_string()],
        Action::WorkTree(work_tree) => vec![work_tree.invocation.to_string()],
        Action::Universal(_)
        | Action::InstallScripts(_)
        | Action::WindowsResources(_)
        | Action::SignFile(_)
        | Action::SignDetached(_)
        | Action::TakeSignature(_)
        | Action::Sbom(_)
        | Action::Licences(_)
        | Action::Vulnerabilities(_)
        | Action::Provenance(_)
        | Action::Archive(_)
        | Action::Copy(_)
        | Action::Deployment(_)
        | Action::Msi(_)
        | Action::Metadata(_)
        | Action::Checksums(_) => Vec::new(),
    }
}

/// What an artifact is, for people.
pub(super) fn kind(kind: ArtifactKind) -> &'static str {
    match kind {
        ArtifactKind::Binary => "binary",
        ArtifactKind::Archive => "archive",
        ArtifactKind::Msi => "MSI package",
        ArtifactKind::InstallerSource => "installer source",
        ArtifactKind::Sbom => "bill of materials",
        ArtifactKind::Provenance => "provenance",
        ArtifactKind::Deployment => "deployment",
        ArtifactKind::Report => "report",
        ArtifactKind::Signature => "signature",
        ArtifactKind::Metadata => "metadata",
        ArtifactKind::Checksums => "checksums",
    }
}
