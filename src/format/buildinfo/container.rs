//! Finds the part of an executable in which the linker puts the build information.
//!
//! ELF and Mach-O have a section for it; a PE file has it in its first writable data section. Where the linker's own
//! section is missing, the first writable segment is searched, as `debug/buildinfo` does.

use std::io::{Read, Seek};
use std::ops::Range;

use object::endian::{Endianness, LittleEndian};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};
use object::read::macho::{FatArch, MachHeader, MachOFatFile32, MachOFatFile64, Section, Segment};
use object::read::pe::ImageNtHeaders;
use object::{FileKind, ReadCache, ReadRef, elf, macho, pe};

use super::Reason;

/// The largest single read of a header table: far above any real one, so that a damaged count costs no memory.
const MAX_TABLE: u64 = 1 << 20;

/// One executable in a file, and the bytes that may hold its build information.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Location {
    /// The executable itself: all of the file, or a slice of a universal one.
    pub(super) range: Range<u64>,
    /// Where to search.
    pub(super) data: DataRange,
}

/// A section or segment: where it lies in the file and in memory.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DataRange {
    pub(super) offset: u64,
    pub(super) size: u64,
    /// Address in memory; the blob is aligned to it, not to the file.
    pub(super) address: u64,
}

/// The executables in a file: one, or the slices of a universal Mach-O.
pub(super) fn locate<R: Read + Seek>(source: &mut R) -> Result<Vec<Location>, Reason> {
    let cache = ReadCache::new(source);
    let whole = 0..(&cache).len().map_err(|()| Reason::Unrecognised)?;
    let kind = FileKind::parse(&cache).map_err(|_| Reason::Unrecognised)?;
    let slices = match kind {
        FileKind::MachOFat32 => {
            let fat = MachOFatFile32::parse(Limited(&cache)).map_err(damaged)?;
            fat.arches()
                .iter()
                .map(|arch| file_range(arch, whole.end))
                .collect::<Result<_, _>>()?
        }
        FileKind::MachOFat64 => {
            let fat = MachOFatFile64::parse(Limited(&cache)).map_err(damaged)?;
            fat.arches()
                .iter()
                .map(|arch| file_range(arch, whole.end))
                .collect::<Result<_, _>>()?
        }
        _ => vec![whole],
    };
    slices
        .into_iter()
        .map(|range| {
            let view = Limited(cache.range(range.start, range.end - range.start));
            let mut data = thin(view)?;
            data.offset = data
                .offset
                .checked_add(range.start)
                .filter(|start| {
                    start
                        .checked_add(data.size)
                        .is_some_and(|end| end <= range.end)
                })
                .ok_or_else(|| Reason::damaged("its data lies outside the file"))?;
            Ok(Location { range, data })
        })
        .collect()
}

fn file_range(arch: &impl FatArch, file_size: u64) -> Result<Range<u64>, Reason> {
    let (offset, size) = arch.file_range();
    match offset.checked_add(size) {
        Some(end) if end <= file_size => Ok(offset..end),
        _ => Err(Reason::damaged("a slice lies outside the file")),
    }
}

/// The data range of a thin executable, relative to its start.
fn thin<'data, R: ReadRef<'data>>(data: R) -> Result<DataRange, Reason> {
    let kind = FileKind::parse(data).map_err(|_| Reason::Unrecognised)?;
    let found = match kind {
        FileKind::Elf32 => elf_range::<elf::FileHeader32<Endianness>, R>(data),
        FileKind::Elf64 => elf_range::<elf::FileHeader64<Endianness>, R>(data),
        FileKind::Pe32 => pe_range::<pe::ImageNtHeaders32, R>(data),
        FileKind::Pe64 => pe_range::<pe::ImageNtHeaders64, R>(data),
        FileKind::MachO32 => macho_range::<macho::MachHeader32<Endianness>, R>(data),
        FileKind::MachO64 => macho_range::<macho::MachHeader64<Endianness>, R>(data),
        _ => return Err(Reason::Unrecognised),
    };
    found
        .map_err(damaged)?
        .filter(|range| range.size > 0)
        .ok_or(Reason::NotGo)
}

/// `.go.buildinfo`, else the first loadable segment that is writable and not executable.
fn elf_range<'data, Elf: FileHeader, R: ReadRef<'data>>(
    data: R,
) -> object::read::Result<Option<DataRange>> {
    let header = Elf::parse(data)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, data)?;
    let named = sections
        .section_by_name(endian, b".go.buildinfo")
        .and_then(|(_, section)| {
            let (offset, size) = section.file_range(endian)?;
            Some(DataRange {
                offset,
                size,
                address: section.sh_addr(endian).into(),
            })
        });
    if named.is_some() {
        return Ok(named);
    }
    let writable = header
        .program_headers(endian, data)?
        .iter()
        .find(|segment| {
            let flags = segment.p_flags(endian);
            segment.p_type(endian) == elf::PT_LOAD
                && flags.contains(elf::PF_W)
                && !flags.contains(elf::PF_X)
        });
    Ok(writable.map(|segment| {
        let (offset, size) = segment.file_range(endian);
        DataRange {
            offset,
            size,
            address: segment.p_vaddr(endian).into(),
        }
    }))
}

/// The first section of initialised data that is readable and writable.
fn pe_range<'data, Pe: ImageNtHeaders, R: ReadRef<'data>>(
    data: R,
) -> object::read::Result<Option<DataRange>> {
    let mut offset = pe::ImageDosHeader::parse(data)?.nt_headers_offset().into();
    let (headers, _) = Pe::parse(data, &mut offset)?;
    let sections = headers.sections(data, offset)?;
    let wanted =
        pe::IMAGE_SCN_CNT_INITIALIZED_DATA | pe::IMAGE_SCN_MEM_READ | pe::IMAGE_SCN_MEM_WRITE;
    let section = sections.iter().find(|section| {
        section.size_of_raw_data.get(LittleEndian) != 0
            && section.characteristics.get(LittleEndian).contains(wanted)
    });
    Ok(section.map(|section| {
        let (offset, size) = section.pe_file_range();
        let address = section.virtual_address.get(LittleEndian);
        DataRange {
            offset: offset.into(),
            size: size.into(),
            address: address.into(),
        }
    }))
}

/// `__go_buildinfo`, else the first writable segment.
fn macho_range<'data, Mach: MachHeader, R: ReadRef<'data>>(
    data: R,
) -> object::read::Result<Option<DataRange>> {
    let header = Mach::parse(data, 0)?;
    let endian = header.endian()?;
    let mut writable = None;
    let mut commands = header.load_commands(endian, data, 0)?;
    while let Some(command) = commands.next()? {
        let Some((segment, sections)) = Mach::Segment::from_command(command)? else {
            continue;
        };
        for section in segment.sections(endian, sections)? {
            if section.name() == b"__go_buildinfo" {
                return Ok(Some(DataRange {
                    offset: section.offset(endian).into(),
                    size: section.size(endian).into(),
                    address: section.addr(endian).into(),
                }));
            }
        }
        let protection = segment.initprot(endian);
        if writable.is_none() && protection.contains(macho::VM_PROT_READ | macho::VM_PROT_WRITE) {
            let (offset, size) = segment.file_range(endian);
            writable = Some(DataRange {
                offset,
                size,
                address: segment.vmaddr(endian).into(),
            });
        }
    }
    Ok(writable)
}

fn damaged(error: object::read::Error) -> Reason {
    Reason::damaged(error.to_string())
}

/// A reader that refuses tables larger than [`MAX_TABLE`].
#[derive(Debug, Clone, Copy)]
struct Limited<R>(R);

impl<'data, R: ReadRef<'data>> ReadRef<'data> for Limited<R> {
    fn len(self) -> Result<u64, ()> {
        self.0.len()
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'data [u8], ()> {
        if size > MAX_TABLE {
            return Err(());
        }
        self.0.read_bytes_at(offset, size)
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'data [u8], ()> {
        self.0.read_bytes_at_until(range, delimiter)
    }
}
