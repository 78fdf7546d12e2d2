//! What would stop the build, or make something else than was meant.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::link_flags::{self, Cache, Found, Name};
use super::{Sources, constraints, syntax};
use crate::manifest::{BuildSettings, Located, Manifest};
use crate::plan::DEFAULT_LDFLAGS;
use crate::problem::{Problem, Problems, nearest};
use crate::process::Runner;
use crate::project::packages::{PackageError, slashed};
use crate::project::{Go, Package};
use crate::project::{go_hints, place};
use crate::target::Target;

/// What is needed to judge, besides the sources.
pub(in crate::session) struct Judge<'a> {
    pub(in crate::session) manifest: &'a Manifest,
    pub(in crate::session) root: &'a Path,
    pub(in crate::session) runner: &'a Runner,
    pub(in crate::session) go: &'a Go,
    /// Whether commands of the user run before the build: they may yet make what is missing.
    pub(in crate::session) has_hooks: bool,
}

/// One thing that is wrong, for some of the targets.
struct Finding {
    problem: Problem,
    targets: BTreeSet<Target>,
}

/// Everything that is wrong, each once, with the targets that it concerns.
pub(in crate::session) fn judge(judge: &Judge<'_>, sources: &[Sources]) -> Problems {
    let mut findings = Vec::new();
    for source in sources {
        match &source.packages {
            Err(problem) => {
                let found = Problem::error(&problem.message);
                let found = match &problem.hint {
                    Some(hint) => found.hint(hint),
                    None => found,
                };
                add(&mut findings, found, &source.target);
            }
            Ok(packages) => {
                for package in packages {
                    if let Some(error) = &package.error {
                        let problem = judge.of_error(source, packages, package, error);
                        add(&mut findings, problem, &source.target);
                    }
                }
            }
        }
    }
    judge.files(sources, &mut findings);
    judge.repositories(sources, &mut findings);
    let all: BTreeSet<&Target> = sources.iter().map(|source| &source.target).collect();
    let mut problems = Problems::default();
    for finding in findings {
        problems.push(judge.shown(finding, all.len()));
    }
    judge.link_flags(sources, &mut problems);
    problems
}

fn add(findings: &mut Vec<Finding>, problem: Problem, target: &Target) {
    let same = findings
        .iter_mut()
        .find(|finding| finding.problem == problem);
    match same {
        Some(finding) => {
            finding.targets.insert(target.clone());
        }
        None => findings.push(Finding {
            problem,
            targets: [target.clone()].into(),
        }),
    }
}

impl Judge<'_> {
    /// The problem, with its targets unless they are all.
    fn shown(&self, finding: Finding, all: usize) -> Problem {
        let mut problem = finding.problem;
        if finding.targets.len() < all {
            let targets: Vec<String> = finding.targets.iter().map(Target::to_string).collect();
            problem.message = format!("{} ({})", problem.message, targets.join(", "));
        }
        if self.has_hooks {
            problem.severity = crate::problem::Severity::Warning;
            problem.label = None;
            problem.message = format!("{} (before the hooks have run)", problem.message);
        }
        problem
    }

    /// The go tool's own words, their place and a hint.
    fn of_error(
        &self,
        source: &Sources,
        packages: &[Package],
        package: &Package,
        error: &PackageError,
    ) -> Problem {
        let words = error.err.trim().trim_end_matches("; to add it:");
        let words = words.split("; to add it:").next().unwrap_or(words);
        let words = self.without_root(words).replace("\n\t", " ");
        let position = error.pos.trim();
        let excluded = words.contains("build constraints exclude all Go files");
        let message = match position {
            "" => format!("{}: {words}", self.described(packages, package)),
            position => format!("{}: {words}", self.position(source, position)),
        };
        let hint = match excluded {
            true => constraints::hint(package, self.go),
            false => None,
        };
        let hint = hint.or_else(|| go_hints::hint(&words).map(str::to_owned));
        let problem = Problem::error(message).at_option(self.place(source, package));
        match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }

    /// The package as one types it, and who imports it when it is no program.
    fn described(&self, packages: &[Package], package: &Package) -> String {
        let name = self.name(package);
        let importer = packages
            .iter()
            .find(|other| other.imports.contains(&package.import_path));
        match importer.filter(|_| package.dep_only) {
            Some(importer) => format!("package `{name}`, imported by `{}`", self.name(importer)),
            None => format!("package `{name}`"),
        }
    }

    fn name(&self, package: &Package) -> String {
        match package.dir.strip_prefix(self.root) {
            Ok(path) if !package.dir.as_os_str().is_empty() => match slashed(path).as_str() {
                "" => ".".to_owned(),
                path => format!("./{path}"),
            },
            _ => package.import_path.clone(),
        }
    }

    /// A position from the project's root; the go tool's is from the folder that it runs in.
    fn position(&self, source: &Sources, position: &str) -> String {
        let path = source.directory.join(position);
        match path.strip_prefix(self.root) {
            Ok(relative) => slashed(relative),
            Err(_) => position.to_owned(),
        }
    }

    fn without_root(&self, words: &str) -> String {
        let root = self.root.display().to_string();
        words
            .replace(&format!("{root}{}", std::path::MAIN_SEPARATOR), "")
            .replace(&format!(" {root}"), " .")
    }

    /// Where the manifest names the program.
    fn place(&self, source: &Sources, package: &Package) -> Option<Range<usize>> {
        let is_it = |main: &Located<String>| {
            package.r#match.contains(&main.value) && source.patterns.contains(&main.value)
        };
        let mains = self.manifest.binaries.iter();
        mains
            .filter_map(|binary| binary.main.as_ref())
            .find(|main| is_it(main))
            .and_then(Located::place)
    }

    /// Mistakes in files that `go list` does not see.
    fn files(&self, sources: &[Sources], findings: &mut Vec<Finding>) {
        let loaded = || {
            let lists = sources.iter().filter_map(|source| {
                let packages = source.packages.as_ref().ok()?;
                Some((source, packages))
            });
            lists.flat_map(|(source, packages)| {
                packages.iter().map(move |package| (source, package))
            })
        };
        let files = syntax::read(loaded().map(|(_, package)| package));
        let targets: BTreeSet<&Target> = sources.iter().map(|source| &source.target).collect();
        let everywhere = |problem: Problem, findings: &mut Vec<Finding>| {
            for target in &targets {
                add(findings, problem.clone(), target);
            }
        };
        let shown = |path: &Path| slashed(path.strip_prefix(self.root).unwrap_or(path));
        for (path, file) in &files {
            if let Some(line) = file.not_utf8 {
                let message = format!("{}:{line}: the file is not UTF-8", shown(path));
                everywhere(Problem::error(message).hint("save it as UTF-8"), findings);
            }
        }
        for mistake in syntax::mistakes(&files, self.runner, self.go, self.root) {
            let known = |finding: &Finding| finding.problem.message == mistake;
            if !findings.iter().any(known) {
                everywhere(Problem::error(mistake), findings);
            }
        }
        for (source, package) in loaded() {
            let is_program = package.is_main() && !package.dep_only && package.error.is_none();
            if is_program && syntax::is_own(package) && !has_main(package, &files) {
                let message = format!("{} has no `func main()`", self.described(&[], package));
                let problem = Problem::error(message).at_option(self.place(source, package));
                add(findings, problem, &source.target);
            }
        }
    }

    /// Repositories of different systems above each other, which `go build` refuses (go, vcs.FromDir).
    fn repositories(&self, sources: &[Sources], findings: &mut Vec<Finding>) {
        for source in sources.iter().filter(|source| source.stamps_revision) {
            if let Some(words) = place::multiple_vcs(&source.directory) {
                let problem = Problem::error(words.clone());
                let problem = match go_hints::hint(&words) {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                };
                add(findings, problem, &source.target);
            }
        }
    }

    /// Wrong linker flags, and names that the linker would not find.
    fn link_flags(&self, sources: &[Sources], problems: &mut Problems) {
        let mut wanted: BTreeMap<Name, Vec<&Sources>> = BTreeMap::new();
        for source in sources {
            for flags in &source.ldflags {
                match link_flags::names(flags) {
                    Ok(names) => {
                        for name in names {
                            wanted.entry(name).or_default().push(source);
                        }
                    }
                    Err(message) => {
                        let place = self.typed(|flag| !flag.is_empty() && message.contains(flag));
                        let place = place.or_else(|| self.typed(|_| true));
                        problems.push(Problem::error(message).at_option(place));
                    }
                }
            }
        }
        let mut cache = Cache::default();
        for (name, sources) in wanted {
            let written = format!("{}.{}", name.package, name.variable);
            // A default need not fit, also when `init` wrote it into the manifest.
            let asked_for =
                |flag: &str| flag.contains(&written) && !DEFAULT_LDFLAGS.contains(&flag);
            let Some(place) = self.typed(asked_for) else {
                continue;
            };
            let found = sources.iter().filter_map(|source| {
                let packages = source.packages.as_ref().ok()?;
                let packages: Vec<&Package> = packages.iter().collect();
                Some(link_flags::look_up(&name, &packages, &mut cache))
            });
            let found: Vec<Found> = found.collect();
            if let Some(problem) = unset(&written, &name, found) {
                problems.push(problem.at(place));
            }
        }
    }

    /// The place of the first of the linker's flags in the manifest that is one of these.
    fn typed(&self, is_it: impl Fn(&str) -> bool) -> Option<Range<usize>> {
        let build = &self.manifest.build;
        let own = self.manifest.binaries.iter().map(|binary| &binary.settings);
        let overrides = build.overrides.iter().map(|entry| &entry.settings);
        let all = own.chain(overrides).chain([&build.settings]);
        let flags = all.filter_map(|settings: &BuildSettings| settings.ldflags.as_ref());
        flags
            .flatten()
            .find(|flag| is_it(flag))
            .and_then(Located::place)
    }
}

fn has_main(package: &Package, files: &BTreeMap<PathBuf, syntax::File>) -> bool {
    let names = package.go_files.iter().chain(&package.cgo_files);
    let mut paths = names.map(|name| package.dir.join(name));
    paths.any(|path| files.get(&path).is_none_or(|file| file.has_main))
}

/// That no program has the variable, unless one has.
fn unset(written: &str, name: &Name, found: Vec<Found>) -> Option<Problem> {
    let nothing = "the linker ignores a name that it does not find";
    if found.is_empty() || found.contains(&Found::Settable) {
        return None;
    }
    let mut similar = Vec::new();
    let mut worst = None;
    for each in found {
        match each {
            Found::Not(what) => {
                let problem = Problem::warning(format!("`-X` cannot set `{written}`: it {what}"));
                return Some(
                    problem.hint("`-X` sets only string variables without a computed value"),
                );
            }
            Found::IsMain => {
                let problem = Problem::warning(format!("`-X {written}` sets nothing"));
                return Some(problem.hint(format!(
                    "write `main.{}`: the linker calls the package of a program `main`",
                    name.variable
                )));
            }
            Found::NoVariable(names) => {
                similar.extend(names);
                worst = Some(format!(
                    "`-X {written}` sets nothing: the package has no such variable"
                ));
            }
            Found::NoPackage if worst.is_none() => {
                worst = Some(format!(
                    "`-X {written}` sets nothing: no program contains the package"
                ));
            }
            Found::NoPackage | Found::Settable => {}
        }
    }
    let problem = Problem::warning(worst?);
    Some(
        match nearest(&name.variable, similar.iter().map(String::as_str)) {
            Some(meant) => problem.hint(format!("did you mean `{}.{meant}`?", name.package)),
            None => problem.hint(nothing),
        },
    )
}
