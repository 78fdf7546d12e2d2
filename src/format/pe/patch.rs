//! A copy of an executable with a new `.rsrc` section.
//!
//! The section goes to the end of the file and of the image. When the linker's section table leaves no room for
//! one more header, everything after the headers moves by one file alignment unit and the file offsets in the headers
//! (and in the debug directory, the only place that has more of them) move with it. A `.rsrc` that is already the
//! last section is replaced; one elsewhere stays as dead data under another name.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::PeError;
use super::checksum::Checksum;
use super::layout::{
    DIRECTORY_DEBUG, DIRECTORY_RESOURCE, DIRECTORY_SECURITY, Layout, SECTION, Section, read_at,
    u32_at,
};
use super::resource::Resources;
use crate::format::input;
use crate::format::output::{Digests, FileError, Output, Written};

/// IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ.
const READABLE_DATA: u32 = 0x4000_0040;
const NAME: &[u8; 8] = b".rsrc\0\0\0";
/// The name of a resource section that is no longer in use.
const DEAD_NAME: &[u8; 8] = b".rsrcold";
/// More resources than these do not belong into an executable; they are held in memory.
const LARGEST: u32 = 64 << 20;
/// A COFF symbol, and a debug directory's entry.
const SYMBOL: u64 = 18;
const DEBUG_ENTRY: usize = 28;
/// More debug entries than any linker writes.
const MOST_DEBUG_ENTRIES: usize = 64;

/// The resources of an executable; none when it has no resource directory.
pub fn read_resources(path: &Path) -> Result<Resources, PeError> {
    let mut file = input::open(path).map_err(FileError::on("open", path))?;
    let layout = Layout::read(&mut file, path)?;
    existing(&mut file, &layout)
}

/// Copies the executable `input` to `output` with `resources` in it. Types of resources that `input` has and
/// `resources` has not are kept.
pub fn add_resources(
    input: &Path,
    resources: Resources,
    output: &Path,
    digests: Digests,
) -> Result<Written, PeError> {
    let mut file = input::open(input).map_err(FileError::on("open", input))?;
    let layout = Layout::read(&mut file, input)?;
    let end = end_of_content(&mut file, &layout)?;
    let mut all = existing(&mut file, &layout)?;
    all.replace_kinds(resources);
    let mut patch = Patch::new(&mut file, &layout, end, &all)?;

    let mut checksum = Checksum::new(layout.checksum_at());
    patch.emit(&mut file, &mut checksum, input)?;
    put(&mut patch.head, layout.checksum_at(), checksum.finish());
    let mut writer = Output::create_executable(output, digests)?;
    patch.emit(&mut file, &mut writer, output)?;
    Ok(writer.finish()?)
}

/// The file's end, without a signature or anything else that was appended.
fn end_of_content(file: &mut File, layout: &Layout) -> Result<u64, PeError> {
    if layout.directory(DIRECTORY_SECURITY).is_some() {
        return Err(PeError::Signed(layout.path.clone()));
    }
    let sections = layout
        .sections
        .iter()
        .filter(|section| section.raw_size > 0);
    let sections = sections
        .map(|section| u64::from(section.raw_offset) + u64::from(section.raw_size))
        .max();
    let mut end = sections.unwrap_or_default().max(layout.head.len() as u64);
    let (symbols, count) = layout.symbols();
    if symbols != 0 {
        // The string table follows and begins with its own size.
        let strings = u64::from(symbols) + u64::from(count) * SYMBOL;
        let size = read_at(file, strings, 4).map_err(FileError::on("read", &layout.path))?;
        let size = size.and_then(|bytes| u32_at(&bytes, 0)).unwrap_or_default();
        end = end.max(strings + u64::from(size));
    }
    // Linkers fill the last block of the file up.
    let padded = end.next_multiple_of(u64::from(layout.file_alignment()));
    match layout.file_size {
        size if size > padded => Err(PeError::Appended {
            path: layout.path.clone(),
            size: size - end,
        }),
        size => Ok(size),
    }
}

fn existing(file: &mut File, layout: &Layout) -> Result<Resources, PeError> {
    let Some((address, _)) = layout.directory(DIRECTORY_RESOURCE) else {
        return Ok(Resources::default());
    };
    let damaged = || PeError::Damaged {
        path: layout.path.clone(),
        what: "the resources",
    };
    let (section, _) = layout.locate(address).ok_or_else(damaged)?;
    if section.raw_size > LARGEST {
        return Err(PeError::TooLarge(layout.path.clone()));
    }
    let content = read_at(
        file,
        u64::from(section.raw_offset),
        section.raw_size as usize,
    );
    let content = content
        .map_err(FileError::on("read", &layout.path))?
        .ok_or_else(damaged)?;
    let root = (address - section.address) as usize;
    Resources::from_section(&content, section.address, root).ok_or_else(damaged)
}

/// The new file in its parts: the head, the old content from `body` on, the section.
struct Patch {
    head: Vec<u8>,
    body: std::ops::Range<u64>,
    /// 32-bit values that change inside the body, by offset in the old file.
    fixes: Vec<(u64, u32)>,
    /// Zeros before the section.
    padding: u64,
    section: Vec<u8>,
}

impl Patch {
    fn new(
        file: &mut File,
        layout: &Layout,
        end: u64,
        resources: &Resources,
    ) -> Result<Self, PeError> {
        let too_large = || PeError::TooLarge(layout.path.clone());
        let place = Place::find(layout, end)?;
        let mut section = resources.to_section(place.address).ok_or_else(too_large)?;
        let size = u32::try_from(section.len())
            .ok()
            .filter(|size| *size <= LARGEST)
            .ok_or_else(too_large)?;
        let raw_size = size.next_multiple_of(layout.file_alignment());
        section.resize(raw_size as usize, 0);
        let mut patch = Self {
            head: layout.head.clone(),
            body: layout.head.len() as u64..place.body_end,
            fixes: Vec::new(),
            padding: 0,
            section,
        };
        if place.shift > 0 {
            patch.shift(file, layout, place.shift)?;
        }
        let start = place.body_end + u64::from(place.shift);
        let raw_offset = start.next_multiple_of(u64::from(layout.file_alignment()));
        patch.padding = raw_offset - start;
        let raw_offset = u32::try_from(raw_offset).map_err(|_| too_large())?;
        let entry = Section {
            name: *NAME,
            virtual_size: size,
            address: place.address,
            raw_size,
            raw_offset,
        };
        patch
            .register(layout, &place, &entry)
            .ok_or_else(too_large)?;
        Ok(patch)
    }

    /// Moves everything behind the headers by `shift` bytes.
    fn shift(&mut self, file: &mut File, layout: &Layout, shift: u32) -> Result<(), PeError> {
        let headers = layout.head.len() as u32 + shift;
        self.head.resize(headers as usize, 0);
        put(&mut self.head, layout.size_of_headers_at(), headers);
        // PointerToRawData, PointerToRelocations and PointerToLinenumbers of each section, and the symbol table.
        let fields = (0..layout.sections.len()).flat_map(|index| {
            let header = layout.section_table + index * SECTION;
            [header + 20, header + 24, header + 28]
        });
        for at in fields.chain([layout.symbols_at()]) {
            if let offset @ 1.. = layout.field(at) {
                put(&mut self.head, at, offset.saturating_add(shift));
            }
        }
        let Some((address, size)) = layout.directory(DIRECTORY_DEBUG) else {
            return Ok(());
        };
        let damaged = || PeError::Damaged {
            path: layout.path.clone(),
            what: "the debug directory",
        };
        let (_, directory) = layout.locate(address).ok_or_else(damaged)?;
        let entries = size as usize / DEBUG_ENTRY;
        if entries > MOST_DEBUG_ENTRIES {
            return Err(damaged());
        }
        for index in 0..entries {
            let at = u64::from(directory) + (index * DEBUG_ENTRY) as u64 + 24;
            let pointer = read_at(file, at, 4).map_err(FileError::on("read", &layout.path))?;
            if let offset @ 1.. = pointer
                .and_then(|bytes| u32_at(&bytes, 0))
                .ok_or_else(damaged)?
            {
                self.fixes.push((at, offset.saturating_add(shift)));
            }
        }
        Ok(())
    }

    /// Enters the section into the headers; `None` when a size does not fit.
    fn register(&mut self, layout: &Layout, place: &Place, entry: &Section) -> Option<()> {
        let header = layout.section_table + place.index * SECTION;
        let head = &mut self.head;
        head[header..header + SECTION].fill(0);
        head[header..header + 8].copy_from_slice(&entry.name);
        put(head, header + 8, entry.virtual_size);
        put(head, header + 12, entry.address);
        put(head, header + 16, entry.raw_size);
        put(head, header + 20, entry.raw_offset);
        put(head, header + 36, READABLE_DATA);
        let replaced = layout
            .sections
            .get(place.index)
            .map_or(0, |section| section.raw_size);
        if place.index == layout.sections.len() {
            let count = u16::try_from(layout.sections.len() + 1).ok()?;
            head[layout.pe_offset + 6..layout.pe_offset + 8].copy_from_slice(&count.to_le_bytes());
        }
        if let Some(dead) = place.dead {
            let header = layout.section_table + dead * SECTION;
            head[header..header + 8].copy_from_slice(DEAD_NAME);
        }
        let initialized = layout.field(layout.optional + 8);
        put(
            head,
            layout.optional + 8,
            initialized
                .wrapping_sub(replaced)
                .checked_add(entry.raw_size)?,
        );
        let end = entry.address.checked_add(entry.virtual_size)?;
        put(
            head,
            layout.size_of_image_at(),
            end.checked_next_multiple_of(layout.section_alignment())?,
        );
        let directory = layout.directory_at(DIRECTORY_RESOURCE)?;
        put(head, directory, entry.address);
        put(head, directory + 4, entry.virtual_size);
        Some(())
    }

    /// Writes the new file; `target` is named when that fails.
    fn emit(&self, file: &mut File, writer: &mut dyn Write, target: &Path) -> Result<(), PeError> {
        let fail = |error| FileError::on("copy", target)(error);
        writer.write_all(&self.head).map_err(fail)?;
        let mut position = self.body.start;
        file.seek(SeekFrom::Start(position)).map_err(fail)?;
        for (at, value) in &self.fixes {
            copy(file, writer, *at - position, target)?;
            writer.write_all(&value.to_le_bytes()).map_err(fail)?;
            file.seek(SeekFrom::Current(4)).map_err(fail)?;
            position = at + 4;
        }
        copy(file, writer, self.body.end - position, target)?;
        io::copy(&mut io::repeat(0).take(self.padding), writer).map_err(fail)?;
        writer.write_all(&self.section).map_err(fail)?;
        Ok(())
    }
}

fn copy(file: &mut File, writer: &mut dyn Write, size: u64, target: &Path) -> Result<(), PeError> {
    let copied = io::copy(&mut file.take(size), writer).map_err(FileError::on("copy", target))?;
    if copied < size {
        return Err(PeError::Changed(target.to_owned()));
    }
    Ok(())
}

fn put(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// Where the section goes.
struct Place {
    /// The number of its header.
    index: usize,
    /// The number of a section whose resources are no longer in use.
    dead: Option<usize>,
    /// Its address, relative to the image.
    address: u32,
    /// Where the old content ends in the old file.
    body_end: u64,
    /// By how much the content moves.
    shift: u32,
}

impl Place {
    fn find(layout: &Layout, end: u64) -> Result<Self, PeError> {
        let old = layout.directory(DIRECTORY_RESOURCE);
        let old = old.and_then(|(address, _)| {
            layout.sections.iter().position(|section| {
                section.name == *NAME && section.address == address && section.raw_size > 0
            })
        });
        if let Some(index) = old {
            let section = &layout.sections[index];
            let raw_end = u64::from(section.raw_offset) + u64::from(section.raw_size);
            let last = layout
                .sections
                .iter()
                .all(|other| other.address <= section.address);
            if last && raw_end >= end {
                return Ok(Self {
                    index,
                    dead: None,
                    address: section.address,
                    body_end: u64::from(section.raw_offset),
                    shift: 0,
                });
            }
        }
        let memory_end = layout
            .sections
            .iter()
            .map(|section| section.address + section.extent())
            .max();
        let address =
            memory_end.and_then(|end| end.checked_next_multiple_of(layout.section_alignment()));
        Ok(Self {
            index: layout.sections.len(),
            dead: old,
            address: address
                .filter(|address| *address > 0)
                .ok_or_else(|| PeError::Damaged {
                    path: layout.path.clone(),
                    what: "the section table",
                })?,
            body_end: end,
            shift: room(layout)?,
        })
    }
}

/// By how much the headers must grow for one more section header.
fn room(layout: &Layout) -> Result<u32, PeError> {
    let needed = layout.section_table + (layout.sections.len() + 1) * SECTION;
    let used_from = layout.section_table + layout.sections.len() * SECTION;
    // What is not zero behind the table is something that we do not know, such as a bound import directory.
    let unknown = layout
        .head
        .get(used_from..needed)
        .is_some_and(|free| free.iter().any(|byte| *byte != 0));
    if layout.directory_at(DIRECTORY_RESOURCE).is_none() || unknown {
        return Err(PeError::NoRoom(layout.path.clone()));
    }
    if needed <= layout.head.len() {
        return Ok(0);
    }
    let shift = layout.file_alignment();
    let first = layout
        .sections
        .iter()
        .map(|section| section.address)
        .min()
        .unwrap_or_default();
    let fits = needed <= layout.head.len() + shift as usize
        && layout.head.len() + shift as usize <= first as usize;
    if fits {
        Ok(shift)
    } else {
        Err(PeError::NoRoom(layout.path.clone()))
    }
}

#[cfg(test)]
mod tests;
