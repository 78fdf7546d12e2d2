//! A PNG picture as the images of an icon.

use std::io::Cursor;

use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Limits, Transformations};

use super::scale::scale;
use super::{Image, Problem, SIZES};

/// The first eight bytes of a PNG file.
pub(super) const PNG: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// The largest picture that is scaled, in pixels; four bytes each are in memory.
pub(super) const LARGEST_SIDE: u32 = 2048;
/// From this size on an image is stored as PNG, which all of Windows since Vista reads and which is smaller; below it
/// as a bitmap, which every program that shows icons reads.
const PNG_FROM: u16 = 128;

/// A square picture: red, green, blue and alpha of each pixel.
pub(super) struct Picture {
    pub(super) side: usize,
    pub(super) rgba: Vec<u8>,
}

pub(super) fn images(file: &[u8]) -> Result<Vec<Image>, Problem> {
    let picture = decode(file)?;
    let fitting = SIZES
        .into_iter()
        .filter(|size| usize::from(*size) <= picture.side);
    fitting
        .map(|size| encode(&scale(&picture, usize::from(size)), size))
        .collect()
}

fn decode(file: &[u8]) -> Result<Picture, Problem> {
    let damaged = |error: png::DecodingError| Problem::DamagedPicture(error.to_string());
    let limits = Limits { bytes: 64 << 20 };
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), limits);
    decoder.set_transformations(
        Transformations::EXPAND | Transformations::STRIP_16 | Transformations::ALPHA,
    );
    let mut reader = decoder.read_info().map_err(damaged)?;
    let (width, height) = reader.info().size();
    let smallest = u32::from(SIZES[0]);
    match (width, height) {
        (width, height) if width.max(height) > LARGEST_SIDE => {
            Err(Problem::PictureTooLarge { width, height })
        }
        (width, height) if width.min(height) < smallest => {
            Err(Problem::PictureTooSmall { width, height })
        }
        (width, height) if width != height => Err(Problem::NotSquare { width, height }),
        _ => Ok(()),
    }?;
    let size = reader
        .output_buffer_size()
        .ok_or(Problem::PictureTooLarge { width, height })?;
    let mut bytes = vec![0; size];
    let frame = reader.next_frame(&mut bytes).map_err(damaged)?;
    bytes.truncate(frame.buffer_size());
    let rgba = match frame.color_type {
        ColorType::Rgba => bytes,
        ColorType::GrayscaleAlpha => bytes
            .as_chunks::<2>()
            .0
            .iter()
            .flat_map(|[gray, alpha]| [*gray, *gray, *gray, *alpha])
            .collect(),
        // The transformations above leave these two only.
        other => {
            return Err(Problem::DamagedPicture(format!(
                "unexpected colour type {other:?}"
            )));
        }
    };
    Ok(Picture {
        side: width as usize,
        rgba,
    })
}

fn encode(picture: &Picture, size: u16) -> Result<Image, Problem> {
    let data = if size >= PNG_FROM {
        png(picture, size)?
    } else {
        bitmap(picture)
    };
    Ok(Image {
        width: size,
        height: size,
        colors: 0,
        planes: 1,
        bits_per_pixel: 32,
        data,
    })
}

fn png(picture: &Picture, size: u16) -> Result<Vec<u8>, Problem> {
    let failed = |error: png::EncodingError| Problem::DamagedPicture(error.to_string());
    let mut data = Vec::new();
    let mut encoder = Encoder::new(&mut data, u32::from(size), u32::from(size));
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&picture.rgba).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(data)
}

/// `BITMAPINFOHEADER`, 32-bit rows from the bottom up, then a mask of one bit a pixel for programs without alpha.
fn bitmap(picture: &Picture) -> Vec<u8> {
    let side = picture.side;
    let mask_row = side.div_ceil(32) * 4;
    let mut data = Vec::with_capacity(40 + side * side * 4 + side * mask_row);
    // At most 64 pixels: see PNG_FROM.
    let side32 = side as u32;
    for field in [
        40,
        side32,
        side32 * 2,
        32 << 16 | 1,
        0,
        (side * side * 4 + side * mask_row) as u32,
        0,
        0,
        0,
        0,
    ] {
        data.extend_from_slice(&u32::to_le_bytes(field));
    }
    for row in picture.rgba.chunks_exact(side * 4).rev() {
        data.extend(
            row.as_chunks::<4>()
                .0
                .iter()
                .flat_map(|[red, green, blue, alpha]| [*blue, *green, *red, *alpha]),
        );
    }
    for row in picture.rgba.chunks_exact(side * 4).rev() {
        let mut mask = vec![0; mask_row];
        for (x, [.., alpha]) in row.as_chunks::<4>().0.iter().enumerate() {
            if *alpha == 0 {
                mask[x / 8] |= 0x80 >> (x % 8);
            }
        }
        data.extend(mask);
    }
    data
}
