//! `gorelease sbom`: the bill of materials of any Go executable.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::arguments::ProjectArguments;
use super::ui::Ui;
use crate::error::{ExitCode, Failure};
use crate::format::buildinfo::{self, BuildInfo};
use crate::format::guarded::guarded;
use crate::format::output::{self, Digests};
use crate::process::{Cancel, Invocation, Runner, ToolFinder};
use crate::trust::licence::Places;
use crate::trust::sbom::{Inventory, Origin, Subject, cyclonedx, spdx};

/// Arguments of `sbom`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A Go executable for any system
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The document's format
    #[arg(long, value_enum, default_value_t = Specification::Cyclonedx, value_name = "SPEC")]
    spec: Specification,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Specification {
    /// CycloneDX 1.6
    Cyclonedx,
    /// SPDX 2.3
    Spdx,
}

pub(super) fn run(
    arguments: &Arguments,
    project: &ProjectArguments,
    ui: &Ui,
    cancel: &Cancel,
) -> Result<(), Failure> {
    let file = &*project.path(&arguments.file);
    let info = guarded(|| buildinfo::read_combined(file))
        .map_err(|why| Failure::failed(format!("cannot read `{}`: {why}", file.display())))?;
    let info = info.map_err(|error| {
        let failure = Failure::new(ExitCode::Usage, error.to_string());
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })?;
    let subject = Subject {
        file_name: file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        sha256: output::measure(file, Digests::Sha256)?.sha256,
        version: None,
    };
    let places = places(&Runner::new(cancel.clone()));
    let inventory = Inventory::gather(subject, &info, &places)
        .map_err(|error| Failure::failed(error.to_string()))?;
    let origin = Origin {
        created: created(&info),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        manufacturer: None,
    };
    match arguments.spec {
        Specification::Cyclonedx => ui.json(&cyclonedx::document(&inventory, &origin)),
        Specification::Spdx => ui.json(&spdx::document(&inventory, &origin)),
    }
}

/// `SOURCE_DATE_EPOCH`, or the commit's time in the executable: never the clock, so that the document is the same
/// tomorrow.
fn created(info: &BuildInfo) -> Timestamp {
    let epoch = std::env::var("SOURCE_DATE_EPOCH")
        .ok()
        .and_then(|text| text.parse().ok());
    epoch
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .or_else(|| info.setting("vcs.time")?.parse().ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The module cache and the Go distribution of this machine; without Go, licences stay unknown.
fn places(runner: &Runner) -> Places {
    let Some(go) = ToolFinder::from_env().find_program("go") else {
        return Places::default();
    };
    let ask = |name: &str| {
        let invocation = Invocation::new(&go, "go env").args(["env", name]);
        let value = runner.read(&invocation).ok()?;
        Some(PathBuf::from(value)).filter(|path| path != Path::new(""))
    };
    Places {
        module_cache: ask("GOMODCACHE"),
        goroot: ask("GOROOT"),
        ..Places::default()
    }
}
