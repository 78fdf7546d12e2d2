//! The Go packages that the manifest names, asked of the go tool before there is a plan.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::Session;
use crate::manifest::{self, Builder, Manifest};
use crate::plan::{self, PackageQuery, ServiceProgram};
use crate::problem::Problems;
use crate::project::mains::{MainPackages, Setting};
use crate::project::packages::{self, Depth, Query};
use crate::project::{Facts, Go, Package, Problem, ProblemKind};
use crate::service::detect;
use crate::service::overlay::{self, MainPackage, Overlay};
use crate::target::Target;

/// What is asked at once: the folder, and how the go tool is asked.
type Question = (String, Setting);

impl Session {
    /// The programs that may be services, as they are for Windows.
    pub(super) fn service_programs(
        &self,
        manifest: &Manifest,
        facts: &Facts,
        mains: Option<&MainPackages>,
    ) -> BTreeMap<PackageQuery, ServiceProgram> {
        let Ok(go) = &facts.go else {
            return BTreeMap::new();
        };
        let queries: BTreeMap<PackageQuery, Setting> = manifest
            .services
            .iter()
            .filter_map(|service| service_query(manifest, &service.binary, mains))
            .collect();
        queries
            .into_par_iter()
            .map(|(query, setting)| {
                let program = self.service_program(go, &query, setting);
                (query, program)
            })
            .collect()
    }

    fn service_program(&self, go: &Go, query: &PackageQuery, setting: Setting) -> ServiceProgram {
        let pattern = std::slice::from_ref(&query.pattern);
        let packages = match self.list(go, &query.dir, setting, pattern, Depth::Dependencies) {
            Ok(packages) => packages,
            Err(problem) => return ServiceProgram::unknown(problem),
        };
        let Some(package) = packages.iter().find(|package| !package.dep_only) else {
            let message = format!("`{}` names no package", query.pattern);
            return ServiceProgram::unknown(Problem::new(ProblemKind::Failed, message));
        };
        let main = MainPackage {
            directory: &package.dir,
            import_path: &package.import_path,
            files: &[&package.go_files[..], &package.cgo_files[..]].concat(),
        };
        // A file that cannot be read is told by the go tool, with its place.
        let conflict = overlay::conflict(&main, &Overlay::default());
        ServiceProgram {
            package: Ok(()),
            behaviour: detect::examine(&packages, &self.root),
            conflict: conflict
                .ok()
                .flatten()
                .map(|conflict| conflict.relative_to(&self.root)),
        }
    }

    /// The packages that the manifest names, one `go list` for all that are asked for in the same way. A program is asked
    /// for as one of its own targets sees it; what the other targets see is judged with the plan.
    pub(super) fn packages(
        &self,
        manifest: &Manifest,
        facts: &Facts,
    ) -> BTreeMap<PackageQuery, Result<Package, Problem>> {
        let targets = project_targets(manifest, facts);
        let mut questions: BTreeMap<Question, Vec<String>> = BTreeMap::new();
        for binary in &manifest.binaries {
            if let (Builder::Go, Some(main)) = (binary.builder, &binary.main) {
                let target = own_target(binary, &targets, facts);
                let setting = plan::plain_setting(&manifest.build, Some(&binary.settings), &target);
                let patterns = questions.entry((query_dir(binary), setting)).or_default();
                if !patterns.contains(&main.value) {
                    patterns.push(main.value.clone());
                }
            }
        }
        let questions: Vec<(Question, Vec<String>)> = questions.into_iter().collect();
        let answers: Vec<_> = questions
            .into_par_iter()
            .flat_map_iter(|((dir, setting), patterns)| match &facts.go {
                Ok(go) => self.packages_of_folder(go, &dir, &setting, patterns),
                Err(problem) => {
                    let all = patterns.into_iter().map(|pattern| {
                        let dir = dir.clone();
                        (PackageQuery { dir, pattern }, Err(problem.clone()))
                    });
                    all.collect()
                }
            })
            .collect();
        answers.into_iter().collect()
    }

    /// All of them at once; what is not plain is asked for alone, so that no other package is in the answer.
    fn packages_of_folder(
        &self,
        go: &Go,
        dir: &str,
        setting: &Setting,
        patterns: Vec<String>,
    ) -> Vec<(PackageQuery, Result<Package, Problem>)> {
        let together = self
            .list(go, dir, setting.clone(), &patterns, Depth::Named)
            .unwrap_or_default();
        let answers = patterns.into_iter().map(|pattern| {
            let mut matching = together
                .iter()
                .filter(|package| package.r#match.contains(&pattern));
            let plain = match (matching.next(), matching.next()) {
                (Some(package), None) if package.has_files() => Some(package.clone()),
                _ => None,
            };
            let query = PackageQuery {
                dir: dir.to_owned(),
                pattern,
            };
            let answer = match plain {
                Some(package) => Ok(package),
                None => self.package(go, &query, setting.clone(), Depth::Named),
            };
            (query, answer)
        });
        answers.collect()
    }

    fn list(
        &self,
        go: &Go,
        dir: &str,
        setting: Setting,
        patterns: &[String],
        depth: Depth,
    ) -> Result<Vec<Package>, Problem> {
        let request = Query {
            directory: &self.root.join(dir),
            env: setting.env,
            flags: &setting.flags,
            patterns,
            depth,
        };
        packages::list(&self.runner, go, &request)
    }

    fn package(
        &self,
        go: &Go,
        query: &PackageQuery,
        setting: Setting,
        depth: Depth,
    ) -> Result<Package, Problem> {
        let pattern = std::slice::from_ref(&query.pattern);
        let found = self.list(go, &query.dir, setting, pattern, depth)?;
        let several = found.len() > 1;
        found
            .into_iter()
            .next()
            .filter(|_| !several)
            .map(Package::named_by_source)
            .ok_or_else(|| {
                let count = if several { "several" } else { "no" };
                let message = format!("`{}` names {count} packages, not one", query.pattern);
                Problem::new(ProblemKind::Failed, message)
            })
    }

    /// The project's main packages for all targets; none when the manifest names all programs and all of them are there,
    /// since then nobody asks for others.
    pub(super) fn mains(
        &self,
        manifest: &Manifest,
        facts: &Facts,
        packages: &BTreeMap<PackageQuery, Result<Package, Problem>>,
    ) -> Result<MainPackages, Problem> {
        let named = manifest
            .binaries
            .iter()
            .all(|binary| binary.main.is_some() || binary.builder == Builder::Cargo);
        let is_right =
            |package: &Result<Package, Problem>| package.as_ref().is_ok_and(Package::is_main);
        if named && !manifest.binaries.is_empty() && packages.values().all(is_right) {
            return Ok(MainPackages::default());
        }
        let targets = project_targets(manifest, facts);
        let settings: Vec<Setting> = targets
            .iter()
            .map(|target| plan::plain_setting(&manifest.build, None, target))
            .collect();
        facts.main_packages(&self.runner, &settings)
    }
}

/// The targets of the project, whatever the command line leaves of them; this machine when they are wrong.
fn project_targets(manifest: &Manifest, facts: &Facts) -> Vec<Target> {
    let (targets, host) = plan::of_project(&manifest.build, facts, &mut Problems::default());
    match plan::single_architectures(&targets) {
        none if none.is_empty() => vec![host],
        targets => targets.into_iter().collect(),
    }
}

/// One of the targets that the binary is built for: this machine's own if it is among them.
fn own_target(binary: &manifest::Binary, targets: &[Target], facts: &Facts) -> Target {
    let host = Target::new(&*facts.host.os, &*facts.host.arch);
    let is_own = |target: &&Target| {
        binary.targets.as_ref().is_none_or(|patterns| {
            let name = target.to_string();
            patterns
                .iter()
                .any(|pattern| pattern.matcher.is_match(&name))
        })
    };
    let own: Vec<&Target> = targets.iter().filter(is_own).collect();
    match own.first() {
        Some(first) if !own.contains(&&host) => (*first).clone(),
        _ => host,
    }
}

/// Where a service's program is asked for, and how.
fn service_query(
    manifest: &Manifest,
    name: &str,
    mains: Option<&MainPackages>,
) -> Option<(PackageQuery, Setting)> {
    let target = Target::new("windows", "amd64");
    let mut called = manifest.binaries.iter().filter(|b| b.name.value == name);
    let binary = called
        .clone()
        .find(|binary| binary.may_be_for("windows"))
        .or_else(|| called.next());
    if binary.is_some_and(|binary| binary.builder == Builder::Cargo) {
        return None;
    }
    let pattern = match binary.and_then(|binary| binary.main.as_ref()) {
        Some(main) => main.value.clone(),
        None => mains?.called(name)?.import_path.clone(),
    };
    let query = PackageQuery {
        dir: binary.map(query_dir).unwrap_or_default(),
        pattern,
    };
    let own = binary.map(|binary| &binary.settings);
    Some((query, plan::plain_setting(&manifest.build, own, &target)))
}

/// The folder of a binary's module, as queries name it.
fn query_dir(binary: &manifest::Binary) -> String {
    let dir = binary.dir.as_ref();
    dir.map(|dir| dir.value.trim_end_matches('/').to_owned())
        .unwrap_or_default()
}
