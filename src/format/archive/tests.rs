//! Round trips, determinism and refusals; `tests/interop` has the proofs by other people's readers.

use std::cell::Cell;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::format::output::Meter;

fn never() -> bool {
    false
}

fn entry(name: &str, mode: u32, content: &[u8]) -> Entry {
    Entry {
        name: name.to_owned(),
        mode,
        source: Source::Bytes(content.to_vec()),
    }
}

fn options(format: Format) -> Options {
    Options {
        format,
        level: Options::DEFAULT_LEVEL,
        modified: 1_700_000_000,
        digests: Digests::Sha256,
    }
}

fn sample() -> Archive {
    let long = format!("{}/{}/end.txt", "a".repeat(200), "b".repeat(120));
    let entries = vec![
        entry("app/bin/tool.exe", 0o755, &vec![7; 300_000]),
        entry("app/README.md", 0o644, b"read me\n"),
        entry("app/空 白/naïve.txt", 0o600, b"x"),
        entry("app/empty", 0o644, b""),
        entry(&long, 0o644, b"long"),
    ];
    Archive::new(entries).expect("safe names")
}

#[test]
fn lists_what_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    for format in Format::ALL {
        let path = folder.path().join("x").with_extension(format.extension());
        let archive = sample();
        let written = archive
            .write(&path, &options(format), &never)
            .expect("written");
        assert_eq!(
            written,
            crate::format::output::measure(&path, Digests::Sha256).expect("read")
        );
        let members = list(&path, format).expect("listed");
        assert_eq!(members.len(), archive.entries().len());
        for (member, entry) in members.iter().zip(archive.entries()) {
            let Source::Bytes(content) = &entry.source else {
                unreachable!("sample() has bytes only")
            };
            let expected = Meter::drain(&mut content.as_slice(), Digests::Sha256).expect("read");
            assert_eq!(
                (&member.name, member.mode),
                (&entry.name, entry.mode),
                "{format:?}"
            );
            assert_eq!(
                (member.size, &member.sha256),
                (expected.size, &expected.sha256),
                "{format:?}"
            );
        }
    }
}

#[test]
fn writes_the_same_bytes_from_files_in_any_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("source");
    std::fs::write(&file, "content").expect("written");
    for format in Format::ALL {
        let from_file = Entry {
            source: Source::File(file.clone()),
            ..entry("b", 0o644, b"")
        };
        let one = Archive::new(vec![entry("a", 0o644, b"1"), from_file]).expect("safe");
        let two = Archive::new(vec![entry("b", 0o644, b"content"), entry("a", 0o644, b"1")])
            .expect("safe");
        let write = |archive: &Archive, name| {
            let path = folder.path().join(name);
            archive
                .write(&path, &options(format), &never)
                .expect("written");
            std::fs::read(path).expect("read")
        };
        assert!(write(&one, "one") == write(&two, "two"), "{format:?}");
    }
}

#[test]
fn takes_times_that_zip_cannot_hold() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.zip");
    for modified in [0, 1, u64::MAX] {
        let options = Options {
            modified,
            ..options(Format::Zip)
        };
        sample().write(&path, &options, &never).expect("written");
        list(&path, Format::Zip).expect("listed");
    }
}

#[test]
fn every_level_round_trips() {
    let folder = tempfile::tempdir().expect("a folder");
    for format in Format::ALL {
        for level in 0..=Options::HIGHEST_LEVEL {
            let path = folder.path().join("x");
            let options = Options {
                level,
                ..options(format)
            };
            sample().write(&path, &options, &never).expect("written");
            assert_eq!(
                list(&path, format).expect("listed").len(),
                5,
                "{format:?} {level}"
            );
        }
    }
}

#[test]
fn refuses_names_that_escape() {
    for (name, expected) in [
        ("", NameError::Empty as fn(String) -> NameError),
        ("/etc/passwd", NameError::Absolute),
        ("\\\\server\\share", NameError::Absolute),
        ("C:x", NameError::Absolute),
        ("c:/x", NameError::Absolute),
        ("../x", NameError::Dots),
        ("a/../../x", NameError::Dots),
        ("a/./x", NameError::Dots),
        ("a//x", NameError::Empty),
        ("a/", NameError::Empty),
        ("a\\..\\x", NameError::Backslash),
        ("a\nb", NameError::Control),
        ("a\0b", NameError::Control),
    ] {
        let refused = Archive::new(vec![entry(name, 0o644, b"")]);
        assert_eq!(refused, Err(expected(name.to_owned())), "{name}");
    }
    let long = "x".repeat(300);
    assert_eq!(check_name(&long), Err(NameError::Long(long)));
}

#[test]
fn refuses_names_that_exclude_each_other() {
    let twice = Archive::new(vec![entry("a", 0o644, b""), entry("a", 0o644, b"")]);
    assert_eq!(twice, Err(NameError::Duplicate("a".into())));
    let folder = Archive::new(vec![
        entry("a/b/c", 0o644, b""),
        entry("a/b", 0o644, b""),
        entry("a/b.txt", 0o644, b""),
    ]);
    assert_eq!(
        folder,
        Err(NameError::FileAndFolder {
            file: "a/b".into(),
            below: "a/b/c".into()
        })
    );
}

#[test]
fn names_are_those_that_the_unpacking_system_takes() {
    let refused = |unpacker: Unpacker, names: &[&str]| {
        let mut all = Names::new(unpacker);
        let mut results = names.iter().map(|name| all.add(name));
        results.find_map(Result::err).map(|error| error.to_string())
    };
    use Unpacker::{Any, MacOs, Windows};
    for (names, any, mac, windows) in [
        (
            &["a/CON.txt"][..],
            None,
            None,
            Some("`CON.txt` is the name of a device"),
        ),
        (&["x."], None, None, Some("ends with a dot")),
        (&["a|b"], None, None, Some("has the character `|`")),
        (
            &["orders.exe", "ORDERS.EXE"],
            None,
            Some("one file where"),
            Some("one file where"),
        ),
        (&["A/x", "a"], None, Some("folder of"), Some("folder of")),
        (&["a", "A/x"], None, Some("folder of"), Some("folder of")),
        (
            &["a\u{202e}b"],
            Some("invisible"),
            Some("invisible"),
            Some("invisible"),
        ),
    ] {
        for (unpacker, expected) in [(Any, any), (MacOs, mac), (Windows, windows)] {
            let said = refused(unpacker, names);
            let fits = match (&said, expected) {
                (None, None) => true,
                (Some(said), Some(expected)) => said.contains(expected),
                _ => false,
            };
            assert!(fits, "{names:?} {unpacker:?}: {said:?}");
        }
    }
}

#[test]
fn cancelled_or_failed_it_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x");
    std::fs::write(&path, "earlier").expect("written");
    let missing = Entry {
        source: Source::File(folder.path().join("missing")),
        ..entry("z", 0o644, b"")
    };
    let directory = Entry {
        source: Source::File(folder.path().to_owned()),
        ..entry("z", 0o644, b"")
    };
    for format in Format::ALL {
        let asked = Cell::new(0);
        let soon = || asked.replace(asked.get() + 1) > 2;
        let cancelled = sample().write(&path, &options(format), &soon);
        assert!(
            matches!(cancelled, Err(ArchiveError::Cancelled)),
            "{cancelled:?}"
        );
        for (bad, message) in [(&missing, "cannot open"), (&directory, "cannot open")] {
            let archive = Archive::new(vec![entry("a", 0o644, b"a"), bad.clone()]).expect("safe");
            let error = archive
                .write(&path, &options(format), &never)
                .expect_err("unreadable");
            assert!(error.to_string().starts_with(message), "{error}");
        }
        assert_eq!(std::fs::read(&path).expect("read"), b"earlier");
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }
}

#[test]
fn notices_a_file_that_grows_or_shrinks() {
    let path = Path::new("x");
    let entry = entry("a", 0o644, b"");
    for (content, size) in [("12345", 4), ("123", 4)] {
        let mut sink = Vec::new();
        let copied = copy(
            &entry,
            &mut content.as_bytes(),
            size,
            &mut sink,
            path,
            &never,
        );
        assert!(
            matches!(copied, Err(ArchiveError::Changed { .. })),
            "{copied:?}"
        );
    }
}

#[test]
fn every_flipped_byte_of_the_content_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x");
    for format in Format::ALL {
        let content: Vec<u8> = (0..4000_u32).map(|n| ((n * n) >> 3) as u8).collect();
        let archive = Archive::new(vec![entry("a", 0o644, &content)]).expect("safe");
        archive
            .write(&path, &options(format), &never)
            .expect("written");
        let whole = std::fs::read(&path).expect("read");
        let good = list(&path, format).expect("listed");
        for position in (100..whole.len() - 100).step_by(97) {
            let mut broken = whole.clone();
            broken[position] ^= 0x10;
            std::fs::write(&path, &broken).expect("written");
            let noticed = list(&path, format).map_or(true, |members| members != good);
            assert!(noticed, "{format:?} at {position} of {}", whole.len());
        }
    }
}

#[test]
fn bytes_after_the_compressed_stream_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    for format in [Format::TarGz, Format::TarXz, Format::TarZst] {
        let path = folder.path().join(format.extension());
        sample().write(&path, &options(format), &never).unwrap();
        list(&path, format).unwrap();
        let good = std::fs::read(&path).unwrap();
        for more in [&b"x"[..], b"evil, and longer than a header"] {
            std::fs::write(&path, [&good[..], more].concat()).unwrap();
            assert!(list(&path, format).is_err(), "{format:?}");
        }
    }
}

#[test]
fn knows_formats_by_name() {
    assert_eq!(
        Format::of_path(Path::new("d/x_1.0.tar.gz")),
        Some(Format::TarGz)
    );
    assert_eq!(Format::of_path(Path::new("x.zip")), Some(Format::Zip));
    assert_eq!(Format::of_path(Path::new("xzip")), None);
    assert_eq!(Format::of_path(Path::new("x.tar")), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A name that is taken stays below the folder, whichever system joins it.
    #[test]
    fn taken_names_stay_below(name in "[a-c./\\\\: ~$%]{0,12}") {
        if check_name(&name).is_ok() {
            let mut depth = 0_i32;
            for part in name.split(['/', '\\']) {
                depth += if part == ".." { -1 } else { 1 };
                prop_assert!(depth > 0);
            }
            prop_assert!(!name.starts_with('/') && name.as_bytes().get(1) != Some(&b':') || !name.as_bytes()[0].is_ascii_alphabetic());
        }
    }
}
