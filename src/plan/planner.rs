//! The plan while it grows.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::expand::Expander;
use super::model::{
    Action, ArtifactKind, BuildRecord, FileRef, Plan, PlannedArtifact, Step, StepId,
};
use super::release_model::{Release, Selection};
use super::tags::{TagRule, module};
use super::targets;
use super::world::{Options, Skip, World};
use super::{
    archives, closing, compile, deploy, former_services, programs, release, resources,
    service_hosts, services, trust, universal, windows_versions, work_tree,
};
use crate::manifest::{Located, Manifest};
use crate::problem::{Problem, Problems};
use crate::service::Service;
use crate::target::Target;
use crate::version::windows::ProductVersion;

/// The plan while it grows, and what it is made from.
pub struct Planner<'a> {
    /// The checked manifest.
    pub manifest: &'a Manifest,
    /// What the world says.
    pub world: &'a World,
    /// What the command line asks for.
    pub options: &'a Options,
    /// What is released.
    pub release: Release,
    /// The Windows services; known before anything is compiled.
    pub services: Vec<Service>,
    /// Templates with the release's variables.
    pub expander: Expander,
    /// The ProductVersion of packages, when the manifest sets it and it is right.
    pub product_version: Option<ProductVersion>,
    steps: Vec<Step>,
    artifacts: Vec<PlannedArtifact>,
    notices: Vec<String>,
}

/// A program for one target, ready to be packed.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishedBinary {
    /// The program's name.
    pub program: String,
    /// The target.
    pub target: Target,
    /// The executable's file name, with its extension.
    pub file_name: String,
    /// The executable.
    pub file: FileRef,
    /// How it was compiled.
    pub build: BuildRecord,
}

impl<'a> Planner<'a> {
    /// An empty plan.
    pub(super) fn new(
        manifest: &'a Manifest,
        world: &'a World,
        options: &'a Options,
        release: Release,
    ) -> Self {
        let expander = release::expander(manifest, world, &release);
        Self {
            manifest,
            world,
            options,
            release,
            expander,
            product_version: None,
            services: Vec::new(),
            steps: Vec::new(),
            artifacts: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Adds everything, in order.
    pub(super) fn plan(mut self, problems: &mut Problems) -> Plan {
        self.note_repository();
        self.note_manufacturer();
        self.note_go_version();
        windows_versions::resolve(&mut self, problems);
        trust::check(&mut self, problems);
        let targets = self.targets(problems);
        let programs = programs::resolve(&mut self, &targets, problems);
        self.services = services::resolve(&mut self, &programs, problems);
        former_services::compare(&self, problems);
        deploy::check(&self, problems);
        let compiled = compile::plan(&mut self, &programs, problems);
        let binaries = universal::plan(&mut self, compiled, &programs);
        let binaries = service_hosts::wrappers(&mut self, binaries);
        let binaries = resources::plan(&mut self, binaries, problems);
        let binaries = trust::sign_binaries(&mut self, binaries);
        trust::describe_binaries(&mut self, &binaries);
        trust::vulnerabilities(&mut self, &binaries);
        for target in &targets {
            let binaries: Vec<&FinishedBinary> = binaries
                .iter()
                .filter(|binary| binary.target == *target)
                .collect();
            if !binaries.is_empty() {
                archives::plan(&mut self, target, &binaries, problems);
                deploy::plan(&mut self, target, &binaries, problems);
            }
        }
        let work_tree = work_tree::at_the_end(&mut self);
        trust::attest(&mut self, &binaries, work_tree.clone());
        closing::plan(&mut self, work_tree);
        trust::sign_checksums(&mut self);
        self.check_names(problems);
        Plan {
            root: self.options.root.clone(),
            dist: self.options.dist.clone(),
            selection: Selection {
                manifest: self.world.manifest_path.clone(),
                binaries: self.options.binaries.iter().cloned().collect(),
                skip: self.options.skip.clone(),
            },
            targets,
            services: self.services,
            steps: self.steps,
            artifacts: self.artifacts,
            notices: self.notices,
            tools: BTreeSet::new(),
            release: self.release,
        }
    }

    fn note_repository(&mut self) {
        let Ok(git) = &self.world.facts.git else {
            return;
        };
        self.note_tags(&git.tags);
        if git.gitfile {
            self.notice(
                "linked worktree or submodule: the go tool sees no repository, so the revision is in artifacts.json alone",
            );
        }
        if git.shallow && git.tags.is_empty() {
            self.notice(
                "the clone is shallow: tags may be missing only here; `git fetch --tags --unshallow` gets them",
            );
        }
    }

    /// A tag that was meant to be a version, where there is none that is. Those of HEAD are told as the reason.
    fn note_tags(&mut self, here: &[String]) {
        let history = &self.world.history;
        let rule = TagRule::of(self.manifest, &self.world.facts);
        if history.nearest.is_some() || here.iter().any(|tag| rule.version(tag).is_some()) {
            return;
        }
        let mut others = history.others.iter().filter(|tag| !here.contains(tag));
        if let Some(explained) = others.find_map(|tag| rule.explain(tag)) {
            self.notice(format!("{}; {}", explained.reason, explained.hint));
        }
    }

    /// A tag that the go tool does not take for a version: programs report another one.
    fn note_go_version(&mut self) {
        let tag = self
            .release
            .commit
            .as_ref()
            .and_then(|commit| commit.tag.as_ref());
        let module = module(&self.world.facts);
        let version = Version::parse(&self.release.version);
        let (Some(tag), Some((path, folder)), Ok(version)) = (tag, module, version) else {
            return;
        };
        if !TagRule::is_for_go(tag, &version, &path, &folder) {
            let notice = format!(
                "Go does not use the tag `{tag}` as a version of `{path}`: `debug.ReadBuildInfo` and `go version -m` \
                 show another version than {version}"
            );
            self.notice(notice);
        }
    }

    /// The manufacturer is part of an MSI's identity: one that nobody chose should be seen before the first package.
    fn note_manufacturer(&mut self) {
        let mut formats = self.manifest.package.windows.iter().flatten();
        let has_package = formats.any(|format| format.value == "msi");
        let name = &self.release.name;
        let is_name = release::manufacturer(self.world, name) == *name;
        if has_package && is_name && self.manifest.project.manufacturer.is_none() {
            let notice = format!(
                "no `manufacturer` in `[project]`: the MSI names `{name}`, and a later change makes it another product"
            );
            self.notice(notice);
        }
    }

    fn targets(&mut self, problems: &mut Problems) -> Vec<Target> {
        // What else is wrong says nothing about the targets, and must not hide what is wrong with them.
        let mut own = Problems::default();
        let (all, host) = targets::of_project(&self.manifest.build, &self.world.facts, &mut own);
        let is_right = own.is_ok();
        problems.extend(own);
        if !is_right {
            return Vec::new();
        }
        self.check_patterns(&all, problems);
        targets::select(all, &self.options.targets, &host, problems)
    }

    /// Warns of patterns that fit none of the targets, whatever the command line leaves of them.
    fn check_patterns(&self, all: &[Target], problems: &mut Problems) {
        let single = compile::single_architectures(all);
        let names: BTreeSet<String> = all.iter().chain(&single).map(Target::to_string).collect();
        let overrides = self.manifest.build.overrides.iter();
        let files = self.manifest.package.files.iter();
        let patterns = overrides
            .map(|entry| &entry.target)
            .chain(files.filter_map(|file| file.targets.as_ref()).flatten());
        for pattern in patterns {
            if !names.iter().any(|name| pattern.matcher.is_match(name)) {
                let problem =
                    Problem::warning(format!("`{}` fits none of the targets", pattern.text.value));
                let names: Vec<String> = all.iter().map(Target::to_string).collect();
                problems.push(
                    problem
                        .at_option(pattern.text.place())
                        .hint(format!("the targets: {}", names.join(", "))),
                );
            }
        }
    }

    /// Adds a step; its needs are the steps that make its inputs, and `also`. Returns its name.
    pub fn step(
        &mut self,
        id: String,
        target: Option<&Target>,
        also: &[StepId],
        outputs: Vec<String>,
        action: Action,
    ) -> StepId {
        let mut needs: BTreeSet<StepId> = action
            .inputs()
            .iter()
            .filter_map(FileRef::step)
            .cloned()
            .collect();
        needs.extend(also.iter().cloned());
        let id = StepId(id);
        let step = Step {
            id: id.clone(),
            target: target.cloned(),
            needs: needs.into_iter().collect(),
            outputs,
            action,
        };
        self.steps.push(step);
        id
    }

    /// Adds a step that makes one file, and returns the file.
    pub fn file_step(
        &mut self,
        id: String,
        target: Option<&Target>,
        output: &str,
        action: Action,
    ) -> FileRef {
        let step = self.step(id, target, &[], vec![output.to_owned()], action);
        FileRef::Output {
            step,
            name: output.to_owned(),
        }
    }

    /// Adds a file of `dist/`.
    pub fn artifact(&mut self, artifact: PlannedArtifact) {
        self.artifacts.push(artifact);
    }

    /// The archives for a target that end like this.
    pub fn archives<'b>(
        &'b self,
        target: &'b Target,
        end: &'b str,
    ) -> impl Iterator<Item = &'b PlannedArtifact> {
        self.artifacts.iter().filter(move |artifact| {
            artifact.kind == ArtifactKind::Archive
                && artifact.target.as_ref() == Some(target)
                && artifact.name.ends_with(end)
        })
    }

    /// The Windows Installer package for a target, and its file as it will be in `dist/`.
    pub fn package(
        &self,
        target: &Target,
    ) -> Option<(&crate::package::msi::Package, &PlannedArtifact)> {
        let artifact = self.artifacts.iter().find(|artifact| {
            artifact.kind == ArtifactKind::Msi && artifact.target.as_ref() == Some(target)
        })?;
        let package = self.steps.iter().find_map(|step| match &step.action {
            Action::Msi(msi) if msi.name == artifact.name => Some(&*msi.package),
            _ => None,
        })?;
        Some((package, artifact))
    }

    /// Adds something worth knowing.
    pub fn notice(&mut self, notice: impl Into<String>) {
        self.notices.push(notice.into());
    }

    /// Adds something worth knowing, unless it was said before.
    pub fn notice_once(&mut self, notice: String) {
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    /// The files of `dist/` so far.
    pub fn artifacts(&self) -> &[PlannedArtifact] {
        &self.artifacts
    }

    /// All steps so far, by name.
    pub fn step_ids(&self) -> Vec<StepId> {
        self.steps.iter().map(|step| step.id.clone()).collect()
    }

    /// Whether this kind of result is wanted.
    pub fn wants(&self, kind: Skip) -> bool {
        !self.options.skip.contains(&kind)
    }

    /// Sorts the artifacts and refuses two of one name, on systems that do not tell capitals apart either.
    fn check_names(&mut self, problems: &mut Problems) {
        self.artifacts
            .sort_by(|left, right| left.name.cmp(&right.name));
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for artifact in &self.artifacts {
            *count.entry(artifact.name.to_lowercase()).or_default() += 1;
        }
        let shared: Vec<String> = count
            .into_iter()
            .filter(|(_, files)| *files > 1)
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        if !shared.is_empty() {
            let package = &self.manifest.package;
            let is_shared = |artifact: &&PlannedArtifact| {
                shared.contains(&format!("`{}`", artifact.name.to_lowercase()))
            };
            let mut clashing = self.artifacts.iter().filter(is_shared);
            // The template that made the names.
            let template = match clashing.all(|artifact| artifact.kind == ArtifactKind::Binary) {
                true => package.binary_name.as_ref(),
                false => package.name.as_ref().or(package.binary_name.as_ref()),
            };
            let problem = Problem::error(format!(
                "several files would have the same name: {}",
                shared.join(", ")
            ));
            problems.push(
                problem
                    .at_option(template.and_then(Located::place))
                    .hint("put `{{ target }}` and `{{ binary }}` into the names in `[package]`"),
            );
        }
        if self.artifacts.iter().all(|artifact| {
            matches!(
                artifact.kind,
                ArtifactKind::Metadata | ArtifactKind::Checksums
            )
        }) && problems.is_ok()
        {
            problems.push(
                Problem::error("there is nothing to make")
                    .hint("check --target, --binary and --skip"),
            );
        }
    }
}
