//! What the package holds: files, environment, Start menu, firewall.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::format::cab::MAX_BYTES;
use crate::manifest::{Located, MsiFirewall};
use crate::package::msi::{EnvironmentVariable, FirewallRule, Folder, Keep, PackageFile, Shortcut};
use crate::plan::expand::Expander;
use crate::plan::files::existing;
use crate::plan::model::FileRef;
use crate::plan::planner::{FinishedBinary, Planner};
use crate::problem::{Problem, Problems};
use crate::service::{Service, Symbolic};

/// Files of the package, and where each comes from.
#[derive(Default)]
pub(super) struct Files {
    pub(super) package: Vec<PackageFile>,
    pub(super) sources: Vec<FileRef>,
}

impl Files {
    pub(super) fn add(&mut self, folder: Folder, path: &str, keep: Keep, source: FileRef) {
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
pub(super) fn configuration(
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

/// What `[[msi.files]]` adds.
pub(super) fn further(
    planner: &Planner<'_>,
    expander: &Expander,
    files: &mut Files,
    problems: &mut Problems,
) {
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

/// Environment variables, with what only the server knows left as symbols.
pub(super) fn environment(
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

/// Start menu entries for the programs that are there.
pub(super) fn shortcuts(
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

/// Firewall rules.
pub(super) fn firewall(planner: &Planner<'_>) -> Vec<FirewallRule> {
    let rule = |rule: &MsiFirewall| FirewallRule {
        service: rule.service.value.clone(),
        port: rule.port.value.clone(),
        profiles: rule.profiles.clone(),
        remote_addresses: rule.remote.clone(),
    };
    planner.manifest.msi.firewall.iter().map(rule).collect()
}

/// The files that are there already must fit into a cabinet; what is compiled comes on top, and is seen when packed.
pub(super) fn check_size(planner: &Planner<'_>, files: &Files, problems: &mut Problems) {
    let sizes = files.sources.iter().filter_map(|source| match source {
        FileRef::Project(path) => Some((planner.world.files.get(path)?.size, path)),
        FileRef::Output { .. } => None,
    });
    let sizes: Vec<(u64, &String)> = sizes.collect();
    let total: u64 = sizes.iter().map(|(size, _)| size).sum();
    if let (true, Some((_, largest))) = (total > MAX_BYTES, sizes.iter().max()) {
        let manifest = planner.manifest;
        let mut stated = manifest.msi.files.iter().map(|file| &file.from);
        let place = stated.find(|from| from.value.trim_start_matches("./") == largest.as_str());
        let message = format!(
            "the files of the package have {total} bytes, `{largest}` the most of them; it takes {MAX_BYTES}"
        );
        problems.push(
            Problem::error(message)
                .at_option(place.and_then(Located::place))
                .hint("ship large data in an archive beside the package"),
        );
    }
}
