//! What is released: name, version, time, and the variables of templates that follow from them.

use std::collections::BTreeMap;

use minijinja::Value;
use semver::Version;

use super::expand::Expander;
use super::pushed_tag;
use super::release_model::{Commit, Release, ReleaseKind};
use super::tags::{TagRule, module};
use super::version::{Decision, Request, Tree, decide as decide_version};
use super::world::{Options, World};
use crate::format::output::sha256_hex;
use crate::manifest::check::file_name;
use crate::manifest::{Manifest, VersionSource};
use crate::problem::{Problem, Problems};
use crate::project::{Facts, ProblemKind};

/// Everything about the release itself; none when something stands against it.
pub(super) fn decide(
    manifest: &Manifest,
    world: &World,
    options: &Options,
    problems: &mut Problems,
) -> Option<Release> {
    let decision = version(manifest, world, options, problems)?;
    let name = name(manifest, world, options, problems)?;
    let project = &manifest.project;
    let text = |value: &Option<crate::manifest::Located<String>>| {
        value.as_ref().map(|value| value.value.clone())
    };
    let title = text(&project.title).unwrap_or_else(|| name.clone());
    let clock = problems.take(world.facts.clock.clone().map_err(from_fact))?;
    let commit = world.facts.git.as_ref().ok().map(|git| Commit {
        hash: git.commit.clone(),
        short: git.short_commit.clone(),
        time: git.commit_time,
        branch: git.branch.clone(),
        tag: decision.tag.clone(),
        dirty: !git.dirty.is_empty(),
    });
    Some(Release {
        description: text(&project.description).unwrap_or_else(|| title.clone()),
        manufacturer: text(&project.manufacturer).unwrap_or_else(|| manufacturer(world, &name)),
        homepage: text(&project.homepage),
        license: text(&project.license),
        module: module(&world.facts).map(|(path, _)| path),
        version: decision.version.to_string(),
        file_version: None,
        kind: decision.kind,
        snapshot_reason: decision.reason,
        version_origin: decision.origin,
        commit,
        timestamp: u64::try_from(clock.seconds).unwrap_or_default(),
        go_version: world
            .facts
            .go
            .as_ref()
            .ok()
            .map(|go| go.version_text.clone()),
        manifest_sha256: sha256_hex(world.manifest_text.as_bytes()),
        name,
        title,
    })
}

/// Manufacturer and name that a manifest of this project stands for; none when no name can be told.
pub(super) fn maker(
    manifest: &Manifest,
    world: &World,
    options: &Options,
) -> Option<(String, String)> {
    let name = name(manifest, world, options, &mut Problems::default())?;
    let stated = manifest.project.manufacturer.as_ref();
    let manufacturer = stated.map_or_else(|| manufacturer(world, &name), |text| text.value.clone());
    Some((manufacturer, name))
}

/// A fact that is missing, as a problem of the project.
pub(super) fn from_fact(fact: crate::project::Problem) -> Problem {
    let problem = match fact.kind {
        ProblemKind::ToolMissing => Problem::missing_tool(fact.message),
        ProblemKind::NoRepository
        | ProblemKind::NoCommit
        | ProblemKind::NoModule
        | ProblemKind::GoTooOld
        | ProblemKind::Cancelled
        | ProblemKind::Failed => Problem::error(fact.message),
    };
    match fact.hint {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

fn name(
    manifest: &Manifest,
    world: &World,
    options: &Options,
    problems: &mut Problems,
) -> Option<String> {
    if let Some(name) = &manifest.project.name {
        return Some(name.value.clone());
    }
    let from_module = module(&world.facts).map(|(path, _)| {
        let package = crate::project::Package {
            import_path: path,
            ..Default::default()
        };
        package.executable_name().to_owned()
    });
    let from_folder = || {
        options
            .root
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    let name = from_module.or_else(from_folder).unwrap_or_default();
    match file_name(&name) {
        Ok(()) => Some(name),
        Err(why) => {
            problems.push(
                Problem::error(format!("the inferred name `{name}` {why}"))
                    .hint("give `name` in `[project]`"),
            );
            None
        }
    }
}

/// `contoso` of `github.com/contoso/orders`; none when the path names no owner.
pub fn owner_of_module(path: &str) -> Option<&str> {
    let mut parts = path.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(host), Some(owner), Some(_)) if host.contains('.') => Some(owner),
        _ => None,
    }
}

/// The module's owner, or the project's name.
pub(super) fn manufacturer(world: &World, name: &str) -> String {
    let path = module(&world.facts).map(|(path, _)| path);
    let owner = path.as_deref().and_then(owner_of_module);
    owner.unwrap_or(name).to_owned()
}

fn version(
    manifest: &Manifest,
    world: &World,
    options: &Options,
    problems: &mut Problems,
) -> Option<Decision> {
    let stated = match &manifest.project.version {
        VersionSource::Git => None,
        VersionSource::Manifest(version) => Some(version.value.clone()),
        VersionSource::File(path) => Some(from_file(path, world, problems)?),
    };
    let request = Request {
        version: options.version.clone(),
        snapshot: options.snapshot.clone(),
        stated,
        rule: TagRule::of(manifest, &world.facts),
        pushed: pushed_tag::of(&world.environment),
    };
    let tree = tree(world, problems)?;
    match decide_version(&request, tree.as_ref()) {
        Ok(decision) => {
            refuse_snapshot(&decision, &request.rule, options, world, problems);
            Some(decision)
        }
        Err(refusal) => {
            problems.push(Problem::error(refusal.message).hint(refusal.hint));
            None
        }
    }
}

fn refuse_snapshot(
    decision: &Decision,
    rule: &TagRule,
    options: &Options,
    world: &World,
    problems: &mut Problems,
) {
    if let (true, ReleaseKind::Snapshot, Some(reason)) =
        (options.release_only, decision.kind, &decision.reason)
    {
        let problem = Problem::error(format!("this is no release: {reason}"));
        let way_out = way_to_a_release(&world.facts, rule);
        problems.push(problem.hint(format!("{way_out}; without --release it is a snapshot")));
    }
}

/// What makes a release of the tree as it is.
fn way_to_a_release(facts: &Facts, rule: &TagRule) -> String {
    let tag = format!("`git tag {}`", rule.example());
    match &facts.git {
        Ok(git) if !git.dirty.is_empty() => {
            "commit, stash or ignore what `git status` lists".to_owned()
        }
        Ok(git) if git.shallow && git.tags.is_empty() => {
            "the clone is shallow, so the tag may be missing only here: `git fetch --tags`"
                .to_owned()
        }
        Ok(git) => match git.tags.iter().find_map(|tag| rule.explain(tag)) {
            Some(explained) => explained.hint,
            None => format!("tag the commit, such as with {tag}"),
        },
        Err(problem) if problem.kind == ProblemKind::NoCommit => {
            format!("commit everything and tag the commit, such as with {tag}")
        }
        Err(_) => "a release comes from a tagged commit of a git repository".to_owned(),
    }
}

fn from_file(
    path: &crate::manifest::Located<String>,
    world: &World,
    problems: &mut Problems,
) -> Option<Version> {
    let text = match &world.version_text {
        Some(Ok(text)) => text.as_str(),
        Some(Err(why)) => {
            problems.push(
                Problem::error(format!("could not read `{}`: {why}", path.value))
                    .at(path.span.clone())
                    .hint("a file with the version in its first line, relative to the folder of release.toml"),
            );
            return None;
        }
        None => "",
    };
    // Windows PowerShell 5.1 writes a byte order mark.
    let text = text.trim_start_matches('\u{feff}');
    let line = text.lines().next().unwrap_or_default().trim();
    match Version::parse(line.strip_prefix('v').unwrap_or(line)) {
        Ok(version) => Some(version),
        Err(error) => {
            let problem = Problem::error(format!(
                "the first line of `{}` is no version: {error}",
                path.value
            ));
            problems.push(
                problem
                    .at(path.span.clone())
                    .hint("a semantic version such as `1.4.2`"),
            );
            None
        }
    }
}

/// What git tells; the outer none is a problem, the inner one is no repository.
fn tree(world: &World, problems: &mut Problems) -> Option<Option<Tree>> {
    match &world.facts.git {
        Ok(git) => Some(Some(Tree {
            short_commit: Some(git.short_commit.clone()),
            tags: git.tags.clone(),
            nearest: world.history.nearest.clone(),
            dirty: git.dirty.first().cloned(),
        })),
        Err(problem) => match problem.kind {
            ProblemKind::NoCommit => Some(Some(Tree::default())),
            ProblemKind::NoRepository | ProblemKind::ToolMissing => Some(None),
            _ => {
                problems.push(from_fact(problem.clone()));
                None
            }
        },
    }
}

/// The variables that every template may use.
pub(super) fn expander(manifest: &Manifest, world: &World, release: &Release) -> Expander {
    let version = Version::parse(&release.version).unwrap_or(Version::new(0, 0, 0));
    let commit = release.commit.as_ref();
    let or_empty = |text: Option<&String>| Value::from(text.cloned().unwrap_or_default());
    let variables = BTreeMap::from([
        ("name".to_owned(), Value::from(release.name.clone())),
        ("title".to_owned(), Value::from(release.title.clone())),
        ("version".to_owned(), Value::from(release.version.clone())),
        ("major".to_owned(), Value::from(version.major)),
        ("minor".to_owned(), Value::from(version.minor)),
        ("patch".to_owned(), Value::from(version.patch)),
        (
            "prerelease".to_owned(),
            Value::from(version.pre.to_string()),
        ),
        (
            "tag".to_owned(),
            // A snapshot has the last tag before it.
            or_empty(
                commit.and_then(|commit| commit.tag.as_ref()).or(world
                    .history
                    .nearest
                    .as_ref()
                    .map(|(tag, _)| tag)),
            ),
        ),
        (
            "commit".to_owned(),
            or_empty(commit.map(|commit| &commit.hash)),
        ),
        (
            "short_commit".to_owned(),
            or_empty(commit.map(|commit| &commit.short)),
        ),
        (
            "branch".to_owned(),
            or_empty(commit.and_then(|commit| commit.branch.as_ref())),
        ),
        (
            "commit_timestamp".to_owned(),
            Value::from(release.timestamp),
        ),
        (
            "commit_date".to_owned(),
            Value::from(date(release.timestamp)),
        ),
    ]);
    let allowed = manifest.build.allow_env.iter().map(|name| {
        let value = world.environment.get(&name.value);
        (name.value.clone(), value.cloned())
    });
    Expander::new(variables, allowed.collect())
}

/// `2026-02-03T04:05:06Z`.
fn date(timestamp: u64) -> String {
    let seconds = i64::try_from(timestamp).unwrap_or_default();
    jiff::Timestamp::from_second(seconds)
        .map(|time| time.to_string())
        .unwrap_or_default()
}
