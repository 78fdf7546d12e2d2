//! A PE file's headers: where things are and where one more section would go.
//!
//! Source: Microsoft, "PE Format". Offsets are from the start of the file unless said otherwise.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use object::pe;

use super::PeError;
use crate::format::output::FileError;

/// `e_lfanew` in the DOS header.
const NEW_HEADER: usize = 0x3c;
/// `PE\0\0` and the COFF file header.
const COFF: usize = 4 + 20;
/// One section header.
pub(super) const SECTION: usize = 40;
/// The largest headers that are read. A section starts at the second page at the latest in what linkers make.
const LARGEST_HEADERS: u32 = 64 * 1024;
/// Indexes of data directories (`IMAGE_DIRECTORY_ENTRY_*`).
pub(super) const DIRECTORY_RESOURCE: usize = 2;
pub(super) const DIRECTORY_SECURITY: usize = 4;
pub(super) const DIRECTORY_DEBUG: usize = 6;

/// A section, as its header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) name: [u8; 8],
    pub(super) virtual_size: u32,
    pub(super) address: u32,
    pub(super) raw_size: u32,
    pub(super) raw_offset: u32,
}

impl Section {
    /// What it takes in memory, as the loader of Windows counts: the next section must begin on the page after it.
    pub(super) fn extent(&self) -> u32 {
        match self.virtual_size {
            0 => self.raw_size,
            size => size,
        }
    }

    /// The file offset of an address, when the section has it on disk.
    pub(super) fn offset_of(&self, address: u32) -> Option<u32> {
        let inside = address
            .checked_sub(self.address)
            .filter(|inside| *inside < self.raw_size.min(self.extent()))?;
        self.raw_offset.checked_add(inside)
    }
}

/// The headers of an open PE file.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) path: PathBuf,
    pub(super) file_size: u64,
    /// Everything up to SizeOfHeaders.
    pub(super) head: Vec<u8>,
    /// Offset of `PE\0\0`.
    pub(super) pe_offset: usize,
    /// Offset of the optional header.
    pub(super) optional: usize,
    /// PE32+ has 64-bit fields.
    pub(super) wide: bool,
    /// Offset of the first section header.
    pub(super) section_table: usize,
    pub(super) sections: Vec<Section>,
    directories: usize,
}

impl Layout {
    /// Reads the headers and checks that they are consistent with each other and with the file's size.
    pub(super) fn read(file: &mut File, path: &Path) -> Result<Self, PeError> {
        let fail = |error| FileError::on("read", path)(error);
        let file_size = file.metadata().map_err(fail)?.len();
        let not_pe = || PeError::NotPe(path.to_owned());
        let dos = read_at(file, 0, 64).map_err(fail)?.ok_or_else(not_pe)?;
        let pe_offset = u32_at(&dos, NEW_HEADER)
            .filter(|_| dos.starts_with(b"MZ"))
            .ok_or_else(not_pe)?;
        let start = read_at(file, u64::from(pe_offset), COFF + 64)
            .map_err(fail)?
            .ok_or_else(not_pe)?;
        if !start.starts_with(b"PE\0\0") || pe_offset > LARGEST_HEADERS {
            return Err(not_pe());
        }
        let size_of_headers =
            u32_at(&start, COFF + 60).filter(|size| (64..=LARGEST_HEADERS).contains(size));
        let head = match size_of_headers {
            Some(size) => read_at(file, 0, size as usize).map_err(fail)?,
            None => None,
        };
        let damaged = |what| PeError::Damaged {
            path: path.to_owned(),
            what,
        };
        let head = head.ok_or_else(|| damaged("SizeOfHeaders"))?;
        Self::parse(path, file_size, head, pe_offset as usize).map_err(damaged)
    }

    fn parse(
        path: &Path,
        file_size: u64,
        head: Vec<u8>,
        pe_offset: usize,
    ) -> Result<Self, &'static str> {
        let optional = pe_offset + COFF;
        let optional_size = usize::from(u16_at(&head, pe_offset + 20).ok_or("the file header")?);
        let wide = match u16_at(&head, optional) {
            Some(pe::IMAGE_NT_OPTIONAL_HDR32_MAGIC) => false,
            Some(pe::IMAGE_NT_OPTIONAL_HDR64_MAGIC) => true,
            _ => return Err("the optional header's magic"),
        };
        let first_directory = optional + if wide { 112 } else { 96 };
        let count = u32_at(&head, first_directory - 4).ok_or("NumberOfRvaAndSizes")?;
        let section_table = optional + optional_size;
        let directories = usize::try_from(count).unwrap_or(usize::MAX);
        if directories > 16 || first_directory + directories * 8 > section_table {
            return Err("NumberOfRvaAndSizes");
        }
        let sections = usize::from(u16_at(&head, pe_offset + 6).ok_or("the file header")?);
        let sections = (0..sections)
            .map(|index| section(&head, section_table + index * SECTION).ok_or("the section table"))
            .collect::<Result<Vec<_>, _>>()?;
        let layout = Self {
            path: path.to_owned(),
            file_size,
            head,
            pe_offset,
            optional,
            wide,
            section_table,
            sections,
            directories,
        };
        layout.check()?;
        Ok(layout)
    }

    fn check(&self) -> Result<(), &'static str> {
        let power = |value: u32| value.is_power_of_two() && value <= 0x1_0000;
        if !power(self.file_alignment()) || !power(self.section_alignment()) {
            return Err("an alignment");
        }
        for section in &self.sections {
            let end = u64::from(section.raw_offset) + u64::from(section.raw_size);
            if section.raw_size > 0 && end > self.file_size {
                return Err("a section beyond the end of the file");
            }
            if section.raw_size > 0 && (section.raw_offset as usize) < self.head.len() {
                return Err("a section inside the headers");
            }
            if section.address.checked_add(section.extent()).is_none() {
                return Err("a section's address");
            }
        }
        Ok(())
    }

    /// A 32-bit field at an offset of the head.
    pub(super) fn field(&self, at: usize) -> u32 {
        // `parse` has read all fields up to the section table.
        u32_at(&self.head, at).unwrap_or_default()
    }

    pub(super) fn section_alignment(&self) -> u32 {
        self.field(self.optional + 32)
    }

    pub(super) fn file_alignment(&self) -> u32 {
        self.field(self.optional + 36)
    }

    pub(super) fn size_of_image_at(&self) -> usize {
        self.optional + 56
    }

    pub(super) fn size_of_headers_at(&self) -> usize {
        self.optional + 60
    }

    pub(super) fn checksum_at(&self) -> usize {
        self.optional + 64
    }

    /// Offset of a data directory's entry (address and size), if the file has as many.
    pub(super) fn directory_at(&self, index: usize) -> Option<usize> {
        let first = self.optional + if self.wide { 112 } else { 96 };
        (index < self.directories).then(|| first + index * 8)
    }

    /// A data directory's address and size; the certificate table's "address" is a file offset.
    pub(super) fn directory(&self, index: usize) -> Option<(u32, u32)> {
        let at = self.directory_at(index)?;
        let (address, size) = (self.field(at), self.field(at + 4));
        (address != 0).then_some((address, size))
    }

    /// The section that has an address, and the address's file offset.
    pub(super) fn locate(&self, address: u32) -> Option<(&Section, u32)> {
        self.sections
            .iter()
            .find_map(|section| Some((section, section.offset_of(address)?)))
    }

    /// PointerToSymbolTable and NumberOfSymbols.
    pub(super) fn symbols(&self) -> (u32, u32) {
        (
            self.field(self.pe_offset + 12),
            self.field(self.pe_offset + 16),
        )
    }

    pub(super) fn symbols_at(&self) -> usize {
        self.pe_offset + 12
    }
}

fn section(head: &[u8], at: usize) -> Option<Section> {
    Some(Section {
        name: *head.get(at..)?.first_chunk()?,
        virtual_size: u32_at(head, at + 8)?,
        address: u32_at(head, at + 12)?,
        raw_size: u32_at(head, at + 16)?,
        raw_offset: u32_at(head, at + 20)?,
    })
}

/// `None` when the file is shorter.
pub(super) fn read_at(
    file: &mut File,
    offset: u64,
    size: usize,
) -> std::io::Result<Option<Vec<u8>>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(size as u64).read_to_end(&mut bytes)?;
    Ok((bytes.len() == size).then_some(bytes))
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u16::from_le_bytes)
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u32::from_le_bytes)
}
