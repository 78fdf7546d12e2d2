//! Executables of the go tool, and universal ones made of them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use gorelease::format::executable::{Container, identify};
use gorelease::format::macho::write_universal;
use gorelease::format::output::Digests;
use tempfile::TempDir;

use crate::support::{python, require_tool, skip};
use crate::tools::run;

const MAIN: &str = "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n";

/// The smallest Go program for a target, built once a run. `None` (with a word why) without go.
pub fn go_program(goos: &str, goarch: &str) -> Option<PathBuf> {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    static BUILDING: Mutex<()> = Mutex::new(());
    let go = require_tool("go")?;
    let folder = FOLDER
        .get_or_init(|| tempfile::tempdir().expect("a folder"))
        .path();
    let output = folder.join(format!("hello-{goos}-{goarch}"));
    let _guard = BUILDING.lock().expect("no test panicked here");
    if !output.exists() {
        std::fs::write(
            folder.join("go.mod"),
            "module example.com/hello\n\ngo 1.21\n",
        )
        .expect("written");
        std::fs::write(folder.join("main.go"), MAIN).expect("written");
        let mut build = Command::new(go);
        build
            .args(["build", "-trimpath", "-o"])
            .arg(&output)
            .arg(".")
            .current_dir(folder);
        build
            .env("CGO_ENABLED", "0")
            .env("GOFLAGS", "")
            .env("GOTOOLCHAIN", "local");
        run(build.env("GOOS", goos).env("GOARCH", goarch));
    }
    Some(output)
}

#[test]
fn identifies_what_go_makes() {
    for (goos, goarch, container) in [
        ("linux", "amd64", Container::Elf),
        ("windows", "386", Container::Pe),
        ("windows", "amd64", Container::Pe),
        ("windows", "arm64", Container::Pe),
        ("darwin", "amd64", Container::MachO),
        ("darwin", "arm64", Container::MachO),
    ] {
        let Some(path) = go_program(goos, goarch) else {
            return;
        };
        let found = identify(&path).expect("readable").expect("an executable");
        assert_eq!(
            (found.container, found.architectures.as_slice()),
            (container, [goarch].as_slice())
        );
    }
}

/// Both parts in one file, which is gone with the folder.
fn universal() -> Option<(TempDir, PathBuf, [PathBuf; 2])> {
    let parts = [
        go_program("darwin", "amd64")?,
        go_program("darwin", "arm64")?,
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("universal");
    write_universal(&[&parts[0], &parts[1]], &path, Digests::Sha256).expect("written");
    Some((folder, path, parts))
}

#[test]
fn llvm_sees_both_parts() {
    let Some((_folder, path, _)) = universal() else {
        return;
    };
    let Some(objdump) = require_tool("llvm-objdump") else {
        return;
    };
    let said = run(Command::new(objdump)
        .args(["--macho", "--universal-headers"])
        .arg(&path));
    let lines: Vec<_> = said.lines().map(str::trim).collect();
    for expected in [
        "nfat_arch 2",
        "architecture x86_64",
        "align 2^12 (4096)",
        "architecture arm64",
        "align 2^14 (16384)",
    ] {
        assert!(lines.contains(&expected), "no `{expected}` in:\n{said}");
    }
}

#[test]
fn lipo_makes_the_same_bytes() {
    let Some((folder, path, parts)) = universal() else {
        return;
    };
    let Some(lipo) = lipo() else { return };
    let theirs = folder.path().join("lipo");
    run(Command::new(lipo)
        .arg("-create")
        .arg("-output")
        .arg(&theirs)
        .args(&parts));
    assert!(std::fs::read(&path).expect("read") == std::fs::read(theirs).expect("read"));
}

/// LLVM's lipo, which Debian installs beside the versioned LLVM only.
fn lipo() -> Option<PathBuf> {
    let versioned = (11..30)
        .rev()
        .map(|version| PathBuf::from(format!("/usr/lib/llvm-{version}/bin/llvm-lipo")));
    which::which("llvm-lipo")
        .ok()
        .or_else(|| versioned.into_iter().find(|path| path.exists()))
        .or_else(|| skip("`llvm-lipo` is not installed"))
}

#[test]
fn lief_finds_the_signature_in_place() {
    let Some((_folder, path, parts)) = universal() else {
        return;
    };
    let Some(python) = python::with_executable_readers() else {
        return;
    };
    let script = "import sys, lief\n\
        for path in sys.argv[1:]:\n\
        \tfile = lief.MachO.parse(path)\n\
        \tfor part in file:\n\
        \t\tprint(part.header.cpu_type.name, bytes(part.code_signature.content).hex() if part.has_code_signature else None)";
    let read = |paths: &[&Path]| {
        let said = run(Command::new(&python).arg("-c").arg(script).args(paths));
        said.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let whole = read(&[&path]);
    assert_eq!(whole, read(&[&parts[0], &parts[1]]));
    // The magic of an embedded signature, CSMAGIC_EMBEDDED_SIGNATURE.
    assert!(
        whole.iter().any(|line| line.starts_with("ARM64 fade0cc0")),
        "{whole:?}"
    );
}

#[test]
fn the_go_tool_reads_each_part() {
    let Some((_folder, path, _)) = universal() else {
        return;
    };
    let Some(go) = require_tool("go") else { return };
    let said = run(Command::new(go).args(["version", "-m"]).arg(&path));
    assert!(said.contains("example.com/hello"), "{said}");
}
