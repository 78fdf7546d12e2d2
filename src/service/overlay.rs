//! Compiling the host into package main through `go build -overlay`.
//!
//! The source tree stays as it is. In the overlay the program's file with `func main()` is replaced by a copy in
//! which that one name is changed, so that every line stays where it is; beside it comes a file with the new
//! `main`, and below it the host's package. See `go help build`, flag `-overlay`.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::host::{
    HOST_FILES, HOST_NAME, HOST_PACKAGE, MAIN_FILE, PROGRAM_MAIN, main_source, write_host,
    write_if_changed,
};
use crate::error::Failure;
use crate::project::go_source;

/// A package main as `go list` tells it for one target.
#[derive(Debug, Clone, Copy)]
pub struct MainPackage<'a> {
    /// Its folder, absolute.
    pub directory: &'a Path,
    /// Its import path.
    pub import_path: &'a str,
    /// The names of its Go files that are compiled for the target (`GoFiles` and `CgoFiles`).
    pub files: &'a [String],
}

/// The file that `-overlay` takes: which file is read instead of which.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Overlay {
    /// From the path that is replaced to the path that is read; an empty one takes the file away.
    pub replace: BTreeMap<PathBuf, PathBuf>,
}

impl Overlay {
    /// Reads an overlay of the user's; relative paths in it count from `directory`, where the go tool runs.
    ///
    /// # Errors
    /// The file cannot be read or is no overlay.
    pub fn read(path: &Path, directory: &Path) -> Result<Self, Failure> {
        let text = fs::read(path).map_err(|error| Failure::io("read", path, &error))?;
        let overlay: Self = serde_json::from_slice(&text).map_err(|error| {
            Failure::failed(format!("`{}` is no overlay: {error}", path.display()))
                .hint("an overlay is {\"Replace\": {\"FILE\": \"FILE THAT IS READ INSTEAD\"}}")
        })?;
        let absolute = |path: PathBuf| {
            if path.as_os_str().is_empty() {
                path
            } else {
                directory.join(path)
            }
        };
        let replace = overlay
            .replace
            .into_iter()
            .map(|(from, to)| (absolute(from), absolute(to)))
            .collect();
        Ok(Self { replace })
    }

    /// The path that the go tool reads for `path`; none when the overlay takes it away.
    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        match self.replace.get(path) {
            Some(other) if other.as_os_str().is_empty() => None,
            Some(other) => Some(other.clone()),
            None => Some(path.to_owned()),
        }
    }
}

/// Writes what the overlay needs into `folder` (absolute) and returns the path of the overlay file: `base`, which
/// may be empty, with the host compiled into each of `packages`.
///
/// The same input gives the same files; files that are right already are left alone.
///
/// # Errors
/// A package has no `func main()`, uses a reserved name, or a file cannot be read or written.
pub fn write(
    packages: &[MainPackage<'_>],
    base: &Overlay,
    folder: &Path,
) -> Result<PathBuf, Failure> {
    let mut overlay = base.clone();
    let host = folder.join("host");
    write_host(&host).map_err(|error| Failure::io("write", &host, &error))?;
    for package in packages {
        inject(package, base, folder, &mut overlay)?;
        for (name, _) in HOST_FILES {
            overlay.replace.insert(
                package.directory.join(HOST_PACKAGE).join(name),
                host.join(name),
            );
        }
    }
    let path = folder.join("overlay.json");
    let json = serde_json::to_string_pretty(&overlay).map_err(|error| {
        Failure::failed(format!("could not write `{}`: {error}", path.display()))
    })?;
    write_text(&path, &json)?;
    Ok(path)
}

/// Adds the renamed and the new `main` of one package.
fn inject(
    package: &MainPackage<'_>,
    base: &Overlay,
    folder: &Path,
    overlay: &mut Overlay,
) -> Result<(), Failure> {
    refuse_conflict(package, base)?;
    let (name, source) = find_main(package, base)?;
    let own = package
        .import_path
        .split('/')
        .fold(folder.join("main"), |path, part| path.join(part));
    fs::create_dir_all(&own).map_err(|error| Failure::io("make", &own, &error))?;
    for (name, text) in [
        (name.as_str(), source),
        (MAIN_FILE, main_source(package.import_path)),
    ] {
        let path = own.join(name);
        write_text(&path, &text)?;
        overlay.replace.insert(package.directory.join(name), path);
    }
    Ok(())
}

/// The name of the file with `func main()`, and its text with that name changed.
fn find_main(package: &MainPackage<'_>, base: &Overlay) -> Result<(String, String), Failure> {
    for name in package.files {
        let source = read_source(package, name, base)?;
        let Some(range) = go_source::main_function(source.as_bytes()) else {
            continue;
        };
        let renamed = go_source::rename(source.as_bytes(), range, PROGRAM_MAIN);
        let renamed = String::from_utf8_lossy(&renamed).into_owned();
        return Ok((name.clone(), renamed));
    }
    let message = format!("no `func main()` in the package `{}`", package.import_path);
    Err(Failure::failed(message).hint("a service in host mode `inject` needs a package main; for a finished executable use `wrapper`"))
}

fn refuse_conflict(package: &MainPackage<'_>, base: &Overlay) -> Result<(), Failure> {
    match conflict(package, base)? {
        Some(conflict) => Err(Failure::failed(conflict.to_string())
            .hint("rename it, or choose another host mode for the service")),
        None => Ok(()),
    }
}

/// Something of a package's own that has a name which the host needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// A file or folder, absolute.
    File(PathBuf),
    /// An identifier in the package's source.
    Identifier {
        /// The file, absolute.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The identifier.
        name: &'static str,
    },
}

impl Conflict {
    /// The same with its path relative to `root`, when it is below that.
    #[must_use]
    pub fn relative_to(self, root: &Path) -> Self {
        let relative = |path: PathBuf| path.strip_prefix(root).map(Path::to_owned).unwrap_or(path);
        match self {
            Self::File(path) => Self::File(relative(path)),
            Self::Identifier { file, line, name } => Self::Identifier {
                file: relative(file),
                line,
                name,
            },
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(
                f,
                "`{}` has a name that the service host needs for itself",
                path.display()
            ),
            Self::Identifier { file, line, name } => write!(
                f,
                "`{}:{line}` uses the name `{name}`, which the service host needs for itself",
                file.display()
            ),
        }
    }
}

/// The first name of the package's own that the host needs, if there is one; `base` is the user's overlay.
///
/// # Errors
/// A file cannot be read.
pub fn conflict(package: &MainPackage<'_>, base: &Overlay) -> Result<Option<Conflict>, Failure> {
    for path in [MAIN_FILE, HOST_PACKAGE].map(|name| package.directory.join(name)) {
        if path.exists() || base.replace.keys().any(|key| key.starts_with(&path)) {
            return Ok(Some(Conflict::File(path)));
        }
    }
    for file in package.files {
        let source = read_source(package, file, base)?;
        for name in [PROGRAM_MAIN, HOST_NAME] {
            if let Some(line) = go_source::identifier_line(&source, name) {
                let file = package.directory.join(file);
                return Ok(Some(Conflict::Identifier { file, line, name }));
            }
        }
    }
    Ok(None)
}

fn read_source(package: &MainPackage<'_>, name: &str, base: &Overlay) -> Result<String, Failure> {
    let path = package.directory.join(name);
    let Some(path) = base.resolve(&path) else {
        return Ok(String::new());
    };
    fs::read_to_string(&path).map_err(|error| Failure::io("read", &path, &error))
}

fn write_text(path: &Path, text: &str) -> Result<(), Failure> {
    write_if_changed(path, text).map_err(|error| Failure::io("write", path, &error))
}
