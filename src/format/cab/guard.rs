//! What a cabinet's headers promise, checked before a reader believes it.
//!
//! The crate `cab` panics on a file that begins after its folder's last byte, and on a stored block of another length than
//! it states; a package that somebody else made, or
//! damaged, must give an error instead.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

const HAS_PREVIOUS: u16 = 1;
const HAS_NEXT: u16 = 2;
const HAS_RESERVE: u16 = 4;

/// What reading all files one by one unpacks: a reader unpacks a folder from its start for each file in it. Cabinets of ours
/// have 32 files in a folder.
const MOST_UNPACKED: u64 = 64 << 30;
/// `tcompTYPE_NONE` in the low four bits of `typeCompress` ([MS-CAB] 2.2).
const COMPRESSION_MASK: u16 = 0xf;

/// Checks that every file lies within its folder's data.
///
/// # Errors
/// `InvalidData` when a file does not, or the headers are cut off.
pub fn check_layout<R: Read + Seek>(reader: R) -> io::Result<()> {
    let mut reader = BufReader::new(reader);
    reader.seek(SeekFrom::Start(0))?;
    let header: [u8; 36] = bytes(&mut reader)?;
    if !header.starts_with(b"MSCF") {
        return Err(damaged("it is no cabinet"));
    }
    let files_at = u32_of(&header, 16);
    let (folders, files, flags) = (
        u16_of(&header, 26),
        u16_of(&header, 28),
        u16_of(&header, 30),
    );
    let (mut folder_reserve, mut data_reserve) = (0, 0);
    if flags & HAS_RESERVE != 0 {
        let sizes: [u8; 4] = bytes(&mut reader)?;
        reader.seek_relative(u16_of(&sizes, 0).into())?;
        (folder_reserve, data_reserve) = (sizes[2], sizes[3]);
    }
    for neighbour in [HAS_PREVIOUS, HAS_NEXT] {
        if flags & neighbour != 0 {
            // The neighbour's file name, and its disk's.
            skip_text(&mut reader)?;
            skip_text(&mut reader)?;
        }
    }
    let mut sizes = Vec::with_capacity(folders.into());
    for _ in 0..folders {
        let folder: [u8; 8] = bytes(&mut reader)?;
        reader.seek_relative(folder_reserve.into())?;
        let next = reader.stream_position()?;
        sizes.push(data_size(
            &mut reader,
            u32_of(&folder, 0),
            u16_of(&folder, 4),
            data_reserve,
            u16_of(&folder, 6) & COMPRESSION_MASK == 0,
        )?);
        reader.seek(SeekFrom::Start(next))?;
    }
    reader.seek(SeekFrom::Start(files_at.into()))?;
    let mut unpacked = 0_u64;
    for _ in 0..files {
        let file: [u8; 16] = bytes(&mut reader)?;
        skip_text(&mut reader)?;
        let end = u64::from(u32_of(&file, 0)) + u64::from(u32_of(&file, 4));
        unpacked = unpacked.saturating_add(end);
        if unpacked > MOST_UNPACKED {
            return Err(damaged("its files take too long to unpack"));
        }
        match sizes.get(usize::from(u16_of(&file, 8))) {
            Some(size) if end <= *size => {}
            _ => return Err(damaged("a file lies outside of its folder")),
        }
    }
    Ok(())
}

/// Bytes that a folder's data blocks unpack to.
fn data_size<R: Read + Seek>(
    reader: &mut BufReader<R>,
    offset: u32,
    blocks: u16,
    reserve: u8,
    is_stored: bool,
) -> io::Result<u64> {
    let mut size = 0;
    reader.seek(SeekFrom::Start(offset.into()))?;
    for _ in 0..blocks {
        let block: [u8; 8] = bytes(reader)?;
        reader.seek_relative(i64::from(reserve) + i64::from(u16_of(&block, 4)))?;
        if is_stored && u16_of(&block, 4) != u16_of(&block, 6) {
            return Err(damaged("a block is not as long as it says"));
        }
        size += u64::from(u16_of(&block, 6));
    }
    Ok(size)
}

fn bytes<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader
        .read_exact(&mut bytes)
        .map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => damaged("it is cut off"),
            _ => error,
        })?;
    Ok(bytes)
}

/// A name of at most 256 bytes and the zero after it.
fn skip_text(reader: &mut impl BufRead) -> io::Result<()> {
    let mut text = Vec::new();
    reader.take(257).read_until(0, &mut text)?;
    if text.last() == Some(&0) {
        Ok(())
    } else {
        Err(damaged("a name in it has no end"))
    }
}

fn u16_of(bytes: &[u8], offset: usize) -> u16 {
    u16::from_le_bytes([bytes[offset], bytes[offset + 1]])
}

fn u32_of(bytes: &[u8], offset: usize) -> u32 {
    u32::from(u16_of(bytes, offset)) | u32::from(u16_of(bytes, offset + 2)) << 16
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("damaged cabinet: {what}"),
    )
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const SMALL: &[u8] = include_bytes!("../../../fuzz/corpus/cabinet/small.cab");

    #[test]
    fn a_file_must_lie_in_its_folder() {
        check_layout(Cursor::new(SMALL)).unwrap();
        let files_at = u32_of(SMALL, 16) as usize;
        for (offset, what) in [(0, "size"), (4, "start"), (8, "folder")] {
            let mut changed = SMALL.to_vec();
            changed[files_at + offset] = 0x77;
            let error = check_layout(Cursor::new(changed)).unwrap_err();
            assert_eq!(
                error.to_string(),
                "damaged cabinet: a file lies outside of its folder",
                "{what}"
            );
        }
        let error = check_layout(Cursor::new(include_bytes!(
            "../../../fuzz/corpus/cabinet/short-block.cab"
        )))
        .unwrap_err();
        assert!(
            error.to_string().contains("a block is not as long"),
            "{error}"
        );
        let error = check_layout(Cursor::new(&SMALL[..50])).unwrap_err();
        assert_eq!(error.to_string(), "damaged cabinet: it is cut off");
    }
}
