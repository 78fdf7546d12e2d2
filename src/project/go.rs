//! The go tool: which one, how it is set up, what it can build for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::go_environment::Surroundings;
use super::go_version::GoVersion;
use super::problem::{Problem, ProblemKind};
use crate::process::{Invocation, Runner, Tool, ToolFinder, both};

/// The go tool.
pub const GO: Tool = Tool {
    name: "go",
    purpose: "build Go programs",
    install: "install it from https://go.dev/dl",
};

/// The oldest Go that gorelease works with: the first whose versions of language and toolchain are told apart.
pub const MINIMUM: GoVersion = GoVersion::language(1, 21);

/// The go tool as it is used in one folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Go {
    /// The executable.
    pub program: PathBuf,
    /// `GOVERSION`: the toolchain that go.mod selects, which may be another than the installed one.
    pub version: GoVersion,
    /// `GOVERSION` as it stands, which is also what build information holds.
    pub version_text: String,
    /// `go env -json`, whole: the user's own settings, which a build does not use as they are.
    pub env: BTreeMap<String, String>,
    /// What this machine sets.
    pub surroundings: Surroundings,
    /// `go tool dist list -json`, sorted.
    pub platforms: Vec<Platform>,
}

/// A pair of GOOS and GOARCH that the go tool knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Platform {
    /// GOOS.
    #[serde(rename = "GOOS")]
    pub os: String,
    /// GOARCH.
    #[serde(rename = "GOARCH")]
    pub arch: String,
    /// Whether cgo can be used at all.
    pub cgo_supported: bool,
    /// Whether the Go project holds its releases back for it.
    pub first_class: bool,
}

impl Go {
    /// Finds the go tool and asks it about `directory`. `settings` are the variables that the manifest sets.
    ///
    /// # Errors
    /// A [`Problem`] of one of the kinds `ToolMissing`, `GoTooOld`, `Cancelled`, `Failed`.
    pub fn gather(
        runner: &Runner,
        finder: &ToolFinder,
        directory: &Path,
        settings: &BTreeMap<String, String>,
    ) -> Result<Self, Problem> {
        let program = finder.find(GO)?;
        let mut surroundings = Surroundings::gather(directory);
        let mut ask_env = invocation(&program, directory, "go env")
            .args(["env", "-json"])
            .env("GO111MODULE", "on");
        let workspace = settings.get("GOWORK").cloned();
        let workspace = workspace.or(surroundings.without_workspace.then(|| "off".to_owned()));
        ask_env.env.insert("GOWORK".to_owned(), workspace);
        // The list is the toolchain's own and must not be made by a cross-compiled `dist`.
        let ask_platforms = invocation(&program, directory, "go tool dist list")
            .args(["tool", "dist", "list", "-json"])
            .env_remove("GOOS")
            .env_remove("GOARCH");
        let (env, platforms) = both(|| runner.read(&ask_env), || runner.read(&ask_platforms));
        let env: BTreeMap<String, String> = parse(&env?, "go env")?;
        surroundings.read_written(env.get("GOENV").map_or("", String::as_str));
        let version_text = env.get("GOVERSION").cloned().unwrap_or_default();
        let version: GoVersion = version_text.parse().map_err(|error| {
            Problem::new(
                ProblemKind::Failed,
                format!("`{}`: {error}", program.display()),
            )
        })?;
        if version < MINIMUM {
            return Err(Problem::new(
                ProblemKind::GoTooOld,
                format!(
                    "`{}` is Go {version}, and gorelease needs {MINIMUM} or newer",
                    program.display()
                ),
            )
            .with_hint(GO.install));
        }
        let mut platforms: Vec<Platform> = parse(&platforms?, "go tool dist list")?;
        platforms.sort();
        Ok(Self {
            program,
            version,
            version_text,
            env,
            surroundings,
            platforms,
        })
    }

    /// One of the go tool's settings; empty when it is not set.
    pub fn setting(&self, name: &str) -> &str {
        self.env.get(name).map_or("", String::as_str)
    }

    /// GOOS and GOARCH of the machine that the go tool runs on.
    pub fn host(&self) -> (&str, &str) {
        (self.setting("GOHOSTOS"), self.setting("GOHOSTARCH"))
    }
}

/// A call of the go tool with the user's own settings, to be completed.
fn invocation(program: &Path, directory: &Path, summary: &str) -> Invocation {
    Invocation::new(program, summary).cwd(directory)
}

/// Reads the JSON answer of the command called `summary`.
pub(super) fn parse<T: serde::de::DeserializeOwned>(
    json: &str,
    summary: &str,
) -> Result<T, Problem> {
    serde_json::from_str(json).map_err(|error| {
        Problem::new(
            ProblemKind::Failed,
            format!("{summary}: unexpected answer: {error}"),
        )
    })
}
