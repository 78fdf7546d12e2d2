//! Archives made to keep a reader busy, fill its memory or deceive it; each is refused with its reason.

use std::io::Write;
use std::path::Path;

use ::tar::{EntryType, Header};

use super::budget::Budget;
use super::read::visit_within;
use super::*;

/// A header with its data, as tar writers write it.
fn block(kind: EntryType, name: &str, data: &[u8]) -> Vec<u8> {
    let mut header = Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(data.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    let mut block = header.as_bytes().to_vec();
    block.extend_from_slice(data);
    block.resize(block.len().next_multiple_of(512), 0);
    block
}

fn end() -> Vec<u8> {
    vec![0; 1024]
}

fn pax(key: &str, value: &str) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n").into_bytes()
}

fn gz(blocks: &[Vec<u8>]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&blocks.concat()).expect("written");
    gz.finish().expect("written")
}

fn refused(format: Format, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x");
    std::fs::write(&path, bytes).expect("written");
    match list(&path, format) {
        Ok(members) => format!("taken, with {} members", members.len()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn tar_headers_have_limits() {
    let long = "x".repeat(2 << 20);
    let file = || block(EntryType::Regular, "a", b"a");
    let local = |key: &str, value: &str| block(EntryType::XHeader, "h", &pax(key, value));
    for (what, blocks, expected) in [
        (
            "pax name of 2 MiB",
            vec![local("path", &long), file(), end()],
            "longer than 1 MiB",
        ),
        (
            "GNU name of 2 MiB",
            vec![
                block(EntryType::GNULongName, "h", long.as_bytes()),
                file(),
                end(),
            ],
            "longer than 1 MiB",
        ),
        (
            "GNU link name",
            vec![
                block(EntryType::GNULongLink, "h", long.as_bytes()),
                file(),
                end(),
            ],
            "is not a file",
        ),
        (
            "pax global header",
            vec![
                block(EntryType::XGlobalHeader, "h", &pax("path", "b")),
                file(),
                end(),
            ],
            "is not a file",
        ),
        (
            "many headers",
            vec![local("mtime", "1"); 9]
                .into_iter()
                .chain([file(), end()])
                .collect(),
            "too many headers",
        ),
        (
            "another size for what follows",
            vec![local("size", "0"), file(), end()],
            "a pax header has a `size`",
        ),
        (
            "a sparse file",
            vec![local("GNU.sparse.size", "9"), file(), end()],
            "a pax header has a `GNU.sparse.size`",
        ),
        (
            "a header about nothing",
            vec![file(), local("path", "b"), end()],
            "about no file",
        ),
        (
            "an archive after the end",
            vec![file(), end(), block(EntryType::Regular, "b", b"b"), end()],
            "data after its end",
        ),
        (
            "zeros without end",
            vec![file(), vec![0; 2 << 20]],
            "data after its end",
        ),
        (
            "the folder above",
            vec![block(EntryType::Regular, "../escape", b""), end()],
            "has `.` or `..`",
        ),
        (
            "the folder above, by pax",
            vec![local("path", "../escape"), file(), end()],
            "has `.` or `..`",
        ),
        (
            "a link",
            vec![block(EntryType::Symlink, "a", b""), end()],
            "is not a file",
        ),
        (
            "many folders",
            vec![local("path", &"d/".repeat(200)), file(), end()],
            "more than 100 folders",
        ),
        (
            "a long name",
            vec![local("path", &"d".repeat(5000)), file(), end()],
            "too long",
        ),
    ] {
        let said = refused(Format::TarGz, &gz(&blocks));
        assert!(said.contains(expected), "{what}: {said}");
        assert!(said.len() < 400, "{what}: {}", said.len());
    }
}

#[test]
fn names_by_pax_and_gnu_headers_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x");
    let blocks = [
        block(
            EntryType::XHeader,
            "h",
            &[pax("mtime", "1.5"), pax("path", "naïve")].concat(),
        ),
        block(EntryType::Regular, "file", b"1"),
        block(EntryType::GNULongName, "././@LongLink", b"long/name\0"),
        block(EntryType::Regular, "file", b"22"),
        block(EntryType::Regular, "plain", b"333"),
        end(),
    ];
    std::fs::write(&path, gz(&blocks)).expect("written");
    let members = list(&path, Format::TarGz).expect("listed");
    let found: Vec<_> = members
        .iter()
        .map(|member| (member.name.as_str(), member.size))
        .collect();
    assert_eq!(found, [("naïve", 1), ("long/name", 2), ("plain", 3)]);
}

/// Both entries of the directory lead to the first one's bytes.
#[test]
fn zip_entries_share_no_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x");
    let entry = |name: &str| Entry {
        name: name.to_owned(),
        mode: 0o644,
        source: Source::Bytes(vec![b'x'; 40]),
    };
    let options = Options {
        format: Format::Zip,
        level: 0,
        modified: 0,
        digests: Digests::Sha256,
    };
    let archive = Archive::new(vec![entry("a"), entry("b")]).expect("safe names");
    archive.write(&path, &options, &|| false).expect("written");
    let mut bytes = std::fs::read(&path).expect("read");
    // Offset 42 of a directory entry is that of its local header (APPNOTE.TXT 4.3.12).
    let last = bytes
        .windows(4)
        .rposition(|four| four == b"PK\x01\x02")
        .expect("a directory");
    bytes[last + 42..last + 46].fill(0);
    let said = refused(Format::Zip, &bytes);
    assert!(said.contains("share the same bytes"), "{said}");
}

#[test]
fn all_members_count_against_the_budget() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x");
    let entry = |name: &str| Entry {
        name: name.to_owned(),
        mode: 0o644,
        source: Source::Bytes(vec![0; 3000]),
    };
    let archive = Archive::new(vec![entry("a"), entry("b")]).expect("safe names");
    for format in Format::ALL {
        let options = Options {
            format,
            level: 6,
            modified: 0,
            digests: Digests::Sha256,
        };
        archive.write(&path, &options, &|| false).expect("written");
        let read = |budget: u64| {
            let file = std::fs::File::open(&path).expect("opened");
            // A visitor that reads nothing saves nothing.
            visit_within(
                Path::new("x"),
                format,
                file,
                &Budget::of(budget),
                &mut |_, _, _| Ok(()),
            )
        };
        let said = read(5000).expect_err("too much").to_string();
        assert!(said.contains("250 times its size"), "{format:?}: {said}");
        assert!(read(20_000).is_ok(), "{format:?}");
    }
}
