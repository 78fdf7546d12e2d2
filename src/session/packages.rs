//! The Go packages that the manifest names, asked of the go tool.

use std::collections::{BTreeMap, BTreeSet};

use super::Session;
use crate::manifest::{self, Builder, Manifest};
use crate::plan::{PackageQuery, ServiceProgram};
use crate::project::packages::{self, Depth, MainPackages, Query};
use crate::project::{Facts, Go, Package, Problem, ProblemKind};
use crate::service::detect;
use crate::service::overlay::{self, MainPackage, Overlay};

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
        let queries: BTreeMap<PackageQuery, Vec<String>> = manifest
            .services
            .iter()
            .filter_map(|service| service_query(manifest, &service.binary, mains))
            .collect();
        queries
            .into_iter()
            .map(|(query, tags)| {
                let program = self.service_program(go, &query, &tags);
                (query, program)
            })
            .collect()
    }

    fn service_program(&self, go: &Go, query: &PackageQuery, flags: &[String]) -> ServiceProgram {
        let windows = [
            ("GOOS", "windows"),
            ("GOARCH", "amd64"),
            ("CGO_ENABLED", "0"),
        ];
        let request = Query {
            directory: &self.root.join(&query.dir),
            env: windows
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            flags,
            patterns: std::slice::from_ref(&query.pattern),
            depth: Depth::Dependencies,
        };
        let packages = match packages::list(&self.runner, go, &request) {
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

    /// The packages that the manifest names, one `go list` for each module's folder.
    pub(super) fn packages(
        &self,
        manifest: &Manifest,
        facts: &Facts,
    ) -> BTreeMap<PackageQuery, Result<Package, Problem>> {
        let mut patterns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for binary in &manifest.binaries {
            if let (Builder::Go, Some(main)) = (binary.builder, &binary.main) {
                let folder = patterns.entry(query_dir(binary)).or_default();
                folder.insert(main.value.clone());
            }
        }
        let mut answers = BTreeMap::new();
        for (dir, patterns) in patterns {
            let patterns: Vec<String> = patterns.into_iter().collect();
            let together = match &facts.go {
                Ok(go) => self.packages_of_folder(go, &dir, &patterns),
                Err(_) => Vec::new(),
            };
            for pattern in patterns {
                let mut matching = together
                    .iter()
                    .filter(|package| package.r#match.contains(&pattern));
                let answer = match (matching.next(), matching.next()) {
                    (Some(package), None) if package.has_files() => Ok(package.clone()),
                    // What is not plain is asked for alone, so that no other package is in the answer.
                    _ => facts.go.as_ref().map_err(Clone::clone).and_then(|go| {
                        let dir = dir.clone();
                        let pattern = pattern.clone();
                        self.package(go, &PackageQuery { dir, pattern })
                    }),
                };
                let dir = dir.clone();
                answers.insert(PackageQuery { dir, pattern }, answer);
            }
        }
        answers
    }

    /// All of them at once; none when the go tool refuses one of them.
    fn packages_of_folder(&self, go: &Go, dir: &str, patterns: &[String]) -> Vec<Package> {
        let request = Query {
            directory: &self.root.join(dir),
            env: BTreeMap::new(),
            flags: &[],
            patterns,
            depth: Depth::Named,
        };
        packages::list(&self.runner, go, &request).unwrap_or_default()
    }

    /// The package as this machine's own system sees it; a program for another system, as that one does.
    fn package(&self, go: &Go, query: &PackageQuery) -> Result<Package, Problem> {
        let mut answer = self.package_for(go, query, BTreeMap::new())?;
        for system in ["windows", "linux", "darwin"] {
            if !answer.go_files.is_empty() || !answer.cgo_files.is_empty() {
                break;
            }
            let env = [("GOOS", system), ("GOARCH", "amd64"), ("CGO_ENABLED", "0")];
            let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let other = self.package_for(go, query, env.into())?;
            if !other.go_files.is_empty() {
                answer = other;
            }
        }
        Ok(answer)
    }

    fn package_for(
        &self,
        go: &Go,
        query: &PackageQuery,
        env: BTreeMap<String, String>,
    ) -> Result<Package, Problem> {
        let request = Query {
            directory: &self.root.join(&query.dir),
            env,
            flags: &[],
            patterns: std::slice::from_ref(&query.pattern),
            depth: Depth::Named,
        };
        let found = packages::list(&self.runner, go, &request)?;
        let several = found.len() > 1;
        found
            .into_iter()
            .next()
            .filter(|_| !several)
            .ok_or_else(|| {
                let count = if several { "several" } else { "no" };
                let message = format!("`{}` names {count} packages, not one", query.pattern);
                Problem::new(ProblemKind::Failed, message)
            })
    }
}

/// Where a service's program is asked for, and the flag with its build tags.
fn service_query(
    manifest: &Manifest,
    name: &str,
    mains: Option<&MainPackages>,
) -> Option<(PackageQuery, Vec<String>)> {
    let binary = manifest.binaries.iter().find(|b| b.name.value == name);
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
    let own = binary.and_then(|binary| binary.settings.tags.as_ref());
    let tags = own.or(manifest.build.settings.tags.as_ref());
    let plain = tags.into_iter().flatten().filter(|tag| !tag.contains("{{"));
    let plain: Vec<&str> = plain.map(|tag| tag.value.as_str()).collect();
    let flags = (!plain.is_empty()).then(|| format!("-tags={}", plain.join(",")));
    Some((query, flags.into_iter().collect()))
}

/// The folder of a binary's module, as queries name it.
fn query_dir(binary: &manifest::Binary) -> String {
    let dir = binary.dir.as_ref();
    dir.map(|dir| dir.value.trim_end_matches('/').to_owned())
        .unwrap_or_default()
}
