//! Bills of materials and licence texts, from the build information in executables.

use std::collections::BTreeMap;
use std::io::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use super::{Made, MadeFile, StepContext, StepError};
use crate::error::Failure;
use crate::format::buildinfo::{self, BuildInfo};
use crate::format::output::{FileError, Output};
use crate::manifest::check::SbomFormat;
use crate::plan::{FileRef, Licences, Sbom};
use crate::trust::licence::{Licence, LicenceError, third_party_licences};
use crate::trust::sbom::{Inventory, Origin, Subject, cyclonedx, spdx};

pub(super) fn documents(action: &Sbom, context: &StepContext<'_>) -> Result<Made, StepError> {
    let info = build_info(&action.binary, context)?;
    let release = &context.plan.release;
    let subject = Subject {
        file_name: action.file_name.clone(),
        sha256: context.made(&action.binary)?.sha256.clone(),
        version: Some(release.version.clone()),
    };
    let inventory = Inventory::gather(subject, &info, &action.places)?;
    let origin = Origin {
        created: timestamp(release.timestamp)?,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        manufacturer: Some(release.manufacturer.clone()).filter(|name| !name.is_empty()),
    };
    let mut made = Made::default();
    for (format, name) in &action.documents {
        made.files.push(match format {
            SbomFormat::Cyclonedx => {
                write_json(name, &cyclonedx::document(&inventory, &origin), context)?
            }
            SbomFormat::Spdx => write_json(name, &spdx::document(&inventory, &origin), context)?,
        });
    }
    Ok(made)
}

pub(super) fn licences(action: &Licences, context: &StepContext<'_>) -> Result<Made, StepError> {
    let mut licences: BTreeMap<String, Licence> = BTreeMap::new();
    for binary in &action.binaries {
        let info = build_info(binary, context)?;
        for module in &info.deps {
            let source = module.effective();
            let name = match source.is_from_folder() {
                true => module.path.clone(),
                false => format!("{} {}", source.path, source.version),
            };
            licences.insert(name, action.places.module(module)?);
        }
        let go = info
            .go_version
            .split_whitespace()
            .next()
            .unwrap_or("go")
            .to_owned();
        licences.insert(
            format!("Go standard library {go}"),
            action.places.standard_library()?,
        );
    }
    let release = &context.plan.release;
    let text = third_party_licences(&format!("{} {}", release.title, release.version), &licences);
    let file = write(&action.name, text.as_bytes(), context)?;
    Ok(Made {
        files: vec![file],
        ..Made::default()
    })
}

fn build_info(binary: &FileRef, context: &StepContext<'_>) -> Result<BuildInfo, Failure> {
    Ok(buildinfo::read_combined(&context.path(binary)?)?)
}

fn timestamp(seconds: u64) -> Result<Timestamp, Failure> {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or_else(|| Failure::failed(format!("{seconds} seconds since 1970 is no time")))
}

/// Writes an indented JSON document with a line end.
pub(super) fn write_json(
    name: &str,
    document: &impl Serialize,
    context: &StepContext<'_>,
) -> Result<MadeFile, StepError> {
    let mut json = serde_json::to_vec_pretty(document)
        .map_err(|error| Failure::failed(format!("could not write `{name}`: {error}")))?;
    json.push(b'\n');
    write(name, &json, context)
}

fn write(name: &str, bytes: &[u8], context: &StepContext<'_>) -> Result<MadeFile, StepError> {
    let path = context.output(name)?;
    let mut output = Output::create(&path, context.digests())?;
    output
        .write_all(bytes)
        .map_err(FileError::on("write", &path))?;
    let written = output.finish()?;
    Ok(MadeFile::written(name, path, written))
}

impl From<LicenceError> for StepError {
    fn from(error: LicenceError) -> Self {
        Self::Failed(Failure::failed(error.to_string()))
    }
}
