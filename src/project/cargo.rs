//! The Rust side of a project: its programs, and the targets that the toolchain can build for.

use std::path::{Path, PathBuf};

use cargo_metadata::{MetadataCommand, TargetKind};
use serde::{Deserialize, Serialize};

use super::problem::{Problem, ProblemKind};
use crate::process::{Invocation, Runner, Tool, ToolFinder};
use crate::target::Target;

/// cargo, for programs with `builder = "cargo"`.
pub const CARGO: Tool = Tool {
    name: "cargo",
    purpose: "build Rust programs (`builder = \"cargo\"`)",
    install: "get it from https://rustup.rs",
};

/// The compiler that cargo calls.
pub const RUSTC: Tool = Tool {
    name: "rustc",
    purpose: "build Rust programs (`builder = \"cargo\"`)",
    install: "get it from https://rustup.rs",
};

/// A cargo workspace and the toolchain that it selects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cargo {
    /// The executable.
    pub program: PathBuf,
    /// The workspace's root.
    pub root: PathBuf,
    /// The names of the binary targets, sorted, with their packages.
    pub programs: Vec<CargoProgram>,
    /// The triple of the machine that the compiler runs on.
    pub host: String,
    /// The triples whose standard library is installed, sorted.
    pub installed: Vec<String>,
}

/// A binary target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CargoProgram {
    /// The binary's name.
    pub name: String,
    /// The package that it is in.
    pub package: String,
}

impl Cargo {
    /// Asks cargo and rustc about `directory`. `None` when no `Cargo.toml` is there.
    ///
    /// # Errors
    /// A [`Problem`] of one of the kinds `ToolMissing`, `Cancelled`, `Failed`.
    pub fn gather(
        runner: &Runner,
        finder: &ToolFinder,
        directory: &Path,
    ) -> Option<Result<Self, Problem>> {
        let has_manifest = directory.join("Cargo.toml").is_file();
        has_manifest.then(|| ask(runner, finder, directory))
    }

    /// The triple to build `target` for: the host's own when it fits, else the first installed one.
    ///
    /// # Errors
    /// When Rust has no such target, or its standard library is not installed.
    pub fn triple(&self, target: &Target) -> Result<&str, Problem> {
        let candidates = triples(target);
        let Some(usual) = candidates.first() else {
            return Err(Problem::new(
                ProblemKind::Failed,
                format!("Rust programs cannot be built for {target}"),
            )
            .with_hint("leave it out with `targets` in the `[[binary]]`"));
        };
        let fits = |triple: &&String| candidates.contains(&triple.as_str());
        let host = Some(&self.host).filter(fits);
        host.or_else(|| {
            candidates
                .iter()
                .find_map(|candidate| self.installed.iter().find(|triple| triple == candidate))
        })
        .map(String::as_str)
        .ok_or_else(|| {
            Problem::new(
                ProblemKind::ToolMissing,
                format!("the Rust standard library for {target} is not installed"),
            )
            .with_hint(format!("install it with `rustup target add {usual}`"))
        })
    }
}

fn ask(runner: &Runner, finder: &ToolFinder, directory: &Path) -> Result<Cargo, Problem> {
    let program = finder.find(CARGO)?;
    let rustc = finder.find(RUSTC)?;
    let metadata = Invocation::new(&program, "cargo metadata")
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .cwd(directory);
    let metadata = MetadataCommand::parse(runner.read(&metadata)?).map_err(|error| {
        Problem::new(
            ProblemKind::Failed,
            format!("cargo metadata: unexpected answer: {error}"),
        )
    })?;
    let mut programs: Vec<CargoProgram> = metadata
        .packages
        .iter()
        .flat_map(|package| package.targets.iter().map(move |target| (package, target)))
        .filter(|(_, target)| target.kind.contains(&TargetKind::Bin))
        .map(|(package, target)| CargoProgram {
            name: target.name.clone(),
            package: package.name.to_string(),
        })
        .collect();
    programs.sort();
    let ask_rustc = |args: &[&str]| {
        let call = Invocation::new(&rustc, "rustc").args(args.iter().copied());
        runner.read(&call.cwd(directory))
    };
    let host = ask_rustc(&["-vV"])?
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap_or_default()
        .to_owned();
    let sysroot = ask_rustc(&["--print", "sysroot"])?;
    Ok(Cargo {
        program,
        root: metadata.workspace_root.into_std_path_buf(),
        programs,
        host,
        installed: installed(Path::new(&sysroot)),
    })
}

/// The triples in `lib/rustlib`, where rustup and distributions put standard libraries.
fn installed(sysroot: &Path) -> Vec<String> {
    let mut triples: Vec<String> = std::fs::read_dir(sysroot.join("lib/rustlib"))
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join("lib").is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    triples.sort();
    triples
}

/// Rust's names of a target, the usual one first.
fn triples(target: &Target) -> &'static [&'static str] {
    let variant = target.variant.as_deref();
    match (target.goos.as_str(), target.goarch.as_str(), variant) {
        ("windows", "amd64", None) if cfg!(windows) => {
            &["x86_64-pc-windows-msvc", "x86_64-pc-windows-gnu"]
        }
        ("windows", "amd64", None) => &["x86_64-pc-windows-gnu", "x86_64-pc-windows-msvc"],
        ("windows", "386", None) => &["i686-pc-windows-msvc", "i686-pc-windows-gnu"],
        ("windows", "arm64", None) => &["aarch64-pc-windows-msvc", "aarch64-pc-windows-gnullvm"],
        ("linux", "amd64", None) => &["x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl"],
        ("linux", "386", None) => &["i686-unknown-linux-gnu", "i686-unknown-linux-musl"],
        ("linux", "arm64", None) => &["aarch64-unknown-linux-gnu", "aarch64-unknown-linux-musl"],
        ("linux", "arm", Some("6")) => &[
            "arm-unknown-linux-gnueabihf",
            "arm-unknown-linux-musleabihf",
        ],
        ("linux", "arm", None | Some("7")) => &[
            "armv7-unknown-linux-gnueabihf",
            "armv7-unknown-linux-musleabihf",
        ],
        ("linux", "loong64", None) => &["loongarch64-unknown-linux-gnu"],
        ("linux", "ppc64le", None) => &["powerpc64le-unknown-linux-gnu"],
        ("linux", "riscv64", None) => &["riscv64gc-unknown-linux-gnu"],
        ("linux", "s390x", None) => &["s390x-unknown-linux-gnu"],
        ("darwin", "amd64", None) => &["x86_64-apple-darwin"],
        ("darwin", "arm64", None) => &["aarch64-apple-darwin"],
        ("freebsd", "amd64", None) => &["x86_64-unknown-freebsd"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cargo(host: &str, installed: &[&str]) -> Cargo {
        Cargo {
            program: "cargo".into(),
            root: "/project".into(),
            programs: Vec::new(),
            host: host.to_owned(),
            installed: installed.iter().map(|&triple| triple.to_owned()).collect(),
        }
    }

    fn triple(cargo: &Cargo, target: &str) -> Result<String, Problem> {
        let target = Target::parse(target).unwrap();
        cargo.triple(&target).map(str::to_owned)
    }

    #[test]
    fn the_hosts_own_triple_wins_over_the_usual_one() {
        let host = "x86_64-unknown-linux-musl";
        let cargo = cargo(host, &["x86_64-unknown-linux-gnu", host]);
        assert_eq!(triple(&cargo, "linux/amd64").unwrap(), host);
    }

    #[test]
    fn a_missing_target_comes_with_the_command_that_adds_it() {
        let cargo = cargo("x86_64-unknown-linux-gnu", &["x86_64-unknown-linux-gnu"]);
        let problem = triple(&cargo, "darwin/arm64").unwrap_err();
        assert_eq!(problem.kind, ProblemKind::ToolMissing);
        assert_eq!(
            problem.hint.as_deref(),
            Some("install it with `rustup target add aarch64-apple-darwin`")
        );
        assert!(triple(&cargo, "js/wasm").unwrap_err().hint.is_some());
    }

    #[test]
    fn this_repository_is_a_cargo_project() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let cargo = Cargo::gather(&Runner::default(), &ToolFinder::from_env(), root);
        let cargo = cargo.unwrap().unwrap();
        assert_eq!(cargo.root, root);
        assert!(
            cargo
                .programs
                .iter()
                .any(|program| program.name == "gorelease")
        );
        assert!(cargo.installed.contains(&cargo.host));
    }
}
