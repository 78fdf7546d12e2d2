//! Two executables: the toolchain, the settings, the time in the header, the sections.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use object::LittleEndian;
use object::read::{Object, ObjectSection, ReadCache};

use super::text::{Kind, shown};
use crate::format::buildinfo::{self, BuildInfo};
use crate::format::input;

/// How far around the first differing byte of a section a text is looked for.
const AROUND: u64 = 60;

/// Toolchain and settings first, for they explain the rest; nothing when one of the files is no executable.
pub(super) fn differences(shipped: &Path, rebuilt: &Path) -> Vec<String> {
    let mut reasons = Vec::new();
    if let (Ok(left), Ok(right)) = (
        buildinfo::read_combined(shipped),
        buildinfo::read_combined(rebuilt),
    ) {
        reasons.extend(build_information(&left, &right));
    }
    if let (Some(left), Some(right)) = (Layout::of(shipped), Layout::of(rebuilt)) {
        if left.time != right.time {
            reasons.push(format!(
                "the time in its header is {}, and {} when built again (a time)",
                left.time, right.time
            ));
        }
        reasons.extend(sections((shipped, &left), (rebuilt, &right)));
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
        let (one, other) = (word(left), word(right));
        let kind = Kind::of(&one, &other);
        reasons.push(format!(
            "setting {key}: {one}, and {other} when built again{kind}"
        ));
    }
    if left.deps != right.deps {
        reasons.push("it was made from other modules".to_owned());
    }
    reasons
}

/// Where the sections of an executable are.
struct Layout {
    /// Of a PE file, in seconds since 1970; otherwise 0.
    time: u32,
    /// Offset and length in the file, by name.
    sections: BTreeMap<String, (u64, u64)>,
}

impl Layout {
    fn of(path: &Path) -> Option<Self> {
        let cache = ReadCache::new(input::open(path).ok()?);
        let file = object::File::parse(&cache).ok()?;
        let time = match &file {
            object::File::Pe32(pe) => pe
                .nt_headers()
                .file_header
                .time_date_stamp
                .get(LittleEndian),
            object::File::Pe64(pe) => pe
                .nt_headers()
                .file_header
                .time_date_stamp
                .get(LittleEndian),
            _ => 0,
        };
        let place = |section: object::Section<'_, '_, _>| {
            Some((
                section.name().unwrap_or("?").to_owned(),
                section.file_range()?,
            ))
        };
        let sections = file.sections().filter_map(place).collect();
        Some(Self { time, sections })
    }
}

/// The sections that differ, and the first differing text of each.
fn sections(shipped: (&Path, &Layout), rebuilt: (&Path, &Layout)) -> Vec<String> {
    let (left, right) = (&shipped.1.sections, &rebuilt.1.sections);
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let mut differing = Vec::new();
    let mut texts = Vec::new();
    for name in names {
        let (Some(one), Some(other)) = (left.get(name), right.get(name)) else {
            differing.push(name.as_str());
            continue;
        };
        let found = first_difference((shipped.0, *one), (rebuilt.0, *other));
        let Ok(Some(offset)) = found else { continue };
        differing.push(name.as_str());
        let around = |path: &Path, place: (u64, u64)| text_at(path, place, offset).ok()?;
        if let (Some(one), Some(other)) = (around(shipped.0, *one), around(rebuilt.0, *other))
            && one != other
        {
            let kind = Kind::of(&one, &other);
            let (one, other) = (shown(&one), shown(&other));
            texts.push(format!(
                "in {name}: `{one}`, and `{other}` when built again{kind}"
            ));
        }
    }
    if differing.is_empty() {
        return Vec::new();
    }
    let list = format!("sections differ: {}", differing.join(", "));
    [list].into_iter().chain(texts).collect()
}

fn part(path: &Path, offset: u64, length: u64) -> io::Result<io::Take<BufReader<File>>> {
    let mut file = BufReader::new(input::open(path)?);
    file.seek(SeekFrom::Start(offset))?;
    Ok(file.take(length))
}

/// Where the first differing byte of two parts of files is, counted from their beginning.
fn first_difference(
    left: (&Path, (u64, u64)),
    right: (&Path, (u64, u64)),
) -> io::Result<Option<u64>> {
    let ((_, (_, one)), (_, (_, other))) = (left, right);
    let mut bytes = part(left.0, left.1.0, one)?.bytes();
    let mut others = part(right.0, right.1.0, other)?.bytes();
    for offset in 0..one.min(other) {
        if bytes.next().transpose()? != others.next().transpose()? {
            return Ok(Some(offset));
        }
    }
    Ok((one != other).then_some(one.min(other)))
}

/// The printable text around a place in a part of a file, when it is long enough to say something.
fn text_at(path: &Path, place: (u64, u64), offset: u64) -> io::Result<Option<String>> {
    const SHORTEST: usize = 4;
    let start = offset.saturating_sub(AROUND);
    let length = (2 * AROUND).min(place.1.saturating_sub(start));
    let mut bytes = Vec::new();
    part(path, place.0 + start, length)?.read_to_end(&mut bytes)?;
    let at = (offset - start) as usize;
    let is_text = |byte: &u8| (b' '..=b'~').contains(byte);
    let Some((before, after)) = bytes.split_at_checked(at) else {
        return Ok(None);
    };
    let first = at - before.iter().rev().take_while(|byte| is_text(byte)).count();
    let last = at + after.iter().take_while(|byte| is_text(byte)).count();
    let text = String::from_utf8_lossy(&bytes[first..last]).into_owned();
    Ok(Some(text).filter(|text| text.len() >= SHORTEST))
}
