//! Round trips through the readers of others.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;

use super::*;

const TIME: DosTime = DosTime {
    date: 0x5b77,
    time: 0x7210,
};

/// Compressible, never repeating data.
fn text(length: usize) -> Vec<u8> {
    let words = (0_u32..).flat_map(|number| (number / 3).wrapping_mul(0x9e37_79b1).to_be_bytes());
    words.take(length).collect()
}

fn members(folder: &Path, contents: &[(&str, Vec<u8>)]) -> Vec<Member> {
    let write = |(index, (name, data)): (usize, &(&str, Vec<u8>))| {
        let path = folder.join(index.to_string());
        fs::write(&path, data).unwrap();
        Member {
            name: (*name).to_owned(),
            path,
            size: data.len() as u64,
            modified: TIME,
        }
    };
    contents.iter().enumerate().map(write).collect()
}

fn cabinet(members: &[Member]) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let size = write_cabinet(&mut out, members, Level::Default, &mut |_, _| {}).unwrap();
    assert_eq!(size, out.get_ref().len() as u64);
    out.into_inner()
}

fn read_back(bytes: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let mut cabinet = cab::Cabinet::new(Cursor::new(bytes)).unwrap();
    let names: Vec<String> = cabinet
        .folder_entries()
        .flat_map(|folder| {
            folder
                .file_entries()
                .map(|file| file.name().to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    let read = |name: &String| {
        let mut data = Vec::new();
        std::io::copy(&mut cabinet.read_file(name).unwrap(), &mut data).unwrap();
        (name.clone(), data)
    };
    names.iter().map(read).collect()
}

fn sample() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("big", text(9_000_000)),
        ("empty", Vec::new()),
        ("exact", text(65_536)),
        ("配置", b"a name beyond ASCII".to_vec()),
        ("last", text(1_000_001)),
    ]
}

#[test]
fn the_cab_crate_reads_everything_back() {
    let folder = tempfile::tempdir().unwrap();
    let sample = sample();
    let back = read_back(cabinet(&members(folder.path(), &sample)));
    assert_eq!(back.len(), sample.len());
    for ((name, data), (name_back, data_back)) in sample.iter().zip(&back) {
        assert_eq!(name, name_back);
        assert!(data == data_back, "`{name}` differs");
    }
}

#[test]
fn an_empty_cabinet_and_one_of_an_empty_file_are_readable() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(read_back(cabinet(&[])), []);
    let one = members(folder.path(), &[("empty", Vec::new())]);
    assert_eq!(read_back(cabinet(&one)), [("empty".to_owned(), Vec::new())]);
}

#[test]
fn many_files_take_several_folders() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..100).map(|number| format!("f{number}")).collect();
    let contents: Vec<(&str, Vec<u8>)> = (1..)
        .zip(&names)
        .map(|(number, name)| (name.as_str(), text(number * 700)))
        .collect();
    let bytes = cabinet(&members(folder.path(), &contents));
    let folders = cab::Cabinet::new(Cursor::new(&bytes)).unwrap();
    assert_eq!(folders.folder_entries().count(), 4);
    let back = read_back(bytes);
    assert!(
        contents
            .iter()
            .map(|(_, data)| data)
            .eq(back.iter().map(|(_, data)| data))
    );
}

#[test]
fn other_readers_agree() {
    let folder = tempfile::tempdir().unwrap();
    let sample = sample();
    let file = folder.path().join("sample.cab");
    fs::write(&file, cabinet(&members(folder.path(), &sample))).unwrap();
    for (tool, argument) in [("cabextract", "-t"), ("gcab", "-t")] {
        let Ok(output) = Command::new(tool).arg(argument).arg(&file).output() else {
            assert!(
                std::env::var_os("GORELEASE_REQUIRE_TOOLS").is_none(),
                "{tool} is not installed"
            );
            println!("skipped: {tool} is not installed");
            continue;
        };
        assert!(
            output.status.success(),
            "{tool}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn the_number_of_threads_does_not_show() {
    let folder = tempfile::tempdir().unwrap();
    let members = members(folder.path(), &sample());
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| cabinet(&members))
    };
    assert!(with(1) == with(3));
}

#[test]
fn the_observer_sees_the_data_once_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let sample = sample();
    let members = members(folder.path(), &sample);
    let mut seen = vec![Vec::new(); members.len()];
    let mut observe = |index: usize, data: &[u8]| seen[index].extend_from_slice(data);
    write_cabinet(
        &mut Cursor::new(Vec::new()),
        &members,
        Level::Fast,
        &mut observe,
    )
    .unwrap();
    assert!(
        sample
            .iter()
            .zip(&seen)
            .all(|((_, data), seen)| data == seen)
    );
}

#[test]
fn limits_are_errors() {
    let member = |name: &str, size| Member {
        name: name.to_owned(),
        path: "x".into(),
        size,
        modified: TIME,
    };
    assert!(matches!(
        check_members(&[member("", 1)]),
        Err(CabinetError::Name(_))
    ));
    assert!(matches!(
        check_members(&[member(&"n".repeat(256), 1)]),
        Err(CabinetError::Name(_))
    ));
    let large = [member("a", MAX_BYTES), member("b", 1)];
    assert!(matches!(
        check_members(&large),
        Err(CabinetError::TooLarge(_))
    ));
    assert!(check_members(&large[..1]).is_ok());
    let many: Vec<_> = (0..65_536)
        .map(|index| member(&index.to_string(), 0))
        .collect();
    assert!(matches!(
        check_members(&many),
        Err(CabinetError::TooManyFiles(65_536))
    ));
}

#[test]
fn a_file_that_changed_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for announced in [4, 6] {
        let mut members = members(folder.path(), &[("five", b"12345".to_vec())]);
        members[0].size = announced;
        let result = write_cabinet(
            &mut Cursor::new(Vec::new()),
            &members,
            Level::Fast,
            &mut |_, _| {},
        );
        assert!(matches!(result, Err(CabinetError::Changed { .. })));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_set_of_files_comes_back(contents in prop::collection::vec(
        (0_usize..100_000, any::<u8>()).prop_map(|(length, seed)| {
            text(length + usize::from(seed)).split_off(usize::from(seed))
        }), 0..6)) {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<String> = (0..contents.len()).map(|index| format!("f{index}")).collect();
        let sample: Vec<(&str, Vec<u8>)> =
            names.iter().map(String::as_str).zip(contents.iter().cloned()).collect();
        let back = read_back(cabinet(&members(folder.path(), &sample)));
        prop_assert!(back.iter().map(|(_, data)| data).eq(contents.iter()));
    }
}
