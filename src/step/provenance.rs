//! The provenance statement.

use std::collections::BTreeMap;

use super::sbom::write_json;
use super::{Made, StepContext, StepError, work_tree};
use crate::error::Failure;
use crate::format::buildinfo;
use crate::plan;
use crate::trust::provenance::{Definition, Material, Runner, Subject, TOOLS, statement};
use crate::trust::sbom::package_url;

pub(super) fn run(action: &plan::Provenance, context: &StepContext<'_>) -> Result<Made, StepError> {
    let subject = |named: &plan::NamedFile| {
        let sha256 = context.made(&named.file)?.sha256.clone();
        Ok(Subject {
            name: named.name.clone(),
            sha256,
        })
    };
    let subjects = action
        .subjects
        .iter()
        .map(subject)
        .collect::<Result<Vec<_>, Failure>>()?;
    let definition = Definition {
        external: action.external.clone(),
        internal: internal(action, context)?,
        materials: materials(action, context)?,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let document = statement(subjects, &definition, &Runner::from_env(&action.runner));
    let file = write_json(&action.name, &document, context)?;
    Ok(Made {
        files: vec![file],
        ..Made::default()
    })
}

/// How each executable was compiled, by program and target, and the versions of the programs that were called.
fn internal(
    action: &plan::Provenance,
    context: &StepContext<'_>,
) -> Result<BTreeMap<String, serde_json::Value>, Failure> {
    let mut internal = action.internal.clone();
    let changed = work_tree::changed(action.work_tree.as_ref(), context)?;
    if !changed.is_empty() {
        internal.insert("changed-files".to_owned(), changed.into());
    }
    let builds: BTreeMap<String, serde_json::Value> = context
        .plan
        .artifacts
        .iter()
        .flat_map(|artifact| {
            artifact
                .binaries
                .iter()
                .map(move |binary| (artifact, binary))
        })
        .filter_map(|(artifact, binary)| {
            let target = artifact
                .target
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            Some((
                format!("{} {target}", binary.name),
                serde_json::to_value(&binary.build).ok()?,
            ))
        })
        .collect();
    // By name, and not in the order of files: the statements of several runners then join to the same.
    let builds = builds.into_iter().collect();
    internal.insert("builds".to_owned(), serde_json::Value::Object(builds));
    let tools = context.plan.tools.iter();
    let tools: serde_json::Map<String, serde_json::Value> = tools
        .map(|tool| (tool.name.clone(), tool.version.clone().into()))
        .collect();
    if !tools.is_empty() {
        internal.insert(TOOLS.to_owned(), tools.into());
    }
    Ok(internal)
}

/// The commit, the toolchains and the modules of all executables.
fn materials(
    action: &plan::Provenance,
    context: &StepContext<'_>,
) -> Result<Vec<Material>, Failure> {
    let mut materials = Vec::new();
    materials.extend(
        context
            .plan
            .release
            .commit
            .as_ref()
            .map(|commit| Material::Source {
                url: action.repository.clone(),
                commit: commit.hash.clone(),
            }),
    );
    for binary in &action.binaries {
        let path = context.path(binary)?;
        let info = buildinfo::read_combined(&path)?;
        materials.push(Material::Toolchain {
            version: info.go_version.clone(),
        });
        for module in info.deps.iter().map(buildinfo::Module::effective) {
            if !module.is_from_folder() {
                materials.push(Material::Module {
                    purl: package_url(&module.path, Some(&module.version), &[], None),
                    dir_hash: module.sum_hex(),
                });
            }
        }
    }
    Ok(materials)
}
