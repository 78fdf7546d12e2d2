//! `artifacts.json`: what is in `dist/`, what it was made from and how; nothing of this machine, no time of day.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Made, MadeFile, StepContext, StepError, work_tree};
use crate::error::Failure;
use crate::format::authenticode::{self, Inspection};
use crate::format::buildinfo::{self, BuildInfo, Reason};
use crate::format::output::{FileError, Output, hex};
use crate::format::pe;
use crate::plan::{
    self, Action, ArtifactKind, BuildRecord, FileRef, Plan, PlannedArtifact, Release, ReleaseKind,
    Selection,
};
use crate::project::tools::ToolVersion;
use crate::trust::sign::detached::SIGNATURE_EXTENSIONS;

/// The version of the format of `artifacts.json`.
pub const SCHEMA_VERSION: u32 = 1;

/// The file's name.
pub use crate::plan::METADATA_NAME as FILE_NAME;

/// What is in `dist/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ArtifactsFile {
    /// The version of this format: 1.
    pub schema: u32,
    /// The gorelease that made it.
    pub gorelease: String,
    /// What is released, and from what.
    pub release: Release,
    /// What the command line limited it to.
    #[serde(default, skip_serializing_if = "Selection::is_empty")]
    pub selection: Selection,
    /// The programs besides go that were called and tell their version, by name; of every runner when results were
    /// joined.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tools: BTreeSet<ToolVersion>,
    /// The files, by name; not this one, the checksum files and their signatures.
    pub artifacts: Vec<Artifact>,
    /// The checksum files over all of them and this one.
    pub checksums: Vec<String>,
}

/// Whether a file of this name is a signature of one of the checksum files: these are made last, and so are promised
/// nowhere.
pub fn is_signature(name: &str, checksums: &[String]) -> bool {
    checksums.iter().any(|sums| {
        name.strip_prefix(sums.as_str())
            .and_then(|end| end.strip_prefix('.'))
            .is_some_and(|extension| SIGNATURE_EXTENSIONS.contains(&extension))
    })
}

/// A file in `dist/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Artifact {
    /// The path in `dist/`, with `/`.
    pub name: String,
    /// What it is.
    pub kind: ArtifactKind,
    /// What it is for, such as `windows/amd64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Bytes.
    pub size: u64,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// SHA-512, lower-case hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha512: Option<String>,
    /// The executables in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub binaries: Vec<BinaryRecord>,
    /// The signed scripts in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scripts: Vec<ScriptRecord>,
    /// The Authenticode state of an MSI package, or of a script or executable of a hand-over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticode: Option<AuthenticodeRecord>,
}

/// A signed script in an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ScriptRecord {
    /// The path in the archive; in a Windows Installer package, the one in the folder that it goes to.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Its Authenticode state.
    pub authenticode: AuthenticodeRecord,
}

/// What Authenticode says of a Windows file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct AuthenticodeRecord {
    /// The SHA-256 Authenticode digest, lower-case hexadecimal; the same before and after signing.
    pub digest: String,
    /// Whether the file is signed.
    pub signed: bool,
}

impl AuthenticodeRecord {
    /// As found in a file; none for a script in a code page, which has no digest.
    pub fn from(inspection: &Inspection) -> Option<Self> {
        Some(Self {
            digest: hex(&inspection.digest?),
            signed: inspection.is_signed,
        })
    }

    fn of(path: &Path) -> Result<Option<Self>, Failure> {
        Ok(authenticode::inspect(path)?.as_ref().and_then(Self::from))
    }
}

/// An executable in an artifact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BinaryRecord {
    /// The binary's name in the manifest.
    pub name: String,
    /// The path in the archive; the artifact's own name for a bare binary.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// How it was compiled.
    pub build: BuildRecord,
    /// The Go that compiled it, read from the executable; none for other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go_version: Option<String>,
    /// The file version in an executable for Windows, by which Windows Installer tells which of two files is newer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_version: Option<String>,
    /// The commit in the executable, where the go tool put one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vcs_revision: Option<String>,
    /// The version of the main module in the executable, where the go tool put one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module_version: Option<String>,
    /// The Authenticode state of an executable for Windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticode: Option<AuthenticodeRecord>,
}

pub(super) fn run(action: &plan::Metadata, context: &StepContext<'_>) -> Result<Made, StepError> {
    let mut artifacts = Vec::new();
    let mut checksums = Vec::new();
    for planned in &context.plan.artifacts {
        match planned.kind {
            ArtifactKind::Checksums => checksums.push(planned.name.clone()),
            ArtifactKind::Metadata => {}
            ArtifactKind::Signature if signs_checksums(planned) => {}
            _ => artifacts.push(describe(planned, context)?),
        }
    }
    let notices = stamps(&artifacts, context);
    let file = ArtifactsFile {
        schema: SCHEMA_VERSION,
        gorelease: env!("CARGO_PKG_VERSION").to_owned(),
        release: release(action, context)?,
        selection: context.plan.selection.clone(),
        tools: context.plan.tools.clone(),
        artifacts,
        checksums,
    };
    let path = context.output(&action.name)?;
    let json = serde_json::to_string_pretty(&file)
        .map_err(|error| Failure::failed(format!("could not write `{}`: {error}", action.name)))?;
    let mut output = Output::create(&path, context.digests())?;
    output
        .write_all(json.as_bytes())
        .and_then(|()| output.write_all(b"\n"))
        .map_err(FileError::on("write", &path))?;
    let written = output.finish()?;
    Ok(Made {
        files: vec![MadeFile::written(&action.name, path, written)],
        notices,
        ..Made::default()
    })
}

/// What is released; a snapshot when the work tree was changed meanwhile.
fn release(action: &plan::Metadata, context: &StepContext<'_>) -> Result<Release, Failure> {
    let mut release = context.plan.release.clone();
    let changed = work_tree::changed(action.work_tree.as_ref(), context)?;
    let Some(first) = changed.first() else {
        return Ok(release);
    };
    if release.kind == ReleaseKind::Release {
        release.kind = ReleaseKind::Snapshot;
        release.snapshot_reason = Some(format!("`{first}` was changed during the build"));
    }
    if let Some(commit) = &mut release.commit {
        commit.dirty = true;
    }
    Ok(release)
}

/// Says so when the go tool stamped another version than the release's: it takes only tags that fit the module path.
fn stamps(artifacts: &[Artifact], context: &StepContext<'_>) -> Vec<String> {
    let release = &context.plan.release;
    let promised = format!("v{}", release.version);
    let binaries = artifacts.iter().flat_map(|artifact| &artifact.binaries);
    let stamped = binaries
        .filter(|binary| binary.vcs_revision.is_some())
        .filter_map(|binary| binary.module_version.as_deref());
    // Before Go 1.24 the main module has no version; a changed tree has its own notice.
    let mut others = stamped.filter(|version| {
        *version != promised && *version != "(devel)" && !version.ends_with("+dirty")
    });
    let is_release = release.kind == ReleaseKind::Release;
    others
        .next()
        .filter(|_| is_release)
        .map(|version| {
            format!(
                "the go tool stamped the version `{version}`, not `{promised}`: it takes a tag `vX.Y.Z` that fits the \
                 module path (which ends with `/v2` from version 2 on); `go version -m` and `debug.ReadBuildInfo` show it"
            )
        })
        .into_iter()
        .collect()
}

/// A signature of a checksum file is made after this file, and so cannot be in it.
fn signs_checksums(planned: &PlannedArtifact) -> bool {
    planned.name.starts_with("SHA256SUMS.") || planned.name.starts_with("SHA512SUMS.")
}

fn describe(planned: &PlannedArtifact, context: &StepContext<'_>) -> Result<Artifact, Failure> {
    let made = context.made(&planned.file)?;
    let binaries = planned
        .binaries
        .iter()
        .map(|binary| {
            let made = context.made(&binary.file)?;
            let info = build_info(&made.path)?;
            Ok(BinaryRecord {
                name: binary.name.clone(),
                path: binary.path.clone(),
                size: made.size,
                sha256: made.sha256.clone(),
                build: binary.build.clone(),
                file_version: file_version(planned, binary, context)?,
                vcs_revision: info
                    .as_ref()
                    .and_then(|info| info.setting("vcs.revision"))
                    .map(str::to_owned),
                module_version: info.as_ref().and_then(module_version),
                go_version: info.map(|info| info.go_version),
                authenticode: AuthenticodeRecord::of(&made.path)?,
            })
        })
        .collect::<Result<_, Failure>>()?;
    Ok(Artifact {
        name: planned.name.clone(),
        kind: planned.kind,
        target: planned.target.as_ref().map(ToString::to_string),
        size: made.size,
        sha256: made.sha256.clone(),
        sha512: made.sha512.clone(),
        binaries,
        scripts: scripts(planned, context)?,
        authenticode: match planned.kind {
            ArtifactKind::Msi | ArtifactKind::Deployment => AuthenticodeRecord::of(&made.path)?,
            ArtifactKind::Binary
            | ArtifactKind::Archive
            | ArtifactKind::InstallerSource
            | ArtifactKind::Sbom
            | ArtifactKind::Provenance
            | ArtifactKind::Report
            | ArtifactKind::Signature
            | ArtifactKind::Metadata
            | ArtifactKind::Checksums => None,
        },
    })
}

/// The signed scripts that were packed into an artifact.
fn scripts(
    planned: &PlannedArtifact,
    context: &StepContext<'_>,
) -> Result<Vec<ScriptRecord>, Failure> {
    let mut records = Vec::new();
    for (path, source) in packed(context.plan, &planned.file) {
        let is_signed = source
            .step()
            .and_then(|id| context.plan.step(id))
            .is_some_and(|step| {
                matches!(step.action, Action::SignFile(_) | Action::TakeSignature(_))
            });
        if !is_signed || !authenticode::is_script(Path::new(&path)) {
            continue;
        }
        let made = context.made(source)?;
        if let Some(authenticode) = AuthenticodeRecord::of(&made.path)? {
            records.push(ScriptRecord {
                path,
                size: made.size,
                sha256: made.sha256.clone(),
                authenticode,
            });
        }
    }
    Ok(records)
}

/// The files in a package with their names, also when it was signed after it was made.
fn packed<'a>(plan: &'a Plan, file: &FileRef) -> Vec<(String, &'a FileRef)> {
    let Some(step) = file.step().and_then(|id| plan.step(id)) else {
        return Vec::new();
    };
    match &step.action {
        Action::Archive(archive) => {
            let entries = archive.entries.iter();
            entries
                .map(|entry| (entry.name.clone(), &entry.source))
                .collect()
        }
        Action::Msi(msi) => {
            let files = msi.package.files.iter().zip(&msi.sources);
            files
                .map(|(file, source)| (file.path.clone(), source))
                .collect()
        }
        Action::SignFile(sign) => packed(plan, &sign.source),
        Action::TakeSignature(take) => packed(plan, &take.source),
        _ => Vec::new(),
    }
}

/// The file version of an executable that was given one; a version of its own is not ours to promise.
fn file_version(
    planned: &PlannedArtifact,
    binary: &plan::PlannedBinary,
    context: &StepContext<'_>,
) -> Result<Option<String>, Failure> {
    let has_resources = context.plan.steps.iter().any(|step| {
        matches!(&step.action, Action::WindowsResources(resources) if resources.program == binary.name)
            && step.target == planned.target
    });
    if !has_resources {
        return Ok(None);
    }
    let path = &context.made(&binary.file)?.path;
    let info = pe::version::read(path).map_err(|error| Failure::failed(error.to_string()))?;
    info.map(|info| info.file_version_text())
        .map(Some)
        .ok_or_else(|| Failure::failed(format!("`{}` lost its version resource", binary.path)))
}

/// The version of the main module.
pub fn module_version(info: &BuildInfo) -> Option<String> {
    let version = info.main.as_ref().map(|module| module.version.clone());
    version.filter(|version| !version.is_empty())
}

/// The build information of a Go executable; none for a program in another language.
fn build_info(path: &Path) -> Result<Option<BuildInfo>, Failure> {
    match buildinfo::read(path) {
        Ok(info) => Ok(Some(info)),
        Err(error) if matches!(error.reason, Reason::NotGo) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
