//! How much an archive may unpack to.

use std::cell::Cell;
use std::io::{self, Read};

/// What every archive may unpack to, however small it is.
const LEAST: u64 = 1 << 30;
/// What a byte of a larger archive may unpack to on average: programs and texts stay below 20, deflate cannot exceed
/// 1032, zstd and xz reach some thousands.
const RATIO: u64 = 250;

/// The bytes that may still be unpacked, over all members.
#[derive(Debug)]
pub(super) struct Budget {
    left: Cell<u64>,
}

impl Budget {
    /// For an archive of this size.
    pub(super) fn of_packed(size: u64) -> Self {
        Self::of(size.saturating_mul(RATIO).max(LEAST))
    }

    pub(super) fn of(left: u64) -> Self {
        Self {
            left: Cell::new(left),
        }
    }

    /// A reader whose bytes count; it fails when nothing is left.
    pub(super) fn limit<R: Read>(&self, reader: R) -> Limited<'_, R> {
        Limited {
            reader,
            budget: self,
        }
    }
}

pub(super) struct Limited<'a, R> {
    reader: R,
    budget: &'a Budget,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buf)?;
        let left = self.budget.left.get().checked_sub(read as u64);
        self.budget.left.set(left.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("it unpacks to more than {RATIO} times its size"),
            )
        })?);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_share_one_budget() {
        let budget = Budget::of(10);
        let mut out = Vec::new();
        budget.limit(&b"sixsix"[..]).read_to_end(&mut out).unwrap();
        budget.limit(&b"four"[..]).read_to_end(&mut out).unwrap();
        let error = budget.limit(&b"x"[..]).read_to_end(&mut out).unwrap_err();
        assert!(error.to_string().contains("250 times"), "{error}");
        assert_eq!(out, b"sixsixfour");
    }

    #[test]
    fn small_archives_may_unpack_well() {
        assert_eq!(Budget::of_packed(1).left.get(), LEAST);
        assert_eq!(Budget::of_packed(1 << 30).left.get(), RATIO << 30);
        assert_eq!(Budget::of_packed(u64::MAX).left.get(), u64::MAX);
    }
}
