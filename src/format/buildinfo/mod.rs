//! Build information of a Go executable: what `go version -m` and `debug/buildinfo` read.
//!
//! [`container`] finds the section that holds the blob in ELF, PE and Mach-O; [`blob`] decodes the blob to the
//! toolchain's version and a text; [`text`] parses that text. Only headers and the blob itself are read, whatever
//! the file's size.
//!
//! Not here: XCOFF and Plan 9 executables, and the pointer format of Go 1.17 and older, which is recognised and refused.

mod blob;
mod container;
mod error;
mod text;

use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::ops::Range;
use std::path::Path;

use ct_codecs::{Base64, Decoder, Encoder, Hex};
use serde::Serialize;

pub use error::{Error, Reason};

use super::input;

/// What the go tool recorded in an executable (`runtime/debug.BuildInfo`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BuildInfo {
    /// The toolchain, for example `go1.26.1`; a development version or an experiment adds words after a blank.
    pub go_version: String,
    /// Import path of the main package; empty without modules.
    pub path: String,
    /// The main module; absent when the main package is in no module.
    pub main: Option<Module>,
    /// Modules that the executable was linked from, in the go tool's order.
    pub deps: Vec<Module>,
    /// Build settings such as `GOOS`, `CGO_ENABLED`, `-ldflags` and `vcs.revision`.
    pub settings: BTreeMap<String, String>,
}

/// One module as recorded in an executable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Module {
    /// Module path.
    pub path: String,
    /// Version, `(devel)` for a main module without one, empty for a directory.
    pub version: String,
    /// `go.sum` hash (`h1:` and a base64 SHA-256), empty for the main module and for a directory.
    pub sum: String,
    /// The module that stands in for this one (`replace`).
    pub replace: Option<Box<Module>>,
}

impl Module {
    /// The module whose source was compiled: the replacement when there is one.
    pub fn effective(&self) -> &Module {
        self.replace.as_deref().unwrap_or(self)
    }

    /// The `h1:` sum as in-toto's `dirHash`: lower-case hexadecimal; `None` for none and for any other hash.
    pub fn sum_hex(&self) -> Option<String> {
        let digest = Base64::decode_to_vec(self.sum.strip_prefix("h1:")?, None).ok()?;
        (digest.len() == 32).then(|| Hex::encode_to_string(&digest).ok())?
    }

    /// Whether the source came from a folder (a local `replace`, a workspace, an untagged main module), so that no
    /// version stands for it.
    pub fn is_from_folder(&self) -> bool {
        matches!(self.version.as_str(), "" | "(devel)")
    }
}

impl BuildInfo {
    /// A build setting by its key, for example `GOARCH` or `vcs.revision`.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.get(key).map(String::as_str)
    }
}

/// One architecture of a file; a thin executable has exactly one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Slice {
    /// Where the executable lies in the file, in bytes.
    pub range: Range<u64>,
    /// Its build information.
    pub info: BuildInfo,
}

/// Reads the build information of an executable; of a universal (fat) Mach-O file the first slice's, as the go tool does.
///
/// # Errors
/// When the file cannot be read, is no executable, or holds no build information of Go 1.18 or newer.
pub fn read(path: &Path) -> Result<BuildInfo, Error> {
    first(read_slices(path)?, path)
}

/// Reads the build information of every slice of a universal (fat) Mach-O file, of any other executable its one.
///
/// # Errors
/// As [`read`], for the first slice that fails.
pub fn read_slices(path: &Path) -> Result<Vec<Slice>, Error> {
    let with_path = |reason| Error::new(path, reason);
    let file = input::open(path).map_err(|error| with_path(Reason::Io(error)))?;
    slices(file).map_err(with_path)
}

/// Reads the build information of every slice from an open file or a buffer.
///
/// # Errors
/// As [`read`], without the path.
pub fn slices<R: Read + Seek>(mut source: R) -> Result<Vec<Slice>, Reason> {
    container::locate(&mut source)?
        .into_iter()
        .map(|location| {
            let raw = blob::read(&mut source, &location.data)?;
            let mut info = text::parse(&raw.modules)?;
            info.go_version = raw.go_version;
            Ok(Slice {
                range: location.range,
                info,
            })
        })
        .collect()
}

/// Reads the build information of all slices as one: every slice's dependencies, and settings that differ (`GOARCH`)
/// joined by a comma.
///
/// # Errors
/// As [`read_slices`].
pub fn read_combined(path: &Path) -> Result<BuildInfo, Error> {
    let mut slices = read_slices(path)?.into_iter().map(|slice| slice.info);
    let mut combined = slices
        .next()
        .ok_or_else(|| Error::new(path, Reason::NotGo))?;
    for info in slices {
        for module in info.deps {
            if !combined.deps.contains(&module) {
                combined.deps.push(module);
            }
        }
        for (key, value) in info.settings {
            let joined = combined.settings.entry(key).or_default();
            if joined.is_empty() {
                *joined = value;
            } else if joined.split(',').all(|part| part != value) && *joined != value {
                *joined = format!("{joined},{value}");
            }
        }
    }
    Ok(combined)
}

fn first(slices: Vec<Slice>, path: &Path) -> Result<BuildInfo, Error> {
    match slices.into_iter().next() {
        Some(slice) => Ok(slice.info),
        None => Err(Error::new(path, Reason::NotGo)),
    }
}

#[cfg(test)]
mod tests;
