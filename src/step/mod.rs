//! What steps do: one file a kind of step. Each takes complete instructions from the plan and files that earlier
//! steps made, and makes files in the folder that it is given.

mod archive;
mod cargo_build;
mod checksums;
mod copy;
mod deployment;
mod go_build;
mod hook;
mod install_scripts;
pub mod metadata;
mod msi;
mod provenance;
mod sbom;
mod service_host;
mod service_wrapper;
mod sign;
mod universal;
mod vulnerabilities;
mod way_out;
mod windows_resources;
mod work_tree;

pub use go_build::{STAGE_RECORD, remembered_peak};
pub use sign::try_keys;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{ExitCode, Failure};
use crate::format::buildinfo;
use crate::format::checksums::ChecksumAlgorithm;
use crate::format::icon::IconError;
use crate::format::output::{self, Digests, FileError};
use crate::plan::{Action, FileRef, Plan, StepId};
use crate::process::{ProcessError, Runner};
use crate::trust::sign::Fingerprint;

/// A file that a step made, measured while it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeFile {
    /// The output's name.
    pub name: String,
    /// Where it lies; not part of what is recorded.
    #[serde(skip)]
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// SHA-512, lower-case hexadecimal, when the plan asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha512: Option<String>,
}

impl MadeFile {
    /// The file at `path`, measured now.
    pub fn measure(name: &str, path: PathBuf, digests: Digests) -> Result<Self, FileError> {
        let written = output::measure(&path, digests)?;
        Ok(Self::written(name, path, written))
    }

    /// A file that was measured while it was written.
    pub fn written(name: &str, path: PathBuf, written: output::Written) -> Self {
        Self {
            name: name.to_owned(),
            path,
            size: written.size,
            sha256: written.sha256,
            sha512: written.sha512,
        }
    }
}

/// What a step made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// The files, one for each output.
    pub files: Vec<MadeFile>,
    /// Whether an earlier result was still right.
    pub reused: bool,
    /// The largest memory of a process, in bytes.
    pub peak_memory: Option<u64>,
    /// What the user should know.
    pub notices: Vec<String>,
}

/// Why a step did not make its files.
#[derive(Debug)]
pub enum StepError {
    /// It failed.
    Failed(Failure),
    /// A process was killed for lack of memory.
    OutOfMemory(Failure),
    /// The run was stopped.
    Cancelled,
}

impl From<StepError> for Failure {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Failed(failure) | StepError::OutOfMemory(failure) => failure,
            StepError::Cancelled => Self::new(ExitCode::Interrupted, "interrupted"),
        }
    }
}

impl From<Failure> for StepError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<FileError> for StepError {
    fn from(error: FileError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let failure = Self::failed(format!(
            "could not {} `{}`: {}",
            error.action,
            error.path.display(),
            crate::error::io_word(&error.source)
        ));
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<IconError> for Failure {
    fn from(error: IconError) -> Self {
        let failure = Self::failed(error.to_string());
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<buildinfo::Error> for Failure {
    fn from(error: buildinfo::Error) -> Self {
        let failure = Self::failed(error.to_string());
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<ProcessError> for StepError {
    fn from(error: ProcessError) -> Self {
        let detail = error
            .output()
            .map(both_streams)
            .filter(|text| !text.trim().is_empty());
        let mut failure = Failure::failed(error.to_string());
        failure.hint = error.hint();
        if detail.as_deref().is_some_and(is_full_disk) {
            failure.hint = Some("the disk is full: free some space, or set GORELEASE_CACHE, GOCACHE and TMPDIR to folders with more".to_owned());
        }
        failure.detail = detail;
        match error {
            ProcessError::Cancelled { .. } => Self::Cancelled,
            ProcessError::OutOfMemory { .. } => Self::OutOfMemory(failure),
            ProcessError::NotFound { .. } => Self::Failed(Failure {
                code: ExitCode::MissingTool,
                ..failure
            }),
            _ => Self::Failed(failure),
        }
    }
}

/// Whether a program says that a disk is full, on Unix or on Windows.
fn is_full_disk(output: &str) -> bool {
    ["no space left on device", "not enough space on the disk"]
        .iter()
        .any(|words| output.to_lowercase().contains(words))
}

/// What a program wrote, standard output first.
fn both_streams(output: &crate::process::Output) -> String {
    output.stdout_text() + &output.stderr_text()
}

/// What a step finds around it.
pub struct StepContext<'a> {
    /// The whole plan.
    pub plan: &'a Plan,
    /// Runs programs, and knows whether the run was stopped.
    pub runner: &'a Runner,
    /// The folder for its outputs.
    pub folder: &'a Path,
    /// The folder of the go tool's outputs, for a `go build`.
    pub stage: Option<&'a Path>,
    /// What earlier steps made.
    pub made: &'a BTreeMap<StepId, Made>,
}

impl StepContext<'_> {
    /// The digests that every output needs.
    pub fn digests(&self) -> Digests {
        digests(self.plan)
    }

    /// Where a file is.
    pub fn path(&self, file: &FileRef) -> Result<PathBuf, Failure> {
        match file {
            FileRef::Project(path) => Ok(self.plan.root.join(path)),
            FileRef::Output { .. } => self.made(file).map(|made| made.path.clone()),
        }
    }

    /// What is known of a file that an earlier step made.
    pub fn made(&self, file: &FileRef) -> Result<&MadeFile, Failure> {
        let FileRef::Output { step, name } = file else {
            return Err(Failure::failed(format!("{file:?} is no output of a step")));
        };
        let files = self
            .made
            .get(step)
            .map(|made| made.files.as_slice())
            .unwrap_or_default();
        files
            .iter()
            .find(|file| file.name == *name)
            .ok_or_else(|| Failure::failed(format!("the step `{step}` did not make `{name}`")))
    }

    /// The path for an output, whose folder is made if need be.
    pub fn output(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| Failure::io("make", parent, &error))?;
        }
        Ok(path)
    }

    /// Whether the run was stopped.
    pub fn is_cancelled(&self) -> bool {
        self.runner.cancel().is_cancelled()
    }
}

/// The digests that every output of the plan needs.
pub fn digests(plan: &Plan) -> Digests {
    let long = plan.steps.iter().any(|step| {
        matches!(&step.action, Action::Checksums(checksums) if checksums.algorithm == ChecksumAlgorithm::Sha512)
    });
    if long {
        Digests::Sha256AndSha512
    } else {
        Digests::Sha256
    }
}

/// Whether a step's result depends on nothing but its action and its inputs, so that it can be kept.
pub fn is_cacheable(action: &Action) -> bool {
    match action {
        Action::Archive(_)
        | Action::Msi(_)
        | Action::Universal(_)
        | Action::WindowsResources(_) => true,
        // Signing again would give other bytes, so a signature is kept as long as the file and the key ([`signing_key`]).
        Action::SignFile(_) | Action::SignDetached(_) => true,
        Action::TakeSignature(_) => false,
        // What was found on this machine, or is known by now, is no property of the inputs.
        Action::Sbom(_)
        | Action::Licences(_)
        | Action::Vulnerabilities(_)
        | Action::Provenance(_) => false,
        Action::Hook(_)
        | Action::AfterHook(_)
        | Action::WorkTree(_)
        | Action::GoBuild(_)
        | Action::CargoBuild(_)
        | Action::ServiceWrapper(_)
        | Action::InstallScripts(_)
        | Action::Copy(_)
        | Action::Deployment(_)
        | Action::Metadata(_)
        | Action::Checksums(_) => false,
    }
}

/// Which key a step signs with; none for a step that signs nothing. A signature by an unknown key is not kept.
pub fn signing_key(action: &Action) -> Option<Fingerprint> {
    sign::key(action)
}

/// Whether a step compiles, and so needs much memory.
pub fn is_compilation(action: &Action) -> bool {
    matches!(
        action,
        Action::GoBuild(_) | Action::CargoBuild(_) | Action::ServiceWrapper(_)
    )
}

/// What a step does, in a word or two.
pub fn phase(action: &Action) -> String {
    match action {
        Action::Hook(_) => "running hooks".to_owned(),
        Action::AfterHook(_) => "running hooks".to_owned(),
        Action::WorkTree(_) => "checking the work tree".to_owned(),
        Action::GoBuild(_) | Action::CargoBuild(_) | Action::ServiceWrapper(_) => {
            "compiling".to_owned()
        }
        Action::InstallScripts(_) => "writing scripts".to_owned(),
        Action::Universal(_) => "joining architectures".to_owned(),
        Action::WindowsResources(_) => "adding resources".to_owned(),
        Action::Archive(archive) => format!("packing {}", archive.format.extension()),
        Action::Copy(_) => "copying".to_owned(),
        Action::Deployment(_) => "writing the hand-over".to_owned(),
        Action::SignFile(_) | Action::SignDetached(_) => "signing".to_owned(),
        Action::TakeSignature(_) => "taking the signature".to_owned(),
        Action::Sbom(_) => "listing materials".to_owned(),
        Action::Licences(_) => "collecting licences".to_owned(),
        Action::Vulnerabilities(_) => "looking for vulnerabilities".to_owned(),
        Action::Provenance(_) => "stating provenance".to_owned(),
        Action::Msi(_) => "packing msi".to_owned(),
        Action::Metadata(_) => "describing".to_owned(),
        Action::Checksums(_) => "hashing".to_owned(),
    }
}

/// Carries a step out.
pub fn execute(action: &Action, context: &StepContext<'_>) -> Result<Made, StepError> {
    match action {
        Action::Hook(hook) => hook::run(hook, context),
        Action::AfterHook(hook) => hook::run_after(hook, context),
        Action::WorkTree(work_tree) => work_tree::run(work_tree, context),
        Action::GoBuild(build) => go_build::run(build, context),
        Action::CargoBuild(build) => cargo_build::run(build, context),
        Action::ServiceWrapper(wrapper) => service_wrapper::run(wrapper, context),
        Action::InstallScripts(scripts) => install_scripts::run(scripts, context),
        Action::Universal(universal) => universal::run(universal, context),
        Action::WindowsResources(resources) => windows_resources::run(resources, context),
        Action::Archive(archive) => archive::run(archive, context),
        Action::Copy(copy) => copy::run(copy, context),
        Action::Deployment(deployment) => deployment::run(deployment, context),
        Action::SignFile(action) => sign::file(action, context),
        Action::SignDetached(action) => sign::detached(action, context),
        Action::TakeSignature(action) => sign::take(action, context),
        Action::Sbom(action) => sbom::documents(action, context),
        Action::Licences(action) => sbom::licences(action, context),
        Action::Vulnerabilities(action) => vulnerabilities::run(action, context),
        Action::Provenance(action) => provenance::run(action, context),
        Action::Msi(package) => msi::run(package, context),
        Action::Metadata(metadata) => metadata::run(metadata, context),
        Action::Checksums(checksums) => checksums::run(checksums, context),
    }
}
