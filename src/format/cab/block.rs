//! One CFDATA record: 32 KiB of data, deflated.

use flate2::{Compress, Compression, FlushCompress, Status};

use super::error::CabinetError;
use super::layout::BLOCK_BYTES;

/// Bytes before a block's payload: checksum, compressed and uncompressed size.
const RECORD_HEADER_BYTES: usize = 8;
const SIGNATURE: &[u8; 2] = b"CK";
/// What a stored deflate block costs: its type, length and inverted length.
const STORED_OVERHEAD: usize = 5;

/// The complete CFDATA record of `data`, which follows `dictionary` in the folder.
pub(super) fn encode(data: &[u8], dictionary: &[u8], level: u32) -> Result<Vec<u8>, CabinetError> {
    debug_assert!(data.len() <= BLOCK_BYTES && dictionary.len() <= BLOCK_BYTES);
    let mut record = vec![0; RECORD_HEADER_BYTES];
    record.reserve(SIGNATURE.len() + STORED_OVERHEAD + BLOCK_BYTES);
    record.extend_from_slice(SIGNATURE);
    let payload = record.len();
    let fits = deflate(data, dictionary, level, &mut record)?;
    // Deflate may cut data that does not shrink into more stored pieces than the 12 bytes of growth that a
    // reader's buffer allows ([MS-MCI] 2.1.1.1).
    if !fits || record.len() - payload > data.len() + STORED_OVERHEAD {
        record.truncate(payload);
        store(data, &mut record);
    }
    let compressed = (record.len() - RECORD_HEADER_BYTES) as u16;
    record[4..6].copy_from_slice(&compressed.to_le_bytes());
    record[6..8].copy_from_slice(&(data.len() as u16).to_le_bytes());
    let sum = checksum(&record[4..8], checksum(&record[8..], 0));
    record[..4].copy_from_slice(&sum.to_le_bytes());
    Ok(record)
}

/// Appends the deflated data; false when it does not fit into the vector's capacity.
fn deflate(
    data: &[u8],
    dictionary: &[u8],
    level: u32,
    out: &mut Vec<u8>,
) -> Result<bool, CabinetError> {
    let failed = |error: flate2::CompressError| CabinetError::Compress(error.to_string());
    let mut compress = Compress::new(Compression::new(level), false);
    if !dictionary.is_empty() {
        compress.set_dictionary(dictionary).map_err(failed)?;
    }
    let status = compress
        .compress_vec(data, out, FlushCompress::Finish)
        .map_err(failed)?;
    Ok(status == Status::StreamEnd)
}

/// Appends the data as one final stored block.
fn store(data: &[u8], out: &mut Vec<u8>) {
    let length = data.len() as u16;
    out.push(1);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(data);
}

/// The checksum of CFDATA: the exclusive or of all little-endian words; the bytes left over are taken most
/// significant first, unlike the words.
fn checksum(data: &[u8], seed: u32) -> u32 {
    let (words, rest) = data.as_chunks::<4>();
    let sum = words
        .iter()
        .fold(seed, |sum, word| sum ^ u32::from_le_bytes(*word));
    sum ^ rest
        .iter()
        .fold(0, |tail, byte| tail << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that do not shrink.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 0x2545_f491_u32;
        std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        })
        .take(length)
        .collect()
    }

    #[test]
    fn noise_grows_by_no_more_than_a_stored_block() {
        for level in [1, 6, 9] {
            let record = encode(&noise(BLOCK_BYTES), &[], level).unwrap();
            assert!(record.len() <= RECORD_HEADER_BYTES + 2 + STORED_OVERHEAD + BLOCK_BYTES);
        }
    }

    #[test]
    fn a_dictionary_helps() {
        let dictionary = noise(BLOCK_BYTES);
        let data = &dictionary[BLOCK_BYTES / 2..];
        let alone = encode(data, &[], 6).unwrap();
        let with = encode(data, &dictionary, 6).unwrap();
        assert!(with.len() * 10 < alone.len());
    }

    #[test]
    fn checksum_takes_the_last_bytes_the_other_way_round() {
        assert_eq!(checksum(&[1, 0, 0, 0, 2, 3], 0), 1 ^ 0x0203);
    }
}
