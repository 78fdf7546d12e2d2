//! `gorelease build`: the main job.

use std::sync::mpsc;
use std::time::Instant;

use clap::Args;

use super::arguments::{ProjectArguments, ReleaseArguments};
use super::ui::Ui;
use crate::engine::{self, Cache, Dist, OnFailure, Results, Settings};
use crate::error::{ExitCode, Failure, io_word};
use crate::event::{Event, Events};
use crate::plan::Plan;
use crate::process::{Cancel, Runner, both};
use crate::project::Memory;
use crate::project::host::free_disk;
use crate::step::try_keys;
use crate::verify::verify;

/// Arguments of `build`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    release: ReleaseArguments,
    /// The most compilations at once [default: one more than processors]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Memory for all compilations, such as 6GB [default: what is free]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    memory: Option<u64>,
    /// After a failure, go on with what does not depend on it, and show all failures at the end
    #[arg(long)]
    keep_going: bool,
    /// Use nothing of earlier runs and keep nothing for later ones
    #[arg(long)]
    no_cache: bool,
}

/// Bytes from `512MB`, `6GB` or `6GiB`.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "KB" | "K" | "KIB" => 1 << 10,
        "MB" | "M" | "MIB" => 1 << 20,
        "GB" | "G" | "GIB" => 1u64 << 30,
        _ => return Err("a size looks like 512MB or 6GB".to_owned()),
    };
    let number: u64 = digits
        .trim()
        .parse()
        .map_err(|_| "a size looks like 512MB or 6GB".to_owned())?;
    number
        .checked_mul(factor)
        .filter(|size| *size > 0)
        .ok_or_else(|| "the size is out of range".to_owned())
}

pub(super) fn run(
    arguments: &Arguments,
    project: &ProjectArguments,
    ui: &Ui,
    cancel: &Cancel,
) -> Result<(), Failure> {
    let start = Instant::now();
    let session = project.open(ui, cancel)?;
    let mut options = arguments.release.options(&session.base);
    // Before anything else: an unignored folder of results would make the go tool stamp the build as modified.
    let dist = Dist::open(&options.dist, &session.root)?;
    let (mut plan, problems) = session.plan(&mut options)?;
    plan.tools = session.tool_versions(&plan);
    ui.problems(&problems);
    let (cache, notices) = cache(arguments, &dist)?;
    plan.notices.extend(notices);
    plan.notices.extend(dist.notice().map(str::to_owned));
    plan.notices.extend(check_disk(&dist)?);
    try_keys(&plan, &Runner::new(cancel.clone()))?;
    let settings = settings(arguments);
    let dist_work = dist.work()?;
    let (sender, receiver) = mpsc::channel();
    let events = Events::new(sender);
    let results = std::thread::scope(|scope| {
        let plan = &plan;
        let reporter = scope.spawn(move || ui.follow(&receiver, plan));
        let recheck = || match options.release_only {
            true => session.check_sources_after_hooks(plan),
            false => Ok(()),
        };
        let course = Course {
            settings: &settings,
            cache: &cache,
            cancel,
            start,
        };
        let result = release(plan, &course, dist, &events, recheck);
        drop(events);
        // A reporter that panicked has already said so; the release stands all the same.
        if let (Ok(_), Ok(summary)) = (&result, reporter.join()) {
            ui.page(&summary, &plan.dist);
        }
        result
    })?;
    if cache.root() != dist_work && results.has_new(&plan) {
        cache.tidy();
    }
    Ok(())
}

/// How a plan is carried out.
struct Course<'a> {
    settings: &'a Settings,
    cache: &'a Cache,
    cancel: &'a Cancel,
    start: Instant,
}

/// Carries the plan out; `recheck` looks at the sources once more, before anything is put into `dist`.
fn release(
    plan: &Plan,
    course: &Course<'_>,
    dist: Dist,
    events: &Events,
    recheck: impl FnOnce() -> Result<(), Failure>,
) -> Result<Results, Failure> {
    let Course {
        settings,
        cache,
        cancel,
        start,
    } = course;
    announce(plan, events);
    let interrupted = || {
        Failure::new(
            ExitCode::Interrupted,
            "interrupted: the earlier results are as they were",
        )
    };
    let results: Results =
        engine::run(plan, settings, cache, cancel, events).map_err(|failure| {
            if failure.code == ExitCode::Interrupted {
                interrupted()
            } else {
                failure
            }
        })?;
    recheck()?;
    engine::collect(plan, &results, &dist.fresh(), events)?;
    let fresh = dist.fresh();
    let (synced, verified) = both(|| dist.sync(), || verify(&fresh, &Default::default()));
    let files = verified?.into_result()?;
    synced?;
    events.send(Event::Verified { files });
    if cancel.is_cancelled() {
        return Err(interrupted());
    }
    let folder = dist.root().display().to_string();
    for name in dist.foreign()? {
        let message = format!("`{name}` beside the results was not made by gorelease, and stays");
        events.send(Event::Notice { message });
    }
    dist.commit()?;
    events.send(Event::Done {
        elapsed: start.elapsed(),
        dist: folder,
    });
    Ok(results)
}

fn announce(plan: &Plan, events: &Events) {
    events.send(Event::Planned {
        name: plan.release.name.clone(),
        version: plan.release.version.clone(),
        kind: plan.release.kind,
        reason: plan.release.snapshot_reason.clone(),
        targets: plan.targets.clone(),
        steps: plan.steps.len(),
    });
    for notice in &plan.notices {
        events.send(Event::Notice {
            message: notice.clone(),
        });
    }
}

/// The cache, or a folder of this run alone when there is none that can be trusted, with what there is to say about that.
///
/// `--release` is the latter, too: nothing that an earlier run or another user left in a cache may get into a
/// release.
fn cache(arguments: &Arguments, dist: &Dist) -> Result<(Cache, Option<String>), Failure> {
    let without = |notice: Option<String>| Ok((Cache::new(dist.work()?), notice));
    if arguments.no_cache || arguments.release.release {
        return without(None);
    }
    let Some(root) = Cache::default_root() else {
        return without(Some(
            "no cache folder is known (HOME and XDG_CACHE_HOME are not set), so nothing is reused; \
             set GORELEASE_CACHE to a folder, or use --no-cache"
                .to_owned(),
        ));
    };
    let cache = Cache::new(root);
    let shown = cache.root().display().to_string();
    match cache.prepare() {
        Ok(None) => Ok((cache, None)),
        Ok(Some(why)) => without(Some(format!(
            "the cache folder `{shown}` {why}, and is not used; `chmod 700` it, or set GORELEASE_CACHE to another one"
        ))),
        Err(error) => without(Some(format!(
            "the cache folder `{shown}` cannot be used ({}): nothing is reused; set GORELEASE_CACHE to another one",
            io_word(&error)
        ))),
    }
}

/// With less than this, a compilation may fail half-way (bytes).
const LITTLE_DISK: u64 = 64 << 20;
/// With less than this, nothing can be made.
const LEAST_DISK: u64 = 1 << 20;

fn check_disk(dist: &Dist) -> Result<Option<String>, Failure> {
    let place = dist.root().display();
    match free_disk(dist.root()) {
        Ok(free) if free < LEAST_DISK => Err(Failure::failed(format!(
            "the disk of `{place}` is full: {} kB are left",
            free >> 10
        ))
        .hint("free some space, or give another folder with --out")),
        Ok(free) if free < LITTLE_DISK => Ok(Some(format!(
            "little space is left on the disk of `{place}`: {} MB",
            free >> 20
        ))),
        // A file system that does not tell is not a full one.
        _ => Ok(None),
    }
}

fn settings(arguments: &Arguments) -> Settings {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let available = || Memory::gather().map_or(u64::MAX, |memory| memory.available);
    Settings {
        // One more than processors: a compilation that finds all up to date waits for files and for git.
        jobs: arguments.jobs.map_or(processors + 1, usize::from),
        processors,
        memory: arguments.memory.unwrap_or_else(available),
        on_failure: if arguments.keep_going {
            OnFailure::KeepGoing
        } else {
            OnFailure::Cancel
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!(size("512MB"), Ok(512 << 20));
        assert_eq!(size("6g"), Ok(6 << 30));
        for bad in ["", "GB", "1.5GB", "6TBB", "0", "99999999999999GB"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }
}
