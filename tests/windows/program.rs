//! Building Go programs for Windows, with and without the service host.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use gorelease::service::host;
use gorelease::service::overlay::{self, MainPackage, Overlay};

use crate::support;

/// A Go package main on disk.
pub struct Program<'a> {
    pub directory: &'a Path,
    pub import_path: &'a str,
    /// The file with `func main()` and whatever else is compiled.
    pub files: &'a [&'a str],
}

/// The folder of a test program.
pub fn source(name: &str) -> PathBuf {
    support::root().join("tests/windows/programs").join(name)
}

/// `go` with the environment of a build for 64-bit Windows.
pub fn go(directory: &Path) -> Option<Command> {
    let mut command = Command::new(support::require_tool("go")?);
    command
        .current_dir(directory)
        .env("GOOS", "windows")
        .env("GOARCH", "amd64")
        .env("CGO_ENABLED", "0");
    Some(command)
}

/// The program `endings` with the host in it, built once for all tests.
pub fn endings() -> Option<PathBuf> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let build = || {
        let directory = source("endings");
        let program = Program {
            directory: &directory,
            import_path: "example.com/endings",
            files: &["main.go"],
        };
        injected(&program, "endings")
    };
    BUILT.get_or_init(build).clone()
}

/// Builds a program with the host in it; `name` is the executable's, without `.exe`.
pub fn injected(program: &Program<'_>, name: &str) -> Option<PathBuf> {
    let folder = support::cache().join("overlay").join(name);
    let overlay = write_overlay(program, &folder);
    build(
        program.directory,
        name,
        &["-overlay", &overlay.display().to_string()],
    )
}

/// Writes the overlay for a program into `folder`.
pub fn write_overlay(program: &Program<'_>, folder: &Path) -> PathBuf {
    let files: Vec<String> = program.files.iter().map(|&file| file.to_owned()).collect();
    let package = MainPackage {
        directory: program.directory,
        import_path: program.import_path,
        files: &files,
    };
    std::fs::create_dir_all(folder).expect("the overlay's folder");
    overlay::write(&[package], &Overlay::default(), folder).expect("an overlay")
}

/// The wrapper, built once for all tests.
pub fn wrapper() -> Option<PathBuf> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let build = || {
        let folder = support::cache().join("wrapper");
        host::write_wrapper(&folder).expect("the wrapper's source");
        build(&folder, "wrapper", &[])
    };
    BUILT.get_or_init(build).clone()
}

/// Builds the package in `directory` and returns the executable.
pub fn build(directory: &Path, name: &str, flags: &[&str]) -> Option<PathBuf> {
    let folder = support::cache()
        .join("programs")
        .join(std::process::id().to_string());
    std::fs::create_dir_all(&folder).expect("the programs' folder");
    let executable = folder.join(format!("{name}.exe"));
    let output = go(directory)?
        .args(["build", "-trimpath", "-o"])
        .arg(&executable)
        .args(flags)
        .arg(".")
        .output()
        .expect("go runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(executable)
}
