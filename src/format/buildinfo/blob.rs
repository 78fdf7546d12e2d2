//! The build information blob: a 32-byte header, then two length-prefixed strings.
//!
//! Format: Go's `src/debug/buildinfo/buildinfo.go` (`readRawBuildInfo`); inline strings since Go 1.18.

use std::io::{Read, Seek, SeekFrom};

use super::Reason;
use super::container::DataRange;

const MAGIC: &[u8] = b"\xff Go buildinf:";
const ALIGN: u64 = 16;
const HEADER_SIZE: u64 = 32;
const FLAGS_OFFSET: usize = 15;
const FLAG_INLINE: u8 = 2;
/// Each end of the module text is framed by a 16-byte sentinel (`cmd/go/internal/modload`, `infoStart` and `infoEnd`).
const SENTINEL_SIZE: usize = 16;
/// Bytes searched at a time; a multiple of [`ALIGN`], so that the magic never crosses a border.
const CHUNK: u64 = 64 << 10;
/// The longest string believed; thousands of modules take a tenth of it.
const MAX_STRING: u64 = 4 << 20;
/// The longest varint of 64 bits.
const MAX_VARINT: u64 = 10;

/// The two strings of the blob.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) go_version: String,
    /// Module text without its sentinels; empty when built without modules.
    pub(super) modules: String,
}

/// Finds and decodes the blob in a section or segment.
pub(super) fn read<R: Read + Seek>(source: &mut R, data: &DataRange) -> Result<Raw, Reason> {
    let end = data.offset + data.size;
    let start = find(source, data)?.ok_or(Reason::NotGo)?;
    let header = read_range(source, start, HEADER_SIZE.min(end - start))?;
    match header.get(FLAGS_OFFSET) {
        Some(flags) if header.len() as u64 == HEADER_SIZE => {
            if flags & FLAG_INLINE == 0 {
                return Err(Reason::TooOld);
            }
        }
        _ => return Err(Reason::NotGo),
    }
    let (version, next) = read_string(source, start + HEADER_SIZE, end)?;
    let (modules, _) = read_string(source, next, end)?;
    if version.is_empty() {
        return Err(Reason::NotGo);
    }
    Ok(Raw {
        go_version: lossy(&version),
        modules: lossy(without_sentinels(&modules)),
    })
}

/// File offset of the first aligned magic.
fn find<R: Read + Seek>(source: &mut R, data: &DataRange) -> Result<Option<u64>, Reason> {
    let end = data.offset + data.size;
    let mut start = data.offset + data.address.wrapping_neg() % ALIGN;
    while start < end {
        let chunk = read_range(source, start, CHUNK.min(end - start))?;
        let hit = chunk
            .chunks(ALIGN as usize)
            .position(|line| line.starts_with(MAGIC));
        if let Some(line) = hit {
            return Ok(Some(start + line as u64 * ALIGN));
        }
        start += CHUNK;
    }
    Ok(None)
}

/// A string with its length before it as a varint; the offset after it.
fn read_string<R: Read + Seek>(
    source: &mut R,
    offset: u64,
    end: u64,
) -> Result<(Vec<u8>, u64), Reason> {
    let truncated = || Reason::damaged("its build information is cut off");
    let prefix = read_range(source, offset, MAX_VARINT.min(end.saturating_sub(offset)))?;
    let (length, width) = varint(&prefix).ok_or_else(truncated)?;
    let start = offset + width;
    if length > MAX_STRING || length > end.saturating_sub(start) {
        return Err(truncated());
    }
    Ok((read_range(source, start, length)?, start + length))
}

/// Little-endian base 128 (`encoding/binary.Uvarint`): the value and the bytes it took.
fn varint(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut value = 0_u64;
    for (index, byte) in (0_u32..).zip(bytes) {
        let part = u64::from(byte & 0x7f);
        let shifted = part
            .checked_shl(index * 7)
            .filter(|shifted| shifted >> (index * 7) == part)?;
        value |= shifted;
        if byte & 0x80 == 0 {
            return Some((value, u64::from(index) + 1));
        }
    }
    None
}

fn without_sentinels(text: &[u8]) -> &[u8] {
    let framed = text.len() > 2 * SENTINEL_SIZE && text[text.len() - SENTINEL_SIZE - 1] == b'\n';
    if framed {
        &text[SENTINEL_SIZE..text.len() - SENTINEL_SIZE]
    } else {
        &[]
    }
}

fn read_range<R: Read + Seek>(source: &mut R, offset: u64, size: u64) -> Result<Vec<u8>, Reason> {
    // Not reserved at once: nothing may stand behind a size.
    let mut buffer = Vec::new();
    source.seek(SeekFrom::Start(offset))?;
    source.take(size).read_to_end(&mut buffer)?;
    if buffer.len() as u64 == size {
        Ok(buffer)
    } else {
        Err(Reason::damaged("the file is cut off"))
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_are_go_uvarints() {
        assert_eq!(varint(&[0]), Some((0, 1)));
        assert_eq!(varint(&[0x7f, 0xff]), Some((127, 1)));
        assert_eq!(varint(&[0x80, 0x01]), Some((128, 2)));
        assert_eq!(varint(&[0xff; 9]), None);
        let max = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(varint(&max), Some((u64::MAX, 10)));
        let overflow = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
        assert_eq!(varint(&overflow), None);
    }
}
