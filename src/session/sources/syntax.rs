//! What `go list` does not look at: it reads no further than a file's imports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::process::{Invocation, Runner};
use crate::project::{Go, Package, go_source};

/// What was found in one file.
#[derive(Debug, Default)]
pub(super) struct File {
    /// Whether it declares `func main()`.
    pub(super) has_main: bool,
    /// Where it is not UTF-8: the line, from 1.
    pub(super) not_utf8: Option<usize>,
    looks_broken: bool,
}

/// Reads the files of the main modules' packages. A file that cannot be read is told by the go tool.
pub(super) fn read<'a>(packages: impl Iterator<Item = &'a Package>) -> BTreeMap<PathBuf, File> {
    let mut paths: Vec<PathBuf> = packages
        .filter(|package| is_own(package))
        .flat_map(|package| {
            let files = package.go_files.iter().chain(&package.cgo_files);
            files.map(|name| package.dir.join(name))
        })
        .collect();
    paths.sort_unstable();
    paths.dedup();
    let read = paths.into_par_iter().filter_map(|path| {
        let source = std::fs::read(&path).ok()?;
        Some((path, look_at(&source)))
    });
    read.collect()
}

/// Whether the package is the user's own, not a dependency.
pub(super) fn is_own(package: &Package) -> bool {
    let module = package.module.as_ref();
    !package.standard && module.is_some_and(|module| module.main)
}

fn look_at(source: &[u8]) -> File {
    let not_utf8 = std::str::from_utf8(source).err().map(|error| {
        let before = source.get(..error.valid_up_to()).unwrap_or_default();
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    });
    File {
        has_main: go_source::main_function(source).is_some(),
        not_utf8,
        looks_broken: go_source::looks_broken(source),
    }
}

/// Go's own words about the files that look broken: the first mistake in each that `gofmt` prints.
pub(super) fn mistakes(
    files: &BTreeMap<PathBuf, File>,
    runner: &Runner,
    go: &Go,
    root: &Path,
) -> Vec<String> {
    let broken = files
        .iter()
        .filter(|(_, file)| file.looks_broken && file.not_utf8.is_none());
    let paths: Vec<String> = broken
        .map(|(path, _)| {
            let relative = path.strip_prefix(root).unwrap_or(path);
            relative.to_string_lossy().into_owned()
        })
        .collect();
    if paths.is_empty() {
        return Vec::new();
    }
    let gofmt = Path::new(go.setting("GOROOT"))
        .join("bin")
        .join(format!("gofmt{}", std::env::consts::EXE_SUFFIX));
    let call = Invocation::new(gofmt, "gofmt")
        .args(["-l", "-e"])
        .args(paths)
        .cwd(root);
    // Without gofmt, or when it finds nothing wrong, the compiler decides.
    let Err(error) = runner.run(&call) else {
        return Vec::new();
    };
    let words = error
        .output()
        .map(|output| output.stderr_text())
        .unwrap_or_default();
    let mut mistakes: Vec<String> = words.lines().map(|line| line.trim().to_owned()).collect();
    // The first mistake in a file is the cause of the others.
    mistakes.dedup_by(|line, before| file_of(line) == file_of(before));
    mistakes
}

fn file_of(line: &str) -> &str {
    line.split(".go:").next().unwrap_or(line)
}
