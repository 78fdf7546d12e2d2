//! The Windows Installer package of one target.

mod contents;
mod identity;
mod places;

use std::collections::BTreeSet;

use super::Expander;
use super::archives::{expander_for, planned, rendered_name};
use super::files::existing;
use super::model::{Action, ArtifactKind, FileRef, Msi, MsiTool, PlannedArtifact};
use super::planner::{FinishedBinary, Planner};
use super::trust::{companions, sign_script, sign_windows_file};
use crate::manifest::Located;
use crate::manifest::check::{MsiBackend, WixSource};
use crate::package::msi::external::tool as tool_of;
use crate::package::msi::wxs::{Dialect, Limit, limits};
use crate::package::msi::{Architecture, Folder, Keep, Package};
use crate::problem::{Problem, Problems, nearest};
use crate::service::Service;
use crate::target::Target;
use contents::{Files, configuration, environment, firewall, further, shortcuts};

/// Adds the package.
pub(super) fn plan(
    planner: &mut Planner<'_>,
    target: &Target,
    binaries: &[&FinishedBinary],
    format: &Located<String>,
    problems: &mut Problems,
) {
    let Some(architecture) = architecture(target, format, problems) else {
        return;
    };
    let manifest = planner.manifest;
    let expander = expander_for(planner, target, None);
    let template = manifest
        .msi
        .name
        .as_ref()
        .or(manifest.package.name.as_ref());
    let default = super::archives::DEFAULT_NAME;
    let Some(stem) = problems.take(rendered_name(template, default, &expander)) else {
        return;
    };
    let binaries = chosen(planner, binaries, problems);
    let Some(product) = identity::product(planner, architecture, format, problems) else {
        return;
    };
    let services = services(planner, &binaries);
    warn_of_times(planner, &services, problems);
    let files = files(planner, target, (&binaries, &services), &expander, problems);
    let package = Package {
        product,
        files: files.package,
        services,
        properties: manifest
            .msi
            .properties
            .iter()
            .map(|property| property.value.clone())
            .collect(),
        environment: environment(planner, &expander, problems),
        path: manifest.msi.path,
        shortcuts: shortcuts(planner, &binaries, problems),
        firewall: firewall(planner),
        minimum_build: manifest.msi.minimum_build,
        epoch: i64::try_from(planner.release.timestamp).unwrap_or(i64::MAX),
    };
    places::report(planner, &package, &binaries, problems);
    let icon = manifest
        .project
        .icon
        .as_ref()
        .map(|icon| FileRef::Project(icon.value.clone()));
    let tool = tool(planner, &package, problems);
    let wix_source = match manifest.msi.source {
        WixSource::Published => Some(format!("{stem}.wxs")),
        WixSource::Internal => None,
    };
    let action = Msi {
        name: format!("{stem}.msi"),
        package: Box::new(package),
        sources: files.sources,
        icon,
        tool,
        wix_source,
    };
    pack(planner, target, action, &binaries);
}

/// Warns of services that take longer than Windows Installer waits ("ServiceControl Table", column Wait): the installation
/// fails and is taken back. A stop also takes until the program is gone, so all of the time is not left for it.
fn warn_of_times(planner: &Planner<'_>, services: &[Service], problems: &mut Problems) {
    const WAIT: u32 = 30_000;
    let tables = planner.manifest.services.iter();
    let packed = tables.filter(|table| {
        let mut services = services.iter();
        services.any(|service| service.name == table.model.name)
    });
    for (key, time) in packed.flat_map(|table| &table.times) {
        if time.value > WAIT {
            let problem = Problem::warning(format!(
                "Windows Installer waits 30 seconds for a service, and `{key}` is longer"
            ));
            problems.push(problem.at_option(time.place()).hint(
                "an installation, upgrade or removal that has to wait longer fails: stay below 30 s, or deploy with the scripts",
            ));
        }
    }
}

/// Everything that the package installs.
fn files(
    planner: &mut Planner<'_>,
    target: &Target,
    (binaries, services): (&[&FinishedBinary], &[Service]),
    expander: &Expander,
    problems: &mut Problems,
) -> Files {
    let mut files = Files::default();
    for binary in binaries {
        files.add(
            Folder::Install,
            &binary.file_name,
            Keep::Replace,
            binary.file.clone(),
        );
    }
    for companion in companions(planner, target, binaries) {
        files.add(
            Folder::Install,
            &companion.name,
            Keep::Replace,
            companion.source,
        );
    }
    configuration(planner, services, &mut files, problems);
    further(planner, expander, &mut files, problems);
    contents::check_size(planner, &files, problems);
    for (file, source) in files.package.iter().zip(&mut files.sources) {
        *source = sign_script(planner, target, &file.path, source.clone());
    }
    files
}

/// Adds the step and what comes of it: the package, signed when it is to be, and its source.
fn pack(planner: &mut Planner<'_>, target: &Target, msi: Msi, binaries: &[&FinishedBinary]) {
    let (name, wix_source) = (msi.name.clone(), msi.wix_source.clone());
    let outputs = [name.clone()]
        .into_iter()
        .chain(wix_source.clone())
        .collect();
    let action = Action::Msi(msi);
    let step = planner.step(format!("pack {name}"), Some(target), &[], outputs, action);
    if let Some(name) = wix_source {
        let file = FileRef::Output {
            step: step.clone(),
            name: name.clone(),
        };
        let (kind, target) = (ArtifactKind::InstallerSource, Some(target.clone()));
        planner.artifact(PlannedArtifact {
            name,
            kind,
            target,
            binaries: Vec::new(),
            file,
        });
    }
    let file = FileRef::Output {
        step,
        name: name.clone(),
    };
    let file = sign_windows_file(planner, format!("sign {name}"), target, file, &name);
    let binaries = binaries
        .iter()
        .map(|binary| planned(binary, binary.file_name.clone()))
        .collect();
    planner.artifact(PlannedArtifact {
        name,
        kind: ArtifactKind::Msi,
        target: Some(target.clone()),
        binaries,
        file,
    });
}

fn architecture(
    target: &Target,
    format: &Located<String>,
    problems: &mut Problems,
) -> Option<Architecture> {
    let architecture = Architecture::from_goarch(&target.goarch).filter(|_| target.is_windows());
    if architecture.is_none() {
        let problem = Problem::error(format!(
            "there is no Windows Installer package for {target}"
        ));
        problems.push(
            problem
                .at_option(format.place())
                .hint("`msi` is for windows/amd64, windows/arm64 and windows/386; leave it out for other targets"),
        );
    }
    architecture
}

/// The program that writes the package, when it is not us; what it cannot express is told before it runs.
fn tool(planner: &Planner<'_>, package: &Package, problems: &mut Problems) -> Option<MsiTool> {
    let msi = &planner.manifest.msi;
    let dialect = match msi.backend.value {
        MsiBackend::Native => return None,
        MsiBackend::Wix => Dialect::Wix4,
        MsiBackend::Wixl => Dialect::Wixl,
    };
    if dialect == Dialect::Wixl && msi.template.is_none() {
        let left_out = |limit: &Limit| msi.leave_out.iter().any(|one| one.value == *limit);
        for limit in limits(package).into_iter().filter(|limit| !left_out(limit)) {
            let problem = Problem::error(format!("wixl cannot express {limit}"))
                .at_option(msi.backend.place());
            problems.push(problem.hint(if limit.can_be_left_out() {
                format!(
                    "use `backend = \"native\"`, or do without: `leave-out = [\"{}\"]`",
                    limit.name()
                )
            } else {
                "use `backend = \"native\"`".to_owned()
            }));
        }
    }
    let program = planner
        .world
        .finder
        .find(tool_of(dialect))
        .map_err(|missing| {
            Problem::missing_tool(missing.to_string())
                .at_option(msi.backend.place())
                .hint(missing.hint())
        });
    let template = msi
        .template
        .as_ref()
        .and_then(|path| problems.take(existing(planner, path)));
    Some(MsiTool {
        dialect,
        program: problems.take(program)?,
        extensions: msi
            .extensions
            .iter()
            .map(|extension| extension.value.clone())
            .collect(),
        template: template.map(|file| FileRef::Project(file.path)),
    })
}

/// The binaries that the manifest asks for.
fn chosen<'a>(
    planner: &Planner<'_>,
    binaries: &[&'a FinishedBinary],
    problems: &mut Problems,
) -> Vec<&'a FinishedBinary> {
    let Some(names) = &planner.manifest.msi.binaries else {
        return binaries.to_vec();
    };
    let known = || binaries.iter().map(|binary| binary.program.as_str());
    for name in names {
        // With `--binary` some are left out on purpose.
        if planner.options.binaries.is_empty() && !known().any(|known| known == name.value) {
            let problem = Problem::error(format!("there is no binary `{}`", name.value))
                .at_option(name.place());
            problems.push(match nearest(name, known()) {
                Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
                None => problem.hint(format!(
                    "the binaries: {}",
                    known().collect::<Vec<_>>().join(", ")
                )),
            });
        }
    }
    // The wrapper of a service comes with its program.
    let wanted: BTreeSet<String> = names
        .iter()
        .flat_map(|name| [name.value.clone(), Service::wrapper_name(&name.value)])
        .collect();
    let is_wanted = |binary: &&FinishedBinary| wanted.contains(&binary.program);
    binaries.iter().copied().filter(is_wanted).collect()
}

/// The services whose binaries are in the package.
fn services(planner: &Planner<'_>, binaries: &[&FinishedBinary]) -> Vec<Service> {
    let is_there = |service: &&Service| {
        let mut programs = binaries.iter().map(|binary| &binary.program);
        programs.any(|program| *program == service.binary)
    };
    planner.services.iter().filter(is_there).cloned().collect()
}
