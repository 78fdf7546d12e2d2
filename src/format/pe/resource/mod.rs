//! The resource tree of a `.rsrc` section: type, name, language, data.
//!
//! Source: Microsoft, "PE Format", "The .rsrc Section".

mod read;
mod write;

use std::collections::BTreeMap;

/// Resource types that gorelease writes (`RT_*` of winuser.h).
pub mod kind {
    use super::Name;

    /// RT_ICON: one image of an icon.
    pub const ICON: Name = Name::Id(3);
    /// RT_GROUP_ICON: the directory of an icon's images.
    pub const GROUP_ICON: Name = Name::Id(14);
    /// RT_VERSION.
    pub const VERSION: Name = Name::Id(16);
    /// RT_MANIFEST.
    pub const MANIFEST: Name = Name::Id(24);
}

/// A type's or a resource's name: the format sorts texts before numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// A text, usually in capitals.
    Text(String),
    /// A number.
    Id(u16),
}

/// One resource in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The code page that the data entry states; 0 by convention.
    pub code_page: u32,
    /// The content.
    pub data: Vec<u8>,
}

/// The resources of an executable, sorted as the format wants them: by type, name and language (LANGID).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resources {
    entries: BTreeMap<(Name, Name, u16), Resource>,
}

impl Resources {
    /// Puts a resource in, in place of an earlier one.
    pub fn insert(&mut self, kind: Name, name: Name, language: u16, data: Vec<u8>) {
        let resource = Resource { code_page: 0, data };
        self.entries.insert((kind, name, language), resource);
    }

    /// All resources of a type: name, language, data.
    pub fn of_kind<'a>(
        &'a self,
        kind: &'a Name,
    ) -> impl Iterator<Item = (&'a Name, u16, &'a [u8])> {
        let entries = self
            .entries
            .iter()
            .filter(move |((each, ..), _)| each == kind);
        entries.map(|((_, name, language), resource)| (name, *language, resource.data.as_slice()))
    }

    /// Whether there is a resource of a type.
    pub fn has_kind(&self, kind: &Name) -> bool {
        self.of_kind(kind).next().is_some()
    }

    /// Whether there is none at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes over `other`, whose types replace those here: an executable with two icons or two versions would show
    /// whichever sorts first. An icon is its two types together.
    pub fn replace_kinds(&mut self, other: Self) {
        let icon = other.has_kind(&kind::GROUP_ICON);
        self.entries.retain(|(kind, ..), _| {
            !(other.has_kind(kind) || icon && [kind::ICON, kind::GROUP_ICON].contains(kind))
        });
        self.entries.extend(other.entries);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn round_trip(resources: &Resources) -> Option<Resources> {
        const ADDRESS: u32 = 0x5000;
        let section = resources.to_section(ADDRESS).expect("small");
        Resources::from_section(&section, ADDRESS, 0)
    }

    #[test]
    fn reads_what_it_writes() {
        let mut resources = Resources::default();
        assert_eq!(round_trip(&resources), Some(resources.clone()));
        resources.insert(kind::VERSION, Name::Id(1), 0x0409, vec![1; 101]);
        resources.insert(kind::VERSION, Name::Id(1), 0x0804, vec![2; 7]);
        resources.insert(kind::ICON, Name::Id(2), 0, vec![]);
        resources.insert(
            Name::Text("数据".into()),
            Name::Text("A".into()),
            0,
            vec![3],
        );
        resources.insert(Name::Text("数据".into()), Name::Id(7), 0, vec![4]);
        assert_eq!(round_trip(&resources), Some(resources));
    }

    #[test]
    fn a_type_of_the_other_replaces_ours() {
        let mut ours = Resources::default();
        ours.insert(kind::ICON, Name::Id(9), 0, vec![1]);
        ours.insert(kind::GROUP_ICON, Name::Text("APP".into()), 0, vec![2]);
        ours.insert(kind::MANIFEST, Name::Id(1), 0, vec![3]);
        let mut other = Resources::default();
        other.insert(kind::ICON, Name::Id(1), 0, vec![4]);
        other.insert(kind::GROUP_ICON, Name::Id(1), 0, vec![5]);
        ours.replace_kinds(other);
        assert_eq!(
            ours.of_kind(&kind::GROUP_ICON)
                .map(|(.., data)| data[0])
                .collect::<Vec<_>>(),
            [5]
        );
        assert_eq!(
            ours.of_kind(&kind::ICON)
                .map(|(.., data)| data[0])
                .collect::<Vec<_>>(),
            [4]
        );
        assert!(ours.has_kind(&kind::MANIFEST));
    }

    proptest! {
        /// No section makes the reader panic, take long or return what was not there.
        #[test]
        fn survives_damage(position in 0_usize..400, value: u8, cut in 0_usize..400) {
            let mut resources = Resources::default();
            for name in 1..5 {
                resources.insert(kind::ICON, Name::Id(name), 0, vec![7; 16]);
                resources.insert(Name::Text("TEXT".into()), Name::Id(name), 1, vec![8; 5]);
            }
            let mut section = resources.to_section(0x1000).expect("small");
            let position = position % section.len();
            section[position] = value;
            section.truncate(section.len() - cut % section.len());
            let _ = Resources::from_section(&section, 0x1000, 0);
        }
    }
}
