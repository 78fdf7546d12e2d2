//! The Windows Installer package of one target.

use std::collections::BTreeSet;
use std::path::PathBuf;

use semver::Version;

use super::archives::{expander_for, planned, rendered_name};
use super::expand::Expander;
use super::files::existing;
use super::model::{Action, ArtifactKind, FileRef, Msi, MsiTool, PlannedArtifact};
use super::planner::{FinishedBinary, Planner};
use super::trust::{companions, sign_windows_file};
use crate::manifest::Located;
use crate::manifest::check::{MsiBackend, WixSource};
use crate::package::msi::external::tool as tool_of;
use crate::package::msi::wxs::{Dialect, Limit, limits};
use crate::package::msi::{
    Architecture, EnvironmentVariable, FirewallRule, Folder, Keep, Links, Package, PackageFile,
    PackageProblem, Product, Shortcut, Subject, derived_upgrade_code, problems as package_problems,
};
use crate::problem::{Problem, Problems, nearest};
use crate::service::{Service, Symbolic};
use crate::target::Target;

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
    let Some(stem) = problems.take(rendered_name(
        template,
        super::archives::DEFAULT_NAME,
        &expander,
    )) else {
        return;
    };
    let binaries = chosen(planner, binaries, problems);
    let Some(product) = product(planner, architecture, problems) else {
        return;
    };
    let services = services(planner, &binaries);
    let mut files = Files::default();
    for binary in &binaries {
        files.add(
            Folder::Install,
            &binary.file_name,
            Keep::Replace,
            binary.file.clone(),
        );
    }
    for companion in companions(planner, target, &binaries) {
        files.add(
            Folder::Install,
            &companion.name,
            Keep::Replace,
            companion.source,
        );
    }
    configuration(planner, &services, &mut files, problems);
    further(planner, &expander, &mut files, problems);
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
    report(planner, &package, problems);
    let name = format!("{stem}.msi");
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
    let outputs = [name.clone()]
        .into_iter()
        .chain(wix_source.clone())
        .collect();
    let action = Action::Msi(Msi {
        name: name.clone(),
        package: Box::new(package),
        sources: files.sources,
        icon,
        tool,
        wix_source: wix_source.clone(),
    });
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
            Problem::error(missing.to_string())
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
    let wanted: BTreeSet<&str> = names.iter().map(|name| name.value.as_str()).collect();
    // The wrapper of a service comes with its program.
    let is_wanted = |binary: &&FinishedBinary| {
        let program = binary.program.as_str();
        let wrapped = program.strip_suffix("-service").unwrap_or(program);
        wanted.contains(program) || wanted.contains(wrapped)
    };
    binaries.iter().copied().filter(is_wanted).collect()
}

fn product(
    planner: &mut Planner<'_>,
    architecture: Architecture,
    problems: &mut Problems,
) -> Option<Product> {
    let (manifest, release) = (planner.manifest, &planner.release);
    let msi = &manifest.msi;
    let version = Version::parse(&release.version).map_err(|error| {
        Problem::error(format!(
            "the version `{}` is not semantic: {error}",
            release.version
        ))
    });
    let derived = || derived_upgrade_code(&release.manufacturer, &release.name);
    let product = Product {
        title: release.title.clone(),
        manufacturer: release.manufacturer.clone(),
        description: release.description.clone(),
        version: problems.take(version)?,
        architecture,
        language: msi.language,
        upgrade_code: msi
            .upgrade_code
            .as_ref()
            .map_or_else(derived, |code| code.value),
        icon: manifest.project.icon.as_ref().map(|_| PathBuf::new()),
        links: Links {
            about: release.homepage.clone(),
            help: msi.help_url.clone(),
            update: msi.update_url.clone(),
        },
    };
    if msi.upgrade_code.is_none() {
        let code = product.upgrade_code.to_string().to_uppercase();
        planner.notice_once(format!(
            "the upgrade code {code} is derived from manufacturer and name; write `upgrade-code = \"{code}\"` into \
             `[msi]`, so that it stays when either changes"
        ));
    }
    Some(product)
}

/// The services whose binaries are in the package.
fn services(planner: &Planner<'_>, binaries: &[&FinishedBinary]) -> Vec<Service> {
    let is_there = |service: &&Service| {
        let mut programs = binaries.iter().map(|binary| &binary.program);
        programs.any(|program| *program == service.binary)
    };
    planner.services.iter().filter(is_there).cloned().collect()
}

/// Files of the package, and where each comes from.
#[derive(Default)]
struct Files {
    package: Vec<PackageFile>,
    sources: Vec<FileRef>,
}

impl Files {
    fn add(&mut self, folder: Folder, path: &str, keep: Keep, source: FileRef) {
        self.package.push(PackageFile {
            folder,
            path: path.to_owned(),
            source: PathBuf::new(),
            keep,
        });
        self.sources.push(source);
    }
}

/// The services' configuration files; one that two services share is one file.
fn configuration(
    planner: &Planner<'_>,
    services: &[Service],
    files: &mut Files,
    problems: &mut Problems,
) {
    let mut seen = BTreeSet::new();
    for config in services.iter().flat_map(|service| &service.config) {
        if !seen.insert((&config.from, &config.name)) {
            continue;
        }
        if let Some(file) =
            problems.take(existing(planner, &Located::inferred(config.from.clone())))
        {
            let keep = if config.keep {
                Keep::Keep
            } else {
                Keep::Replace
            };
            files.add(
                Folder::Config,
                &config.name,
                keep,
                FileRef::Project(file.path),
            );
        }
    }
}

fn further(planner: &Planner<'_>, expander: &Expander, files: &mut Files, problems: &mut Problems) {
    for file in &planner.manifest.msi.files {
        let from = problems.take(expander.expand(&file.from));
        let to = file
            .to
            .as_ref()
            .map(|to| problems.take(expander.expand(to)));
        let Some(from) = from else { continue };
        let found = existing(
            planner,
            &Located {
                value: from,
                span: file.from.span.clone(),
            },
        );
        let Some(found) = problems.take(found) else {
            continue;
        };
        let own_name = || {
            found
                .path
                .rsplit('/')
                .next()
                .unwrap_or(&found.path)
                .to_owned()
        };
        let path = to.flatten().unwrap_or_else(own_name);
        files.add(
            file.folder,
            &path,
            file.keep,
            FileRef::Project(found.path.clone()),
        );
    }
}

/// A text in which `{{ install_dir }}` and its like stay, and other variables are filled in.
fn symbolic(expander: &Expander, text: &Located<String>) -> Result<Symbolic, Problem> {
    if let Ok(symbolic) = Symbolic::parse(text) {
        return Ok(symbolic);
    }
    let mut kept = expander.clone();
    for symbol in [
        "install_dir",
        "config_dir",
        "data_dir",
        "log_dir",
        "instance",
    ] {
        kept = kept.with(symbol, format!("{{{{ {symbol} }}}}"));
    }
    let expanded = kept.expand(text)?;
    Symbolic::parse(&expanded).map_err(|name| {
        Problem::error(format!("unknown symbol `{name}`"))
            .at_option(text.place())
            .hint("one of: install_dir, config_dir, data_dir, log_dir, port.NAME, property.NAME")
    })
}

fn environment(
    planner: &Planner<'_>,
    expander: &Expander,
    problems: &mut Problems,
) -> Vec<EnvironmentVariable> {
    let variable = |(name, text): (&String, &Located<String>)| {
        let value = problems.take(symbolic(expander, text))?;
        Some(EnvironmentVariable {
            name: name.clone(),
            value,
        })
    };
    planner
        .manifest
        .msi
        .environment
        .iter()
        .filter_map(variable)
        .collect()
}

fn shortcuts(
    planner: &Planner<'_>,
    binaries: &[&FinishedBinary],
    problems: &mut Problems,
) -> Vec<Shortcut> {
    let mut shortcuts = Vec::new();
    for shortcut in &planner.manifest.msi.shortcuts {
        let binary = binaries
            .iter()
            .find(|binary| binary.program == shortcut.binary.value);
        match binary {
            Some(binary) => shortcuts.push(Shortcut {
                name: shortcut.name.value.clone(),
                target: binary.file_name.clone(),
                arguments: shortcut
                    .arguments
                    .as_ref()
                    .map_or_else(Symbolic::default, |text| Symbolic::literal(&text.value)),
                description: shortcut
                    .description
                    .as_ref()
                    .map_or_else(String::new, |text| text.value.clone()),
            }),
            None if planner.options.binaries.is_empty() => {
                let problem = Problem::error(format!(
                    "there is no binary `{}` in the package",
                    shortcut.binary.value
                ));
                problems.push(problem.at_option(shortcut.binary.place()));
            }
            None => {}
        }
    }
    shortcuts
}

fn firewall(planner: &Planner<'_>) -> Vec<FirewallRule> {
    let rule = |rule: &crate::manifest::MsiFirewall| FirewallRule {
        service: rule.service.value.clone(),
        port: rule.port.value.clone(),
        profiles: rule.profiles.clone(),
        remote_addresses: rule.remote.clone(),
    };
    planner.manifest.msi.firewall.iter().map(rule).collect()
}

/// What is wrong with the package, at its place in the manifest.
fn report(planner: &Planner<'_>, package: &Package, problems: &mut Problems) {
    for PackageProblem {
        subject,
        message,
        hint,
    } in package_problems(package)
    {
        let msi = &planner.manifest.msi;
        let place = match &subject {
            Subject::Property(name) => msi
                .properties
                .iter()
                .find(|property| property.name == *name)
                .and_then(Located::place),
            Subject::Shortcut(name) => msi
                .shortcuts
                .iter()
                .find(|shortcut| shortcut.name.value == *name)
                .and_then(|one| one.name.place()),
            Subject::Firewall(service, port) => msi
                .firewall
                .iter()
                .find(|rule| rule.service.value == *service && rule.port.value == *port)
                .and_then(|rule| rule.port.place()),
            Subject::File(path) => msi
                .files
                .iter()
                .find(|file| path.ends_with(file.to.as_ref().unwrap_or(&file.from).value.as_str()))
                .and_then(|file| file.from.place()),
            Subject::Version | Subject::Product | Subject::Service(_) | Subject::Package => None,
        };
        let problem = Problem::error(message).at_option(place);
        problems.push(match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        });
    }
}
