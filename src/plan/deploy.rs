//! The hand-over folder of one Windows target, and its zip.

use super::model::{
    Action, Archive, ArchiveEntry, ArtifactKind, Checksums, Deployment, DeploymentArchive,
    DeploymentFile, FileRef, NamedFile, PlannedArtifact,
};
use super::planner::{FinishedBinary, Planner};
use super::release_model::Release;
use super::silent_parameters;
use super::trust::{sign_script, signatures_beside};
use super::world::Skip;
use crate::deploy::build_service::config_artifact;
use crate::deploy::model::{Artifact, Mode, Origin, Product, PublishedArchive, Role};
use crate::deploy::{self, Config, chocolatey};
use crate::format::archive::Format;
use crate::format::checksums::ChecksumAlgorithm;
use crate::manifest::Located;
use crate::manifest::check::{Deploy, Signed};
use crate::package::msi::product_code;
use crate::problem::{Problem, Problems};
use crate::service::Service;
use crate::target::Target;

/// Notes what the `[deploy]` tables say wrongly, beside the services.
pub(super) fn check(planner: &Planner<'_>, problems: &mut Problems) {
    let Some(table) = &planner.manifest.deploy else {
        return;
    };
    // With --binary or --target the services may be left out on purpose.
    let chosen = planner.options.binaries.is_empty() && planner.options.targets.is_empty();
    if planner.services.is_empty() && !chosen {
        return;
    }
    let config = expanded(planner, table, problems);
    for found in deploy::check(&config, &planner.services) {
        problems.push(
            Problem::error(found.message)
                .at_option(table.place(&found.path))
                .hint(found.hint),
        );
    }
}

/// The tables with the templates of their addresses filled in. `{{ file }}` stays: it is another one for each download.
fn expanded(planner: &Planner<'_>, table: &Deploy, problems: &mut Problems) -> Config {
    let expander = planner.expander.with("file", "{{ file }}");
    let mut config = table.config.clone();
    let mut fill = |path: &str, text: &mut String| {
        let template = Located {
            value: text.clone(),
            span: table.place(path).unwrap_or_default(),
        };
        // A problem of its own, so the address is not told twice.
        *text = problems
            .take(expander.expand(&template))
            .unwrap_or_else(|| "https://localhost/{{ file }}".to_owned());
    };
    if let Some(winget) = &mut config.winget {
        fill("deploy.winget.url", &mut winget.url);
    }
    if let Some(scoop) = &mut config.scoop {
        fill("deploy.scoop.url", &mut scoop.url);
        if scoop.homepage.is_none() {
            scoop.homepage.clone_from(&planner.release.homepage);
        }
    }
    config
}

/// Adds the folder and the zip.
pub(super) fn plan(
    planner: &mut Planner<'_>,
    target: &Target,
    binaries: &[&FinishedBinary],
    problems: &mut Problems,
) {
    let Some(table) = &planner.manifest.deploy else {
        return;
    };
    let services = services(&planner.services, binaries);
    if !target.is_windows() || services.is_empty() || !problems.is_ok() {
        return;
    }
    let Some(files) = files(planner, target, binaries, &services) else {
        let problem = Problem::error(format!(
            "`mode = \"msi\"` needs a package, and there is none for {target}"
        ));
        problems.push(
            problem
                .at_option(table.place("deploy.mode"))
                .hint("add \"msi\" to `package.windows`, or use `mode = \"slots\"`"),
        );
        return;
    };
    let config = expanded(planner, table, &mut Problems::default());
    let archives = archives(planner, target);
    if config.scoop.is_some() && archives.is_empty() && planner.wants(Skip::Archive) {
        let problem = Problem::error(format!(
            "Scoop downloads a zip, and there is none for {target}"
        ));
        problems.push(
            problem
                .at_option(table.place("deploy.scoop"))
                .hint("add \"zip\" to `package.windows`"),
        );
        return;
    }
    let release = &planner.release;
    let name = format!("{}_{}_{}", release.name, release.version, target.slug());
    let action = Deployment {
        product: Product {
            name: release.name.clone(),
            title: release.title.clone(),
            version: release.version.clone(),
            manufacturer: release.manufacturer.clone(),
            architecture: target.goarch.clone(),
        },
        origin: origin(release),
        archives,
        config: Box::new(config),
        services,
        files,
        folder: format!("deploy/{name}"),
    };
    hand_over(planner, target, &name, action);
}

/// What the pages say of the release besides its name and version.
fn origin(release: &Release) -> Origin {
    let seconds = i64::try_from(release.timestamp).unwrap_or_default();
    Origin {
        description: release.description.clone(),
        homepage: release.homepage.clone(),
        commit: release.commit.as_ref().map(|commit| commit.hash.clone()),
        date: jiff::Timestamp::from_second(seconds)
            .ok()
            .map(|moment| moment.strftime("%Y-%m-%d").to_string()),
    }
}

/// The zips of the target's programs.
fn archives(planner: &Planner<'_>, target: &Target) -> Vec<DeploymentArchive> {
    let end = format!(".{}", Format::Zip.extension());
    planner
        .archives(target, &end)
        .map(|artifact| DeploymentArchive {
            file: NamedFile {
                name: artifact.name.clone(),
                file: artifact.file.clone(),
            },
            programs: artifact
                .binaries
                .iter()
                .map(|binary| binary.path.clone())
                .collect(),
        })
        .collect()
}

/// Adds the step that writes the folder, its files with their signatures and checksums, and what is packed of it.
fn hand_over(planner: &mut Planner<'_>, target: &Target, name: &str, action: Deployment) {
    let folder = action.folder.clone();
    let model = model(&action);
    let outputs: Vec<String> = paths(&action, &model)
        .into_iter()
        .map(|path| format!("{folder}/{path}"))
        .collect();
    let parts: Vec<String> = chocolatey::container(&model, &action.config)
        .into_iter()
        .map(|file| file.path)
        .collect();
    let container = action.container();
    let made = parts.iter().map(|part| format!("{container}/{part}"));
    let step = planner.step(
        format!("hand over {name}"),
        Some(target),
        &[],
        outputs.iter().cloned().chain(made).collect(),
        Action::Deployment(action),
    );
    let mut files: Vec<(String, FileRef)> = outputs
        .into_iter()
        .map(|output| {
            let file = FileRef::Output {
                step: step.clone(),
                name: output.clone(),
            };
            let file = sign_script(planner, target, &output, file);
            (output, file)
        })
        .collect();
    for (output, file) in &files {
        add(planner, target, output, file.clone());
    }
    files.extend(checksums(planner, target, &folder, &files));
    zip(planner, target, name, &files);
    let parts = parts.iter().map(|part| ArchiveEntry {
        name: part.clone(),
        source: FileRef::Output {
            step: step.clone(),
            name: format!("{container}/{part}"),
        },
        mode: 0o644,
    });
    if let Some(package) = model.package() {
        nupkg(planner, target, name, package, &files, parts.collect());
    }
}

/// The finished Chocolatey package, when there are parts of one: its sources, the Windows Installer package and the licence.
fn nupkg(
    planner: &mut Planner<'_>,
    target: &Target,
    name: &str,
    package: &Artifact,
    files: &[(String, FileRef)],
    parts: Vec<ArchiveEntry>,
) {
    if parts.is_empty() {
        return;
    }
    let folder = format!("deploy/{name}");
    let mut entries = parts;
    let mut add = |name: String, source: &FileRef| {
        entries.push(ArchiveEntry {
            name,
            source: source.clone(),
            mode: 0o644,
        });
    };
    for (output, file) in files {
        let path = output.strip_prefix(&format!("{folder}/")).unwrap_or(output);
        if path == package.file {
            add(format!("tools/{}", chocolatey::file_name(package)), file);
        } else if let Some(path) = path.strip_prefix(&format!("{}/", chocolatey::FOLDER)) {
            add(path.to_owned(), file);
        }
    }
    let project = &planner.manifest.project;
    let stated = project.license_file.as_ref().map(|path| &path.value);
    if let Some(licence) = stated.or(planner.world.facts.files.licenses.first()) {
        let source = FileRef::Project(licence.clone());
        add("tools/LICENSE.txt".to_owned(), &source);
    }
    pack(planner, target, format!("{name}.nupkg"), entries);
}

/// `SHA256SUMS` over the folder's files, for whoever has only the folder, and its signatures.
fn checksums(
    planner: &mut Planner<'_>,
    target: &Target,
    folder: &str,
    files: &[(String, FileRef)],
) -> Vec<(String, FileRef)> {
    if !planner.wants(Skip::Checksums) {
        return Vec::new();
    }
    let inside = |output: &str| output[folder.len()..].trim_start_matches('/').to_owned();
    let name = format!("{folder}/SHA256SUMS");
    let action = Action::Checksums(Checksums {
        algorithm: ChecksumAlgorithm::Sha256,
        name: name.clone(),
        files: files
            .iter()
            .map(|(output, file)| NamedFile {
                name: inside(output),
                file: file.clone(),
            })
            .collect(),
    });
    let file = planner.file_step(format!("write {name}"), Some(target), &name, action);
    add(planner, target, &name, file.clone());
    let signatures = signatures_beside(planner, Signed::Checksums, &name, &file);
    [(name, file)].into_iter().chain(signatures).collect()
}

/// The services whose programs are there.
fn services(services: &[Service], binaries: &[&FinishedBinary]) -> Vec<Service> {
    let there = |service: &&Service| {
        binaries
            .iter()
            .any(|binary| binary.program == service.binary)
    };
    services.iter().filter(there).cloned().collect()
}

/// The release's files of the folder; none when the package that it needs is not made.
fn files(
    planner: &Planner<'_>,
    target: &Target,
    binaries: &[&FinishedBinary],
    services: &[Service],
) -> Option<Vec<DeploymentFile>> {
    let mode = planner
        .manifest
        .deploy
        .as_ref()
        .map_or(Mode::Slots, |table| table.config.mode);
    let mut files = Vec::new();
    match mode {
        Mode::Slots => {
            for binary in binaries {
                files.push(DeploymentFile::new(
                    format!("programs/{}", binary.file_name),
                    Role::Program,
                    binary.file.clone(),
                ));
            }
            for service in services {
                for config in &service.config {
                    let path = config_artifact(&service.name, &config.name);
                    files.push(DeploymentFile::new(
                        path,
                        Role::Config,
                        FileRef::Project(config.from.clone()),
                    ));
                }
            }
        }
        Mode::Msi => {
            let (package, artifact) = planner.package(target)?;
            let braced =
                |code: uuid::Uuid| Some(format!("{{{}}}", code.to_string().to_uppercase()));
            files.push(DeploymentFile {
                product_code: braced(product_code(&package.product)),
                upgrade_code: braced(package.product.upgrade_code),
                product_version: Some(package.product.product_version.to_string()),
                parameters: silent_parameters::of(package),
                ..DeploymentFile::new(
                    format!("packages/{}", artifact.name),
                    Role::Package,
                    artifact.file.clone(),
                )
            });
        }
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Some(files)
}

/// The model but for what is measured later.
fn model(action: &Deployment) -> deploy::Deployment {
    let unmeasured = |file: &DeploymentFile| file.artifact(0, String::new(), None);
    let unread = |archive: &DeploymentArchive| PublishedArchive {
        file: archive.file.name.clone(),
        sha256: String::new(),
        programs: archive.programs.clone(),
    };
    let release = deploy::Release {
        product: action.product.clone(),
        origin: action.origin.clone(),
        artifacts: action.files.iter().map(unmeasured).collect(),
        archives: action.archives.iter().map(unread).collect(),
    };
    deploy::build(&release, &action.config, &action.services)
}

/// The path of every file of the folder: the names do not depend on the files' content.
fn paths(action: &Deployment, model: &deploy::Deployment) -> Vec<String> {
    let made = deploy::generate(model, &action.config)
        .into_iter()
        .map(|file| file.path);
    let mut paths: Vec<String> = made
        .chain(action.files.iter().map(|file| file.path.clone()))
        .collect();
    paths.sort();
    paths
}

fn add(planner: &mut Planner<'_>, target: &Target, name: &str, file: FileRef) {
    planner.artifact(PlannedArtifact {
        name: name.to_owned(),
        kind: ArtifactKind::Deployment,
        target: Some(target.clone()),
        binaries: Vec::new(),
        file,
    });
}

/// The folder in the zip is called like the zip: the package for the same target has a folder of the shorter name.
fn zip(planner: &mut Planner<'_>, target: &Target, name: &str, files: &[(String, FileRef)]) {
    let (unpacked, inner) = (format!("deploy/{name}/"), format!("{name}_deployment"));
    let entries = files
        .iter()
        .map(|(output, file)| ArchiveEntry {
            name: format!(
                "{inner}/{}",
                output.strip_prefix(&unpacked).unwrap_or(output)
            ),
            source: file.clone(),
            mode: 0o644,
        })
        .collect();
    pack(planner, target, format!("{inner}.zip"), entries);
}

/// Adds a zip of these entries, at the top of `dist/`: it is published.
fn pack(planner: &mut Planner<'_>, target: &Target, output: String, entries: Vec<ArchiveEntry>) {
    let action = Action::Archive(Archive {
        format: Format::Zip,
        name: output.clone(),
        compression: planner.manifest.package.compression,
        timestamp: planner.release.timestamp,
        entries,
    });
    let file = planner.file_step(format!("pack {output}"), Some(target), &output, action);
    add(planner, target, &output, file);
}
