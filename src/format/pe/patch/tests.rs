//! A small executable made by hand, whole and damaged; `tests/interop` has those of real linkers.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::super::{Name, kind};
use super::*;

const ALIGNMENT: u32 = 0x200;
const SECTION_TABLE: usize = 0x40 + 24 + 240;

/// PE32+ with sections of 0x200 bytes each at 0x1000, 0x2000, ...; the last one is called as given.
fn executable(sections: u32, last: &[u8; 8]) -> Vec<u8> {
    let headers = (SECTION_TABLE as u32 + sections * 40).next_multiple_of(ALIGNMENT);
    let mut file = vec![0; (headers + sections * ALIGNMENT) as usize];
    file[..2].copy_from_slice(b"MZ");
    file[0x3c] = 0x40;
    file[0x40..0x44].copy_from_slice(b"PE\0\0");
    file[0x46..0x48].copy_from_slice(&(sections as u16).to_le_bytes());
    file[0x54..0x56].copy_from_slice(&240_u16.to_le_bytes());
    let optional = 0x40 + 24;
    file[optional..optional + 2].copy_from_slice(&0x20b_u16.to_le_bytes());
    for (at, value) in [
        (32, 0x1000),
        (36, ALIGNMENT),
        (56, 0x1000 * (sections + 1)),
        (60, headers),
        (108, 16),
    ] {
        put(&mut file, optional + at, value);
    }
    for index in 0..sections {
        let header = SECTION_TABLE + index as usize * 40;
        let name = if index + 1 == sections {
            last
        } else {
            b".text\0\0\0"
        };
        file[header..header + 8].copy_from_slice(name);
        let raw_offset = headers + index * ALIGNMENT;
        for (at, value) in [
            (8, ALIGNMENT),
            (12, 0x1000 * (index + 1)),
            (16, ALIGNMENT),
            (20, raw_offset),
        ] {
            put(&mut file, header + at, value);
        }
        file[raw_offset as usize..][..ALIGNMENT as usize].fill(index as u8 + 1);
    }
    file
}

fn resources() -> Resources {
    let mut resources = Resources::default();
    resources.insert(kind::MANIFEST, Name::Id(1), 0, b"<assembly/>".to_vec());
    resources
}

/// Adds [`resources`] to a file of this content.
fn add(content: &[u8]) -> Result<Vec<u8>, PeError> {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in.exe"), folder.path().join("out.exe"));
    std::fs::write(&input, content).expect("written");
    add_resources(&input, resources(), &output, Digests::Sha256)?;
    assert_eq!(read_resources(&output).expect("readable"), resources());
    Ok(std::fs::read(&output).expect("read"))
}

#[test]
fn the_old_content_stays_where_it_is_while_there_is_room() {
    let old = executable(3, b".data\0\0\0");
    let new = add(&old).expect("added");
    assert_eq!(new.len(), old.len() + ALIGNMENT as usize);
    let headers = SECTION_TABLE + 3 * 40;
    assert_eq!(new[headers..headers + 8], *NAME);
    assert_eq!(new[headers + 40..old.len()], old[headers + 40..]);
}

#[test]
fn the_old_content_moves_when_the_headers_are_full() {
    // Four section headers end at 0x1e8: no room for a fifth before 0x200.
    let old = executable(4, b".data\0\0\0");
    let new = add(&old).expect("added");
    assert_eq!(new.len(), old.len() + 2 * ALIGNMENT as usize);
    assert_eq!(new[0x400..0x400 + 4 * 0x200], old[0x200..]);
    let raw_offset = SECTION_TABLE + 20;
    assert_eq!(u32_at(&new, raw_offset), Some(0x400));
}

#[test]
fn sections_follow_each_other_page_by_page() {
    let mut old = executable(3, b".data\0\0\0");
    // More on disk than in memory: the loader goes by what is in memory.
    put(&mut old, SECTION_TABLE + 2 * 40 + 8, 0x10);
    put(&mut old, 0x40 + 24 + 32, 0x10);
    let new = add(&old).expect("added");
    assert_eq!(u32_at(&new, SECTION_TABLE + 3 * 40 + 12), Some(0x3010));
}

#[test]
fn a_full_header_before_the_first_page_is_refused() {
    let mut old = executable(4, b".data\0\0\0");
    put(&mut old, SECTION_TABLE + 12, 0x200);
    put(&mut old, 0x40 + 24 + 32, 0x200);
    assert!(matches!(add(&old), Err(PeError::NoRoom(_))));
}

#[test]
fn unknown_data_behind_the_section_table_is_not_overwritten() {
    let mut old = executable(3, b".data\0\0\0");
    old[SECTION_TABLE + 3 * 40] = 1;
    assert!(matches!(add(&old), Err(PeError::NoRoom(_))));
}

#[test]
fn a_section_inside_the_headers_is_refused() {
    let mut old = executable(3, b".rsrc\0\0\0");
    put(&mut old, SECTION_TABLE + 2 * 40 + 20, 0x10);
    assert!(matches!(
        add(&old),
        Err(PeError::Damaged {
            what: "a section inside the headers",
            ..
        })
    ));
}

static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let first = add(&executable(3, b".data\0\0\0")).expect("added");
    assert!(add(&first).expect("added again") == first);
    first
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever a header says, the answer is an error or a file that can be read again; never a panic.
    #[test]
    fn survives_damage(
        changes in prop::collection::vec((0_usize..0x200, any::<u8>()), 1..4),
        cut in 0_usize..0x400,
    ) {
        let mut file = GOOD.clone();
        for (position, value) in changes {
            file[position] = value;
        }
        if cut < 0x200 {
            file.truncate(file.len() - cut);
        }
        let _ = add(&file);
    }
}
