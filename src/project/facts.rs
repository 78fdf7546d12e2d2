//! All facts that a plan is made from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::cargo::Cargo;
use super::clock::{Clock, ClockSource};
use super::files::Files;
use super::git::Git;
use super::go::{Go, Platform};
use super::go_environment::Surroundings;
use super::go_version::{GoVersion, Stage};
use super::host::Host;
use super::mains::{self, MainPackages, Setting};
use super::modules::{Module, Modules};
use super::problem::Problem;
use crate::process::{Runner, ToolFinder, both};

/// What the world says about one project. A fact that cannot be had is a [`Problem`], for the plan to judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The project's folder, absolute.
    pub directory: PathBuf,
    /// The go tool.
    pub go: Result<Go, Problem>,
    /// The Go modules.
    pub modules: Result<Modules, Problem>,
    /// The Rust toolchain, when the project has a `Cargo.toml`.
    pub cargo: Option<Result<Cargo, Problem>>,
    /// The commit.
    pub git: Result<Git, Problem>,
    /// The time that artifacts are dated with.
    pub clock: Result<Clock, Problem>,
    /// Licence, readme and the like.
    pub files: Files,
    /// This machine.
    pub host: Host,
}

impl Facts {
    /// Asks everything about the project in `directory`, an absolute path. Changes below `ignored`, absolute folders
    /// that we write ourselves, do not make the work tree dirty. `settings` are the variables that the manifest sets for
    /// the go tool.
    pub fn gather(
        runner: &Runner,
        finder: &ToolFinder,
        directory: &Path,
        ignored: &[PathBuf],
        settings: &BTreeMap<String, String>,
    ) -> Self {
        let ((git, cargo), (go, modules)) = both(
            || {
                let git = Git::gather(runner, finder, directory, ignored);
                (git, Cargo::gather(runner, finder, directory))
            },
            || {
                let go = Go::gather(runner, finder, directory, settings);
                let modules = match &go {
                    Ok(go) => Modules::gather(runner, go, directory, settings),
                    Err(problem) => Err(problem.clone()),
                };
                (go, modules)
            },
        );
        let epoch = std::env::var("SOURCE_DATE_EPOCH").ok();
        let commit_time = git.as_ref().ok().map(|git| git.commit_time);
        Self {
            directory: directory.to_path_buf(),
            go,
            modules,
            cargo,
            git,
            clock: Clock::new(epoch.as_deref(), commit_time),
            files: Files::gather(directory),
            host: Host::gather(),
        }
    }

    /// The main packages of the project, for any of these targets.
    ///
    /// # Errors
    /// When the go tool or the module is missing, or `go list` cannot begin.
    pub fn main_packages(
        &self,
        runner: &Runner,
        settings: &[Setting],
    ) -> Result<MainPackages, Problem> {
        let go = self.go.as_ref().map_err(Clone::clone)?;
        let modules = self.modules.as_ref().map_err(Clone::clone)?;
        mains::main_packages(runner, go, modules, &self.directory, settings)
    }

    /// A complete and plain set without the world, for tests: the module `example.com/orders` in `/project`, a clean
    /// tree at the tag `v1.2.3`, Go 1.26.0 on linux/amd64.
    pub fn example() -> Self {
        let directory = PathBuf::from("/project");
        Self {
            go: Ok(example_go()),
            modules: Ok(Modules {
                main: vec![Module {
                    path: "example.com/orders".to_owned(),
                    version: None,
                    main: true,
                    dir: Some(directory.clone()),
                    go_version: Some(GoVersion::language(1, 26)),
                    replace: None,
                }],
                workspace: None,
                vendored: false,
            }),
            cargo: None,
            git: Ok(Git {
                root: directory.clone(),
                commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
                short_commit: "01234567".to_owned(),
                commit_time: 1_750_000_000,
                tags: vec!["v1.2.3".to_owned()],
                branch: Some("main".to_owned()),
                dirty: Vec::new(),
                shallow: false,
                gitfile: false,
                remote: Some("https://github.com/example/orders.git".to_owned()),
            }),
            clock: Ok(Clock {
                seconds: 1_750_000_000,
                source: ClockSource::Commit,
            }),
            files: Files {
                licenses: vec!["LICENSE".to_owned()],
                readmes: vec!["README.md".to_owned()],
                changelogs: Vec::new(),
            },
            host: Host {
                os: "linux".to_owned(),
                arch: "amd64".to_owned(),
                cpus: 4,
            },
            directory,
        }
    }
}

fn example_go() -> Go {
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let platform = |os: &str, arch: &str, cgo_supported, first_class| Platform {
        os: os.to_owned(),
        arch: arch.to_owned(),
        cgo_supported,
        first_class,
    };
    Go {
        program: PathBuf::from("/usr/local/go/bin/go"),
        version: GoVersion {
            major: 1,
            minor: 26,
            stage: Stage::Patch(0),
        },
        version_text: "go1.26.0".to_owned(),
        env: [
            setting("GOVERSION", "go1.26.0"),
            setting("GOHOSTOS", "linux"),
            setting("GOHOSTARCH", "amd64"),
        ]
        .into(),
        surroundings: Surroundings::default(),
        platforms: vec![
            platform("darwin", "amd64", true, true),
            platform("darwin", "arm64", true, true),
            platform("freebsd", "amd64", true, false),
            platform("js", "wasm", false, false),
            platform("linux", "386", true, true),
            platform("linux", "amd64", true, true),
            platform("linux", "arm", true, true),
            platform("linux", "arm64", true, true),
            platform("linux", "mips64le", true, false),
            platform("linux", "ppc64le", true, false),
            platform("linux", "riscv64", true, false),
            platform("linux", "s390x", true, false),
            platform("windows", "386", true, true),
            platform("windows", "amd64", true, true),
            platform("windows", "arm64", true, false),
        ],
    }
}
