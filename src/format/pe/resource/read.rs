//! The tree of a section that somebody else may have written.

use std::cell::Cell;

use super::super::layout::{u16_at, u32_at};
use super::{Name, Resource, Resources};

const HIGH: u32 = 0x8000_0000;
/// More table entries than any program has: a damaged tree that leads to itself must not keep us busy.
const MOST_ENTRIES: usize = 64 * 1024;
/// Bytes of names and data, in sections: entries that share their bytes must not fill the memory.
const MOST_COPIES: usize = 4;

impl Resources {
    /// Reads the tree that begins at `root` in a section that is loaded at `address`. `None` when it is damaged or
    /// when its data is elsewhere.
    pub(in super::super) fn from_section(
        section: &[u8],
        address: u32,
        root: usize,
    ) -> Option<Self> {
        let mut resources = Self::default();
        let left = Cell::new(MOST_ENTRIES);
        let reader = Reader {
            section,
            address,
            root,
            left,
            bytes: Cell::new(section.len().saturating_mul(MOST_COPIES)),
        };
        for (kind, table) in reader.table(root)? {
            for (name, table) in reader.table(reader.descend(table)?)? {
                for (language, entry) in reader.table(reader.descend(table)?)? {
                    let Name::Id(language) = language else {
                        return None;
                    };
                    let resource = reader.data(entry)?;
                    resources
                        .entries
                        .insert((kind.clone(), name.clone(), language), resource);
                }
            }
        }
        Some(resources)
    }
}

struct Reader<'a> {
    section: &'a [u8],
    address: u32,
    root: usize,
    left: Cell<usize>,
    bytes: Cell<usize>,
}

impl Reader<'_> {
    /// The entries of a table: name and target.
    fn table(&self, at: usize) -> Option<Vec<(Name, u32)>> {
        let count = usize::from(u16_at(self.section, at + 12)?)
            + usize::from(u16_at(self.section, at + 14)?);
        self.left.set(self.left.get().checked_sub(count + 1)?);
        (0..count)
            .map(|index| {
                let entry = at + 16 + index * 8;
                let name = self.name(u32_at(self.section, entry)?)?;
                Some((name, u32_at(self.section, entry + 4)?))
            })
            .collect()
    }

    fn name(&self, value: u32) -> Option<Name> {
        if value & HIGH == 0 {
            return u16::try_from(value).ok().map(Name::Id);
        }
        let at = self.root.checked_add((value & !HIGH) as usize)?;
        let count = usize::from(u16_at(self.section, at)?);
        self.copies(2 * count)?;
        let units: Option<Vec<u16>> = (0..count)
            .map(|index| u16_at(self.section, at + 2 + index * 2))
            .collect();
        String::from_utf16(&units?).ok().map(Name::Text)
    }

    /// The offset of a table that an entry leads to.
    fn descend(&self, target: u32) -> Option<usize> {
        let below = (target & HIGH != 0).then_some((target & !HIGH) as usize)?;
        self.root.checked_add(below)
    }

    fn copies(&self, bytes: usize) -> Option<()> {
        self.bytes.set(self.bytes.get().checked_sub(bytes)?);
        Some(())
    }

    fn data(&self, target: u32) -> Option<Resource> {
        let at = (target & HIGH == 0).then_some(self.root.checked_add(target as usize)?)?;
        let start = u32_at(self.section, at)?.checked_sub(self.address)? as usize;
        let size = u32_at(self.section, at + 4)? as usize;
        self.copies(size)?;
        Some(Resource {
            code_page: u32_at(self.section, at + 8)?,
            data: self.section.get(start..start.checked_add(size)?)?.to_vec(),
        })
    }
}
