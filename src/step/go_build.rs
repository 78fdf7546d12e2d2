//! One `go build`, into a folder that is kept, so that the go tool finds its earlier output up to date.
//!
//! The go tool judges an executable by the build id in its head and takes a truncated file for up to date; so an
//! earlier output stays only while it has the SHA-256 that was recorded when it was made.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Made, MadeFile, StepContext, StepError, service_host, way_out};
use crate::error::Failure;
use crate::format::input;
use crate::format::output::{self, Digests};
use crate::plan::GoBuild;

/// The name of the file in a stage folder that tells what the go tool's outputs were.
pub const STAGE_RECORD: &str = "record.json";

/// What is remembered of a stage's last build.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    /// The outputs' SHA-256, by file name.
    executables: BTreeMap<String, String>,
    /// The largest memory of a process in any build so far, in bytes: a build that finds all up to date takes little,
    /// and says nothing of the next one.
    peak_memory: Option<u64>,
}

/// The most memory that a build in this stage has taken so far, in bytes.
pub fn remembered_peak(stage: &Path) -> Option<u64> {
    read_record(&stage.join(STAGE_RECORD)).peak_memory
}

fn read_record(path: &Path) -> Record {
    input::read_description(path)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

pub(super) fn run(action: &GoBuild, context: &StepContext<'_>) -> Result<Made, StepError> {
    let stage = context
        .stage
        .ok_or_else(|| Failure::failed("a compilation has no folder for its output"))?;
    let bin = stage.join("bin");
    let record_file = stage.join(STAGE_RECORD);
    if fs::symlink_metadata(&bin).is_ok_and(|metadata| !metadata.is_dir()) {
        remove(&bin)?;
    }
    fs::create_dir_all(&bin).map_err(|error| Failure::io("make", &bin, &error))?;
    let before = read_record(&record_file);
    remove_what_is_not_recorded(&bin, &before.executables)?;

    let target = match &action.output_name {
        Some(name) => bin.join(name).to_string_lossy().into_owned(),
        None => format!("{}{}", bin.to_string_lossy(), std::path::MAIN_SEPARATOR),
    };
    let mut invocation = action.invocation.clone();
    let place = invocation
        .args
        .iter()
        .position(|arg| arg == "build")
        .map_or(0, |index| index + 1);
    invocation
        .args
        .splice(place..place, ["-o".to_owned(), target]);
    service_host::add_overlay(action, &mut invocation, stage, context)?;
    let output = context
        .runner
        .run(&invocation)
        .map_err(|error| way_out::of_compilation(error, &action.invocation))?;

    let mut files = Vec::new();
    let mut record = Record {
        peak_memory: before.peak_memory.max(output.peak_memory),
        ..Record::default()
    };
    for (executable, name) in &action.executables {
        let path = bin.join(executable);
        if !path.is_file() {
            let message = format!("{} made no `{executable}`", invocation.summary);
            return Err(Failure::failed(message)
                .hint("is the package a `package main`?")
                .into());
        }
        let made = MadeFile::measure(name, path, context.digests())?;
        record
            .executables
            .insert(executable.clone(), made.sha256.clone());
        files.push(made);
    }
    let reused = record.executables == before.executables;
    write_record(&record_file, &record)?;
    Ok(Made {
        files,
        reused,
        peak_memory: output.peak_memory,
        ..Made::default()
    })
}

fn remove_what_is_not_recorded(
    bin: &Path,
    recorded: &BTreeMap<String, String>,
) -> Result<(), Failure> {
    let list = fs::read_dir(bin).map_err(|error| Failure::io("list", bin, &error))?;
    for entry in list.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_recorded = recorded.get(&name).is_some_and(|sha256| {
            output::measure_regular(&path, Digests::Sha256)
                .is_ok_and(|written| written.sha256 == *sha256)
        });
        if !is_recorded {
            remove(&path)?;
        }
    }
    Ok(())
}

/// Removes whatever stands there; links are not followed.
pub(super) fn remove(path: &Path) -> Result<(), Failure> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    };
    removed.map_err(|error| Failure::io("remove", path, &error))
}

/// The record is only written after the outputs, so that a run killed in between trusts none of them.
fn write_record(path: &Path, record: &Record) -> Result<(), Failure> {
    let describe = |error: std::io::Error| Failure::io("write", path, &error);
    let temporary = path.with_extension("tmp");
    remove(&temporary)?;
    if path.is_dir() {
        remove(path)?;
    }
    let file = File::create(&temporary).map_err(describe)?;
    serde_json::to_writer(&file, record).map_err(|error| describe(error.into()))?;
    drop(file);
    fs::rename(&temporary, path).map_err(describe)
}
