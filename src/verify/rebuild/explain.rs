//! Why two files differ: which member, which section, which toolchain or setting.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::Path;

use object::read::{Object, ObjectSection, ReadCache};
use tempfile::NamedTempFile;

use crate::format::archive::{self, Format};
use crate::format::buildinfo::{self, BuildInfo};
use crate::format::output::{Digests, Meter, sha256_hex};
use crate::plan::ArtifactKind;

/// The differences of two files of one kind, a sentence each; never empty.
pub(super) fn difference(shipped: &Path, rebuilt: &Path, kind: ArtifactKind) -> Vec<String> {
    let found = match kind {
        ArtifactKind::Archive => archives(shipped, rebuilt),
        ArtifactKind::Binary => executables(shipped, rebuilt),
        ArtifactKind::Msi
        | ArtifactKind::InstallerSource
        | ArtifactKind::Sbom
        | ArtifactKind::Provenance
        | ArtifactKind::Deployment
        | ArtifactKind::Report
        | ArtifactKind::Signature
        | ArtifactKind::Metadata
        | ArtifactKind::Checksums => Vec::new(),
    };
    if found.is_empty() {
        vec![first_byte(shipped, rebuilt)]
    } else {
        found
    }
}

/// Digest and mode of each member.
fn members(path: &Path) -> Option<BTreeMap<String, (String, u32)>> {
    let mut members = BTreeMap::new();
    archive::visit(path, Format::of_path(path)?, &mut |name, mode, reader| {
        let mut meter = Meter::new(Digests::Sha256);
        let mut buffer = [0; 64 << 10];
        while let Ok(read @ 1..) = reader.read(&mut buffer) {
            meter.update(&buffer[..read]);
        }
        members.insert(name.to_owned(), (meter.finish().sha256, mode));
        Ok(())
    })
    .ok()?;
    Some(members)
}

fn archives(shipped: &Path, rebuilt: &Path) -> Vec<String> {
    let (Some(left), Some(right)) = (members(shipped), members(rebuilt)) else {
        return vec!["cannot be unpacked".to_owned()];
    };
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let mut reasons = Vec::new();
    for name in names {
        match (left.get(name), right.get(name)) {
            (Some(_), None) => {
                reasons.push(format!("holds `{name}`, which the commit does not make"))
            }
            (None, Some(_)) => reasons.push(format!("lacks `{name}`, which the commit makes")),
            (Some(one), Some(other)) if one.0 != other.0 => {
                let parts = (member(shipped, name), member(rebuilt, name));
                let inside = match parts {
                    (Ok(one), Ok(other)) => executables(one.path(), other.path()),
                    _ => Vec::new(),
                };
                let inside = if inside.is_empty() {
                    vec!["its content differs".to_owned()]
                } else {
                    inside
                };
                reasons.extend(
                    inside
                        .into_iter()
                        .map(|reason| format!("`{name}`: {reason}")),
                );
            }
            (Some(one), Some(other)) if one.1 != other.1 => {
                reasons.push(format!(
                    "`{name}`: its mode is {:o}, and {:o} when built again",
                    one.1, other.1
                ));
            }
            _ => {}
        }
    }
    if reasons.is_empty() {
        reasons.push("holds the same members; the archive around them differs (times, owners or compression)".to_owned());
    }
    reasons
}

fn member(archive: &Path, wanted: &str) -> io::Result<NamedTempFile> {
    let format =
        Format::of_path(archive).ok_or_else(|| io::Error::other("unknown kind of archive"))?;
    let mut file = NamedTempFile::new()?;
    archive::visit(archive, format, &mut |name, _, reader| {
        if name == wanted {
            // A short copy shows up as a difference.
            let _ = io::copy(reader, &mut file);
        }
        Ok(())
    })
    .map_err(io::Error::other)?;
    Ok(file)
}

/// Toolchain and settings first, for they explain the rest; then the sections.
fn executables(shipped: &Path, rebuilt: &Path) -> Vec<String> {
    let (Ok(left), Ok(right)) = (
        buildinfo::read_combined(shipped),
        buildinfo::read_combined(rebuilt),
    ) else {
        return Vec::new();
    };
    let mut reasons = build_information(&left, &right);
    if let (Some(left), Some(right)) = (sections(shipped), sections(rebuilt)) {
        let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        let differing: Vec<&str> = names
            .into_iter()
            .filter(|name| left.get(*name) != right.get(*name))
            .map(String::as_str)
            .collect();
        if !differing.is_empty() {
            reasons.push(format!("sections differ: {}", differing.join(", ")));
        }
    }
    let signed = |path: &Path| {
        crate::format::authenticode::inspect(path)
            .ok()
            .flatten()
            .is_some_and(|found| found.is_signed)
    };
    if signed(shipped) && !signed(rebuilt) {
        reasons.push("so the shipped signature does not fit what was built again".to_owned());
    }
    reasons
}

fn build_information(left: &BuildInfo, right: &BuildInfo) -> Vec<String> {
    let mut reasons = Vec::new();
    if left.go_version != right.go_version {
        reasons.push(format!(
            "toolchain: {}, and {} when built again",
            left.go_version, right.go_version
        ));
    }
    let keys: BTreeSet<&String> = left.settings.keys().chain(right.settings.keys()).collect();
    for key in keys
        .into_iter()
        .filter(|key| left.settings.get(*key) != right.settings.get(*key))
    {
        let word = |info: &BuildInfo| info.setting(key).unwrap_or("nothing").to_owned();
        reasons.push(format!(
            "setting {key}: {}, and {} when built again",
            word(left),
            word(right)
        ));
    }
    if left.deps != right.deps {
        reasons.push("it was made from other modules".to_owned());
    }
    reasons
}

/// SHA-256 of each section's bytes, by name.
fn sections(path: &Path) -> Option<BTreeMap<String, String>> {
    let cache = ReadCache::new(File::open(path).ok()?);
    let file = object::File::parse(&cache).ok()?;
    let digest = |section: object::Section<'_, '_, _>| {
        let name = section.name().unwrap_or("?").to_owned();
        Some((name, sha256_hex(section.data().ok()?)))
    };
    Some(file.sections().filter_map(digest).collect())
}

fn first_byte(shipped: &Path, rebuilt: &Path) -> String {
    let same = std::fs::read(shipped)
        .and_then(|left| Ok((left, std::fs::read(rebuilt)?)))
        .map(|(left, right)| {
            left.iter()
                .zip(&right)
                .take_while(|(one, other)| one == other)
                .count()
        });
    match same {
        Ok(offset) => format!("differs from what the commit makes, first at byte {offset}"),
        Err(error) => format!("cannot be compared: {error}"),
    }
}
