//! Scaling a picture down: each new pixel is the mean of the area that it covers, weighted by alpha, so that the
//! colour of transparent pixels does not bleed in. In whole numbers, for the same result on every machine.

use super::picture::Picture;

/// Scales down to `side` pixels, which must not be more than the picture has.
pub(super) fn scale(picture: &Picture, side: usize) -> Picture {
    let from = picture.side;
    let mut sums = vec![[0_u64; 4]; side * side];
    let spans: Vec<_> = (0..from)
        .map(|position| span(position, from, side))
        .collect();
    for (pixels, rows) in picture.rgba.chunks_exact(from * 4).zip(&spans) {
        for ([red, green, blue, alpha], columns) in pixels.as_chunks::<4>().0.iter().zip(&spans) {
            if *alpha == 0 {
                continue;
            }
            for &(y, height) in rows.iter().flatten() {
                for &(x, width) in columns.iter().flatten() {
                    let weight = width * height * u64::from(*alpha);
                    let sum = &mut sums[y * side + x];
                    for (sum, channel) in sum.iter_mut().zip([*red, *green, *blue]) {
                        *sum += weight * u64::from(channel);
                    }
                    sum[3] += weight;
                }
            }
        }
    }
    let area = (from * from) as u64;
    let pixel = |[red, green, blue, alpha]: [u64; 4]| match alpha {
        0 => [0; 4],
        _ => [
            mean(red, alpha),
            mean(green, alpha),
            mean(blue, alpha),
            mean(alpha, area),
        ],
    };
    Picture {
        side,
        rgba: sums.into_iter().flat_map(pixel).collect(),
    }
}

/// Which new pixels an old one falls on, one or two, and with how much of it. An old pixel is `to` units wide, a new
/// one `from`: all borders are whole numbers.
fn span(position: usize, from: usize, to: usize) -> [Option<(usize, u64)>; 2] {
    let (start, end) = (position * to, (position + 1) * to);
    let first = start / from;
    let border = (first + 1) * from;
    if end <= border {
        return [Some((first, to as u64)), None];
    }
    [
        Some((first, (border - start) as u64)),
        Some((first + 1, (end - border) as u64)),
    ]
}

/// Rounded; at most 255, as all channels are.
fn mean(sum: u64, weight: u64) -> u8 {
    ((sum + weight / 2) / weight).min(255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(side: usize, pixel: impl Fn(usize, usize) -> [u8; 4]) -> Picture {
        let rgba = (0..side * side)
            .flat_map(|at| pixel(at % side, at / side))
            .collect();
        Picture { side, rgba }
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        let random = picture(37, |x, y| {
            [x as u8 * 3, y as u8 * 5, (x * y) as u8, 255 - x as u8]
        });
        assert!(scale(&random, 37).rgba == random.rgba);
    }

    #[test]
    fn one_colour_stays_one_colour_at_any_ratio() {
        for side in [16, 24, 32, 48, 99] {
            let one = picture(100, |_, _| [200, 3, 77, 128]);
            assert!(
                scale(&one, side)
                    .rgba
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .all(|pixel| *pixel == [200, 3, 77, 128])
            );
        }
    }

    #[test]
    fn transparent_pixels_do_not_bleed() {
        let half = picture(32, |x, _| {
            if x % 2 == 0 {
                [255, 0, 0, 255]
            } else {
                [0, 255, 0, 0]
            }
        });
        assert!(
            scale(&half, 16)
                .rgba
                .as_chunks::<4>()
                .0
                .iter()
                .all(|pixel| *pixel == [255, 0, 0, 128])
        );
    }

    #[test]
    fn borders_share_by_area() {
        // Three black columns, then three white ones, on four: the two in the middle stay pure.
        let edge = picture(6, |x, _| {
            if x < 3 {
                [0, 0, 0, 255]
            } else {
                [255, 255, 255, 255]
            }
        });
        let row: Vec<_> = scale(&edge, 4).rgba.as_chunks::<4>().0[..4]
            .iter()
            .map(|pixel| pixel[0])
            .collect();
        assert_eq!(row, [0, 0, 255, 255]);
        let row: Vec<_> = scale(&edge, 5).rgba.as_chunks::<4>().0[..5]
            .iter()
            .map(|pixel| pixel[0])
            .collect();
        assert_eq!(row, [0, 0, 128, 255, 255]);
    }
}
