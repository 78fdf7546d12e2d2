//! Whether everything that is compiled is part of the commit: git calls a tree clean also when ignored files, folders
//! outside the repository or its own output go into the programs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Sources;
use crate::manifest::check::Pattern;
use crate::plan::{Action, Plan};
use crate::problem::{Problem, Problems};
use crate::project::packages::slashed;
use crate::project::work_tree::{Kind, Tracked};
use crate::project::{Git, Package, go_flags};
use crate::session::packed_files::{Difference, difference};

/// What the files are compared with.
#[derive(Debug)]
pub(in crate::session) struct Committed {
    pub(in crate::session) git: Git,
    pub(in crate::session) tracked: Tracked,
    /// Where the go tool keeps modules, each checked against go.sum when it came.
    pub(in crate::session) module_cache: PathBuf,
    /// The `go.work` file in use.
    pub(in crate::session) workspace: Option<PathBuf>,
    /// Files that hooks make, by the manifest.
    pub(in crate::session) generated: Vec<Pattern>,
    /// The project's folder.
    pub(in crate::session) root: PathBuf,
    /// The results' folder.
    pub(in crate::session) dist: PathBuf,
}

/// Something that is compiled in and not in the commit. The order is that of the messages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Finding {
    Workspace(PathBuf),
    Outside { module: String, folder: PathBuf },
    Output { package: String },
    Different { path: String, how: Difference },
    Untracked(String),
}

impl Committed {
    /// One problem for each kind of finding; none is an error by itself.
    pub(in crate::session) fn judge(&self, plan: &Plan, sources: &[Sources]) -> Problems {
        let mut findings = BTreeSet::new();
        for source in sources {
            for package in source.packages.iter().flatten() {
                if !package.standard && !package.dir.starts_with(&self.module_cache) {
                    self.package(package, &mut findings);
                }
            }
        }
        if let Some(workspace) = &self.workspace {
            if workspace.starts_with(&self.git.root) {
                self.file(workspace, &mut findings);
                self.optional(&workspace.with_extension("work.sum"), &mut findings);
            } else {
                findings.insert(Finding::Workspace(workspace.clone()));
            }
        }
        for file in files_of_flags(plan) {
            self.file(&file, &mut findings);
        }
        let mut untracked = Vec::new();
        let mut problems = Problems::default();
        for finding in findings {
            match finding {
                Finding::Untracked(path) => untracked.push(format!("`{path}`")),
                other => problems.push(describe(other)),
            }
        }
        if !untracked.is_empty() {
            problems.push(not_in_commit(&untracked));
        }
        problems
    }

    fn package(&self, package: &Package, findings: &mut BTreeSet<Finding>) {
        if package.dir.as_os_str().is_empty() {
            return;
        }
        if !package.dir.starts_with(&self.git.root) {
            let module = package.module.as_ref();
            findings.insert(Finding::Outside {
                module: module
                    .map_or(&package.import_path, |module| &module.path)
                    .clone(),
                folder: module
                    .and_then(|module| module.dir.clone())
                    .unwrap_or_else(|| package.dir.clone()),
            });
            return;
        }
        if self.embeds_output(package) {
            findings.insert(Finding::Output {
                package: package.import_path.clone(),
            });
        }
        for file in package.compiled_files() {
            if !file.starts_with(&self.dist) {
                self.file(&file, findings);
            }
        }
        if package.is_main() {
            self.optional(&package.dir.join("default.pgo"), findings);
        }
        let module = package.module.as_ref();
        if let Some(folder) = module.and_then(|module| module.dir.as_ref())
            && folder.starts_with(&self.git.root)
        {
            for name in ["go.mod", "go.sum", "vendor/modules.txt"] {
                self.optional(&folder.join(name), findings);
            }
        }
    }

    /// Whether the results of the last build would go into the programs of the next.
    fn embeds_output(&self, package: &Package) -> bool {
        let Ok(output) = self.dist.strip_prefix(&package.dir) else {
            return false;
        };
        let output = slashed(output);
        package.embed_patterns.iter().any(|pattern| {
            let pattern = pattern.strip_prefix("all:").unwrap_or(pattern);
            let (pattern, output): (Vec<&str>, Vec<&str>) =
                (pattern.split('/').collect(), output.split('/').collect());
            // A pattern names a folder with all that is in it, or something in the folder.
            let whole = pattern == ["."];
            whole
                || pattern
                    .iter()
                    .zip(&output)
                    .all(|(pattern, name)| is_match(pattern, name))
        })
    }

    fn optional(&self, path: &Path, findings: &mut BTreeSet<Finding>) {
        if path.exists() {
            self.file(path, findings);
        }
    }

    fn file(&self, path: &Path, findings: &mut BTreeSet<Finding>) {
        let Ok(relative) = path.strip_prefix(&self.git.root) else {
            findings.insert(Finding::Untracked(path.display().to_string()));
            return;
        };
        let name = slashed(relative);
        let is_below =
            |dirty: &String| name == *dirty || dirty.ends_with('/') && name.starts_with(dirty);
        if self.git.dirty.iter().any(is_below) || self.tracked.in_submodule(path) {
            return;
        }
        let Some(file) = self.tracked.get(path) else {
            if !self.is_generated(path) {
                findings.insert(Finding::Untracked(name));
            }
            return;
        };
        if file.kind == Kind::Link {
            let target = std::fs::canonicalize(path).unwrap_or_default();
            if target != path {
                self.file(&target, findings);
            }
            return;
        }
        // The compiler does not care for line ends; what is embedded is as it is.
        let is_source = path.extension().is_some_and(|extension| extension == "go");
        if (!is_source || file.unwatched)
            && let Some(how) = difference(path, &self.tracked)
        {
            findings.insert(Finding::Different { path: name, how });
        }
    }

    fn is_generated(&self, path: &Path) -> bool {
        let Ok(relative) = path.strip_prefix(&self.root) else {
            return false;
        };
        let name = slashed(relative);
        let mut patterns = self.generated.iter();
        patterns.any(|pattern| pattern.matcher.is_match(&name))
    }
}

/// Files that flags of `go build` name.
fn files_of_flags(plan: &Plan) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    for step in &plan.steps {
        let Action::GoBuild(build) = &step.action else {
            continue;
        };
        let folder = build.invocation.cwd.clone().unwrap_or_default();
        for flag in &build.invocation.args {
            let value = flag.split_once('=').map(|(_, value)| value);
            if let Some(value) = value
                && ["modfile", "overlay", "pgo"].contains(&go_flags::name(flag))
                && !["auto", "off"].contains(&value)
            {
                files.insert(folder.join(value));
            }
        }
    }
    files
}

/// One element of a pattern of `//go:embed` (Go, package path, Match).
fn is_match(pattern: &str, name: &str) -> bool {
    globset::Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(name))
}

fn describe(finding: Finding) -> Problem {
    match finding {
        Finding::Workspace(path) => Problem::error(format!(
            "the workspace `{}` is outside the repository",
            path.display()
        ))
        .hint("build without it: `env = { GOWORK = \"off\" }` in `[build]`"),
        Finding::Outside { module, folder } => Problem::error(format!(
            "`{module}` is compiled from `{}`, outside the repository",
            folder.display()
        ))
        .hint("require a version of it instead of a `replace` or `use` of a folder"),
        Finding::Output { package } => Problem::error(format!(
            "`{package}` embeds the output folder: each build would contain the one before"
        ))
        .hint("build into another folder with --out, or embed another one"),
        Finding::Different { path, how } => how.describe(&path),
        Finding::Untracked(path) => not_in_commit(&[path]),
    }
}

fn not_in_commit(paths: &[String]) -> Problem {
    const SHOWN: usize = 5;
    let mut names = paths[..paths.len().min(SHOWN)].join(", ");
    if paths.len() > SHOWN {
        names = format!("{names} and {} more", paths.len() - SHOWN);
    }
    let verb = match paths.len() {
        1 => "is compiled in and is",
        _ => "are compiled in and are",
    };
    Problem::error(format!("{names} {verb} not part of the commit")).hint(
        "commit it, or remove it; what a hook makes of the commit, list in `generated` in `[build]`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Facts;

    fn committed(dist: &str) -> Committed {
        Committed {
            git: Facts::example().git.unwrap(),
            tracked: Tracked::default(),
            module_cache: PathBuf::from("/go/pkg/mod"),
            workspace: None,
            generated: Vec::new(),
            root: PathBuf::from("/project"),
            dist: PathBuf::from(dist),
        }
    }

    #[test]
    fn patterns_that_embed_the_output_are_found() {
        for (pattern, dist, embeds) in [
            ("dist", "/project/dist", true),
            ("all:dist", "/project/dist", true),
            ("dist/*.html", "/project/dist", true),
            ("*", "/project/dist", true),
            (".", "/project/dist", true),
            ("web", "/project/web/dist", true),
            ("d*/x", "/project/dist", true),
            ("web/dist", "/project/dist", false),
            ("static", "/project/dist", false),
            ("dist", "/elsewhere", false),
        ] {
            let package = Package {
                dir: PathBuf::from("/project"),
                embed_patterns: vec![pattern.to_owned()],
                ..Package::default()
            };
            assert_eq!(
                committed(dist).embeds_output(&package),
                embeds,
                "{pattern} {dist}"
            );
        }
    }
}
