use std::io::{Cursor, Write};

use proptest::prelude::*;

use super::*;

/// The smallest file with a PE header, an optional header of 64-bit kind and the data directories.
fn tiny_pe(body: &[u8]) -> Vec<u8> {
    let mut file = vec![0; 0x40 + 24 + 240];
    file[..2].copy_from_slice(b"MZ");
    file[0x3c] = 0x40;
    file[0x40..0x44].copy_from_slice(b"PE\0\0");
    file[0x58..0x5a].copy_from_slice(&0x20b_u16.to_le_bytes());
    file[0x58 + 108] = 16;
    file.extend_from_slice(body);
    file
}

const CHECKSUM_AT: usize = 0x40 + 88;
const DIRECTORY_AT: usize = 0x58 + 112 + 32;

fn inspect_bytes(bytes: &[u8]) -> io::Result<Option<Inspection>> {
    inspect_binary(Cursor::new(bytes))
}

#[test]
fn checksum_and_certificates_do_not_count() {
    let plain = tiny_pe(b"code, and not a multiple of eight");
    let digest = inspect_bytes(&plain).unwrap().unwrap();
    assert!(!digest.is_signed);

    let mut signed = plain.clone();
    signed.resize(plain.len().next_multiple_of(8), 0);
    let table = signed.len() as u32;
    signed.extend_from_slice(&[0xaa; 16]);
    signed[CHECKSUM_AT..CHECKSUM_AT + 4].copy_from_slice(&[1, 2, 3, 4]);
    signed[DIRECTORY_AT..DIRECTORY_AT + 4].copy_from_slice(&table.to_le_bytes());
    signed[DIRECTORY_AT + 4] = 16;
    let after = inspect_bytes(&signed).unwrap().unwrap();
    assert_eq!((after.is_signed, after.digest), (true, digest.digest));

    let mut changed = plain.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_ne!(
        inspect_bytes(&changed).unwrap().unwrap().digest,
        digest.digest
    );

    signed.push(0);
    let error = inspect_bytes(&signed).unwrap_err();
    assert_eq!(error.to_string(), "its certificate table is not at its end");
}

#[test]
fn msi_streams_count_in_the_order_of_their_names() {
    let package = |names: &[&str]| {
        let mut compound = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        for name in names {
            compound
                .create_stream(name)
                .unwrap()
                .write_all(name.as_bytes())
                .unwrap();
        }
        compound.into_inner().into_inner()
    };
    let inspection = inspect_bytes(&package(&["a", "b", "ab"])).unwrap().unwrap();
    assert_eq!(inspection.kind, Kind::Msi);
    assert_eq!(
        Some(inspection),
        inspect_bytes(&package(&["ab", "b", "a"])).unwrap()
    );
    let signed = inspect_bytes(&package(&["a", "ab", "b", "\u{5}DigitalSignature"]))
        .unwrap()
        .unwrap();
    assert_eq!((signed.is_signed, signed.digest), (true, inspection.digest));
}

#[test]
fn a_signed_script_is_recognised_in_both_encodings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("install.PS1");
    let text = "Write-Output 1\r\n# SIG # Begin signature block\r\n# abc\r\n# SIG # End signature block\r\n";
    let utf16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for (bytes, is_signed) in [
        (text.as_bytes(), true),
        (&utf16, true),
        (b"Write-Output 1\n", false),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let inspection = inspect(&path).unwrap().unwrap();
        assert_eq!(
            (inspection.kind, inspection.is_signed),
            (Kind::Script, is_signed)
        );
    }
}

#[test]
fn other_files_are_not_for_authenticode() {
    assert_eq!(
        inspect_bytes(b"\x7fELF\x02\x01\x01 and so on").unwrap(),
        None
    );
    assert_eq!(inspect_bytes(b"").unwrap(), None);
}

proptest! {
    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..700), compound in any::<bool>()) {
        let mut file = if compound { b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec() } else { b"MZ".to_vec() };
        file.extend(bytes);
        let _ = inspect_bytes(&file);
    }

    #[test]
    fn a_changed_header_never_panics(position in 0..0x160_usize, value in any::<u8>()) {
        let mut file = tiny_pe(b"code");
        let position = position % file.len();
        file[position] = value;
        let _ = inspect_bytes(&file);
    }
}
