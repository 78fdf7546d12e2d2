//! What can be typed.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use semver::Version;

use super::ui::Ui;
use super::{
    build, cache, check, doctor, generate, init, inspect, merge, plan, sbom, scaffold, verify,
};
use crate::error::{ExitCode, Failure};
use crate::plan::{Options, Plan, Skip};
use crate::process::Cancel;
use crate::project::place::{absolute, settled};
use crate::report::When;
use crate::session::Session;

/// Cross-compilation and release packaging for Go: binaries, archives, Windows services, MSI packages.
#[derive(Debug, Parser)]
#[command(
    name = "gorelease",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// Where the project is.
    #[command(flatten)]
    pub project: ProjectArguments,
    /// How to talk.
    #[command(flatten)]
    pub output: OutputArguments,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Where the project is.
#[derive(Debug, Clone, Args)]
pub struct ProjectArguments {
    /// The project's folder
    #[arg(
        short = 'C',
        long,
        global = true,
        default_value = ".",
        value_name = "DIR"
    )]
    pub directory: PathBuf,
    /// The manifest, relative to the project's folder [default: release.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
}

impl ProjectArguments {
    /// The project's folder, absolute.
    pub fn folder(&self) -> Result<PathBuf, Failure> {
        let refuse = |failure: Failure| Failure {
            code: ExitCode::Usage,
            ..failure.hint("-C names the folder of the project")
        };
        let cannot = |error: &std::io::Error| refuse(Failure::io("go to", &self.directory, error));
        let folder = absolute(&self.directory).map_err(|error| cannot(&error))?;
        let metadata = std::fs::metadata(&folder).map_err(|error| cannot(&error))?;
        if metadata.is_dir() {
            return Ok(folder);
        }
        let message = format!("`{}` is no folder", self.directory.display());
        Err(refuse(Failure::failed(message)))
    }

    /// A path as it is typed beside `-C`, in the words of whoever typed it.
    pub(super) fn path(&self, typed: &Path) -> PathBuf {
        match self.directory == Path::new(".") {
            true => typed.to_owned(),
            false => self.directory.join(typed),
        }
    }
}

impl ProjectArguments {
    /// Reads the project's manifest and lets problems be shown in it.
    pub(super) fn open(&self, ui: &Ui, cancel: &Cancel) -> Result<Session, Failure> {
        let session = Session::open(&self.folder()?, self.manifest.as_deref(), cancel.clone())?;
        ui.source(session.source.clone());
        Ok(session)
    }

    /// Makes the plan and shows its warnings.
    pub(super) fn plan(
        &self,
        release: &ReleaseArguments,
        ui: &Ui,
        cancel: &Cancel,
    ) -> Result<Plan, Failure> {
        let session = self.open(ui, cancel)?;
        let (plan, problems) = session.plan(&mut release.options(&session.base))?;
        ui.problems(&problems);
        Ok(plan)
    }
}

/// How to talk.
#[derive(Debug, Clone, Args)]
pub struct OutputArguments {
    /// The form of what is printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Whether to draw progress
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub progress: When,
    /// Whether to use colours
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub color: When,
}

/// The form of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Human,
    /// For programs: one document, or a line for each event while a command works
    Json,
    /// A matrix for a GitHub workflow; only for `plan`
    GithubMatrix,
}

/// What to release; shared by `check`, `plan` and `build`.
#[derive(Debug, Clone, Args)]
pub struct ReleaseArguments {
    /// Only these targets, by glob; `host` is this machine, `all` every one of the project [repeatable]
    #[arg(long = "target", value_name = "GLOB")]
    pub targets: Vec<String>,
    /// Only these binaries [repeatable]
    #[arg(long = "binary", value_name = "NAME")]
    pub binaries: Vec<String>,
    /// Leave out results of this kind [repeatable, or separated by commas]
    #[arg(long, value_enum, value_name = "KIND", value_delimiter = ',')]
    pub skip: Vec<Skip>,
    /// The version, instead of the one from git or the manifest
    #[arg(long = "version", value_name = "VERSION", value_parser = version)]
    pub release_version: Option<Version>,
    /// Make a snapshot of this version, whatever the tree is
    #[arg(long, value_name = "VERSION", value_parser = version, conflicts_with_all = ["release", "release_version"])]
    pub snapshot: Option<Version>,
    /// Refuse anything but a release: a clean tree with the version's tag
    #[arg(long)]
    pub release: bool,
    /// Take signatures from this folder instead of making them; for `verify --rebuild`
    #[arg(long, value_name = "DIR", hide = true)]
    pub signatures_from: Option<PathBuf>,
    /// Keep the go tool from using the network
    #[arg(long)]
    pub offline: bool,
    /// The folder for the results
    #[arg(short, long, default_value = "dist", value_name = "DIR")]
    pub out: PathBuf,
}

impl ReleaseArguments {
    /// As the plan takes them; `directory` is the project's folder.
    pub fn options(&self, directory: &std::path::Path) -> Options {
        let directory = absolute(directory).unwrap_or_else(|_| directory.to_owned());
        let dist = directory.join(&self.out);
        Options {
            targets: self.targets.clone(),
            binaries: self.binaries.clone(),
            skip: self.skip.iter().copied().collect(),
            version: self.release_version.clone(),
            snapshot: self.snapshot.clone(),
            release_only: self.release,
            signatures_from: self.signatures_from.clone(),
            offline: self.offline,
            // A path without a place is refused when it is opened.
            dist: settled(&dist).unwrap_or(dist),
            root: directory,
        }
    }
}

fn version(text: &str) -> Result<Version, String> {
    Version::parse(text.strip_prefix('v').unwrap_or(text))
        .map_err(|error| format!("{error}; a semantic version looks like 1.4.2 or 2.0.0-rc.1"))
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a first release.toml, from what the project tells
    Init(init::Arguments),
    /// Look at Go, git, tools, disk and memory, and tell what a release is short of
    Doctor(doctor::Arguments),
    /// Tell everything that is wrong with manifest and project
    #[command(disable_version_flag = true)]
    Check(check::Arguments),
    /// Show what `build` would do
    #[command(disable_version_flag = true)]
    Plan(plan::Arguments),
    /// Build, pack, describe and verify a release
    #[command(disable_version_flag = true)]
    Build(build::Arguments),
    /// Open every file of a release again and hold it against what was promised
    Verify(verify::Arguments),
    /// Show what is in a Windows Installer package
    Inspect(inspect::Arguments),
    /// Print the bill of materials of any Go executable
    Sbom(sbom::Arguments),
    /// Join the results of several runners into one release
    Merge(merge::Arguments),
    /// Look after the cache
    Cache(cache::Arguments),
    /// Write service code to own, or print the commands of a service
    Scaffold(scaffold::Arguments),
    /// Print a JSON schema
    Schema(generate::SchemaArguments),
    /// Print completions for a shell
    Completions(generate::CompletionArguments),
    /// Write the man pages
    Man(generate::ManArguments),
}
