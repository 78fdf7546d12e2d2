//! `[package]`.

use super::build::{Pattern, pattern};
use super::names::project_path;
use crate::format::checksums::ChecksumAlgorithm;
use crate::manifest::Located;
use crate::manifest::raw::{RawFile, RawPackage};
use crate::problem::{Problem, Problems, nearest};

/// `[package]`.
#[derive(Debug, Clone)]
pub struct Package {
    /// Formats by GOOS group; none: the default.
    pub windows: Option<Vec<Located<String>>>,
    /// For Linux.
    pub linux: Option<Vec<Located<String>>>,
    /// For macOS.
    pub darwin: Option<Vec<Located<String>>>,
    /// For the rest.
    pub other: Option<Vec<Located<String>>>,
    /// The package's name.
    pub name: Option<Located<String>>,
    /// The bare binary's name.
    pub binary_name: Option<Located<String>>,
    /// The folder in the archive.
    pub folder: Option<Located<String>>,
    /// Whether binaries share an archive.
    pub together: bool,
    /// Compression, 0 to 9.
    pub compression: u8,
    /// Further files.
    pub files: Vec<ExtraFile>,
    /// Checksum algorithms, in order, each once.
    pub checksums: Vec<ChecksumAlgorithm>,
}

impl Default for Package {
    fn default() -> Self {
        check(RawPackage::default(), &mut Problems::default())
    }
}

/// Further files in an archive.
#[derive(Debug, Clone)]
pub struct ExtraFile {
    /// Path or glob.
    pub from: Located<String>,
    /// Where in the archive.
    pub to: Option<Located<String>>,
    /// Unix permission bits.
    pub mode: Option<u32>,
    /// For these targets; none: all.
    pub targets: Option<Vec<Pattern>>,
}

/// The default compression: 7 to 10 times faster than 9 for 2.5 % more bytes.
const DEFAULT_COMPRESSION: u8 = 6;

pub(super) fn check(raw: RawPackage, problems: &mut Problems) -> Package {
    if let Some(level) = raw.compression.as_ref().filter(|level| level.value > 9) {
        let problem =
            Problem::error("`package.compression` is out of range").at(level.span.clone());
        problems.push(problem.label("must be from 0 to 9"));
    }
    for formats in [&raw.windows, &raw.linux, &raw.darwin, &raw.other] {
        super::build::duplicates("format", formats.as_deref().unwrap_or_default(), problems);
    }
    Package {
        windows: raw.windows,
        linux: raw.linux,
        darwin: raw.darwin,
        other: raw.other,
        name: raw.name,
        binary_name: raw.binary_name,
        folder: raw.folder,
        together: raw.together.is_none_or(|together| together.value),
        compression: raw
            .compression
            .map_or(DEFAULT_COMPRESSION, |level| level.value),
        files: raw
            .files
            .into_iter()
            .filter_map(|file| check_file(file, problems))
            .collect(),
        checksums: check_checksums(raw.checksums, problems),
    }
}

fn check_checksums(
    list: Option<Vec<Located<String>>>,
    problems: &mut Problems,
) -> Vec<ChecksumAlgorithm> {
    let Some(list) = list else {
        return vec![ChecksumAlgorithm::Sha256];
    };
    let mut algorithms = Vec::new();
    if list.is_empty() {
        problems.push(Problem::error("`package.checksums` is empty").hint("remove it for SHA-256"));
    }
    for name in list {
        match name.as_str() {
            "sha256" => algorithms.push(ChecksumAlgorithm::Sha256),
            "sha512" => algorithms.push(ChecksumAlgorithm::Sha512),
            other => {
                let meant = nearest(other, ["sha256", "sha512"]).unwrap_or("sha256");
                let problem = Problem::error(format!("unknown checksum `{other}`")).at(name.span);
                problems.push(problem.hint(format!("did you mean `{meant}`?")));
            }
        }
    }
    algorithms.sort_unstable();
    algorithms.dedup();
    algorithms
}

fn check_file(raw: RawFile, problems: &mut Problems) -> Option<ExtraFile> {
    let mode = raw.mode.and_then(|mode| problems.take(check_mode(&mode)));
    let targets = raw.targets.map(|list| {
        list.into_iter()
            .filter_map(|text| problems.take(pattern(text)))
            .collect()
    });
    let to = raw.to.and_then(|to| {
        if to.is_empty() {
            Some(to)
        } else {
            problems.take(project_path(to))
        }
    });
    Some(ExtraFile {
        from: problems.take(project_path(raw.from))?,
        to,
        mode,
        targets,
    })
}

fn check_mode(mode: &Located<String>) -> Result<u32, Problem> {
    match u32::from_str_radix(mode.trim_start_matches("0o"), 8) {
        Ok(bits) if bits <= 0o777 => Ok(bits),
        _ => Err(Problem::error(format!("`{}` is no file mode", mode.value))
            .at(mode.span.clone())
            .hint("an octal number in quotes, such as `0755`")),
    }
}
