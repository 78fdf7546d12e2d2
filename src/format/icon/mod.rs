//! Windows icons: an ICO file as it is, or a PNG picture scaled to all sizes; as resources or as an ICO file.
//!
//! Windows shows whichever size fits best and scales it itself otherwise, badly; so a picture becomes all of
//! [`SIZES`] that it is large enough for. The same picture gives the same bytes: scaling is in whole numbers.
//!
//! Sources: Microsoft, "Icons" (Win32 menus and other resources); Raymond Chen, "The evolution of the ICO file format".
//!
//! Non-goals: vector formats, animated cursors, icons over 256 pixels.

mod error;
mod ico;
mod picture;
mod scale;

use std::io::Read;
use std::path::Path;

pub use error::{IconError, Problem};

use super::output::FileError;
use super::pe::{Name, Resources, kind};
use crate::format::input;

/// The sizes made of a picture, in pixels.
pub const SIZES: [u16; 7] = [16, 24, 32, 48, 64, 128, 256];
/// The largest file that is taken for an icon.
pub const LARGEST_FILE: u64 = 8 << 20;
/// The number of the first image; images are numbered on from here.
const FIRST_IMAGE: u16 = 1;

/// One image of an icon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Pixels, 1 to 256.
    pub width: u16,
    /// Pixels, 1 to 256.
    pub height: u16,
    /// The size of the palette; 0 without one.
    colors: u8,
    planes: u16,
    bits_per_pixel: u16,
    /// A PNG file, or a bitmap without its file header and with a mask below.
    data: Vec<u8>,
}

/// An icon: the same picture in several sizes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Icon {
    images: Vec<Image>,
}

impl Icon {
    /// Reads an ICO or PNG file.
    pub fn read(path: &Path) -> Result<Self, IconError> {
        let file = input::open(path).map_err(FileError::on("open", path))?;
        let mut bytes = Vec::new();
        file.take(LARGEST_FILE + 1)
            .read_to_end(&mut bytes)
            .map_err(FileError::on("read", path))?;
        Self::decode(&bytes).map_err(|problem| IconError::Icon {
            path: path.to_owned(),
            problem,
        })
    }

    /// As [`Icon::read`], from the file's content.
    pub fn decode(bytes: &[u8]) -> Result<Self, Problem> {
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(Problem::FileTooLarge);
        }
        let images = if bytes.starts_with(&picture::PNG) {
            picture::images(bytes)?
        } else {
            ico::images(bytes)?
        };
        Ok(Self { images })
    }

    /// The images, as an ICO file has them or from the smallest to the largest.
    pub fn images(&self) -> &[Image] {
        &self.images
    }

    /// Puts the icon into `resources` as number 1, which Explorer shows for the file; language neutral.
    pub fn add_to(&self, resources: &mut Resources) {
        let mut group = self.header();
        for (image, id) in self.images.iter().zip(FIRST_IMAGE..) {
            group.extend(image.entry());
            group.extend(id.to_le_bytes());
            resources.insert(kind::ICON, Name::Id(id), 0, image.data.clone());
        }
        resources.insert(kind::GROUP_ICON, Name::Id(1), 0, group);
    }

    /// The icon as an ICO file.
    pub fn to_ico(&self) -> Vec<u8> {
        let mut file = self.header();
        let mut offset = file.len() + self.images.len() * ico::ENTRY;
        for image in &self.images {
            file.extend(image.entry());
            // Images of at most 256 pixels square: far below 4 GiB together.
            file.extend((offset as u32).to_le_bytes());
            offset += image.data.len();
        }
        self.images
            .iter()
            .for_each(|image| file.extend_from_slice(&image.data));
        file
    }

    /// `ICONDIR`: reserved, type, number of images.
    fn header(&self) -> Vec<u8> {
        // Both readers give far fewer than 65,536 images.
        [0, ico::TYPE_ICON, self.images.len() as u16]
            .into_iter()
            .flat_map(u16::to_le_bytes)
            .collect()
    }
}

impl Image {
    /// `ICONDIRENTRY` without its last field, which is an offset in a file and a number in a resource. A byte holds
    /// a size; 0 stands for 256.
    fn entry(&self) -> Vec<u8> {
        let mut entry = vec![self.width as u8, self.height as u8, self.colors, 0];
        entry.extend(self.planes.to_le_bytes());
        entry.extend(self.bits_per_pixel.to_le_bytes());
        entry.extend((self.data.len() as u32).to_le_bytes());
        entry
    }
}

#[cfg(test)]
mod tests;
