//! The optional header's CheckSum, as `CheckSumMappedFile` of imagehlp.dll computes it: the 16-bit words of the
//! file added with the carry, the field itself left out, and the file's size on top.

use std::io::{self, Write};

/// Sums what is written to it.
#[derive(Debug)]
pub(super) struct Checksum {
    /// Where the field is; even in every file that Windows loads.
    field: u64,
    position: u64,
    sum: u64,
}

impl Checksum {
    pub(super) fn new(field: usize) -> Self {
        Self {
            field: field as u64,
            position: 0,
            sum: 0,
        }
    }

    pub(super) fn finish(self) -> u32 {
        let mut sum = self.sum;
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        // Files over 4 GiB are not loaded by Windows: the field holds what fits, as imagehlp.dll's does.
        (sum + self.position) as u32
    }

    fn add(&mut self, byte: u8) {
        if !(self.field..self.field + 4).contains(&self.position) {
            self.sum += u64::from(byte) << (8 * (self.position % 2));
        }
        self.position += 1;
    }
}

impl Write for Checksum {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut rest = buf;
        // Byte by byte around the field and to the next even position, in words elsewhere.
        while let Some((&byte, after)) = rest.split_first() {
            if self.position.is_multiple_of(2) && self.position > self.field + 4 {
                break;
            }
            self.add(byte);
            rest = after;
        }
        let (words, tail) = rest.as_chunks::<2>();
        self.sum += words
            .iter()
            .map(|word| u64::from(u16::from_le_bytes(*word)))
            .sum::<u64>();
        self.position += words.len() as u64 * 2;
        tail.iter().for_each(|byte| self.add(*byte));
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, word by word.
    fn plain(bytes: &[u8], field: usize) -> u32 {
        let mut bytes = bytes.to_vec();
        let size = bytes.len();
        bytes[field..field + 4].fill(0);
        bytes.resize(size.next_multiple_of(2), 0);
        let mut sum = 0_u32;
        for word in bytes.chunks_exact(2) {
            sum += u32::from(u16::from_le_bytes([word[0], word[1]]));
            sum = (sum & 0xffff) + (sum >> 16);
        }
        sum + size as u32
    }

    #[test]
    fn does_not_depend_on_how_it_is_written() {
        let bytes: Vec<u8> = (0..3001_u32).map(|n| (n * 37 + n / 7) as u8).collect();
        for size in [1, 2, 3, 64, 999, 3001] {
            let mut checksum = Checksum::new(216);
            for chunk in bytes.chunks(size) {
                checksum.write_all(chunk).expect("a sum");
            }
            assert_eq!(checksum.finish(), plain(&bytes, 216), "in pieces of {size}");
        }
    }
}
