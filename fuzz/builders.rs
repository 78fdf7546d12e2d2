//! Files around fuzzed bytes: headers and checksums are right, so that the readers get past them to what is fuzzed.

use std::fs;
use std::io::{Cursor, Read, Seek, Write};
use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

const BLOCK: usize = 512;

/// A tar archive. Each member is `kind size-change length payload`: the type flag, what is added to the size in the header,
/// and the payload with its length in one byte (in blocks of 64 bytes).
pub fn tar(mut data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let [kind, lie, length, rest @ ..] = data {
        let (payload, rest) = rest.split_at(rest.len().min(usize::from(*length) * 64));
        let size = (payload.len() as u64).saturating_add(u64::from(*lie).pow(4));
        let mut header = [0_u8; BLOCK];
        header[..6].copy_from_slice(b"member");
        header[100..107].copy_from_slice(b"0000644");
        header[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
        header[136..147].copy_from_slice(b"00000000000");
        header[156] = b"xLKgS05"[usize::from(kind % 7)];
        header[257..265].copy_from_slice(b"ustar\x0000");
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        out.extend(header);
        out.extend(payload);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
        data = rest;
    }
    out.resize(out.len() + 2 * BLOCK, 0);
    out
}

/// A zip archive whose central directory has an entry for each ten bytes after the first: where the local header is, sizes, CRC and method.
/// The rest is what they point into.
pub fn zip(data: &[u8]) -> Vec<u8> {
    let (count, rest) = data
        .split_first()
        .map_or((0, data), |(n, rest)| (usize::from(*n), rest));
    let (fields, body) = rest.split_at(rest.len().min(count * 10));
    let mut out = body.to_vec();
    let start = out.len() as u32;
    let mut entries = 0_u16;
    for field in fields.chunks_exact(10) {
        let two = |at: usize| u32::from(u16::from_le_bytes([field[at], field[at + 1]]));
        let name = format!("{entries:04}");
        out.extend(b"PK\x01\x02\x14\0\x14\0\0\0");
        out.extend([if field[8] & 1 == 0 { 0 } else { 8 }, 0, 0, 0, 0x21, 0]);
        out.extend(two(6).to_le_bytes());
        out.extend(two(2).to_le_bytes());
        out.extend(two(4).to_le_bytes());
        out.extend((name.len() as u16).to_le_bytes());
        out.extend([0; 12]);
        out.extend((two(0) % start.max(1)).to_le_bytes());
        out.extend(name.as_bytes());
        entries += 1;
    }
    let size = out.len() as u32 - start;
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(entries.to_le_bytes());
    out.extend(entries.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// A 64-bit executable whose only section holds these resources.
pub fn pe(resources: &[u8]) -> Vec<u8> {
    const SECTION: u32 = 0x1000;
    let length = resources.len() as u32;
    let mut out = vec![0_u8; 0x200];
    out[..2].copy_from_slice(b"MZ");
    out[0x3c] = 0x40;
    out[0x40..0x44].copy_from_slice(b"PE\0\0");
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    put(0x44, &0x8664_u16.to_le_bytes());
    put(0x46, &1_u16.to_le_bytes());
    put(0x54, &240_u16.to_le_bytes());
    put(0x56, &0x22_u16.to_le_bytes());
    put(0x58, &0x20b_u16.to_le_bytes());
    put(0x58 + 32, &0x1000_u32.to_le_bytes());
    put(0x58 + 36, &0x200_u32.to_le_bytes());
    put(
        0x58 + 56,
        &(SECTION + length.next_multiple_of(0x1000)).to_le_bytes(),
    );
    put(0x58 + 60, &0x200_u32.to_le_bytes());
    put(0x58 + 108, &16_u32.to_le_bytes());
    put(0x58 + 112 + 16, &SECTION.to_le_bytes());
    put(0x58 + 112 + 20, &length.to_le_bytes());
    let section = 0x58 + 240;
    put(section, b".rsrc\0\0\0");
    put(section + 8, &length.to_le_bytes());
    put(section + 12, &SECTION.to_le_bytes());
    put(section + 16, &length.next_multiple_of(0x200).to_le_bytes());
    put(section + 20, &0x200_u32.to_le_bytes());
    put(section + 36, &0x4000_0040_u32.to_le_bytes());
    out.extend(resources);
    out.resize(out.len().next_multiple_of(0x200), 0);
    out
}

/// The small package of the corpus with one of its streams (the first byte says which) replaced by the other bytes.
pub fn msi(package: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let (which, content) = data.split_first()?;
    let mut file = cfb::CompoundFile::open(Cursor::new(package.to_vec())).ok()?;
    let streams: Vec<_> = file
        .walk()
        .filter(|entry| entry.is_stream())
        .map(|entry| entry.path().to_owned())
        .collect();
    let path = streams.get(usize::from(*which) % streams.len().max(1))?;
    let mut stream = file.create_stream(path).ok()?;
    stream.write_all(content).ok()?;
    drop(stream);
    file.flush().ok()?;
    let mut bytes = Vec::new();
    let mut inner = file.into_inner();
    inner.rewind().ok()?;
    inner.read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Writes the files of a folder: each is a name, a newline, the length in two bytes, and the content.
pub fn unpack(mut data: &[u8], folder: &Path) {
    while let Some(end) = data.iter().position(|byte| *byte == b'\n') {
        let name = String::from_utf8_lossy(&data[..end]).into_owned();
        let [low, high, rest @ ..] = &data[end + 1..] else {
            return;
        };
        let length = rest
            .len()
            .min(usize::from(u16::from_le_bytes([*low, *high])));
        let path = folder.join(&name);
        let is_inside = !name.contains("..") && path.starts_with(folder) && !name.contains('\0');
        if is_inside
            && path
                .parent()
                .is_some_and(|parent| fs::create_dir_all(parent).is_ok())
        {
            let _ = fs::write(&path, &rest[..length]);
        }
        data = &rest[length..];
    }
}

/// Writes the right sizes and digests into `artifacts.json`, and a right `SHA256SUMS`.
pub fn repair(folder: &Path) {
    let metadata = folder.join("artifacts.json");
    let Ok(Ok(mut release)) =
        fs::read(&metadata).map(|text| serde_json::from_slice::<Value>(&text))
    else {
        return;
    };
    let mut sums = String::new();
    let artifacts = release.get_mut("artifacts").and_then(Value::as_array_mut);
    for artifact in artifacts.into_iter().flatten() {
        let name = artifact["name"].as_str().unwrap_or_default().to_owned();
        if let Ok(content) = fs::read(folder.join(&name)) {
            artifact["size"] = content.len().into();
            artifact["sha256"] = digest(&content).into();
            sums += &format!("{}  {name}\n", digest(&content));
        }
    }
    let text = release.to_string();
    sums += &format!("{}  artifacts.json\n", digest(text.as_bytes()));
    let _ = fs::write(metadata, text);
    let _ = fs::write(folder.join("SHA256SUMS"), sums);
}

fn digest(bytes: &[u8]) -> String {
    gorelease::format::output::hex(&Sha256::digest(bytes))
}
