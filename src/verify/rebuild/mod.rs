//! Makes a release again from its commit and compares every file byte for byte.
//!
//! The repository is cloned to a fresh folder (a linked worktree would get no revision stamp), gorelease builds there
//! with the recorded toolchain, targets and time, and [`compare`] holds the results against the release. Signatures
//! cannot be made again without their keys: [`signatures`] takes them out of the release, and the build puts them on
//! what it compiled, where they fit only if every byte that they cover is the same.
//!
//! A build runs what the commit contains. Which commit that is, and every other value that reaches git or gorelease, is
//! read from a file that was received: [`recipe`] checks it, and the caller asks somebody before [`Rebuild::run`].
//!
//! Not compared: the vulnerability report and who built, which tell of the first build's circumstances.

mod compare;
mod explain;
mod provenance;
mod recipe;
mod signatures;
mod values;

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use self::recipe::Recipe;
use super::{Finding, read_metadata};
use crate::error::{ExitCode, Failure};
use crate::plan::pushed_tag_variables;
use crate::process::{Invocation, ProcessError, Runner, ToolFinder};
use crate::step::metadata::ArtifactsFile;

/// A release that can be built again; nothing has run yet but git's questions.
pub struct Rebuild<'a> {
    dist: PathBuf,
    release: ArtifactsFile,
    recipe: Recipe,
    repository: Repository<'a>,
    /// The subject line of the commit.
    subject: String,
}

impl<'a> Rebuild<'a> {
    /// Reads what the release in `dist` says that it was made from, and looks for the commit in the repository around
    /// `project`.
    ///
    /// # Errors
    /// When it cannot be built again: its commit is not there, it was made from a changed tree, or a value could be read
    /// as something else than it should be.
    pub fn prepare(
        dist: &Path,
        project: &Path,
        runner: &'a Runner,
        finder: &'a ToolFinder,
    ) -> Result<Self, Failure> {
        let release = read_metadata(dist)?;
        let recipe = Recipe::of(&release)?;
        let repository = Repository::around(project, runner, finder)?;
        let commit = format!("{}^{{commit}}", recipe.commit);
        let subject = repository
            .git(
                &repository.root,
                "looking for the commit",
                &["log", "-1", "--format=%s", &commit],
            )
            .map_err(|failure| {
                failure.hint("fetch the commit first, for example with `git fetch --tags`")
            })?;
        Ok(Self {
            dist: dist.to_owned(),
            release,
            recipe,
            repository,
            subject,
        })
    }

    /// What will be run, line by line, for whoever has to agree.
    pub fn announcement(&self) -> [String; 2] {
        let release = &self.release.release;
        [
            format!(
                "rebuilding {} {} from commit {} (`{}`) of `{}`",
                release.name,
                release.version,
                self.recipe.commit,
                self.subject,
                self.repository.root.display()
            ),
            format!(
                "this runs the hooks of that commit, and `{}`",
                self.recipe.shown()
            ),
        ]
    }

    /// Builds the release again, and tells in what it differs.
    ///
    /// # Errors
    /// When the toolchain is missing, or the build fails.
    pub fn run(&self) -> Result<Vec<Finding>, Failure> {
        let scratch = TempDir::with_prefix("gorelease-rebuild-")
            .map_err(|error| Failure::io("make a folder in", &std::env::temp_dir(), &error))?;
        let workshop = Workshop {
            repository: &self.repository,
            scratch: scratch.path(),
        };
        let folder = workshop.checkout(&self.recipe.commit)?;
        let manifest = workshop.manifest(&self.recipe)?;
        let shipped = scratch.path().join("signatures");
        signatures::collect(&self.dist, &self.release, &shipped)?;
        workshop.build(&folder, &self.recipe, manifest.as_deref(), &shipped)?;
        compare::releases(&self.dist, &folder.join("dist"), &self.release)
    }
}

/// The repository that holds the commit.
struct Repository<'a> {
    runner: &'a Runner,
    git: PathBuf,
    root: PathBuf,
    /// The project's folder in it.
    prefix: String,
}

impl<'a> Repository<'a> {
    fn around(project: &Path, runner: &'a Runner, finder: &ToolFinder) -> Result<Self, Failure> {
        let git = finder.find_program("git").ok_or_else(|| {
            Failure::new(
                ExitCode::MissingTool,
                "`git` not found, which is needed to check the commit out",
            )
        })?;
        let mut repository = Self {
            runner,
            git,
            root: PathBuf::new(),
            prefix: String::new(),
        };
        let ask = |question: &str| {
            repository.git(project, "finding the repository", &["rev-parse", question])
        };
        let (prefix, root) = (ask("--show-prefix")?, ask("--show-toplevel")?);
        repository.prefix = prefix;
        repository.root = root.into();
        Ok(repository)
    }

    fn git(&self, folder: &Path, summary: &str, arguments: &[&str]) -> Result<String, Failure> {
        let invocation = Invocation::new(&self.git, summary)
            .args(arguments.iter().copied())
            .cwd(folder);
        self.runner.read(&invocation).map_err(failed)
    }
}

/// The folder of the rebuild.
struct Workshop<'a> {
    repository: &'a Repository<'a>,
    scratch: &'a Path,
}

impl Workshop<'_> {
    /// Clones the repository, checks the commit out, and returns the project's folder in the clone.
    fn checkout(&self, commit: &str) -> Result<PathBuf, Failure> {
        let clone = self.clone();
        let (root, target) = (
            self.repository.root.to_string_lossy(),
            clone.to_string_lossy(),
        );
        self.repository.git(
            self.scratch,
            "cloning the repository",
            &["clone", "--quiet", "--no-checkout", "--", &root, &target],
        )?;
        self.repository.git(
            &clone,
            "checking the commit out",
            &["checkout", "--quiet", "--detach", commit, "--"],
        )?;
        Ok(clone.join(&self.repository.prefix))
    }

    /// The manifest in the clone; a link in the commit may lead out of it.
    fn manifest(&self, recipe: &Recipe) -> Result<Option<PathBuf>, Failure> {
        let Some(manifest) = &recipe.manifest else {
            return Ok(None);
        };
        let settled = |path: &Path| {
            path.canonicalize().map_err(|error| Failure {
                code: ExitCode::Verification,
                ..Failure::io("find", path, &error)
            })
        };
        let clone = settled(&self.clone())?;
        let path = settled(&clone.join(manifest))?;
        if !path.starts_with(&clone) {
            let message = format!("the manifest `{manifest}` leads out of the repository");
            return Err(Failure::new(ExitCode::Verification, message));
        }
        Ok(Some(path))
    }

    /// Runs gorelease itself in the fresh folder, with a cache of its own.
    fn build(
        &self,
        folder: &Path,
        recipe: &Recipe,
        manifest: Option<&Path>,
        shipped: &Path,
    ) -> Result<(), Failure> {
        let program = std::env::current_exe().map_err(|error| {
            Failure::failed(format!("could not find gorelease itself: {error}"))
        })?;
        let cache = self.scratch.join("cache");
        let mut invocation = Invocation::new(program, "building the release again")
            .args(["build", "--quiet", "--signatures-from"])
            .arg(shipped.to_string_lossy())
            .args(recipe.arguments.iter().cloned())
            .env("GORELEASE_CACHE", cache.to_string_lossy())
            .env("SOURCE_DATE_EPOCH", recipe.timestamp.to_string())
            .cwd(folder);
        // Which tag started this job says nothing about the release that is built again.
        for variable in pushed_tag_variables() {
            invocation = invocation.env_remove(variable);
        }
        if let Some(manifest) = manifest {
            invocation = invocation.arg(format!("--manifest={}", manifest.to_string_lossy()));
        }
        if let Some(toolchain) = &recipe.toolchain {
            // The go command then is that version, or fails.
            invocation = invocation.env("GOTOOLCHAIN", toolchain);
        }
        self.repository
            .runner
            .run(&invocation)
            .map(drop)
            .map_err(failed)
    }

    /// Where the repository is cloned to.
    fn clone(&self) -> PathBuf {
        self.scratch.join("clone")
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
