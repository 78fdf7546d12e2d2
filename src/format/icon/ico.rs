//! Reading an ICO file: its images are checked as far as Windows relies on them, and kept as they are.

use super::picture::PNG;
use super::{Image, Problem};

/// `ICONDIR` and `ICONDIRENTRY`.
const HEADER: usize = 6;
pub(super) const ENTRY: usize = 16;
pub(super) const TYPE_ICON: u16 = 1;
const TYPE_CURSOR: u16 = 2;
/// The size of `BITMAPINFOHEADER`, its first field.
const BITMAP_HEADER: u32 = 40;
/// More images than any icon has.
const MOST_IMAGES: usize = 256;

pub(super) fn images(file: &[u8]) -> Result<Vec<Image>, Problem> {
    let count = match (u16_at(file, 0), u16_at(file, 2), u16_at(file, 4)) {
        (Some(0), Some(TYPE_ICON), Some(count)) => usize::from(count),
        (Some(0), Some(TYPE_CURSOR), Some(_)) => return Err(Problem::Cursor),
        _ => return Err(Problem::Unknown),
    };
    match count {
        0 => Err(Problem::NoImage),
        1..=MOST_IMAGES => (0..count)
            .map(|index| {
                image(file, index).map_err(|what| Problem::DamagedImage {
                    number: index + 1,
                    what,
                })
            })
            .collect(),
        _ => Err(Problem::Unknown),
    }
}

fn image(file: &[u8], index: usize) -> Result<Image, &'static str> {
    let at = HEADER + index * ENTRY;
    let entry = file.get(at..at + ENTRY).ok_or("its entry is cut off")?;
    let size = |byte: u8| if byte == 0 { 256 } else { u16::from(byte) };
    let (length, offset) = (u32_at(entry, 8), u32_at(entry, 12));
    let end = offset
        .zip(length)
        .and_then(|(offset, length)| offset.checked_add(length));
    let data = offset
        .zip(end)
        .and_then(|(start, end)| file.get(start as usize..end as usize));
    let image = Image {
        width: size(entry[0]),
        height: size(entry[1]),
        colors: entry[2],
        planes: u16_at(entry, 4).unwrap_or_default(),
        bits_per_pixel: u16_at(entry, 6).unwrap_or_default(),
        data: data.ok_or("it lies outside of the file")?.to_vec(),
    };
    let (width, height) = if image.data.starts_with(&PNG) {
        png_size(&image.data)
    } else {
        bitmap_size(&image.data)
    }
    .ok_or("it is neither a bitmap nor a PNG picture")?;
    if (width, height) != (u32::from(image.width), u32::from(image.height)) {
        return Err("its size is not the one that the file's head states");
    }
    Ok(image)
}

/// From the chunk IHDR, which is the first.
fn png_size(data: &[u8]) -> Option<(u32, u32)> {
    let side = |at: usize| {
        data.get(at..)?
            .first_chunk()
            .copied()
            .map(u32::from_be_bytes)
    };
    (data.get(12..16)? == b"IHDR").then_some((side(16)?, side(20)?))
}

/// The height counts the mask too. All rows of both must be there.
fn bitmap_size(data: &[u8]) -> Option<(u32, u32)> {
    let (width, double) = (u32_at(data, 4)?, u32_at(data, 8)?);
    let bits = u16_at(data, 14).filter(|bits| [1, 4, 8, 16, 24, 32].contains(bits))?;
    if u32_at(data, 0)? != BITMAP_HEADER || width > 256 || double > 512 || double % 2 != 0 {
        return None;
    }
    let row = |bits: u32| (width * bits).div_ceil(32) * 4;
    let pixels = row(u32::from(bits)) * (double / 2);
    (data.len() >= (BITMAP_HEADER + pixels) as usize).then_some((width, double / 2))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u32::from_le_bytes)
}
