//! The way from a folder to a plan, shared by `check`, `plan` and `build`: manifest, facts, plan.

mod packages;
mod packed_files;
mod sources;
mod tools;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub use self::sources::Sources;
use self::sources::commit::Committed;
use self::sources::judge::Judge;
use crate::error::{ExitCode, Failure};
use crate::format::icon::{Icon, IconError};
use crate::manifest::{self, Builder, FILE_NAME, Manifest, Source, VersionSource};
use crate::plan::{
    self, Action, EarlierRelease, FileIndex, Options, Plan, Skip, Step, TagRule, World,
};
use crate::problem::{Problem as ManifestProblem, Problems};
use crate::process::{Cancel, Runner, ToolFinder, both};
use crate::project::modules::{self, NestedModule};
use crate::project::packages::slashed;
use crate::project::tags::{self, History};
use crate::project::work_tree::Tracked;
use crate::project::{Facts, Go, Problem, ProblemKind, git, place};

/// A project and what was found out about it.
#[derive(Debug)]
pub struct Session {
    /// The manifest's file; none when there is none and everything is inferred.
    pub source: Option<Source>,
    /// The checked manifest, if it is right.
    pub manifest: Option<Manifest>,
    /// What is wrong with it.
    pub problems: Problems,
    /// The project's root: the manifest's folder.
    pub root: PathBuf,
    /// The folder that the command line's own paths start from: the one that it names, or the manifest's when that was
    /// found above it.
    pub base: PathBuf,
    /// Whether the manifest was found in a folder above.
    found_above: bool,
    /// The manifest as the command line names it, links resolved.
    named_manifest: Option<PathBuf>,
    /// What the compiled files are compared with.
    committed: OnceLock<Committed>,
    /// Runs programs.
    pub runner: Runner,
    /// Where tools are looked for.
    pub finder: ToolFinder,
}

impl Session {
    /// Reads the manifest: `manifest` if given, otherwise the nearest `release.toml` in `directory` or above it, up to the
    /// repository's root, otherwise none.
    pub fn open(
        directory: &Path,
        manifest: Option<&Path>,
        cancel: Cancel,
    ) -> Result<Self, Failure> {
        let folder = place::absolute(directory).map_err(|error| Failure {
            code: ExitCode::Usage,
            ..Failure::io("go to", directory, &error)
        })?;
        let path = match manifest {
            Some(path) => Some(folder.join(path)),
            None => manifest_above(&folder),
        };
        let source = path.as_deref().map(Source::read).transpose()?;
        let root = match &path {
            Some(path) => path.parent().map_or(folder.clone(), Path::to_path_buf),
            None => folder.clone(),
        };
        let found_above = manifest.is_none() && root != folder;
        let named_manifest = manifest.and_then(|_| place::absolute(path.as_deref()?).ok());
        let (manifest, problems) = match &source {
            Some(source) => manifest::parse(&source.text),
            None => (Some(Manifest::default()), Problems::default()),
        };
        // Before the first program is started.
        if let Some(manifest) = &manifest {
            manifest.trust.hide_secrets();
        }
        Ok(Self {
            source,
            manifest,
            problems,
            base: if found_above { root.clone() } else { folder },
            found_above,
            root,
            named_manifest,
            committed: OnceLock::new(),
            runner: Runner::new(cancel),
            finder: ToolFinder::from_env(),
        })
    }

    /// Gathers the facts and makes the plan.
    ///
    /// # Errors
    /// All problems of manifest and project at once; a missing go tool.
    pub fn plan(&self, options: &mut Options) -> Result<(Plan, Problems), Failure> {
        let (plan, problems) = self.draft(options)?;
        match plan.filter(|_| problems.is_ok()) {
            Some(plan) => Ok((plan, problems)),
            None => Err(Failure::manifest(problems)),
        }
    }

    /// As [`Session::plan`], but the plan also comes back, as far as it got, when there are problems.
    ///
    /// # Errors
    /// When there is nothing to plan from: a manifest that cannot be read, no go tool.
    pub fn draft(&self, options: &mut Options) -> Result<(Option<Plan>, Problems), Failure> {
        options.root.clone_from(&self.root);
        let mut problems = self.problems.clone();
        let Some(manifest) = &self.manifest else {
            return Err(Failure::manifest(problems));
        };
        let world = self.world(manifest, options)?;
        let missing =
            missing_go(manifest, &world).or_else(|| missing_git(manifest, options, &world));
        if let Some(failure) = missing {
            return Err(failure);
        }
        let (mut plan, mut found) = plan::make(manifest, &world, options);
        if let (Some(plan), Ok(go)) = (&plan, &world.facts.go) {
            found.extend(self.judge_sources(manifest, plan, go, options, &world));
        }
        found.extend(self.warn_of_ignored(&world.facts));
        found.extend(check_folders(&world.facts, options));
        if problems.is_ok() {
            problems.extend(found);
        } else {
            // What was left out of a wrong manifest must not be told as missing from the project.
            problems.extend(found.with_place());
        }
        if let Some(plan) = &plan {
            problems.extend(self.packed_files(plan, &world, options.release_only));
        }
        if let (true, Some(source), Some(plan)) = (self.found_above, &self.source, &mut plan) {
            let notice = format!(
                "using `{}`, found in a directory above",
                source.path.display()
            );
            plan.notices.insert(0, notice);
        }
        if let (None, Some(plan)) = (&self.source, &mut plan) {
            let notice =
                format!("no {FILE_NAME}: everything is inferred; `gorelease init` writes one");
            plan.notices.insert(0, notice);
        }
        Ok((plan, problems))
    }

    /// A manifest that git ignores is on no other machine.
    fn warn_of_ignored(&self, facts: &Facts) -> Problems {
        let mut problems = Problems::default();
        let Some(source) = self.source.as_ref().filter(|_| facts.git.is_ok()) else {
            return problems;
        };
        if git::ignores(&self.runner, &self.finder, &self.root, &source.path) {
            let problem = ManifestProblem::warning(format!(
                "git ignores `{}`: it is not part of the commit",
                source
                    .path
                    .strip_prefix(&self.root)
                    .unwrap_or(&source.path)
                    .display()
            ));
            problems.push(problem.hint("`git check-ignore -v release.toml` shows the pattern; remove it, or add `!/release.toml`"));
        }
        problems
    }

    fn judge_sources(
        &self,
        manifest: &Manifest,
        plan: &Plan,
        go: &Go,
        options: &Options,
        world: &World,
    ) -> Problems {
        let judge = Judge {
            manifest,
            root: &self.root,
            runner: &self.runner,
            go,
            has_hooks: !options.skip.contains(&Skip::Hooks) && has_hooks(manifest),
        };
        let sources = self.sources(plan);
        let mut problems = sources::judge::judge(&judge, &sources);
        if let Ok(git) = &world.facts.git {
            let modules = world.facts.modules.as_ref().ok();
            let committed = self.committed.get_or_init(|| Committed {
                git: git.clone(),
                tracked: world.tracked.clone(),
                module_cache: PathBuf::from(go.setting("GOMODCACHE")),
                workspace: modules.and_then(|modules| modules.workspace.clone()),
                generated: manifest.build.generated.clone(),
                root: self.root.clone(),
                dist: options.dist.clone(),
            });
            let found = committed.judge(plan, &sources);
            problems.extend(match options.release_only {
                true => found,
                false => found.as_warnings(),
            });
        }
        problems
    }

    /// The sources again, after the hooks have run: what they made must be part of the commit, or in `generated`.
    ///
    /// # Errors
    /// With all files that are not.
    pub fn check_sources_after_hooks(&self, plan: &Plan) -> Result<(), Failure> {
        let has_hooks = |step: &Step| matches!(step.action, Action::Hook(_));
        let Some(committed) = self.committed.get() else {
            return Ok(());
        };
        if !plan.steps.iter().any(has_hooks) {
            return Ok(());
        }
        let problems = committed.judge(plan, &self.sources(plan));
        match problems.is_ok() {
            true => Ok(()),
            false => Err(Failure::manifest(problems)),
        }
    }

    fn world(&self, manifest: &Manifest, options: &Options) -> Result<World, Failure> {
        let facts = Facts::gather(
            &self.runner,
            &self.finder,
            &self.root,
            std::slice::from_ref(&options.dist),
            &go_settings(manifest),
        );
        self.runner.cancel().check()?;
        let needs_files = manifest.project.license_file.is_some()
            || manifest.project.readme.is_some()
            || manifest.icons().next().is_some()
            || !manifest.package.files.is_empty()
            || manifest
                .services
                .iter()
                .any(|service| !service.config.is_empty())
            || !manifest.msi.files.is_empty()
            || manifest.msi.template.is_some();
        let ((packages, mains), (history, earlier_release, (files, tracked))) = both(
            || {
                let packages = self.packages(manifest, &facts);
                let mains = self.mains(manifest, &facts, &packages);
                (packages, mains)
            },
            || {
                let tracked = self.tracked(&facts);
                let files = match needs_files {
                    true => FileIndex::gather(&self.root, &options.dist, &tracked),
                    false => Ok(FileIndex::default()),
                };
                let history = self.history(manifest, &facts);
                let earlier = self.earlier_release(manifest, &history);
                (history, earlier, (files, tracked))
            },
        );
        let service_programs = self.service_programs(manifest, &facts, mains.as_ref().ok());
        // What was cancelled says nothing about the project.
        self.runner.cancel().check()?;
        Ok(World {
            nested_modules: self.nested_modules(manifest, &facts),
            service_programs,
            mains,
            packages,
            history,
            earlier_release,
            version_text: version_text(manifest, &self.root),
            bad_icons: bad_icons(manifest, &self.root),
            files: files?,
            tracked,
            environment: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            finder: self.finder.clone(),
            manifest_text: self
                .source
                .as_ref()
                .map(|source| source.text.clone())
                .unwrap_or_default(),
            manifest_path: self.manifest_path(&facts),
            facts,
        })
    }

    /// Modules below the project that are no part of it; only asked for when the programs are found, not named.
    fn nested_modules(&self, manifest: &Manifest, facts: &Facts) -> Vec<NestedModule> {
        match (&facts.modules, manifest.binaries.is_empty()) {
            (Ok(modules), true) => modules::nested(&self.root, modules),
            _ => Vec::new(),
        }
    }

    /// The named manifest, from the repository's root.
    fn manifest_path(&self, facts: &Facts) -> Option<String> {
        let root = &facts.git.as_ref().ok()?.root;
        let path = self.named_manifest.as_deref()?.strip_prefix(root).ok()?;
        Some(slashed(path))
    }

    /// The release before this one; only asked for when a package or a service must go on from it.
    fn earlier_release(&self, manifest: &Manifest, history: &History) -> Option<EarlierRelease> {
        let mut formats = manifest.package.windows.iter().flatten();
        let has_package = formats.any(|format| format.value == "msi");
        let name = self.source.as_ref()?.path.file_name()?.to_str()?;
        let goes_on = has_package || !manifest.services.is_empty();
        let (tag, _) = history.nearest.clone().filter(|_| goes_on)?;
        let text = tags::text_at(&self.runner, &self.finder, &self.root, &tag, name);
        Some(EarlierRelease {
            manifest_text: text.ok()??,
            tag,
        })
    }

    /// The files under version control; none without a repository.
    fn tracked(&self, facts: &Facts) -> Tracked {
        let Ok(git) = &facts.git else {
            return Tracked::default();
        };
        Tracked::gather(&self.runner, &self.finder, &git.root).unwrap_or_default()
    }

    fn history(&self, manifest: &Manifest, facts: &Facts) -> History {
        let Ok(git) = &facts.git else {
            return History::default();
        };
        let rule = TagRule::of(manifest, facts);
        let history = tags::history(&self.runner, &self.finder, &self.root, &git.commit, |tag| {
            rule.version(tag)
        });
        history.unwrap_or_default()
    }
}

/// Folders that a build writes into and that cannot be written: the results', and the caches', which are asked about again
/// when they are used, since `--no-cache` goes without.
fn check_folders(facts: &Facts, options: &Options) -> Problems {
    let mut problems = Problems::default();
    let cannot = |what: &str, path: &Path| {
        let error = place::writable(path).err()?;
        Some(format!(
            "{what} `{}` cannot be written: {}",
            path.display(),
            crate::error::io_word(&error)
        ))
    };
    if let Some(message) = cannot("the output directory", &options.dist) {
        problems.push(ManifestProblem::error(message).hint("name another one with --out"));
    }
    let own = crate::engine::Cache::default_root();
    if let Some(message) = own.and_then(|root| cannot("the cache directory", &root)) {
        let hint =
            "set GORELEASE_CACHE to a directory that can be written, or build with --no-cache";
        problems.push(ManifestProblem::warning(message).hint(hint));
    }
    let go = facts.go.as_ref().map_or("", |go| go.setting("GOCACHE"));
    let of_go = Some(go).filter(|path| Path::new(path).is_absolute());
    if let Some(message) = of_go.and_then(|path| cannot("the go tool's cache", Path::new(path))) {
        problems.push(
            ManifestProblem::error(message).hint("set GOCACHE to a directory that can be written"),
        );
    }
    problems
}

/// The nearest manifest in this folder or above it: no further up than the repository, or else the module, goes. A link
/// that leads nowhere counts, so that it is not taken for no manifest.
pub fn manifest_above(folder: &Path) -> Option<PathBuf> {
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    let has_repository = folder
        .ancestors()
        .any(|above| is_there(&above.join(".git")));
    let end = if has_repository { ".git" } else { "go.mod" };
    for above in folder.ancestors() {
        let path = above.join(FILE_NAME);
        if is_there(&path) {
            return Some(path);
        }
        if is_there(&above.join(end)) {
            return None;
        }
    }
    None
}

/// Whether commands of the user run before anything is compiled.
fn has_hooks(manifest: &Manifest) -> bool {
    let mut binaries = manifest.binaries.iter();
    !manifest.before.is_empty() || binaries.any(|binary| !binary.before.is_empty())
}

/// The variables of `[build]` that are the same for all programs: what the go tool must know before anything is planned.
fn go_settings(manifest: &Manifest) -> BTreeMap<String, String> {
    let env = manifest.build.settings.env.iter();
    env.filter(|(_, value)| !value.contains("{{"))
        .map(|(name, value)| (name.clone(), value.value.clone()))
        .collect()
}

/// Without Go, nothing else about a Go project can be judged.
fn missing_go(manifest: &Manifest, world: &World) -> Option<Failure> {
    let needs_go = manifest.binaries.is_empty()
        || manifest
            .binaries
            .iter()
            .any(|binary| binary.builder == Builder::Go);
    let Err(problem) = &world.facts.go else {
        return None;
    };
    if !needs_go || problem.kind != ProblemKind::ToolMissing {
        return None;
    }
    Some(missing_tool(problem))
}

/// Without git, a version that is to come from its tags cannot be known.
fn missing_git(manifest: &Manifest, options: &Options, world: &World) -> Option<Failure> {
    let needs_git = matches!(manifest.project.version, VersionSource::Git)
        && options.version.is_none()
        && options.snapshot.is_none();
    let problem = world.facts.git.as_ref().err()?;
    (needs_git && problem.kind == ProblemKind::ToolMissing).then(|| {
        let failure = missing_tool(problem);
        let install = failure.hint.clone().unwrap_or_default();
        failure.hint(format!(
            "{install}; or give the version with --version 1.2.3"
        ))
    })
}

fn missing_tool(problem: &Problem) -> Failure {
    Failure {
        hint: problem.hint.clone(),
        ..Failure::new(ExitCode::MissingTool, &problem.message)
    }
}

/// What is wrong with the icons that are there; that one is missing is seen by the index of files.
fn bad_icons(manifest: &Manifest, root: &Path) -> BTreeMap<String, (String, String)> {
    let problem = |path: &str| match Icon::read(&root.join(path)).err()? {
        IconError::Icon { problem, .. } => Some((
            format!("icon `{path}`: {problem}"),
            problem.hint().to_owned(),
        )),
        IconError::File(_) => None,
    };
    manifest
        .icons()
        .filter_map(|icon| Some((icon.value.clone(), problem(icon)?)))
        .collect()
}

fn version_text(manifest: &Manifest, root: &Path) -> Option<Result<String, String>> {
    let VersionSource::File(path) = &manifest.project.version else {
        return None;
    };
    let text = std::fs::read_to_string(root.join(&path.value));
    Some(text.map_err(|error| crate::error::io_word(&error)))
}
