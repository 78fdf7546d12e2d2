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
use crate::plan::{Selection, Skip, VersionOrigin, pushed_tag_variables};
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
    let workshop = Workshop {
        runner,
        finder,
        scratch: scratch.path(),
    };
    let folder = workshop.checkout(project, &commit.hash)?;
    let shipped = scratch.path().join("signatures");
    signatures::collect(dist, &release, &shipped)?;
    workshop.build(&folder, &release, &shipped)?;
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
        let clone = self.repository();
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

    /// Runs gorelease itself in the fresh folder, with a cache of its own.
    fn build(&self, folder: &Path, release: &ArtifactsFile, shipped: &Path) -> Result<(), Failure> {
        let program = std::env::current_exe().map_err(|error| {
            Failure::failed(format!("could not find gorelease itself: {error}"))
        })?;
        let cache = self.scratch.join("cache");
        let mut invocation = Invocation::new(program, "building the release again")
            .args(["build", "--quiet", "--signatures-from"])
            .arg(shipped.to_string_lossy())
            .args(selection(release, &self.repository()))
            .env("GORELEASE_CACHE", cache.to_string_lossy())
            .env("SOURCE_DATE_EPOCH", release.release.timestamp.to_string())
            .cwd(folder);
        // Which tag started this job says nothing about the release that is built again.
        for variable in pushed_tag_variables() {
            invocation = invocation.env_remove(variable);
        }
        if let Some(version) = &release.release.go_version {
            // The go command then is that version, or fails; words after a blank are experiments, not part of its name.
            invocation = invocation.env(
                "GOTOOLCHAIN",
                version.split_whitespace().next().unwrap_or(version),
            );
        }
        self.runner.run(&invocation).map(drop).map_err(failed)
    }

    /// Where the repository is cloned to.
    fn repository(&self) -> PathBuf {
        self.scratch.join("clone")
    }
}

/// The arguments that ask for the same version and the same results.
fn selection(file: &ArtifactsFile, clone: &Path) -> Vec<String> {
    let version = file.release.version.as_str();
    let version = match file.release.version_origin {
        // The tag by its version: the commit may have others by now.
        VersionOrigin::Tag | VersionOrigin::VersionOption => vec!["--version", version],
        VersionOrigin::SnapshotOption => vec!["--snapshot", version],
        VersionOrigin::Commit => Vec::new(),
    };
    let mut arguments: Vec<String> = version.into_iter().map(str::to_owned).collect();
    let mut option = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
    let targets: BTreeSet<&String> = file
        .artifacts
        .iter()
        .filter_map(|artifact| artifact.target.as_ref())
        .collect();
    for target in targets {
        option("--target", target.clone());
    }
    let Selection {
        manifest,
        binaries,
        skip,
    } = &file.selection;
    if let Some(manifest) = manifest {
        option(
            "--manifest",
            clone.join(manifest).to_string_lossy().into_owned(),
        );
    }
    for binary in binaries {
        option("--binary", binary.clone());
    }
    for skip in skip.iter().chain([&Skip::Vulnerabilities]) {
        option("--skip", skip.word());
    }
    arguments
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
