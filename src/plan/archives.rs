//! The packages of one target: archives and bare binaries.

use super::expand::Expander;
use super::model::{
    Action, Archive, ArchiveEntry, ArtifactKind, Copy, PlannedArtifact, PlannedBinary,
};
use super::planner::{FinishedBinary, Planner};
use super::world::Skip;
use super::{files, install, trust};
use crate::format::archive::{Format, NameError, Names, Unpacker};
use crate::manifest::Located;
use crate::manifest::check::file_name;
use crate::problem::{Problem, Problems, nearest};
use crate::target::Target;

pub(super) const DEFAULT_NAME: &str = "{{ name }}_{{ version }}_{{ target }}";
const DEFAULT_OWN_NAME: &str = "{{ binary }}_{{ version }}_{{ target }}";

/// What can stand in `[package]` for a system.
const FORMATS: [&str; 6] = ["zip", "tar.gz", "tar.xz", "tar.zst", "binary", "msi"];

/// Adds every package of the target.
pub(super) fn plan(
    planner: &mut Planner<'_>,
    target: &Target,
    binaries: &[&FinishedBinary],
    problems: &mut Problems,
) {
    let package = &planner.manifest.package;
    let together = package.together;
    for format in formats(planner, target) {
        match Format::ALL
            .into_iter()
            .find(|known| known.extension() == format.value)
        {
            Some(format) if planner.wants(Skip::Archive) => {
                if together {
                    archive(planner, target, format, binaries, None, problems);
                } else {
                    for binary in binaries {
                        archive(
                            planner,
                            target,
                            format,
                            &[binary],
                            Some(&binary.program),
                            problems,
                        );
                    }
                }
            }
            Some(_) => {}
            None if format.value == "binary" => {
                for binary in binaries
                    .iter()
                    .filter(|_| planner.wants(Skip::Binary))
                    .collect::<Vec<_>>()
                {
                    bare(planner, target, binary, problems);
                }
            }
            None if format.value == "msi" => {
                if planner.wants(Skip::Msi) {
                    super::msi::plan(planner, target, binaries, &format, problems);
                }
            }
            None => problems.push(unknown_format(&format)),
        }
    }
}

fn formats(planner: &Planner<'_>, target: &Target) -> Vec<Located<String>> {
    let package = &planner.manifest.package;
    let (list, default) = match target.goos.as_str() {
        "windows" => (&package.windows, "zip"),
        "linux" => (&package.linux, "tar.gz"),
        "darwin" => (&package.darwin, "tar.gz"),
        _ => (&package.other, "tar.gz"),
    };
    list.clone()
        .unwrap_or_else(|| vec![Located::inferred(default.to_owned())])
}

fn unknown_format(format: &Located<String>) -> Problem {
    let problem = Problem::error(format!("unknown package format `{}`", format.value))
        .at_option(format.place());
    match nearest(format, FORMATS) {
        Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
        None => problem.hint(format!("one of: {}", FORMATS.join(", "))),
    }
}

/// The variables of one package.
pub(super) fn expander_for(
    planner: &Planner<'_>,
    target: &Target,
    binary: Option<&str>,
) -> Expander {
    let expander = planner
        .expander
        .with("os", target.goos.as_str())
        .and("arch", target.goarch.as_str())
        .and("variant", target.variant.clone().unwrap_or_default())
        .and("target", target.slug());
    match binary {
        Some(binary) => expander.with("binary", binary),
        None => expander,
    }
}

/// A file name from a template, checked.
pub(super) fn rendered_name(
    template: Option<&Located<String>>,
    default: &str,
    expander: &Expander,
) -> Result<String, Problem> {
    let inferred = Located::inferred(default.to_owned());
    let template = template.unwrap_or(&inferred);
    let name = expander.expand(template)?;
    // The template, not what became of it, so that one mistake is told once, not for each target.
    file_name(&name).map_err(|why| {
        Problem::error(format!("the name `{}` {why}", template.value))
            .at_option(template.place())
            .hint("it becomes a file's name; the folder inside an archive is `folder`")
    })?;
    Ok(name)
}

fn archive(
    planner: &mut Planner<'_>,
    target: &Target,
    format: Format,
    binaries: &[&FinishedBinary],
    own: Option<&str>,
    problems: &mut Problems,
) {
    let expander = expander_for(planner, target, own);
    let default = if own.is_some() {
        DEFAULT_OWN_NAME
    } else {
        DEFAULT_NAME
    };
    let package = &planner.manifest.package;
    let Some(stem) = problems.take(rendered_name(package.name.as_ref(), default, &expander)) else {
        return;
    };
    let unpacker = Unpacker::of_goos(&target.goos);
    let folder = match &package.folder {
        Some(template) => {
            let expanded = expander.expand(template);
            let folder = expanded.and_then(|folder| inner_folder(template, &folder, unpacker));
            problems.take(folder).unwrap_or_default()
        }
        None => stem.clone(),
    };
    let inside = |name: &str| {
        if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        }
    };
    let name = format!("{stem}.{}", format.extension());
    let mut entries = contents(planner, target, &name, binaries, &expander, problems);
    for entry in &mut entries {
        entry.name = inside(&entry.name);
    }
    entries.sort_by(|left, right| left.name.cmp(&right.name));
    check_entries(planner, target, &folder, &entries, problems);
    let action = Archive {
        format,
        name: name.clone(),
        compression: planner.manifest.package.compression,
        timestamp: planner.release.timestamp,
        entries,
    };
    let file = planner.file_step(
        format!("pack {name}"),
        Some(target),
        &name,
        Action::Archive(action),
    );
    let binaries = binaries
        .iter()
        .map(|binary| planned(binary, inside(&binary.file_name)))
        .collect();
    planner.artifact(PlannedArtifact {
        name,
        kind: ArtifactKind::Archive,
        target: Some(target.clone()),
        binaries,
        file,
    });
}

/// The executables, the project's files and what is made of both, by their names in the archive's folder.
fn contents(
    planner: &mut Planner<'_>,
    target: &Target,
    archive: &str,
    binaries: &[&FinishedBinary],
    expander: &Expander,
    problems: &mut Problems,
) -> Vec<ArchiveEntry> {
    let mut files = files::of_archives(planner, target, expander, problems);
    let beside: Vec<String> = binaries
        .iter()
        .map(|binary| &binary.file_name)
        .chain(files.iter().map(|file| &file.name))
        .filter(|name| !name.contains('/'))
        .cloned()
        .collect();
    files.extend(install::of_archive(
        planner, target, archive, binaries, &beside, problems,
    ));
    let executables = binaries.iter().map(|binary| ArchiveEntry {
        name: binary.file_name.clone(),
        source: binary.file.clone(),
        mode: 0o755,
    });
    let mut entries: Vec<ArchiveEntry> = executables.collect();
    entries.extend(trust::sign_scripts(planner, target, files));
    entries.extend(trust::companions(planner, target, binaries));
    entries
}

/// The folder in an archive that everything is in: one that can be unpacked, and not elsewhere.
fn inner_folder(
    template: &Located<String>,
    folder: &str,
    unpacker: Unpacker,
) -> Result<String, Problem> {
    let plain = folder.trim_end_matches('/');
    if folder.is_empty() {
        return Ok(String::new());
    }
    // The template, not what became of it, so that one mistake is told once, not for each target.
    unpacker
        .check(plain)
        .map(|()| plain.to_owned())
        .map_err(|error| {
            let message = match error {
                NameError::Windows { refusal, .. } => {
                    format!("the folder `{}` {refusal}", template.value)
                }
                NameError::Control(_) | NameError::Invisible(_) => {
                    format!("the folder `{}` has an invisible character", template.value)
                }
                NameError::Long(_) | NameError::Deep(_) => {
                    format!("the folder `{}` is too long", template.value)
                }
                _ => format!("the folder `{}` leaves the archive", template.value),
            };
            Problem::error(message).at_option(template.place()).hint(
                "give a relative path with `/` and without `..`; an empty one stands for none",
            )
        })
}

/// `folder` is left out of what is said, since it has the target's name in it, and one mistake is told once.
fn check_entries(
    planner: &Planner<'_>,
    target: &Target,
    folder: &str,
    entries: &[ArchiveEntry],
    problems: &mut Problems,
) {
    let mut names = Names::new(Unpacker::of_goos(&target.goos));
    for entry in entries {
        let name = entry.name.strip_prefix(folder).unwrap_or(&entry.name);
        let name = name.strip_prefix('/').unwrap_or(name);
        let Err(error) = names.add(name) else {
            continue;
        };
        let first = match &error {
            NameError::Folded { first, .. } => Some(first.clone()),
            _ => None,
        };
        let problem = match error {
            NameError::Empty(_)
            | NameError::Absolute(_)
            | NameError::Dots(_)
            | NameError::Backslash(_) => {
                Problem::error(format!("the file `{name}` leaves the archive"))
                    .hint("`to` in `[[package.files]]` is a path inside the archive")
            }
            NameError::Duplicate(_) => {
                Problem::error(format!("two files in an archive would be called `{name}`"))
                    .hint("give one of them another name with `to` in `[[package.files]]`")
            }
            NameError::Folded { first, second } => Problem::error(format!(
                "two files in an archive, `{first}` and `{second}`, differ in capitals alone"
            ))
            .hint("they are one file on Windows and macOS: give one of them another name with `to` in `[[package.files]]`"),
            error => Problem::error(error.to_string())
                .hint("give it another name with `to` in `[[package.files]]`"),
        };
        let place = files::place_of(planner, entry, name).or_else(|| {
            let inside = |other: &&ArchiveEntry| {
                first
                    .as_ref()
                    .is_some_and(|first| other.name.ends_with(first.as_str()))
            };
            let other = entries.iter().find(inside)?;
            files::place_of(planner, other, first.as_deref()?)
        });
        problems.push(problem.at_option(place));
    }
}

fn bare(
    planner: &mut Planner<'_>,
    target: &Target,
    binary: &FinishedBinary,
    problems: &mut Problems,
) {
    let expander = expander_for(planner, target, Some(&binary.program));
    let template = planner.manifest.package.binary_name.as_ref();
    let Some(stem) = problems.take(rendered_name(template, DEFAULT_OWN_NAME, &expander)) else {
        return;
    };
    let name = format!("{stem}{}", target.executable_extension());
    let action = Action::Copy(Copy {
        source: binary.file.clone(),
        name: name.clone(),
    });
    let file = planner.file_step(format!("copy {name}"), Some(target), &name, action);
    let binaries = vec![planned(binary, name.clone())];
    planner.artifact(PlannedArtifact {
        name,
        kind: ArtifactKind::Binary,
        target: Some(target.clone()),
        binaries,
        file,
    });
}

pub(super) fn planned(binary: &FinishedBinary, path: String) -> PlannedBinary {
    PlannedBinary {
        name: binary.program.clone(),
        path,
        file: binary.file.clone(),
        build: binary.build.clone(),
    }
}
