//! The tree as a section: directory tables from the root down, data entries, names, data.

use std::collections::BTreeMap;

use super::{Name, Resource, Resources};

/// `IMAGE_RESOURCE_DIRECTORY`, `IMAGE_RESOURCE_DIRECTORY_ENTRY`, `IMAGE_RESOURCE_DATA_ENTRY`.
const TABLE: usize = 16;
const ENTRY: usize = 8;
const DATA_ENTRY: usize = 16;
/// What the compilers of Microsoft align data to.
const DATA_ALIGNMENT: usize = 8;
/// Set in an entry for "has a name" and for "leads to a table".
const HIGH: u32 = 0x8000_0000;

type Languages<'a> = BTreeMap<u16, &'a Resource>;
type Names<'a> = BTreeMap<&'a Name, Languages<'a>>;

impl Resources {
    /// The section's content for a section at this address (relative to the image); `None` over 2 GiB.
    pub(in super::super) fn to_section(&self, address: u32) -> Option<Vec<u8>> {
        let mut kinds: BTreeMap<&Name, Names> = BTreeMap::new();
        for ((kind, name, language), resource) in &self.entries {
            kinds
                .entry(kind)
                .or_default()
                .entry(name)
                .or_default()
                .insert(*language, resource);
        }
        Writer::new(&kinds, self.entries.len(), address).write(&kinds)
    }
}

/// Where the next of each part goes, from the section's start.
struct Writer {
    address: u32,
    section: Vec<u8>,
    tables: usize,
    data_entries: usize,
    strings: usize,
    data: usize,
}

impl Writer {
    fn new(kinds: &BTreeMap<&Name, Names>, resources: usize, address: u32) -> Self {
        let names = || kinds.values().flat_map(BTreeMap::keys);
        let tables = 1 + kinds.len() + names().count();
        let entries = kinds.len() + names().count() + resources;
        let data_entries = tables * TABLE + entries * ENTRY;
        let strings = data_entries + resources * DATA_ENTRY;
        let text = |name: &Name| match name {
            Name::Text(text) => 2 + 2 * text.encode_utf16().count(),
            Name::Id(_) => 0,
        };
        let string_bytes: usize = kinds
            .keys()
            .copied()
            .chain(names().copied())
            .map(text)
            .sum();
        let data = (strings + string_bytes).next_multiple_of(DATA_ALIGNMENT);
        Self {
            address,
            section: vec![0; data],
            tables: TABLE + kinds.len() * ENTRY,
            data_entries,
            strings,
            data,
        }
    }

    fn write(mut self, kinds: &BTreeMap<&Name, Names>) -> Option<Vec<u8>> {
        self.table(0, kinds.keys().copied())?;
        // All tables of a level stand before those of the next one: names' tables follow the types'.
        let mut of_names = self.tables
            + kinds
                .values()
                .map(|names| TABLE + names.len() * ENTRY)
                .sum::<usize>();
        for (index, names) in kinds.values().enumerate() {
            let table = self.tables;
            self.tables += TABLE + names.len() * ENTRY;
            self.put(TABLE + index * ENTRY + 4, HIGH | u32::try_from(table).ok()?);
            self.table(table, names.keys().copied())?;
            for (index, languages) in names.values().enumerate() {
                self.put(
                    table + TABLE + index * ENTRY + 4,
                    HIGH | u32::try_from(of_names).ok()?,
                );
                self.languages(of_names, languages)?;
                of_names += TABLE + languages.len() * ENTRY;
            }
        }
        Some(self.section)
    }

    /// A table's counts and its entries' names; the entries' targets are filled in by the caller.
    fn table<'a>(&mut self, at: usize, names: impl Iterator<Item = &'a Name>) -> Option<()> {
        let (mut texts, mut ids) = (0_u16, 0_u16);
        for (index, name) in names.enumerate() {
            let value = match name {
                Name::Text(text) => {
                    texts = texts.checked_add(1)?;
                    HIGH | self.string(text)?
                }
                Name::Id(id) => {
                    ids = ids.checked_add(1)?;
                    u32::from(*id)
                }
            };
            self.put(at + TABLE + index * ENTRY, value);
        }
        self.put(at + 12, u32::from(texts) | u32::from(ids) << 16);
        Some(())
    }

    fn languages(&mut self, at: usize, languages: &Languages) -> Option<()> {
        self.put(
            at + 12,
            u32::from(u16::try_from(languages.len()).ok()?) << 16,
        );
        for (index, (language, resource)) in languages.iter().enumerate() {
            let entry = at + TABLE + index * ENTRY;
            self.put(entry, u32::from(*language));
            self.put(entry + 4, u32::try_from(self.data_entries).ok()?);
            let offset = u32::try_from(self.data)
                .ok()
                .filter(|offset| *offset < HIGH)?;
            self.put(self.data_entries, self.address.checked_add(offset)?);
            self.put(
                self.data_entries + 4,
                u32::try_from(resource.data.len()).ok()?,
            );
            self.put(self.data_entries + 8, resource.code_page);
            self.data_entries += DATA_ENTRY;
            self.section.extend_from_slice(&resource.data);
            self.data = self.section.len().next_multiple_of(DATA_ALIGNMENT);
            self.section.resize(self.data, 0);
        }
        Some(())
    }

    /// A counted UTF-16 text; its offset.
    fn string(&mut self, text: &str) -> Option<u32> {
        let at = self.strings;
        let units: Vec<u16> = text.encode_utf16().collect();
        let count = u16::try_from(units.len()).ok()?;
        for unit in std::iter::once(count).chain(units) {
            self.section[self.strings..self.strings + 2].copy_from_slice(&unit.to_le_bytes());
            self.strings += 2;
        }
        u32::try_from(at).ok()
    }

    fn put(&mut self, at: usize, value: u32) {
        self.section[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
}
