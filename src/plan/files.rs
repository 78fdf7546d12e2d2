//! The files besides the programs: licence, readme, and what the manifest adds.

use super::expand::Expander;
use super::model::{ArchiveEntry, FileRef};
use super::planner::Planner;
use super::world::ProjectFile;
use crate::manifest::check::{Star, compile_glob};
use crate::manifest::{ExtraFile, Located};
use crate::problem::{Problem, Problems, nearest};
use crate::target::Target;

/// The entries, with names relative to the archive's folder.
pub(super) fn of_archives(
    planner: &Planner<'_>,
    target: &Target,
    expander: &Expander,
    problems: &mut Problems,
) -> Vec<ArchiveEntry> {
    let project = &planner.manifest.project;
    let found = &planner.world.facts.files;
    let mut entries = Vec::new();
    for (stated, inferred) in [
        (&project.license_file, &found.licenses),
        (&project.readme, &found.readmes),
    ] {
        match stated {
            Some(path) => {
                if let Some(file) = problems.take(existing(planner, path)) {
                    let name = file
                        .path
                        .rsplit('/')
                        .next()
                        .unwrap_or(&file.path)
                        .to_owned();
                    entries.push(entry(name, &file.path, 0o644));
                }
            }
            None => entries.extend(inferred.iter().map(|name| entry(name.clone(), name, 0o644))),
        }
    }
    for extra in &planner.manifest.package.files {
        let name = target.to_string();
        if extra
            .targets
            .as_ref()
            .is_none_or(|list| list.iter().any(|pattern| pattern.matcher.is_match(&name)))
        {
            entries.extend(
                problems
                    .take(extras(planner, extra, expander))
                    .unwrap_or_default(),
            );
        }
    }
    // A readme that is also among the extra files is one file.
    let mut unique: Vec<ArchiveEntry> = Vec::new();
    for entry in entries {
        if !unique
            .iter()
            .any(|earlier| earlier.name == entry.name && earlier.source == entry.source)
        {
            unique.push(entry);
        }
    }
    unique
}

fn entry(name: String, path: &str, mode: u32) -> ArchiveEntry {
    ArchiveEntry {
        name,
        source: FileRef::Project(path.to_owned()),
        mode,
    }
}

/// A file that the manifest names; it must be there, unless a hook may still make it.
pub(super) fn existing(
    planner: &Planner<'_>,
    path: &Located<String>,
) -> Result<ProjectFile, Problem> {
    if let Some(file) = planner.world.files.get(path) {
        return Ok(file.clone());
    }
    if let Some(refused) = refused(planner, path, path) {
        return Err(refused);
    }
    if !planner.manifest.before.is_empty() {
        return Ok(ProjectFile {
            path: path.value.trim_start_matches("./").to_owned(),
            executable: false,
            size: 0,
        });
    }
    let inside = format!("{}/", path.trim_start_matches("./").trim_end_matches('/'));
    let mut files = planner.world.files.iter();
    if files.any(|file| file.path.starts_with(&inside)) {
        let problem = Problem::error(format!("`{}` is a folder", path.value));
        return Err(problem.at_option(path.place()).hint(format!(
            "`{inside}**` takes everything in it, where a glob may stand"
        )));
    }
    let problem =
        Problem::error(format!("there is no file `{}`", path.value)).at_option(path.place());
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = planner.world.files.iter().map(|file| file.path.as_str());
    let beside =
        beside.filter(|other| other.rsplit_once('/').map_or("", |(folder, _)| folder) == folder);
    Err(match nearest(path, beside) {
        Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
        None => problem.hint("paths are relative to the folder of release.toml"),
    })
}

/// A link on the way to `path` that is not followed.
fn refused(planner: &Planner<'_>, path: &str, typed: &Located<String>) -> Option<Problem> {
    let (link, why) = planner.world.files.refusal(path)?;
    Some(refused_link(link, why, typed))
}

fn refused_link(link: &str, why: &str, typed: &Located<String>) -> Problem {
    let problem = Problem::error(format!("the link `{link}` {why}")).at_option(typed.place());
    problem
        .hint("only links to files inside the project are followed; name the file or folder itself")
}

fn extras(
    planner: &Planner<'_>,
    extra: &ExtraFile,
    expander: &Expander,
) -> Result<Vec<ArchiveEntry>, Problem> {
    let pattern = expander.expand(&extra.from)?;
    let to = extra
        .to
        .as_ref()
        .map(|to| expander.expand(to))
        .transpose()?;
    let is_glob = pattern.contains(['*', '?', '[', '{']);
    let files = if is_glob {
        matching(planner, &pattern, &extra.from)?
    } else {
        vec![existing(
            planner,
            &Located {
                value: pattern.clone(),
                span: extra.from.span.clone(),
            },
        )?]
    };
    let base = if is_glob { fixed_folder(&pattern) } else { "" };
    Ok(files
        .iter()
        .map(|file| {
            let last = file.path.rsplit('/').next().unwrap_or(&file.path);
            let name = match &to {
                None => file.path.clone(),
                Some(to) if is_glob => join(to, file.path.strip_prefix(base).unwrap_or(&file.path)),
                Some(to) if to.ends_with('/') || to.is_empty() => join(to, last),
                Some(to) => to.clone(),
            };
            let mode = extra
                .mode
                .unwrap_or(if file.executable { 0o755 } else { 0o644 });
            entry(name, &file.path, mode)
        })
        .collect())
}

/// Where the manifest names an entry of an archive: by the name that it gets, or by the file.
pub(super) fn place_of(
    planner: &Planner<'_>,
    entry: &ArchiveEntry,
    name: &str,
) -> Option<std::ops::Range<usize>> {
    let project = &planner.manifest.project;
    let stated = [&project.license_file, &project.readme];
    let extras = &planner.manifest.package.files;
    let by_name = extras
        .iter()
        .filter_map(|extra| extra.to.as_ref())
        .find(|to| to.value == name);
    let FileRef::Project(path) = &entry.source else {
        return by_name.and_then(Located::place);
    };
    let is_file = |from: &&Located<String>| from.value.trim_start_matches("./") == path;
    let by_file = || {
        let from = extras.iter().map(|extra| &extra.from);
        from.chain(stated.into_iter().flatten()).find(is_file)
    };
    let by_glob = || {
        extras.iter().map(|extra| &extra.from).find(|from| {
            compile_glob(from.value.trim_start_matches("./"), Star::OneFolder)
                .is_ok_and(|glob| glob.is_match(path))
        })
    };
    by_name
        .or_else(by_file)
        .or_else(by_glob)
        .and_then(Located::place)
}

fn matching(
    planner: &Planner<'_>,
    pattern: &str,
    typed: &Located<String>,
) -> Result<Vec<ProjectFile>, Problem> {
    let matcher =
        compile_glob(pattern.trim_start_matches("./"), Star::OneFolder).map_err(|why| {
            let shown: String = pattern.chars().take(60).collect();
            Problem::error(format!("invalid glob `{shown}`: {why}"))
                .at_option(typed.place())
                .hint("`*`, `**`, `?`, `[abc]` and `{a,b}` are special; `[[]` is a bracket itself")
        })?;
    let mut unnamed = planner.world.files.unnamed().iter();
    if let Some(path) = unnamed.find(|path| matcher.is_match(path)) {
        let problem = Problem::error(format!("the name of `{path}` is not UTF-8"));
        return Err(problem
            .at_option(typed.place())
            .hint("rename the file: names in archives are UTF-8 on every system"));
    }
    // A link to a folder would have matched as a whole, or with what is below it.
    let below = |link: &str| matcher.is_match(link) || matcher.is_match(format!("{link}/x"));
    let mut links = planner.world.files.refused();
    if let Some((link, why)) = links.find(|(link, _)| below(link)) {
        return Err(refused_link(link, why, typed));
    }
    let files: Vec<ProjectFile> = planner
        .world
        .files
        .iter()
        .filter(|file| matcher.is_match(&file.path))
        .cloned()
        .collect();
    if files.is_empty() {
        if let Some(refused) = refused(planner, fixed_folder(pattern), typed) {
            return Err(refused);
        }
        let problem =
            Problem::error(format!("`{pattern}` matches no file")).at_option(typed.place());
        return Err(problem.hint("`*` stays within a folder, `**` goes below; a file that a hook makes is named without a glob"));
    }
    Ok(files)
}

/// The folder before the first wildcard, with its final slash.
fn fixed_folder(pattern: &str) -> &str {
    let pattern = pattern.trim_start_matches("./");
    let wild = pattern.find(['*', '?', '[', '{']).unwrap_or(pattern.len());
    pattern[..wild]
        .rfind('/')
        .map_or("", |slash| &pattern[..=slash])
}

fn join(folder: &str, name: &str) -> String {
    let folder = folder.trim_end_matches('/');
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_keeps_the_folders_below_its_fixed_part() {
        assert_eq!(fixed_folder("docs/**/*.md"), "docs/");
        assert_eq!(fixed_folder("*.md"), "");
        assert_eq!(fixed_folder("./a/b/c*.md"), "a/b/");
        assert_eq!(join("share/", "x/y.md"), "share/x/y.md");
        assert_eq!(join("", "y.md"), "y.md");
    }
}
