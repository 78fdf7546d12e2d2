//! ICO and PNG files in, resources and ICO files out, bad input; the crate `ico` is the second opinion.

use std::io::Cursor;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

fn png(width: u32, height: u32, color: png::ColorType) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    let mut writer = encoder.write_header().expect("a header");
    let bytes = (0..width * height).flat_map(|at| {
        let (x, y) = ((at % width) as u8, (at / width) as u8);
        [x, y, x ^ y, x.wrapping_mul(3)]
            .into_iter()
            .take(color.samples())
    });
    writer
        .write_image_data(&bytes.collect::<Vec<_>>())
        .expect("pixels");
    writer.finish().expect("an end");
    file
}

fn sizes(icon: &Icon) -> Vec<u16> {
    icon.images().iter().map(|image| image.width).collect()
}

#[test]
fn a_picture_becomes_all_sizes_that_it_has_pixels_for() {
    for (side, expected) in [
        (256, &SIZES[..]),
        (1000, &SIZES[..]),
        (255, &SIZES[..6]),
        (40, &SIZES[..3]),
        (16, &SIZES[..1]),
    ] {
        let icon = Icon::decode(&png(side, side, png::ColorType::Rgba)).expect("an icon");
        assert_eq!(sizes(&icon), expected);
    }
}

#[test]
fn every_colour_type_is_read() {
    use png::ColorType::{Grayscale, GrayscaleAlpha, Rgb, Rgba};
    for color in [Grayscale, GrayscaleAlpha, Rgb, Rgba] {
        let icon = Icon::decode(&png(64, 64, color)).expect("an icon");
        assert_eq!(icon.images().len(), 5, "{color:?}");
    }
}

#[test]
fn another_reader_sees_the_pixels() {
    let icon = Icon::decode(&png(256, 256, png::ColorType::Rgba)).expect("an icon");
    let theirs = ::ico::IconDir::read(Cursor::new(icon.to_ico())).expect("an ICO file");
    assert_eq!(theirs.entries().len(), SIZES.len());
    for (entry, size) in theirs.entries().iter().zip(SIZES) {
        let image = entry
            .decode()
            .unwrap_or_else(|error| panic!("{size}: {error}"));
        assert_eq!(
            (image.width(), image.height()),
            (u32::from(size), u32::from(size))
        );
        assert_eq!(entry.is_png(), size >= 128);
        // The last column of the picture is nearly opaque (255 * 3 mod 256 = 253), the first nearly transparent.
        let row = image.rgba_data().as_chunks::<4>().0;
        assert!(row[0][3] < 128, "{size}: {:?}", row[0]);
    }
    let whole = theirs.entries()[6].decode().expect("decoded");
    assert_eq!(
        whole.rgba_data().as_chunks::<4>().0[256 * 7 + 9],
        [9, 7, 9 ^ 7, 27]
    );
}

#[test]
fn an_ico_file_is_kept_as_it_is() {
    let icon = Icon::decode(&png(64, 64, png::ColorType::Rgba)).expect("an icon");
    let file = icon.to_ico();
    let again = Icon::decode(&file).expect("an icon");
    assert_eq!(again, icon);
    assert_eq!(again.to_ico(), file);

    let mut theirs = ::ico::IconDir::new(::ico::ResourceType::Icon);
    for side in [16, 48] {
        let image =
            ::ico::IconImage::from_rgba_data(side, side, vec![9; (side * side * 4) as usize]);
        theirs.add_entry(::ico::IconDirEntry::encode_as_bmp(&image).expect("encoded"));
    }
    let mut file = Vec::new();
    theirs.write(&mut file).expect("written");
    assert_eq!(sizes(&Icon::decode(&file).expect("an icon")), [16, 48]);
}

#[test]
fn resources_hold_the_group_and_its_images() {
    let icon = Icon::decode(&png(48, 48, png::ColorType::Rgb)).expect("an icon");
    let mut resources = Resources::default();
    icon.add_to(&mut resources);
    let images: Vec<_> = resources
        .of_kind(&kind::ICON)
        .map(|(name, ..)| name.clone())
        .collect();
    assert_eq!(images, [1, 2, 3, 4].map(Name::Id));
    let (name, language, group) = resources
        .of_kind(&kind::GROUP_ICON)
        .next()
        .expect("a group");
    assert_eq!((name, language, group.len()), (&Name::Id(1), 0, 6 + 4 * 14));
    assert_eq!(group[..6], [0, 0, 1, 0, 4, 0]);
    assert_eq!(group[6..14], [16, 16, 0, 0, 1, 0, 32, 0]);
    assert_eq!(group[18..20], [1, 0]);
}

#[test]
fn says_what_is_wrong() {
    let good = Icon::decode(&png(32, 32, png::ColorType::Rgba))
        .expect("an icon")
        .to_ico();
    let cursor = [&[0, 0, 2, 0, 1, 0], &good[6..]].concat();
    let mut outside = good.clone();
    outside[6 + 12] = 0xff;
    outside[6 + 14] = 0xff;
    let mut other_size = good.clone();
    other_size[6] = 17;
    let mut not_an_image = good.clone();
    not_an_image[6 + 3 * 16] = 41;
    let png_cut = png(32, 32, png::ColorType::Rgba)[..150].to_vec();
    for (file, expected) in [
        (b"".to_vec(), "it is neither an ICO nor a PNG file"),
        (b"<svg/>".to_vec(), "it is neither an ICO nor a PNG file"),
        (cursor, "it is a cursor, not an icon"),
        (vec![0, 0, 1, 0, 0, 0], "it has no image"),
        (
            good[..10].to_vec(),
            "image 1 is damaged: its entry is cut off",
        ),
        (outside, "image 1 is damaged: it lies outside of the file"),
        (
            other_size,
            "image 1 is damaged: its size is not the one that the file's head states",
        ),
        (
            not_an_image,
            "image 1 is damaged: it is neither a bitmap nor a PNG picture",
        ),
        (
            good[..good.len() - 1].to_vec(),
            "image 3 is damaged: it lies outside of the file",
        ),
        (
            png(2049, 2049, png::ColorType::Grayscale),
            "2049x2049 pixels are too many, 2048x2048 are the most",
        ),
        (
            png(15, 15, png::ColorType::Rgb),
            "15x15 pixels are too few, the smallest size of an icon is 16x16",
        ),
        (
            png(64, 32, png::ColorType::Rgb),
            "it is 64x32 pixels, not a square",
        ),
        (vec![0; LARGEST_FILE as usize + 1], "the file is over 8 MiB"),
    ] {
        let problem = Icon::decode(&file).expect_err(expected);
        assert_eq!(problem.to_string(), expected);
        assert!(!problem.hint().is_empty());
    }
    assert!(matches!(
        Icon::decode(&png_cut),
        Err(Problem::DamagedPicture(_))
    ));
    let missing = Icon::read(Path::new("no/such.ico")).expect_err("no file");
    assert!(
        missing.to_string().starts_with("cannot open `no/such.ico`"),
        "{missing}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn survives_damage(position in 0_usize..2000, value: u8, cut in 0_usize..2000) {
        static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| {
            Icon::decode(&png(24, 24, png::ColorType::Rgba)).expect("an icon").to_ico()
        });
        let mut file = GOOD.clone();
        let position = position % file.len();
        file[position] = value;
        file.truncate(file.len() - cut % file.len());
        let _ = Icon::decode(&file);
    }
}
