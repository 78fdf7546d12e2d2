//! The Go packages that the manifest names, asked of the go tool.

use std::collections::BTreeMap;

use super::Session;
use crate::manifest::{self, Builder, Manifest};
use crate::plan::{PackageQuery, ServiceProgram};
use crate::project::packages::{self, Depth, MainPackages, Query};
use crate::project::{Facts, Go, Package, Problem, ProblemKind};
use crate::service::host::{HOST_PACKAGE, MAIN_FILE};

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
        let is_service = |name: &str| {
            let mut services = manifest.services.iter();
            services.any(|service| service.binary.value == name)
        };
        let named = manifest.binaries.iter().filter_map(|binary| {
            let wanted = binary.builder == Builder::Go && is_service(&binary.name);
            Some(PackageQuery {
                dir: query_dir(binary),
                pattern: binary.main.as_ref().filter(|_| wanted)?.value.clone(),
            })
        });
        let by_name = manifest.services.iter().any(|service| {
            let mut binaries = manifest.binaries.iter();
            !binaries.any(|binary| *binary.name == *service.binary && binary.main.is_some())
        });
        let found = mains
            .into_iter()
            .flat_map(|mains| &mains.programs)
            .filter(|_| by_name)
            .map(|package| PackageQuery {
                dir: String::new(),
                pattern: package.import_path.clone(),
            });
        named
            .chain(found)
            .map(|query| {
                let program = self.service_program(go, &query);
                (query, program)
            })
            .collect()
    }

    fn service_program(&self, go: &Go, query: &PackageQuery) -> ServiceProgram {
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
            flags: &[],
            patterns: std::slice::from_ref(&query.pattern),
            depth: Depth::Dependencies,
        };
        let package = packages::list(&self.runner, go, &request).and_then(|found| {
            found.into_iter().next().ok_or_else(|| {
                let message = format!("`{}` names no package", query.pattern);
                Problem::new(ProblemKind::Failed, message)
            })
        });
        let reserved = package.as_ref().ok().and_then(|package| {
            let mut names = [MAIN_FILE, HOST_PACKAGE].into_iter();
            let taken = names.find(|name| package.dir.join(name).exists())?;
            let path = package.dir.join(taken);
            let path = path.strip_prefix(&self.root).unwrap_or(&path);
            Some(packages::slashed(path))
        });
        ServiceProgram { package, reserved }
    }

    /// The packages that the manifest names, one `go list` for each module's folder.
    pub(super) fn packages(
        &self,
        manifest: &Manifest,
        facts: &Facts,
    ) -> BTreeMap<PackageQuery, Result<Package, Problem>> {
        let queries = manifest
            .binaries
            .iter()
            .filter(|binary| binary.builder == Builder::Go)
            .filter_map(|binary| {
                Some(PackageQuery {
                    dir: query_dir(binary),
                    pattern: binary.main.as_ref()?.value.clone(),
                })
            });
        let ask = |query: &PackageQuery| -> Result<Package, Problem> {
            let go: &Go = facts.go.as_ref().map_err(Clone::clone)?;
            self.package(go, query)
        };
        queries
            .map(|query| {
                let answer = ask(&query);
                (query, answer)
            })
            .collect()
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

/// The folder of a binary's module, as queries name it.
fn query_dir(binary: &manifest::Binary) -> String {
    let dir = binary.dir.as_ref();
    dir.map(|dir| dir.value.trim_end_matches('/').to_owned())
        .unwrap_or_default()
}
