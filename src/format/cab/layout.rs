//! The records before the data: CFHEADER, CFFOLDER, CFFILE.

use super::error::CabinetError;
use super::writer::Member;

/// Uncompressed bytes in a block.
pub(super) const BLOCK_BYTES: usize = 32 * 1024;
/// Blocks in a folder: the 16-bit `cCFData`.
const MAX_BLOCKS: u64 = 65_535;
/// Uncompressed bytes in a cabinet of ours: what one folder can hold, and what keeps every offset below 2 GiB.
pub const MAX_BYTES: u64 = MAX_BLOCKS * BLOCK_BYTES as u64;
/// Files in a folder. A reader that wants one file unpacks its folder from the start, so folders are kept small.
const FOLDER_FILES: usize = 32;
/// Files in a cabinet: the 16-bit `cFiles`.
pub(super) const MAX_FILES: usize = 65_535;
/// Bytes of a name without its final NUL.
pub(super) const MAX_NAME_BYTES: usize = 255;

const HEADER_BYTES: usize = 36;
const FOLDER_BYTES: usize = 8;
const FILE_BYTES: usize = 16;
const COMPRESSION_MSZIP: u16 = 1;
const ATTRIBUTE_ARCHIVE: u16 = 0x20;
const ATTRIBUTE_NAME_IS_UTF8: u16 = 0x80;

/// Where a folder's data is.
pub(super) struct Folder {
    /// From the start of the cabinet.
    pub(super) offset: u32,
    /// How many blocks it has.
    pub(super) blocks: u16,
}

/// The members of each folder.
pub(super) fn folders(members: &[Member]) -> impl Iterator<Item = &[Member]> {
    members.chunks(FOLDER_FILES)
}

/// Checks the limits.
pub(super) fn check(members: &[Member]) -> Result<(), CabinetError> {
    if members.len() > MAX_FILES {
        return Err(CabinetError::TooManyFiles(members.len()));
    }
    let total = members
        .iter()
        .fold(0_u64, |sum, member| sum.saturating_add(member.size));
    if total > MAX_BYTES {
        return Err(CabinetError::TooLarge(total));
    }
    for Member { name, .. } in members {
        if name.is_empty() || name.len() > MAX_NAME_BYTES || name.contains('\0') {
            return Err(CabinetError::Name(name.clone()));
        }
    }
    Ok(())
}

/// Bytes before the first data block: at most 65,535 records of 272 bytes, far below 4 GiB.
pub(super) fn data_offset(members: &[Member]) -> u32 {
    let records: usize = members
        .iter()
        .map(|member| FILE_BYTES + member.name.len() + 1)
        .sum();
    (files_offset(members) + records) as u32
}

fn files_offset(members: &[Member]) -> usize {
    HEADER_BYTES + FOLDER_BYTES * folders(members).count()
}

/// The records as they stand at the start of a cabinet of `cabinet_bytes` bytes.
pub(super) fn encode(members: &[Member], data: &[Folder], cabinet_bytes: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(data_offset(members) as usize);
    out.extend_from_slice(b"MSCF");
    put_u32(&mut out, 0);
    put_u32(&mut out, cabinet_bytes);
    put_u32(&mut out, 0);
    put_u32(&mut out, files_offset(members) as u32);
    put_u32(&mut out, 0);
    // Version 1.3, minor first.
    out.extend_from_slice(&[3, 1]);
    put_u16(&mut out, data.len() as u16);
    put_u16(&mut out, members.len() as u16);
    // No flags, set 0, cabinet 0.
    for _ in 0..3 {
        put_u16(&mut out, 0);
    }
    for folder in data {
        put_u32(&mut out, folder.offset);
        put_u16(&mut out, folder.blocks);
        put_u16(&mut out, COMPRESSION_MSZIP);
    }
    for (number, folder) in (0..).zip(folders(members)) {
        let mut offset = 0_u64;
        for member in folder {
            encode_file(&mut out, member, number, offset as u32);
            offset += member.size;
        }
    }
    out
}

fn encode_file(out: &mut Vec<u8>, member: &Member, folder: u16, offset: u32) {
    put_u32(out, member.size as u32);
    put_u32(out, offset);
    put_u16(out, folder);
    put_u16(out, member.modified.date);
    put_u16(out, member.modified.time);
    let utf8 = if member.name.is_ascii() {
        0
    } else {
        ATTRIBUTE_NAME_IS_UTF8
    };
    put_u16(out, ATTRIBUTE_ARCHIVE | utf8);
    out.extend_from_slice(member.name.as_bytes());
    out.push(0);
}

fn put_u16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put_u32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}
