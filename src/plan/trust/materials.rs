//! What the executables were made from: bills of materials in `dist/` and in the packages, and licence texts.

use std::collections::BTreeMap;

use super::is_go;
use crate::manifest::check::SbomFormat;
use crate::plan::model::{Action, ArchiveEntry, ArtifactKind, FileRef, PlannedArtifact, StepId};
use crate::plan::planner::{FinishedBinary, Planner};
use crate::plan::trust_model::{Licences, Sbom};
use crate::plan::world::Skip;
use crate::target::Target;
use crate::trust::licence::Places;

/// The file of licence texts in packages.
pub const LICENCES_NAME: &str = "THIRD-PARTY-LICENSES.txt";

/// Adds the bills of materials of all Go executables to `dist/`.
pub(in crate::plan) fn describe_binaries(planner: &mut Planner<'_>, binaries: &[FinishedBinary]) {
    let Some(sbom) = planner
        .manifest
        .trust
        .sbom
        .clone()
        .filter(|_| planner.wants(Skip::Sbom))
    else {
        return;
    };
    for binary in binaries
        .iter()
        .filter(|binary| is_go(planner, binary))
        .collect::<Vec<_>>()
    {
        let documents: BTreeMap<SbomFormat, String> = sbom
            .formats
            .iter()
            .map(|format| (*format, document_name(binary, *format)))
            .collect();
        let outputs: Vec<String> = documents.values().cloned().collect();
        let action = Action::Sbom(Sbom {
            binary: binary.file.clone(),
            file_name: binary.file_name.clone(),
            documents,
            places: places(planner),
        });
        let step = planner.step(
            sbom_step(binary),
            Some(&binary.target),
            &[],
            outputs.clone(),
            action,
        );
        for output in outputs {
            let extension = output.strip_prefix(&binary.file_name).unwrap_or(&output);
            let version = &planner.release.version;
            planner.artifact(PlannedArtifact {
                name: format!(
                    "{}_{version}_{}{extension}",
                    binary.program,
                    binary.target.slug()
                ),
                kind: ArtifactKind::Sbom,
                target: Some(binary.target.clone()),
                binaries: Vec::new(),
                file: FileRef::Output {
                    step: step.clone(),
                    name: output.clone(),
                },
            });
        }
    }
}

/// What a package carries beside its executables: their bills of materials, and the licence texts. Names are relative
/// to the package's folder.
pub fn companions(
    planner: &mut Planner<'_>,
    target: &Target,
    binaries: &[&FinishedBinary],
) -> Vec<ArchiveEntry> {
    let Some(sbom) = planner
        .manifest
        .trust
        .sbom
        .clone()
        .filter(|_| planner.wants(Skip::Sbom))
    else {
        return Vec::new();
    };
    let binaries: Vec<&&FinishedBinary> = binaries
        .iter()
        .filter(|binary| is_go(planner, binary))
        .collect();
    let entry = |name: String, step: StepId| ArchiveEntry {
        source: FileRef::Output {
            step,
            name: name.clone(),
        },
        name,
        mode: 0o644,
    };
    let mut entries = Vec::new();
    if sbom.in_packages {
        for (binary, format) in binaries
            .iter()
            .flat_map(|binary| sbom.formats.iter().map(move |it| (binary, it)))
        {
            entries.push(entry(
                document_name(binary, *format),
                StepId(sbom_step(binary)),
            ));
        }
    }
    if sbom.licenses && !binaries.is_empty() {
        let programs: Vec<&str> = binaries
            .iter()
            .map(|binary| binary.program.as_str())
            .collect();
        let id = StepId(format!("collect licences {} {target}", programs.join(" ")));
        if !planner.step_ids().contains(&id) {
            let action = Action::Licences(Licences {
                binaries: binaries.iter().map(|binary| binary.file.clone()).collect(),
                name: LICENCES_NAME.to_owned(),
                places: places(planner),
            });
            planner.step(
                id.0.clone(),
                Some(target),
                &[],
                vec![LICENCES_NAME.to_owned()],
                action,
            );
        }
        entries.push(entry(LICENCES_NAME.to_owned(), id));
    }
    entries
}

fn sbom_step(binary: &FinishedBinary) -> String {
    format!("list materials of {} {}", binary.program, binary.target)
}

fn document_name(binary: &FinishedBinary, format: SbomFormat) -> String {
    format!("{}.{}", binary.file_name, format.extension())
}

fn places(planner: &Planner<'_>) -> Places {
    let facts = &planner.world.facts;
    let setting = |name: &str| {
        let value = facts.go.as_ref().ok()?.env.get(name)?;
        (!value.is_empty()).then(|| value.into())
    };
    let modules = facts.modules.as_ref().ok();
    let main_module = modules.and_then(|modules| modules.main.first()?.dir.clone());
    let workspace =
        modules.and_then(|modules| modules.workspace.as_deref()?.parent().map(Into::into));
    let vendor = modules
        .filter(|modules| modules.vendored)
        .and_then(|_| workspace.or_else(|| main_module.clone()))
        .map(|folder: std::path::PathBuf| folder.join("vendor"));
    Places {
        main_module,
        vendor,
        module_cache: setting("GOMODCACHE"),
        goroot: setting("GOROOT"),
    }
}
