//! Programs with `builder = "cargo"`: a crate of a few lines, built by the cargo at hand.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[cfg(target_os = "linux")]
use crate::support;

const MANIFEST: &str = "\
[project]
name = 'agent'
version = '1.0.0'
[build]
targets = ['TARGET']
[[binary]]
name = 'orders-agent'
main = 'agent'
builder = 'cargo'
";

/// A crate that would tell where it was built, if it could.
fn project(root: &Path, target: &str) -> PathBuf {
    let folder = root.join("crate");
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[package]\nname = 'agent'\nversion = '0.1.0'\nedition = '2021'\n\n[workspace]\n",
    );
    write(
        "Cargo.lock",
        "version = 3\n\n[[package]]\nname = \"agent\"\nversion = \"0.1.0\"\n",
    );
    write(
        "src/main.rs",
        "fn main() { println!(\"{}\", std::panic::Location::caller().file()); panic!(\"here\") }\n",
    );
    write("release.toml", &MANIFEST.replace("TARGET", target));
    folder
}

fn gorelease(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gorelease"))
        .args(args)
        .current_dir(folder)
        .env("GORELEASE_CACHE", folder.join("../cache"))
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("GITHUB_ACTIONS")
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The only archive in `dist/`.
fn archive(folder: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder.join("dist")).unwrap();
    let mut paths = files.map(|file| file.unwrap().path());
    let path = paths.find(|path| path.to_string_lossy().ends_with(".tar.gz"));
    std::fs::read(path.unwrap()).unwrap()
}

#[test]
fn the_same_program_from_two_folders() {
    let root = tempfile::tempdir().unwrap();
    let archives = ["one", "two in Größe"].map(|name| {
        let folder = project(&root.path().join(name), "host");
        let output = gorelease(&folder, &["build"]);
        assert!(output.status.success(), "{}", text(&output));
        archive(&folder)
    });
    assert!(archives[0] == archives[1], "the archives differ");
}

#[test]
fn what_cannot_be_built_is_said_before() {
    let root = tempfile::tempdir().unwrap();
    // No toolchain that the tests run on has this one.
    let folder = project(root.path(), "linux/s390x");
    let output = gorelease(&folder, &["check"]);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    assert!(
        text(&output).contains("rustup target add s390x-unknown-linux-gnu"),
        "{}",
        text(&output)
    );

    let manifest = folder.join("release.toml");
    let renamed = std::fs::read_to_string(&manifest).unwrap();
    let renamed = renamed.replace("main = 'agent'", "main = 'agnet'");
    std::fs::write(&manifest, renamed.replace("linux/s390x", "host")).unwrap();
    let output = gorelease(&folder, &["check"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(
        text(&output).contains("did you mean `agent`?"),
        "{}",
        text(&output)
    );
}

/// From Linux to Windows, where Rust's standard library and a linker for it are at hand.
#[test]
#[cfg(target_os = "linux")]
fn across_systems() {
    if support::require_tool("x86_64-w64-mingw32-gcc").is_none() {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let folder = project(root.path(), "windows/amd64");
    let output = gorelease(&folder, &["build"]);
    if text(&output).contains("rustup target add") {
        support::skip::<()>("the Rust target x86_64-pc-windows-gnu is not installed");
        return;
    }
    assert!(output.status.success(), "{}", text(&output));
    let archive = folder.join("dist/agent_1.0.0_windows_amd64.zip");
    let file = std::fs::File::open(archive).unwrap();
    let mut zip = zip::ZipArchive::new(file).unwrap();
    let mut program = zip
        .by_name("agent_1.0.0_windows_amd64/orders-agent.exe")
        .unwrap();
    let mut start = [0; 2];
    std::io::Read::read_exact(&mut program, &mut start).unwrap();
    assert_eq!(&start, b"MZ");
}
