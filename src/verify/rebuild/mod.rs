//! Makes a release again from its commit and compares every file byte for byte.
//!
//! The repository is cloned to a fresh folder (a linked worktree would get no revision stamp), gorelease builds there
//! with the recorded toolchain, targets and time, and [`compare`] holds the results against the release. Signatures
//! cannot be made again without their keys: [`signatures`] takes them out of the release, and the build puts them on
//! what it compiled, where they fit only if every byte that they cover is the same.
//!
//! Not compared: the vulnerability report and who built, which tell of the first build's circumstances.

mod compare;
mod explain;
mod provenance;
mod signatures;
mod values;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Finding, Verification, read_metadata};
use crate::error::{ExitCode, Failure};
use crate::plan::{Release, ReleaseKind};
use crate::process::{Invocation, ProcessError, Runner, ToolFinder};
use crate::step::metadata::ArtifactsFile;

/// Builds the release in `dist` again from the repository around `project`, and compares.
///
/// # Errors
/// When the release cannot be built again: its commit is not there, it was made from a changed tree, the toolchain is
/// missing, or the build fails.
pub fn rebuild(
    dist: &Path,
    project: &Path,
    runner: &Runner,
    finder: &ToolFinder,
) -> Result<Verification, Failure> {
    let release = read_metadata(dist)?;
    let commit = release.release.commit.as_ref().ok_or_else(|| {
        Failure::new(
            ExitCode::Verification,
            "the release does not tell its commit, so it cannot be built again",
        )
    })?;
    if commit.dirty {
        let message = format!(
            "the release was made from a changed tree, not from the commit {}",
            commit.short
        );
        return Err(Failure::new(ExitCode::Verification, message)
            .hint("only what is committed can be built again"));
    }
    let scratch = TempDir::with_prefix("gorelease-rebuild-")
        .map_err(|error| Failure::io("make a folder in", &std::env::temp_dir(), &error))?;
    let folder = Workshop {
        runner,
        finder,
        scratch: scratch.path(),
    }
    .checkout(project, &commit.hash)?;
    let shipped = scratch.path().join("signatures");
    signatures::collect(dist, &release, &shipped)?;
    build(&folder, &release, &shipped, scratch.path(), runner)?;
    let findings: Vec<Finding> = compare::releases(dist, &folder.join("dist"), &release)?;
    Ok(Verification {
        files: release.artifacts.len() + 1,
        findings,
    })
}

/// Git, in the folder of the rebuild.
struct Workshop<'a> {
    runner: &'a Runner,
    finder: &'a ToolFinder,
    scratch: &'a Path,
}

impl Workshop<'_> {
    /// Clones the repository around `project`, checks the commit out, and returns the project's folder in the clone.
    fn checkout(&self, project: &Path, commit: &str) -> Result<PathBuf, Failure> {
        let prefix = self.git(
            project,
            "finding the repository",
            &["rev-parse", "--show-prefix"],
        )?;
        let root = self.git(
            project,
            "finding the repository",
            &["rev-parse", "--show-toplevel"],
        )?;
        let clone = self.scratch.join("clone");
        let target = clone.to_string_lossy();
        self.git(
            self.scratch,
            "cloning the repository",
            &["clone", "--quiet", "--no-checkout", &root, &target],
        )?;
        self.git(
            &clone,
            "checking the commit out",
            &["checkout", "--quiet", "--detach", commit],
        )
        .map_err(|failure| {
            failure.hint("fetch the commit first, for example with `git fetch --tags`")
        })?;
        Ok(clone.join(prefix))
    }

    fn git(&self, folder: &Path, summary: &str, arguments: &[&str]) -> Result<String, Failure> {
        let program = self.finder.find_program("git").ok_or_else(|| {
            Failure::new(
                ExitCode::MissingTool,
                "`git` not found, which is needed to check the commit out",
            )
        })?;
        let invocation = Invocation::new(program, summary)
            .args(arguments.iter().copied())
            .cwd(folder);
        self.runner.read(&invocation).map_err(failed)
    }
}

/// Runs gorelease itself in the fresh folder, with a cache of its own.
fn build(
    folder: &Path,
    release: &ArtifactsFile,
    shipped: &Path,
    scratch: &Path,
    runner: &Runner,
) -> Result<(), Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::failed(format!("could not find gorelease itself: {error}")))?;
    let targets: BTreeSet<&str> = release
        .artifacts
        .iter()
        .filter_map(|artifact| artifact.target.as_deref())
        .collect();
    let mut invocation = Invocation::new(program, "building the release again")
        .args([
            "build",
            "--quiet",
            "--skip",
            "vulnerabilities",
            "--signatures-from",
        ])
        .arg(shipped.to_string_lossy())
        .args(version(&release.release))
        .args(targets.into_iter().flat_map(|target| ["--target", target]))
        .env("GORELEASE_CACHE", scratch.join("cache").to_string_lossy())
        .env("SOURCE_DATE_EPOCH", release.release.timestamp.to_string())
        .cwd(folder);
    if let Some(version) = &release.release.go_version {
        // The go command then is that version, or fails; words after a blank are experiments, not part of its name.
        invocation = invocation.env(
            "GOTOOLCHAIN",
            version.split_whitespace().next().unwrap_or(version),
        );
    }
    runner.run(&invocation).map(drop).map_err(failed)
}

/// The arguments that lead to the same version; without any it follows from the commit, as it did.
fn version(release: &Release) -> Vec<&str> {
    let forced = release.snapshot_reason.as_deref() == Some("--snapshot was given");
    match release.kind {
        ReleaseKind::Release => vec!["--version", &release.version],
        ReleaseKind::Snapshot if forced => vec!["--snapshot", &release.version],
        ReleaseKind::Snapshot => Vec::new(),
    }
}

fn failed(error: ProcessError) -> Failure {
    if matches!(error, ProcessError::Cancelled { .. }) {
        return Failure::new(ExitCode::Interrupted, "interrupted");
    }
    let text = error
        .output()
        .map(|output| output.stderr_text())
        .unwrap_or_default();
    let mut failure = Failure::failed(error.to_string());
    failure.detail = Some(text.trim_end().to_owned()).filter(|text| !text.is_empty());
    failure
}
