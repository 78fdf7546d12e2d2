//! The plan as data: everything that a run will do, decided and printable.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::release_model::{Release, Selection};
use super::trust_model::{
    Licences, Provenance, Sbom, SignDetached, SignFile, TakeSignature, Vulnerabilities,
};
use crate::format::archive::Format;
use crate::format::checksums::ChecksumAlgorithm;
use crate::format::pe::version::VersionInfo;
use crate::package::msi::Package;
use crate::package::msi::wxs::Dialect;
use crate::process::Invocation;
use crate::project::tools::ToolVersion;
use crate::service::Service;
use crate::target::Target;

/// The name of the file that tells what is in `dist/`.
pub const METADATA_NAME: &str = "artifacts.json";

/// Everything that a run will do.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// What is released.
    pub release: Release,
    /// The project's root: where the manifest is.
    pub root: PathBuf,
    /// Where the results go.
    pub dist: PathBuf,
    /// What the command line limited it to.
    #[serde(skip_serializing_if = "Selection::is_empty")]
    pub selection: Selection,
    /// The targets, sorted.
    pub targets: Vec<Target>,
    /// The Windows services.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// What is done, each step after those that it needs.
    pub steps: Vec<Step>,
    /// The files in `dist/`, in the order of their names.
    pub artifacts: Vec<PlannedArtifact>,
    /// What was inferred or is worth knowing, a sentence each.
    pub notices: Vec<String>,
    /// The versions of the programs that the steps call; asked only for a build.
    #[serde(skip)]
    pub tools: BTreeSet<ToolVersion>,
}

/// A step's name, unique in the plan, such as `build windows/amd64`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct StepId(pub String);

impl std::fmt::Display for StepId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Step {
    /// Its name.
    pub id: StepId,
    /// The target that it is for, if one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// The steps that must be done before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<StepId>,
    /// The names of the files that it makes.
    pub outputs: Vec<String>,
    /// What it does.
    pub action: Action,
}

/// A file that a step reads.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FileRef {
    /// A file of the project, relative to its root, with `/`.
    Project(String),
    /// An output of a step.
    Output {
        /// The step.
        step: StepId,
        /// The output's name.
        name: String,
    },
}

impl FileRef {
    /// The step that makes the file, if one does.
    pub fn step(&self) -> Option<&StepId> {
        match self {
            Self::Project(_) => None,
            Self::Output { step, .. } => Some(step),
        }
    }
}

/// What a step does; complete, so that nothing is decided while it is carried out.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Action {
    /// Commands of the user, before anything of a target is built.
    Hook(Hook),
    /// Commands of the user on a finished binary.
    AfterHook(AfterHook),
    /// The work tree asked again: it must still be the commit.
    WorkTree(WorkTree),
    /// One `go build`.
    GoBuild(GoBuild),
    /// One `cargo build`.
    CargoBuild(CargoBuild),
    /// `install.ps1` and what belongs to it.
    InstallScripts(InstallScripts),
    /// The executable that runs another program as a Windows service.
    ServiceWrapper(ServiceWrapper),
    /// Two macOS executables in one.
    Universal(Universal),
    /// Version, icon and manifest in an executable for Windows.
    WindowsResources(WindowsResources),
    /// A zip or tar archive.
    Archive(Archive),
    /// A file as it is, under another name.
    Copy(Copy),
    /// A Windows file with a signature in it.
    SignFile(SignFile),
    /// A signature in a file of its own.
    SignDetached(SignDetached),
    /// A signature of an earlier release.
    TakeSignature(TakeSignature),
    /// Bills of materials.
    Sbom(Sbom),
    /// Licence texts.
    Licences(Licences),
    /// A report of known vulnerabilities.
    Vulnerabilities(Vulnerabilities),
    /// A provenance statement.
    Provenance(Provenance),
    /// A Windows Installer package.
    Msi(Msi),
    /// The files of a hand-over folder.
    Deployment(Deployment),
    /// `artifacts.json`.
    Metadata(Metadata),
    /// `SHA256SUMS` or `SHA512SUMS`.
    Checksums(Checksums),
}

/// Commands, one after the other.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Hook {
    /// The commands.
    pub commands: Vec<Invocation>,
}

/// Commands on a copy of a binary; in their arguments, [`AFTER_HOOK_PATH`] stands for its path.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AfterHook {
    /// The binary.
    pub binary: FileRef,
    /// The output's name.
    pub name: String,
    /// The commands.
    pub commands: Vec<Invocation>,
}

/// Stands in an after-hook's command for the path of the binary, which is known only in the run.
pub const AFTER_HOOK_PATH: &str = "\u{E000}path\u{E001}";

/// One `go build` for all binaries that share target, flags and environment.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct GoBuild {
    /// `go build` with flags and packages, without `-o`.
    pub invocation: Invocation,
    /// What `-o` is given: a file name for one package, none for the folder when there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_name: Option<String>,
    /// What the go tool calls each executable → the output's name.
    pub executables: BTreeMap<String, String>,
    /// The packages that get the service host compiled in, as `go build` is given them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_host: Vec<String>,
    /// Names the folder in the cache where the go tool finds its earlier output: a hash of project, target, flags,
    /// environment and packages.
    pub stage: String,
}

/// The executable that runs another program as a Windows service.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ServiceWrapper {
    /// `go build` without `-o` and package.
    pub invocation: Invocation,
    /// The output's name.
    pub name: String,
}

/// `install.ps1`, `uninstall.ps1` and what they read.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct InstallScripts {
    /// The text of `service.json`.
    pub data: String,
}

/// One `cargo build` of one program.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CargoBuild {
    /// The complete command.
    pub invocation: Invocation,
    /// The name of the binary target.
    pub program: String,
    /// The output's name.
    pub name: String,
}

/// Two macOS executables in one.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Universal {
    /// The executables for the single architectures.
    pub inputs: Vec<FileRef>,
    /// The output's name.
    pub name: String,
}

/// Version, icon and manifest in an executable for Windows.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct WindowsResources {
    /// The binary's name in the manifest.
    pub program: String,
    /// The executable.
    pub binary: FileRef,
    /// The output's name.
    pub name: String,
    /// The version resource.
    pub version: VersionInfo,
    /// The icon's file, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<FileRef>,
    /// The application manifest's XML.
    pub manifest: String,
    /// What becomes of a manifest that the executable has already.
    pub existing_manifest: Existing,
}

/// What becomes of something that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Existing {
    /// It stays, and ours is left out.
    Keep,
    /// Ours takes its place.
    Replace,
}

/// An archive.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Archive {
    /// The format.
    pub format: Format,
    /// The file's name.
    pub name: String,
    /// 0 to 9.
    pub compression: u8,
    /// The time of every entry, in seconds since 1970.
    pub timestamp: u64,
    /// The entries, sorted by name.
    pub entries: Vec<ArchiveEntry>,
}

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ArchiveEntry {
    /// The path in the archive, with `/`.
    pub name: String,
    /// The file.
    pub source: FileRef,
    /// Unix permission bits.
    pub mode: u32,
}

/// A file under another name.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Copy {
    /// The file.
    pub source: FileRef,
    /// Its name.
    pub name: String,
}

/// A Windows Installer package.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Msi {
    /// The file's name.
    pub name: String,
    /// Everything about it but where its files and its icon are.
    pub package: Box<Package>,
    /// Where each of the package's files comes from, in their order.
    pub sources: Vec<FileRef>,
    /// Where the icon comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<FileRef>,
    /// The program that writes the package; none: we do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<MsiTool>,
    /// The name under which the WiX source is made as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wix_source: Option<String>,
}

/// A program that writes Windows Installer packages.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct MsiTool {
    /// Whose words it reads.
    pub dialect: Dialect,
    /// The executable.
    pub program: PathBuf,
    /// WiX extensions.
    pub extensions: Vec<String>,
    /// A source of the user's own, a template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<FileRef>,
}

/// The files of a hand-over folder for Windows servers.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Deployment {
    /// The folder in `dist/`.
    pub folder: String,
    /// What is deployed.
    pub product: crate::deploy::model::Product,
    /// Where it comes from.
    pub origin: crate::deploy::model::Origin,
    /// The release's zips of these programs.
    pub archives: Vec<DeploymentArchive>,
    /// The `[deploy]` tables.
    pub config: Box<crate::deploy::Config>,
    /// The services.
    pub services: Vec<Service>,
    /// The release's files that go into it.
    pub files: Vec<DeploymentFile>,
}

impl Deployment {
    /// The folder for the parts of packages of other systems that nobody is handed loose.
    pub fn container(&self) -> String {
        format!("{}.parts", self.folder)
    }
}

/// A zip of the release that a hand-over names.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct DeploymentArchive {
    /// The zip.
    pub file: NamedFile,
    /// The programs in it, by their paths.
    pub programs: Vec<String>,
}

/// A file of the release in a hand-over folder.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct DeploymentFile {
    /// The path in the folder, with `/`.
    pub path: String,
    /// What it is for.
    pub role: crate::deploy::model::Role,
    /// The file.
    pub source: FileRef,
    /// A package's ProductCode, in braces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_code: Option<String>,
    /// A package's UpgradeCode, in braces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upgrade_code: Option<String>,
    /// A package's ProductVersion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_version: Option<String>,
    /// What `msiexec` takes for a package.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<crate::deploy::model::Parameter>,
}

impl DeploymentFile {
    /// A file of the release as it is.
    pub fn new(path: String, role: crate::deploy::model::Role, source: FileRef) -> Self {
        Self {
            path,
            role,
            source,
            product_code: None,
            upgrade_code: None,
            product_version: None,
            parameters: Vec::new(),
        }
    }

    /// Its entry in the deployment model, with what was measured.
    pub fn artifact(
        &self,
        size: u64,
        sha256: String,
        authenticode_sha256: Option<String>,
    ) -> crate::deploy::model::Artifact {
        crate::deploy::model::Artifact {
            file: self.path.clone(),
            role: self.role,
            size,
            sha256,
            authenticode_sha256,
            product_code: self.product_code.clone(),
            upgrade_code: self.upgrade_code.clone(),
            product_version: self.product_version.clone(),
            parameters: self.parameters.clone(),
        }
    }
}

/// `artifacts.json`: everything in `dist/` before the checksums.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Metadata {
    /// The file's name.
    pub name: String,
    /// What was changed in the work tree meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_tree: Option<FileRef>,
}

/// The work tree asked again.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct WorkTree {
    /// The file with the changed paths.
    pub name: String,
    /// `git status`.
    pub invocation: Invocation,
    /// The repository's root.
    pub root: PathBuf,
    /// The commit that is to be built.
    pub commit: String,
    /// Whether a change is an error.
    pub refuse: bool,
}

/// A checksum file over all artifacts and `artifacts.json`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Checksums {
    /// The algorithm.
    pub algorithm: ChecksumAlgorithm,
    /// The file's name.
    pub name: String,
    /// The files, in the order of their names.
    pub files: Vec<NamedFile>,
}

/// A file and what it is called in `dist/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NamedFile {
    /// The path in `dist/`, with `/`.
    pub name: String,
    /// The file.
    pub file: FileRef,
}

/// What an artifact is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ArtifactKind {
    /// An executable.
    Binary,
    /// A zip or tar archive.
    Archive,
    /// A Windows Installer package.
    Msi,
    /// The source of an installer for another tool.
    InstallerSource,
    /// A software bill of materials.
    Sbom,
    /// A provenance statement.
    Provenance,
    /// A file of the deployment hand-over.
    Deployment,
    /// A vulnerability report.
    Report,
    /// A detached signature.
    Signature,
    /// `artifacts.json`.
    Metadata,
    /// A checksum file.
    Checksums,
}

/// A file that will be in `dist/`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedArtifact {
    /// The path in `dist/`, with `/`.
    pub name: String,
    /// What it is.
    pub kind: ArtifactKind,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// The executables in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub binaries: Vec<PlannedBinary>,
    /// The file.
    pub file: FileRef,
}

/// Whether a file of this name in `dist/` is published: the files at the top are, so that a download folder has the names
/// that the checksum files list. Files below a folder are a view of a published package, such as an unpacked deployment
/// bundle.
pub fn is_published(name: &str) -> bool {
    !name.contains('/')
}

/// The folder of `dist/` that holds this unpublished file and is there or missing as a whole: `deploy/NAME`.
pub fn unpublished_folder(name: &str) -> Option<&str> {
    let (top, rest) = name.split_once('/')?;
    let folder = rest.split_once('/').map_or("", |(folder, _)| folder);
    Some(&name[..top.len() + 1 + folder.len()])
}

/// An executable in an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedBinary {
    /// The binary's name in the manifest.
    pub name: String,
    /// The path in the archive; the artifact's own name for a bare binary.
    pub path: String,
    /// The file.
    pub file: FileRef,
    /// How it was compiled.
    pub build: BuildRecord,
}

/// How an executable was compiled, without anything of this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BuildRecord {
    /// The main package's import path; the crate for a Rust program.
    pub package: String,
    /// The flags of the compiler command.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// The environment that the compiler was given, without paths of this machine.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
}

impl Plan {
    /// The step of this name.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }
}
