//! The environment of the go tool: which variables change what it makes, and where each of them comes from.
//!
//! A release must not depend on the shell that it was built in. What changes a program comes from the manifest or has
//! Go's default; what only says where modules and caches are passes, also when `go env -w` wrote it. `GOENV=off` keeps
//! the rest of that file away.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use super::go::Go;
use super::go_flags;
use crate::process::{Invocation, Secret};
use crate::target::VariantKind;

/// Where a variable's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The target, or another key of the manifest: `env` cannot set it.
    Key,
    /// `env` in the manifest; otherwise it has Go's default.
    Build,
    /// The machine: it chooses which Go runs, and the version of that is recorded and verified.
    Toolchain,
    /// The machine: where modules and caches are, and how fast the go tool works.
    Machine,
    /// Printed by `go env`, but not read.
    Reported,
}

const KEYS: [&str; 13] = [
    "CGO_ENABLED",
    "GO386",
    "GOAMD64",
    "GOARCH",
    "GOARM",
    "GOARM64",
    "GOENV",
    "GOFLAGS",
    "GOMIPS",
    "GOMIPS64",
    "GOOS",
    "GOPPC64",
    "GORISCV64",
];

/// Those that the go tool reads, and those that C compilers read (gcc, "Environment Variables Affecting GCC"; clang).
/// `CGO_*` and `PKG_CONFIG*` are of this class too.
const BUILD: [&str; 29] = [
    "AR",
    "CC",
    "CCC_OVERRIDE_OPTIONS",
    "COMPILER_PATH",
    "CPATH",
    "CPLUS_INCLUDE_PATH",
    "CXX",
    "C_INCLUDE_PATH",
    "FC",
    "GCCGO",
    "GCCGOTOOLDIR",
    "GCC_EXEC_PREFIX",
    "GO111MODULE",
    "GOBIN",
    "GOCLOBBERDEADHASH",
    "GODEBUG",
    "GOEXPERIMENT",
    "GOFIPS140",
    "GOGCCFLAGS",
    "GOROOT_FINAL",
    "GOSSAFUNC",
    "GOSSAHASH",
    "GOTOOLDIR",
    "GOWASM",
    "GOWORK",
    "GO_EXTLINK_ENABLED",
    "LIBRARY_PATH",
    "MACOSX_DEPLOYMENT_TARGET",
    "OBJC_INCLUDE_PATH",
];

const TOOLCHAIN: [&str; 2] = ["GOROOT", "GOTOOLCHAIN"];

const MACHINE: [&str; 22] = [
    "GIT_ALLOW_PROTOCOL",
    "GOAUTH",
    "GOCACHE",
    "GOCACHEPROG",
    "GOCOVERDIR",
    "GOGC",
    "GOINSECURE",
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GOMODCACHE",
    "GONOPROXY",
    "GONOSUMDB",
    "GOPATH",
    "GOPRIVATE",
    "GOPROXY",
    "GOSUMDB",
    "GOTMPDIR",
    "GOTRACEBACK",
    "GOVCS",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NETRC",
];

const REPORTED: [&str; 7] = [
    "GOEXE",
    "GOHOSTARCH",
    "GOHOSTOS",
    "GOMOD",
    "GOTELEMETRY",
    "GOTELEMETRYDIR",
    "GOVERSION",
];

/// The class of a variable; none when the go tool and C compilers do not know it.
pub fn class(name: &str) -> Option<Class> {
    let upper = name.to_ascii_uppercase();
    // Windows does not distinguish case in names of variables.
    let name = if cfg!(windows) { &upper } else { name };
    let is_in = |names: &[&str]| names.contains(&name);
    let is_build = is_in(&BUILD) || name.starts_with("CGO_") || name.starts_with("PKG_CONFIG");
    [
        (is_in(&KEYS), Class::Key),
        (is_build, Class::Build),
        (is_in(&TOOLCHAIN), Class::Toolchain),
        (is_in(&MACHINE), Class::Machine),
        (is_in(&REPORTED), Class::Reported),
    ]
    .into_iter()
    .find_map(|(applies, class)| applies.then_some(class))
}

/// Go's default of a variable, where it is not empty.
fn default(name: &str) -> Option<&'static str> {
    match name {
        "GO111MODULE" => Some("on"),
        "GOFIPS140" => Some("off"),
        _ => None,
    }
}

/// What the machine says to the go tool, besides what gorelease and the manifest say.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Surroundings {
    /// Variables of this process that have a class.
    pub inherited: BTreeMap<String, String>,
    /// The file of `go env -w`.
    pub written: BTreeMap<String, String>,
    /// Whether `GOWORK=off` of this process counts: it only keeps a workspace away that the repository does not have.
    pub without_workspace: bool,
}

impl Surroundings {
    /// The variables of this process, for the project in `directory`.
    pub(super) fn gather(directory: &Path) -> Self {
        Self::new(std::env::vars_os(), directory)
    }

    fn new(variables: impl Iterator<Item = (OsString, OsString)>, directory: &Path) -> Self {
        let known = variables.filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            class(&name)?;
            Some((name, value.to_string_lossy().into_owned()))
        });
        let inherited: BTreeMap<String, String> = known.collect();
        let off = inherited.get("GOWORK").is_some_and(|value| value == "off");
        Self {
            without_workspace: off && !repository_has_workspace(directory),
            inherited,
            written: BTreeMap::new(),
        }
    }

    /// Reads the file of `go env -w`: lines `NAME=value`, with capital letters.
    pub(super) fn read_written(&mut self, file: &str) {
        if file.is_empty() || file == "off" {
            return;
        }
        // The go tool too goes on without a file that it cannot read.
        let text = std::fs::read(file).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines = text.lines().filter_map(|line| line.split_once('='));
        self.written = lines
            .filter(|(name, _)| class(name).is_some())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
    }

    /// What the machine sets and a build does not use, as `NAME=value`: what changes a program must come from the
    /// manifest. `settings` are the manifest's own variables.
    pub fn ignored(&self, settings: &BTreeMap<String, String>) -> Vec<String> {
        let file = self
            .written
            .iter()
            .filter(|(name, _)| self.inherited(name).is_none());
        let all = self.inherited.iter().chain(file);
        all.filter(|(name, value)| {
            let is_build = matches!(class(name), Some(Class::Build));
            let is_variant = VariantKind::is_variable(name);
            let is_default = value.is_empty() || default(name) == Some(value);
            (is_build || is_variant)
                && !is_default
                && !settings.contains_key(*name)
                && !HAS_NO_EFFECT.contains(&name.as_str())
                && !(*name == "GOWORK" && (self.without_workspace || *value == "auto"))
        })
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
    }

    /// A variable of this process that is not empty: the go tool takes an empty one for one that is not set.
    fn inherited(&self, name: &str) -> Option<&str> {
        let value = self.inherited.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    /// `GOFLAGS` of the environment, or else of `go env -w`.
    pub fn go_flags(&self) -> &str {
        let written = self.written.get("GOFLAGS").map(String::as_str);
        self.inherited("GOFLAGS").or(written).unwrap_or_default()
    }
}

/// Variables of class `Build` that `go build` does not read.
const HAS_NO_EFFECT: [&str; 3] = ["GO111MODULE", "GOBIN", "GOGCCFLAGS"];

/// Whether there is a `go.work` in `directory` or above it, up to the repository's root.
fn repository_has_workspace(directory: &Path) -> bool {
    for folder in directory.ancestors() {
        if folder.join("go.work").is_file() {
            return true;
        }
        if folder.join(".git").exists() {
            return false;
        }
    }
    false
}

impl Go {
    /// The whole environment of a command: the manifest's `settings`, GOOS, GOARCH and CGO_ENABLED among them, and
    /// Go's defaults for everything else. None removes a variable.
    ///
    /// Both `go build` and `go list` must have it, or they see different files.
    pub fn environment(
        &self,
        settings: &BTreeMap<String, String>,
    ) -> BTreeMap<String, Option<String>> {
        let surroundings = &self.surroundings;
        let mut environment: BTreeMap<String, Option<String>> = surroundings
            .inherited
            .keys()
            .filter(|name| matches!(class(name), Some(Class::Key | Class::Build)))
            .map(|name| (name.clone(), None))
            .collect();
        let mut set = |name: &str, value: &str| {
            environment.insert(name.to_owned(), Some(value.to_owned()));
        };
        set("GOENV", "off");
        set("GO111MODULE", "on");
        if (self.version.major, self.version.minor) >= (1, 24) {
            set("GOFIPS140", "off");
        }
        if surroundings.without_workspace {
            set("GOWORK", "off");
        }
        let goarch = settings.get("GOARCH").map_or(self.host().1, String::as_str);
        if let Some(kind) = VariantKind::of(goarch)
            && (self.version.major, self.version.minor) >= kind.since
        {
            set(kind.variable, kind.default);
        }
        for (name, value) in settings {
            set(name, value);
        }
        environment
    }

    /// A call of the go tool in `directory`, to be completed.
    pub fn command(
        &self,
        directory: &Path,
        summary: &str,
        settings: &BTreeMap<String, String>,
    ) -> Invocation {
        let mut invocation = Invocation::new(&self.program, summary).cwd(directory);
        invocation.env = self.environment(settings);
        self.pass(invocation)
    }

    /// Adds what passes from the machine: the values of `go env -w` that only say where modules and caches are, and the
    /// flags of GOFLAGS that change no result. They are no part of the plan, and may hold passwords.
    pub fn pass(&self, mut invocation: Invocation) -> Invocation {
        let surroundings = &self.surroundings;
        for (name, value) in &surroundings.written {
            let passes = matches!(class(name), Some(Class::Machine)) || name == "GOTOOLCHAIN";
            let is_set =
                invocation.env.contains_key(name) || surroundings.inherited(name).is_some();
            if passes && !is_set {
                invocation = invocation.secret_env(name, Secret::new(value.as_bytes()));
            }
        }
        let flags = go_flags::passing(surroundings.go_flags());
        if !flags.is_empty() {
            invocation.env.remove("GOFLAGS");
            invocation = invocation.secret_env("GOFLAGS", Secret::new(flags.join(" ")));
        }
        invocation
    }
}

/// The variables among `environment` that a record of the build lists: the target, and what differs from Go's
/// defaults. What passes from the machine and the paths of its compilers are left out.
pub fn recorded(environment: &BTreeMap<String, Option<String>>) -> BTreeMap<String, String> {
    let set = environment
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?)));
    set.filter(|(name, value)| {
        let passes = matches!(class(name), Some(Class::Machine | Class::Toolchain));
        let is_path = ["CC", "CXX", "GOENV"].contains(&name.as_str());
        !passes && !is_path && default(name) != Some(value)
    })
    .map(|(name, value)| (name.clone(), value.clone()))
    .collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::project::Facts;

    fn go(inherited: &[(&str, &str)]) -> Go {
        let mut go = Facts::example().go.unwrap();
        let variables = inherited
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        go.surroundings = Surroundings::new(variables, Path::new("/project"));
        go
    }

    fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    /// The go tool prints what it knows in two places, and keeps the list for `go env -w` in a third.
    #[test]
    fn every_variable_of_this_go_has_a_class() {
        let answer = |args: &[&str]| {
            let output = Command::new("go").args(args).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        let printed = answer(&["env", "-json"]);
        let printed: BTreeMap<String, String> = serde_json::from_str(&printed).unwrap();
        let mut names: Vec<String> = printed.into_keys().collect();
        let help = answer(&["help", "environment"]);
        let headings = help.lines().filter(|line| {
            line.strip_prefix('\t')
                .is_some_and(|line| line.starts_with(|letter: char| letter.is_ascii_uppercase()))
        });
        let headings: Vec<&str> = headings.flat_map(|line| line.split(", ")).collect();
        names.extend(headings.iter().map(|name| name.trim().to_owned()));
        let root = answer(&["env", "GOROOT"]);
        let known = Path::new(root.trim()).join("src/internal/cfg/cfg.go");
        let known = std::fs::read_to_string(known).unwrap_or_default();
        let known = known.split('`').nth(1).unwrap_or_default();
        names.extend(known.split_whitespace().map(str::to_owned));
        assert!(names.len() > 60, "{names:?}");
        let unknown: Vec<&String> = names.iter().filter(|name| class(name).is_none()).collect();
        assert!(unknown.is_empty(), "without a class: {unknown:?}");
    }

    #[test]
    fn what_changes_a_program_is_removed_or_has_its_default() {
        let go = go(&[
            ("GOAMD64", "v3"),
            ("GOARM", "5"),
            ("GOEXPERIMENT", "jsonv2"),
            ("CC", "/opt/cc"),
            ("CGO_CFLAGS", "-O0"),
            ("PKG_CONFIG_PATH", "/opt"),
            ("GOFLAGS", "-tags=x"),
            ("GOPROXY", "https://proxy.example"),
            ("GOTOOLCHAIN", "local"),
            ("HOME", "/root"),
        ]);
        let target = settings(&[("GOOS", "linux"), ("GOARCH", "amd64"), ("CGO_ENABLED", "0")]);
        let environment = go.environment(&target);
        let value = |name: &str| environment.get(name).map(Option::as_deref);
        assert_eq!(value("GOAMD64"), Some(Some("v1")));
        assert_eq!(value("GOENV"), Some(Some("off")));
        assert_eq!(value("GOFIPS140"), Some(Some("off")));
        for removed in [
            "GOARM",
            "GOEXPERIMENT",
            "CC",
            "CGO_CFLAGS",
            "PKG_CONFIG_PATH",
            "GOFLAGS",
        ] {
            assert_eq!(value(removed), Some(None), "{removed}");
        }
        for passed in ["GOPROXY", "GOTOOLCHAIN", "HOME"] {
            assert_eq!(value(passed), None, "{passed}");
        }
        assert_eq!(
            go.surroundings.ignored(&BTreeMap::new()),
            [
                "CC=/opt/cc",
                "CGO_CFLAGS=-O0",
                "GOAMD64=v3",
                "GOARM=5",
                "GOEXPERIMENT=jsonv2",
                "PKG_CONFIG_PATH=/opt"
            ]
        );
    }

    #[test]
    fn the_manifest_sets_what_it_wants() {
        let go = go(&[("GOEXPERIMENT", "jsonv2")]);
        let own = settings(&[
            ("GOEXPERIMENT", "synctest"),
            ("GOARCH", "arm64"),
            ("GOARM64", "v9.0"),
        ]);
        let environment = go.environment(&own);
        assert_eq!(environment["GOEXPERIMENT"].as_deref(), Some("synctest"));
        assert_eq!(environment["GOARM64"].as_deref(), Some("v9.0"));
        assert!(!environment.contains_key("GOAMD64"));
        assert!(go.surroundings.ignored(&own).is_empty());
        assert_eq!(
            recorded(&environment),
            settings(&[
                ("GOEXPERIMENT", "synctest"),
                ("GOARCH", "arm64"),
                ("GOARM64", "v9.0")
            ])
        );
    }

    #[test]
    fn of_go_env_w_only_places_pass() {
        let mut go = go(&[("GOPRIVATE", "inherited.example")]);
        go.surroundings.written = settings(&[
            ("GOAMD64", "v3"),
            ("GOFLAGS", "-p=2 -tags=x"),
            ("GOPRIVATE", "written.example"),
            ("GOPROXY", "https://me:secret@proxy.example"),
        ]);
        let command = go.command(Path::new("/project"), "go build", &BTreeMap::new());
        let passed: Vec<(&str, &[u8])> = command
            .secret_env
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose()))
            .collect();
        assert_eq!(
            passed,
            [
                ("GOFLAGS", &b"-p=2"[..]),
                ("GOPROXY", &b"https://me:secret@proxy.example"[..])
            ]
        );
        assert_eq!(go.surroundings.ignored(&BTreeMap::new()), ["GOAMD64=v3"]);
        let offline = go.command(Path::new("/"), "go list", &settings(&[("GOPROXY", "off")]));
        assert!(!offline.secret_env.contains_key("GOPROXY"));
    }

    #[test]
    fn a_workspace_of_the_repository_cannot_be_switched_off_by_the_machine() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("project/app");
        std::fs::create_dir_all(&project).unwrap();
        std::fs::create_dir(folder.path().join("project/.git")).unwrap();
        std::fs::write(folder.path().join("go.work"), "").unwrap();
        let off = || [(OsString::from("GOWORK"), OsString::from("off"))].into_iter();
        assert!(Surroundings::new(off(), &project).without_workspace);
        std::fs::write(folder.path().join("project/go.work"), "").unwrap();
        let surroundings = Surroundings::new(off(), &project);
        assert!(!surroundings.without_workspace);
        assert_eq!(surroundings.ignored(&BTreeMap::new()), ["GOWORK=off"]);
    }
}
