//! What makes a zip for Windows installable: scripts and configuration files of the services in it.

use super::model::{Action, ArchiveEntry, FileRef, InstallScripts};
use super::planner::{FinishedBinary, Planner};
use crate::deploy::build_service::config_artifact;
use crate::deploy::install::{DATA_FILE, INSTALL_FILE, UNINSTALL_FILE, install_data};
use crate::deploy::model::Product;
use crate::problem::{Problem, Problems};
use crate::service::Service;
use crate::target::Target;

/// The further entries of an archive, with names relative to its folder; `files` are the names of the others.
pub(super) fn of_archive(
    planner: &mut Planner<'_>,
    target: &Target,
    archive: &str,
    binaries: &[&FinishedBinary],
    files: &[String],
    problems: &mut Problems,
) -> Vec<ArchiveEntry> {
    let services: Vec<Service> = planner
        .services
        .iter()
        .filter(|service| {
            let mut programs = binaries.iter().map(|binary| &binary.program);
            programs.any(|program| *program == service.binary)
        })
        .cloned()
        .collect();
    if services.is_empty() || !target.is_windows() {
        return Vec::new();
    }
    let release = &planner.release;
    let product = Product {
        name: release.name.clone(),
        title: release.title.clone(),
        version: release.version.clone(),
        manufacturer: release.manufacturer.clone(),
        architecture: target.goarch.clone(),
    };
    let data = match install_data(&product, &services, files) {
        Ok(data) => data,
        Err(error) => {
            problems.push(Problem::error(format!(
                "could not write {DATA_FILE}: {error}"
            )));
            return Vec::new();
        }
    };
    let outputs = [INSTALL_FILE, UNINSTALL_FILE, DATA_FILE].map(str::to_owned);
    let step = planner.step(
        format!("install scripts of {archive}"),
        Some(target),
        &[],
        outputs.to_vec(),
        Action::InstallScripts(InstallScripts { data }),
    );
    let scripts = outputs.map(|name| ArchiveEntry {
        source: FileRef::Output {
            step: step.clone(),
            name: name.clone(),
        },
        name,
        mode: 0o644,
    });
    let configuration = services.iter().flat_map(|service| {
        service.config.iter().map(|file| ArchiveEntry {
            name: config_artifact(&service.name, &file.name),
            source: FileRef::Project(file.from.clone()),
            mode: 0o644,
        })
    });
    scripts.into_iter().chain(configuration).collect()
}
