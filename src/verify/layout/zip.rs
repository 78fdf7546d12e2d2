//! Zip files, byte by byte (APPNOTE.TXT): members one after the other from the first byte on, then the directory, then its
//! end. A reader that goes by the headers of members must see the same as one that goes by the directory.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::format::input;

const MEMBER: u32 = 0x0403_4b50;
const DIRECTORY: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const END_LENGTH: u64 = 22;
const LOCATOR_LENGTH: u64 = 20;
const MEMBER_LENGTH: u64 = 30;
/// Bit 3 of the flags: sizes and checksum stand after the member (APPNOTE.TXT 4.4.4).
const HAS_DESCRIPTOR: u16 = 1 << 3;
/// The one extra field that is expected: sizes that do not fit (APPNOTE.TXT 4.5.3). Others give a member another name
/// (0x7075) or are read by some.
const ZIP64_EXTRA: u16 = 1;
/// A directory is read at once.
const LONGEST_DIRECTORY: u64 = 256 << 20;

/// What is wrong with the file.
pub(in crate::verify) fn problems(path: &Path) -> io::Result<Vec<String>> {
    let mut file = input::open_regular(path)?;
    let length = file.metadata()?.len();
    let problem = match check(&mut file, length) {
        Ok(()) => None,
        Err(Problem::Io(error)) => return Err(error),
        Err(Problem::Layout(message)) => Some(message),
    };
    Ok(problem.into_iter().collect())
}

enum Problem {
    Io(io::Error),
    Layout(String),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn layout<T>(message: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Layout(message.into()))
}

/// Where the directory lies.
struct Place {
    offset: u64,
    size: u64,
    entries: u64,
}

fn check<R: Read + Seek>(file: &mut R, length: u64) -> Result<(), Problem> {
    let place = directory(file, length)?;
    if place.size > LONGEST_DIRECTORY {
        return layout("has a directory that is too long");
    }
    let bytes = Bytes(read(file, place.offset, place.size)?);
    let mut entries = Vec::new();
    let mut at = 0;
    for _ in 0..place.entries {
        let (entry, next) = Entry::read(&bytes, at)?;
        entries.push(entry);
        at = next;
    }
    if at as u64 != place.size {
        return layout("has bytes in its directory that are no entry");
    }
    entries.sort_by_key(|entry| entry.offset);
    let mut end = 0;
    for entry in &entries {
        if entry.offset != end {
            return layout(format!(
                "has bytes before `{}` that are no member",
                entry.shown()
            ));
        }
        end = entry.end(file)?;
    }
    if end != place.offset {
        return layout("has bytes before its directory that are no member");
    }
    Ok(())
}

/// Finds the directory from the end, which must be the end of the file.
fn directory<R: Read + Seek>(file: &mut R, length: u64) -> Result<Place, Problem> {
    let Some(start) = length.checked_sub(END_LENGTH) else {
        return layout("is too short for a zip file");
    };
    let end = Bytes(read(file, start, END_LENGTH)?);
    if end.u32(0)? != END || end.u16(20)? != 0 {
        return layout("has bytes after its end, or a comment");
    }
    let place = Place {
        entries: end.u16(10)?.into(),
        size: end.u32(12)?.into(),
        offset: end.u32(16)?.into(),
    };
    let before = start.checked_sub(LOCATOR_LENGTH);
    let locator = match before {
        Some(at) => Bytes(read(file, at, LOCATOR_LENGTH)?),
        None => Bytes(vec![0; LOCATOR_LENGTH as usize]),
    };
    let (place, after) = match before {
        Some(at) if locator.u32(0)? == LOCATOR_64 => (directory_64(file, &locator)?, at),
        _ => (place, start),
    };
    let is_whole = match before {
        Some(_) if after != start => Some(after) == place_end_64(&locator, file)?,
        _ => place.offset.checked_add(place.size) == Some(start),
    };
    if !is_whole {
        return layout("has bytes between its directory and its end, or before its first member");
    }
    Ok(place)
}

fn directory_64<R: Read + Seek>(file: &mut R, locator: &Bytes) -> Result<Place, Problem> {
    let end = Bytes(read(file, locator.u64(8)?, 56)?);
    if end.u32(0)? != END_64 {
        return layout("has no directory where its end says");
    }
    let place = Place {
        entries: end.u64(32)?,
        size: end.u64(40)?,
        offset: end.u64(48)?,
    };
    if place.offset.checked_add(place.size) != Some(locator.u64(8)?) {
        return layout("has bytes between its directory and its end");
    }
    Ok(place)
}

/// Where the zip64 end of the directory ends.
fn place_end_64<R: Read + Seek>(locator: &Bytes, file: &mut R) -> Result<Option<u64>, Problem> {
    let start = locator.u64(8)?;
    let size = Bytes(read(file, start, 12)?).u64(4)?;
    Ok(start.checked_add(12).and_then(|end| end.checked_add(size)))
}

/// A member, as the directory tells it.
struct Entry {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    checksum: u32,
    packed: u64,
    size: u64,
    offset: u64,
}

impl Entry {
    /// The entry at an offset, and where the next one is.
    fn read(bytes: &Bytes, at: usize) -> Result<(Self, usize), Problem> {
        if bytes.u32(at)? != DIRECTORY {
            return layout("has bytes in its directory that are no entry");
        }
        let lengths = [28, 30, 32].map(|field| bytes.u16(at + field).map(usize::from));
        let [name, extra, comment] = lengths;
        let (name, extra, comment) = (name?, extra?, comment?);
        let start = at + 46;
        let mut entry = Self {
            name: bytes.part(start, name)?.to_vec(),
            flags: bytes.u16(at + 8)?,
            method: bytes.u16(at + 10)?,
            checksum: bytes.u32(at + 16)?,
            packed: bytes.u32(at + 20)?.into(),
            size: bytes.u32(at + 24)?.into(),
            offset: bytes.u32(at + 42)?.into(),
        };
        if comment != 0 {
            return layout(format!("has a comment at `{}`", entry.shown()));
        }
        entry.widen(&Bytes(bytes.part(start + name, extra)?.to_vec()))?;
        Ok((entry, start + name + extra))
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }

    /// Takes what does not fit into the entry from its extra field.
    fn widen(&mut self, extra: &Bytes) -> Result<(), Problem> {
        let Some(fields) = only_zip64(extra, &self.shown())? else {
            return Ok(());
        };
        let mut at = 0;
        for value in [&mut self.size, &mut self.packed, &mut self.offset] {
            if *value == u64::from(u32::MAX) {
                *value = fields.u64(at)?;
                at += 8;
            }
        }
        Ok(())
    }

    /// Where the member ends, once its own header agrees with the directory.
    fn end<R: Read + Seek>(&self, file: &mut R) -> Result<u64, Problem> {
        let differs = |what: &str| {
            layout(format!(
                "has another {what} in the header of `{}` than in its directory",
                self.shown()
            ))
        };
        let header = Bytes(read(file, self.offset, MEMBER_LENGTH)?);
        if header.u32(0)? != MEMBER {
            return layout(format!("has no member where `{}` should be", self.shown()));
        }
        let (name, extra) = (header.u16(26)?, header.u16(28)?);
        let after = self.offset + MEMBER_LENGTH;
        let rest = read(file, after, u64::from(name) + u64::from(extra))?;
        let (own_name, own_extra) = rest.split_at(usize::from(name));
        if own_name != self.name {
            return differs("name");
        }
        if header.u16(8)? != self.method || header.u16(6)? != self.flags {
            return differs("method");
        }
        let fields = only_zip64(&Bytes(own_extra.to_vec()), &self.shown())?;
        let has_descriptor = self.flags & HAS_DESCRIPTOR != 0;
        if !has_descriptor {
            let wide = |value: u32, at: usize| match &fields {
                Some(fields) if value == u32::MAX => fields.u64(at),
                _ => Ok(value.into()),
            };
            // Both sizes stand in the extra field when one does (APPNOTE.TXT 4.5.3).
            let (size, packed) = (wide(header.u32(22)?, 0)?, wide(header.u32(18)?, 8)?);
            if (header.u32(14)?, packed, size) != (self.checksum, self.packed, self.size) {
                return differs("size or checksum");
            }
        }
        let data = after + u64::from(name) + u64::from(extra);
        let Some(end) = data.checked_add(self.packed) else {
            return differs("size or checksum");
        };
        match has_descriptor {
            true => self.after_descriptor(file, end, fields.is_some()),
            false => Ok(end),
        }
    }

    /// The end of the descriptor after the data, which agrees with the directory.
    fn after_descriptor<R: Read + Seek>(
        &self,
        file: &mut R,
        at: u64,
        is_wide: bool,
    ) -> Result<u64, Problem> {
        let length = if is_wide { 24 } else { 16 };
        let bytes = Bytes(read(file, at, length)?);
        let (packed, size) = match is_wide {
            true => (bytes.u64(8)?, bytes.u64(16)?),
            false => (bytes.u32(8)?.into(), bytes.u32(12)?.into()),
        };
        let found = (bytes.u32(0)?, bytes.u32(4)?, packed, size);
        if found != (DESCRIPTOR, self.checksum, self.packed, self.size) {
            return layout(format!("has no right descriptor after `{}`", self.shown()));
        }
        Ok(at + length)
    }
}

/// The content of the zip64 extra field; any other field is a problem.
fn only_zip64(extra: &Bytes, name: &str) -> Result<Option<Bytes>, Problem> {
    if extra.0.is_empty() {
        return Ok(None);
    }
    let length = usize::from(extra.u16(2)?);
    if extra.u16(0)? != ZIP64_EXTRA || extra.0.len() != 4 + length {
        return layout(format!(
            "has an extra field at `{name}` that readers may take for more"
        ));
    }
    Ok(Some(Bytes(extra.part(4, length)?.to_vec())))
}

/// Bytes with little-endian numbers in them.
struct Bytes(Vec<u8>);

impl Bytes {
    fn part(&self, at: usize, length: usize) -> Result<&[u8], Problem> {
        let end = at.checked_add(length);
        match end.and_then(|end| self.0.get(at..end)) {
            Some(part) => Ok(part),
            None => layout("is cut off"),
        }
    }

    fn number(&self, at: usize, length: usize) -> Result<u64, Problem> {
        let bytes = self.part(at, length)?.iter().rev();
        Ok(bytes.fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
    }

    fn u16(&self, at: usize) -> Result<u16, Problem> {
        Ok(self.number(at, 2)? as u16)
    }

    fn u32(&self, at: usize) -> Result<u32, Problem> {
        Ok(self.number(at, 4)? as u32)
    }

    fn u64(&self, at: usize) -> Result<u64, Problem> {
        self.number(at, 8)
    }
}

/// Exactly these bytes.
fn read<R: Read + Seek>(file: &mut R, offset: u64, length: u64) -> Result<Vec<u8>, Problem> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != length {
        return layout("is cut off");
    }
    Ok(bytes)
}
