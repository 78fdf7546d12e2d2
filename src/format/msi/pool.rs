//! The string pool: every text once, with the number of cells that refer to it.

use std::collections::BTreeMap;

use super::codepage::CodePage;
use super::error::DatabaseError;

/// Marks references of three bytes in the pool's header.
const LONG_REFERENCES: u32 = 0x8000_0000;

/// The texts of a database in bytewise order; the first has number 1.
#[derive(Default)]
pub(super) struct Pool<'a> {
    texts: BTreeMap<&'a str, (u32, u32)>,
}

impl<'a> Pool<'a> {
    /// Counts one use of a text; empty texts are not stored.
    pub(super) fn count(&mut self, text: &'a str) {
        if !text.is_empty() {
            self.texts.entry(text).or_default().1 += 1;
        }
    }

    /// Gives the texts their numbers; after that nothing may be counted.
    pub(super) fn number(&mut self) {
        for (number, entry) in (1..).zip(self.texts.values_mut()) {
            entry.0 = number;
        }
    }

    /// A text's number, 0 for none.
    pub(super) fn reference(&self, text: &str) -> u32 {
        self.texts.get(text).map_or(0, |entry| entry.0)
    }

    /// Bytes of a reference in a table.
    pub(super) fn reference_bytes(&self) -> usize {
        if self.texts.len() > usize::from(u16::MAX) {
            3
        } else {
            2
        }
    }

    /// The streams `_StringPool` and `_StringData`.
    pub(super) fn encode(&self, code_page: CodePage) -> Result<(Vec<u8>, Vec<u8>), DatabaseError> {
        let flag = if self.reference_bytes() == 3 {
            LONG_REFERENCES
        } else {
            0
        };
        let mut pool = (u32::from(code_page.number()) | flag)
            .to_le_bytes()
            .to_vec();
        let mut data = Vec::new();
        for (text, (_, uses)) in &self.texts {
            let bytes = code_page.encode(text)?;
            let length =
                u16::try_from(bytes.len()).map_err(|_| DatabaseError::TextTooLong(bytes.len()))?;
            pool.extend_from_slice(&length.to_le_bytes());
            // A text that is used more often than 16 bits can count stays at the greatest count.
            pool.extend_from_slice(&u16::try_from(*uses).unwrap_or(u16::MAX).to_le_bytes());
            data.extend_from_slice(&bytes);
        }
        Ok((pool, data))
    }
}
