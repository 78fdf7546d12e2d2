use std::io::Cursor;

use proptest::prelude::*;

use super::*;

/// The smallest ELF file with a `.go.buildinfo` section: header, section names, blob, three section headers.
fn elf_with_blob(blob: &[u8]) -> Vec<u8> {
    const NAMES: &[u8] = b"\0.go.buildinfo\0.shstrtab\0";
    let names_at = 64_u64;
    let blob_at = 112_u64;
    let headers_at = (blob_at + blob.len() as u64).next_multiple_of(8);
    let mut file = Vec::new();
    file.extend_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    file.extend_from_slice(&[2, 0, 62, 0, 1, 0, 0, 0]);
    file.extend_from_slice(&[0; 16]);
    file.extend_from_slice(&headers_at.to_le_bytes());
    file.extend_from_slice(&[0, 0, 0, 0, 64, 0, 56, 0, 0, 0, 64, 0, 3, 0, 2, 0]);
    file.extend_from_slice(NAMES);
    file.resize(blob_at as usize, 0);
    file.extend_from_slice(blob);
    file.resize(headers_at as usize, 0);
    file.extend_from_slice(&[0; 64]);
    for (name, kind, offset, size) in [
        (1_u32, 1_u32, blob_at, blob.len() as u64),
        (15, 3, names_at, NAMES.len() as u64),
    ] {
        file.extend_from_slice(&name.to_le_bytes());
        file.extend_from_slice(&kind.to_le_bytes());
        file.extend_from_slice(&[0; 16]);
        file.extend_from_slice(&offset.to_le_bytes());
        file.extend_from_slice(&size.to_le_bytes());
        file.extend_from_slice(&[0; 24]);
    }
    file
}

fn blob(version: &str, modules: &str) -> Vec<u8> {
    let mut blob = b"\xff Go buildinf:\x08\x02".to_vec();
    blob.resize(32, 0);
    for text in [
        version.to_owned(),
        format!("0123456789abcdef{modules}0123456789abcdef"),
    ] {
        let mut length = text.len();
        while length >= 0x80 {
            blob.push(length as u8 | 0x80);
            length >>= 7;
        }
        blob.push(length as u8);
        blob.extend_from_slice(text.as_bytes());
    }
    blob
}

fn read_blob(version: &str, modules: &str) -> Result<BuildInfo, Reason> {
    let mut slices = slices(Cursor::new(elf_with_blob(&blob(version, modules))))?;
    assert_eq!(slices.len(), 1);
    Ok(slices.remove(0).info)
}

#[test]
fn every_kind_of_line_is_read() {
    let info = read_blob(
        "go1.26.1 X:boringcrypto",
        "path\texample.com/a/cmd/a\nmod\texample.com/a\tv1.2.3\t\n\
         dep\tgolang.org/x/mod\tv0.20.0\th1:abc=\n\
         dep\texample.com/old\tv1.0.0\n=>\t./fork\t\t\n\
         build\t-ldflags=\"-X \\\"main.title=a\\tb\\\" \\u00e9\\xff\"\nbuild\tGOOS=windows\n\
         build\t\"odd key\"=`raw`\nbuild\tempty=\nunknown\tline\n",
    )
    .unwrap();
    assert_eq!(info.go_version, "go1.26.1 X:boringcrypto");
    assert_eq!(info.path, "example.com/a/cmd/a");
    assert_eq!(info.main.as_ref().unwrap().version, "v1.2.3");
    assert_eq!(info.deps[0].sum, "h1:abc=");
    assert_eq!(info.deps[1].effective().path, "./fork");
    assert_eq!(
        info.setting("-ldflags"),
        Some("-X \"main.title=a\tb\" é\u{fffd}")
    );
    assert_eq!(info.setting("GOOS"), Some("windows"));
    assert_eq!(info.setting("odd key"), Some("raw"));
    assert_eq!(info.setting("empty"), Some(""));
    assert_eq!(info.setting("GOARCH"), None);
}

#[test]
fn a_program_without_modules_has_a_version_only() {
    let info = read_blob("go1.26.1", "").unwrap();
    assert_eq!((info.path.as_str(), info.main), ("", None));
}

#[test]
fn malformed_lines_are_named() {
    for text in [
        "mod\tonly-a-path\n",
        "dep\ta\tb\tc\td\n",
        "=>\ta\tb\tc\n",
        "build\tno-equals-sign\n",
        "build\t=value\n",
        "build\tkey=\"open\n",
        "build\tkey=\"\\q\"\n",
    ] {
        assert!(
            matches!(read_blob("go1.26.1", text), Err(Reason::Damaged(_))),
            "{text:?}"
        );
    }
}

#[test]
fn what_is_not_a_go_executable_is_said() {
    let read = |bytes: Vec<u8>| slices(Cursor::new(bytes)).unwrap_err();
    assert!(matches!(read(Vec::new()), Reason::Unrecognised));
    assert!(matches!(
        read(b"#!/bin/sh\necho not an executable at all, but long enough\n".to_vec()),
        Reason::Unrecognised
    ));
    assert!(matches!(
        read(elf_with_blob(
            b"nothing of the kind here, though it is aligned"
        )),
        Reason::NotGo
    ));
    let mut old = blob("go1.17", "");
    old[15] = 0;
    assert!(matches!(read(elf_with_blob(&old)), Reason::TooOld));
    let mut cut = blob("go1.26.1", "path\tx\n");
    cut.truncate(50);
    assert!(matches!(read(elf_with_blob(&cut)), Reason::Damaged(_)));
}

#[test]
fn the_blob_is_found_only_at_its_alignment() {
    let mut section = b"\xff Go buildinf:".to_vec();
    section.insert(0, 0);
    section.resize(70_000 / 16 * 16, 0);
    section.extend(blob("go1.26.1", "path\tx\n"));
    let found = slices(Cursor::new(elf_with_blob(&section))).unwrap();
    assert_eq!(found[0].info.path, "x");
}

#[test]
fn an_error_names_the_file_once() {
    let error = read(Path::new("no/such/file")).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("cannot read Go build information from `no/such/file`: "),
        "{text}"
    );
}

proptest! {
    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..600), magic in 0..6_usize) {
        let magics: [&[u8]; 6] = [
            b"", b"MZ", b"\x7fELF\x02\x01\x01", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe\0\0\0\x02", b"\x7fELF\x01\x02\x01",
        ];
        let mut file = magics[magic].to_vec();
        file.extend(bytes);
        let _ = slices(Cursor::new(file));
    }

    #[test]
    fn a_changed_byte_never_panics(position in 0..800_usize, value in any::<u8>()) {
        let mut file = elf_with_blob(&blob("go1.26.1", "path\tx\nmod\tx\tv1.0.0\t\nbuild\ta=\"b\"\n"));
        let position = position % file.len();
        file[position] = value;
        let _ = slices(Cursor::new(file));
    }

    #[test]
    fn any_setting_survives_go_quoting(value in "\\PC{0,40}") {
        let quoted: String = value.chars().flat_map(|c| match c {
            '"' | '\\' => vec!['\\', c],
            _ => vec![c],
        }).collect();
        let info = read_blob("go1.26.1", &format!("build\tkey=\"{quoted}\"\n")).unwrap();
        prop_assert_eq!(info.setting("key"), Some(value.as_str()));
    }
}
