use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use rayon::prelude::*;

use super::block;
use super::error::CabinetError;
use super::layout::{self, BLOCK_BYTES, Folder};
use super::time::DosTime;
use crate::format::input;

/// Blocks that are compressed at a time: 8 MiB of data, so that two batches and their results stay small.
const BATCH_BLOCKS: usize = 256;

/// One file of a cabinet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name in the cabinet.
    pub name: String,
    /// Where its data is.
    pub path: PathBuf,
    /// Its size in bytes; a file of another size is an error.
    pub size: u64,
    /// Its time stamp.
    pub modified: DosTime,
}

/// How hard deflate tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// zlib's 1.
    Fast,
    /// zlib-rs's 5: executables get smaller than with zlib's own 6, in three quarters of the time.
    Default,
    /// zlib's 9.
    Best,
}

impl Level {
    fn number(self) -> u32 {
        match self {
            Self::Fast => 1,
            Self::Default => 5,
            Self::Best => 9,
        }
    }
}

/// Checks the limits of the format without reading a file.
///
/// # Errors
/// Too many files, too much data, or a name that cannot be written.
pub fn check_members(members: &[Member]) -> Result<(), CabinetError> {
    layout::check(members)
}

/// Writes a cabinet of `members` in their order to `out`, from its current position 0 on.
///
/// `observe` sees every piece of every file once, in order, with the member's index: for hashes of what
/// was really packed. Uses rayon's current thread pool and about 30 MiB of memory, whatever the size.
///
/// # Errors
/// The limits of [`check_members`], files that cannot be read or have another size than announced, and
/// failures of `out`.
pub fn write_cabinet<W: Write + Seek + Send>(
    out: &mut W,
    members: &[Member],
    level: Level,
    observe: &mut (dyn FnMut(usize, &[u8]) + Send),
) -> Result<u64, CabinetError> {
    layout::check(members)?;
    let mut total = layout::data_offset(members);
    out.write_all(&vec![0; total as usize])
        .map_err(CabinetError::Write)?;
    let mut folders = Vec::new();
    let mut first = 0;
    for members in layout::folders(members) {
        let mut observe = |index: usize, data: &[u8]| observe(first + index, data);
        let source = Source {
            members,
            index: 0,
            current: None,
            observe: &mut observe,
        };
        let (blocks, bytes) = write_folder(out, source, level)?;
        folders.push(Folder {
            offset: total,
            blocks,
        });
        // Blocks grow by at most 15 bytes, so the sum of 2 GiB of them fits into 32 bits.
        total += bytes;
        first += members.len();
    }
    let header = layout::encode(members, &folders, total);
    out.seek(SeekFrom::Start(0)).map_err(CabinetError::Write)?;
    out.write_all(&header).map_err(CabinetError::Write)?;
    out.flush().map_err(CabinetError::Write)?;
    Ok(u64::from(total))
}

/// Writes a folder's blocks; how many, and their bytes.
fn write_folder<W: Write + Send>(
    out: &mut W,
    mut source: Source,
    level: Level,
) -> Result<(u16, u32), CabinetError> {
    let (mut blocks, mut bytes) = (0, 0);
    let mut dictionary = Vec::new();
    let mut batch = source.next_batch()?;
    while !batch.is_empty() {
        // Reading and hashing the next batch takes its turn beside the compression of this one.
        let (next, records) = rayon::join(
            || source.next_batch(),
            || compress(&batch, &dictionary, level),
        );
        for record in records {
            let record = record?;
            out.write_all(&record).map_err(CabinetError::Write)?;
            blocks += 1;
            bytes += record.len() as u32;
        }
        dictionary = batch[batch.len().saturating_sub(BLOCK_BYTES)..].to_vec();
        batch = next?;
    }
    Ok((blocks, bytes))
}

fn compress(batch: &[u8], dictionary: &[u8], level: Level) -> Vec<Result<Vec<u8>, CabinetError>> {
    batch
        .par_chunks(BLOCK_BYTES)
        .enumerate()
        .map(|(index, data)| {
            let start = index * BLOCK_BYTES;
            let before = if index == 0 {
                dictionary
            } else {
                &batch[start - BLOCK_BYTES..start]
            };
            block::encode(data, before, level.number())
        })
        .collect()
}

/// The members' data as one sequence.
struct Source<'a> {
    members: &'a [Member],
    index: usize,
    current: Option<Open>,
    observe: &'a mut (dyn FnMut(usize, &[u8]) + Send),
}

struct Open {
    file: File,
    left: u64,
}

impl Source<'_> {
    /// The next blocks, full ones but for the folder's last; empty at the end.
    fn next_batch(&mut self) -> Result<Vec<u8>, CabinetError> {
        let mut batch = Vec::new();
        while batch.len() < BATCH_BLOCKS * BLOCK_BYTES {
            let Some(member) = self.members.get(self.index) else {
                break;
            };
            let read_error = |source| CabinetError::Read {
                path: member.path.clone(),
                source,
            };
            let changed = || CabinetError::Changed {
                path: member.path.clone(),
                announced: member.size,
            };
            let mut open = match self.current.take() {
                Some(open) => open,
                None => {
                    let file = input::open(&member.path).map_err(read_error)?;
                    Open {
                        file,
                        left: member.size,
                    }
                }
            };
            let wanted = open
                .left
                .min((BATCH_BLOCKS * BLOCK_BYTES - batch.len()) as u64);
            let start = batch.len();
            let read = (&mut open.file)
                .take(wanted)
                .read_to_end(&mut batch)
                .map_err(read_error)? as u64;
            if read < wanted {
                return Err(changed());
            }
            (self.observe)(self.index, &batch[start..]);
            open.left -= read;
            if open.left > 0 {
                self.current = Some(open);
                continue;
            }
            if open.file.read(&mut [0]).map_err(read_error)? != 0 {
                return Err(changed());
            }
            self.index += 1;
        }
        Ok(batch)
    }
}
