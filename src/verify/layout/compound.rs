//! Compound files, as Windows Installer packages are ([MS-CFB]): bytes after the last sector that is in use belong to no
//! stream, are under no signature, and make a second format of the file (CVE-2020-1464).

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::format::input;

const HEADER: usize = 512;
/// Entries of the sector allocation table ([MS-CFB] 2.1): what is not below is a sector or one of these ends.
const FREE: u32 = 0xffff_ffff;
/// The header has room for this many places of table sectors ([MS-CFB] 2.2).
const PLACES_IN_HEADER: usize = 109;

/// What is wrong with the file.
pub(in crate::verify) fn problems(path: &Path) -> io::Result<Vec<String>> {
    let mut file = input::open_regular(path)?;
    let length = file.metadata()?.len();
    let mut header = [0; HEADER];
    file.read_exact(&mut header)?;
    let shift = u16::from_le_bytes([header[30], header[31]]);
    if !matches!(shift, 9 | 12) {
        return Ok(vec!["has a sector size that is not known".to_owned()]);
    }
    let size = 1_u64 << shift;
    // The header takes a sector of its own.
    let sectors = length.div_ceil(size).saturating_sub(1);
    let Some(last) = last_used(&mut file, &header, size, sectors)? else {
        return Ok(vec!["has no sector in use".to_owned()]);
    };
    let end = (u64::from(last) + 2) * size;
    Ok((length > end)
        .then(|| format!("has {} bytes after its end", length - end))
        .into_iter()
        .collect())
}

/// The last sector that the allocation table does not call free.
fn last_used<R: Read + Seek>(
    file: &mut R,
    header: &[u8; HEADER],
    size: u64,
    sectors: u64,
) -> io::Result<Option<u32>> {
    let word = |bytes: &[u8], at: usize| {
        let bytes = bytes.get(at..at + 4).and_then(|part| part.try_into().ok());
        bytes.map_or(FREE, u32::from_le_bytes)
    };
    let per_sector = (size / 4) as usize;
    let mut places: Vec<u32> = (0..PLACES_IN_HEADER)
        .map(|index| word(header, 76 + 4 * index))
        .collect();
    let (mut next, more) = (word(header, 68), word(header, 72));
    // No chain is longer than the file.
    for _ in 0..u64::from(more).min(sectors) {
        let Some(sector) = sector(file, next, size, sectors)? else {
            break;
        };
        let list = (0..per_sector - 1).map(|index| word(&sector, 4 * index));
        places.extend(list);
        next = word(&sector, 4 * (per_sector - 1));
    }
    let mut last = None;
    for (index, place) in places.into_iter().enumerate() {
        let Some(table) = sector(file, place, size, sectors)? else {
            continue;
        };
        let first = index * per_sector;
        let used = (0..per_sector)
            .rev()
            .find(|at| word(&table, 4 * at) != FREE);
        last = last.max(used.and_then(|at| u32::try_from(first + at).ok()));
    }
    Ok(last)
}

fn sector<R: Read + Seek>(
    file: &mut R,
    number: u32,
    size: u64,
    sectors: u64,
) -> io::Result<Option<Vec<u8>>> {
    if u64::from(number) >= sectors {
        return Ok(None);
    }
    file.seek(SeekFrom::Start((u64::from(number) + 1) * size))?;
    let mut bytes = Vec::new();
    file.take(size).read_to_end(&mut bytes)?;
    bytes.resize(size as usize, 0);
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn bytes_after_the_last_sector_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.msi");
        let mut compound = cfb::create(&path).unwrap();
        let mut stream = compound.create_stream("/data").unwrap();
        stream.write_all(&vec![7; 3_000_000]).unwrap();
        drop(stream);
        compound.flush().unwrap();
        drop(compound);
        assert_eq!(problems(&path).unwrap(), Vec::<String>::new());
        let good = std::fs::read(&path).unwrap();
        for more in [1, 512, 5000] {
            std::fs::write(&path, [&good[..], &vec![0; more]].concat()).unwrap();
            assert_eq!(
                problems(&path).unwrap(),
                [format!("has {more} bytes after its end")]
            );
        }
    }
}
