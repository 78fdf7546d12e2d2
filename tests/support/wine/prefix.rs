//! The prepared prefix: made once per Wine version, then copied for every test.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use walkdir::WalkDir;

/// Files that Wine only reads; a copy shares them by hard link, which makes a copy cheap.
const SHARED: [&str; 10] = [
    "dll", "exe", "drv", "sys", "ocx", "cpl", "acm", "ax", "tlb", "msstyles",
];

/// The prepared prefix, made when it is not there; none when a tool for it is missing.
pub(super) fn template() -> Option<PathBuf> {
    let compiler = super::super::require_tool("x86_64-w64-mingw32-gcc")?;
    let cache = super::super::cache();
    fs::create_dir_all(&cache).expect("the test bed's folder");
    let lock = File::create(cache.join("template.lock")).expect("the lock file");
    lock.lock().expect("the lock");
    let template = cache.join(format!("template-{}", version()));
    if !template.exists() {
        let unfinished = cache.join("template.unfinished");
        let _ = fs::remove_dir_all(&unfinished);
        make(&compiler, &unfinished);
        fs::rename(&unfinished, &template).expect("the finished prefix");
    }
    Some(template)
}

fn version() -> String {
    let output = Command::new("wine")
        .arg("--version")
        .output()
        .expect("wine runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split_whitespace()
        .next()
        .unwrap_or("unknown")
        .to_owned()
}

fn make(compiler: &Path, prefix: &Path) {
    // Never through a pipe: the processes that stay would hold it open for ever.
    let mut boot = super::wine_command(prefix);
    boot.args(["wineboot", "-i"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = boot.status().expect("wine runs");
    assert!(status.success(), "wineboot: {status}");
    wineserver(prefix, "-w");
    let source = super::super::root().join("tests/testbed/bcryptprimitives.c");
    let library = prefix.join("drive_c/windows/system32/bcryptprimitives.dll");
    let output = Command::new(compiler)
        .args(["-shared", "-O2", "-s", "-o"])
        .args([&library, &source])
        .arg("-ladvapi32")
        .output()
        .expect("the compiler runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Copies a prefix: what Wine only reads by hard link, everything else as files of its own.
pub(super) fn copy(template: &Path, prefix: &Path) {
    let _ = fs::remove_dir_all(prefix);
    for entry in WalkDir::new(template) {
        let entry = entry.expect("the prepared prefix");
        let target = prefix.join(
            entry
                .path()
                .strip_prefix(template)
                .expect("below the template"),
        );
        let kind = entry.file_type();
        if kind.is_dir() {
            fs::create_dir_all(&target).expect("a folder");
        } else if kind.is_symlink() {
            copy_link(entry.path(), &target);
        } else if !is_shared(entry.path()) || fs::hard_link(entry.path(), &target).is_err() {
            fs::copy(entry.path(), &target).expect("a copy");
        }
    }
}

fn is_shared(path: &Path) -> bool {
    path.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| SHARED.contains(&extension))
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) {
    let target = fs::read_link(from).expect("a link");
    std::os::unix::fs::symlink(target, to).expect("a link");
}

#[cfg(not(unix))]
fn copy_link(_: &Path, _: &Path) {}

/// Ends every process of the prefix.
pub(super) fn end(prefix: &Path) {
    wineserver(prefix, "-k");
    wineserver(prefix, "-w");
}

fn wineserver(prefix: &Path, option: &str) {
    let _ = Command::new("wineserver")
        .arg(option)
        .env("WINEPREFIX", prefix)
        .output();
}
