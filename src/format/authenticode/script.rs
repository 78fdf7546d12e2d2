//! PowerShell scripts: the hash is over the text before the signature, in UTF-16LE with its byte order mark if there is
//! one; the signature is a block of comments at the end.
//!
//! Microsoft does not publish the scheme; it is known from the signing tools osslsigncode and jsign, which agree.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Inspection, Kind, damaged};

const MARKER: &str = "# SIG # Begin signature block";
const END_MARKER: &str = "# SIG # End signature block";
const LINE_FEED: u16 = b'\n' as u16;
const CARRIAGE_RETURN: u16 = b'\r' as u16;
/// No script is longer; it is read at once.
const LONGEST: u64 = 16 << 20;

/// Whether the name is that of a PowerShell script.
pub fn is_script(path: &Path) -> bool {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    ["ps1", "psm1", "psd1"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

/// Reads a script in UTF-8 or UTF-16LE; one in a code page has no digest that is the same on every machine.
pub(super) fn inspect<R: Read + Seek>(file: &mut R) -> io::Result<Inspection> {
    let bytes = bytes(file)?;
    let text = decoded(&bytes);
    let units = text.clone().unwrap_or_else(|| undecoded(&bytes));
    let signature = signature(&units);
    let digest = text.map(|mut units| {
        units.truncate(signature.unwrap_or(units.len()));
        let bytes: Vec<u8> = units.into_iter().flat_map(u16::to_le_bytes).collect();
        Sha256::digest(bytes).into()
    });
    Ok(Inspection {
        kind: Kind::Script,
        is_signed: signature.is_some(),
        digest,
    })
}

/// The base64 text of a signature block, without its line ends; `None` without a block.
///
/// # Errors
/// When the block is anything but comments, or not the end of the script: PowerShell would run that, and no digest
/// covers it.
pub(super) fn block<R: Read + Seek>(file: &mut R) -> io::Result<Option<String>> {
    let bytes = bytes(file)?;
    let units = decoded(&bytes).unwrap_or_else(|| undecoded(&bytes));
    let Some(start) = signature(&units) else {
        return Ok(None);
    };
    let text = String::from_utf16_lossy(&units[start..]);
    let mut lines = text.trim_start_matches(['\r', '\n']).lines().skip(1);
    let mut block = String::new();
    loop {
        let line = lines
            .next()
            .ok_or_else(|| damaged("its signature block has no end"))?;
        if line == END_MARKER {
            break;
        }
        let part = line
            .strip_prefix("# ")
            .ok_or_else(|| damaged("its signature block holds more than comments"))?;
        block.push_str(part);
    }
    if lines.next().is_some() {
        return Err(damaged("it has text after its signature block"));
    }
    Ok(Some(block))
}

fn bytes<R: Read + Seek>(file: &mut R) -> io::Result<Vec<u8>> {
    if file.seek(SeekFrom::End(0))? > LONGEST {
        return Err(damaged("it is too long for a script"));
    }
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What is not text: a look for the block is all that can be done.
fn undecoded(bytes: &[u8]) -> Vec<u16> {
    bytes.iter().copied().map(u16::from).collect()
}

/// The text in UTF-16, with its byte order mark.
fn decoded(bytes: &[u8]) -> Option<Vec<u16>> {
    if bytes.starts_with(&[0xff, 0xfe]) {
        let pairs = bytes.chunks_exact(2);
        let is_whole = pairs.remainder().is_empty();
        return is_whole.then(|| {
            pairs
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect()
        });
    }
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.encode_utf16().collect())
}

/// Where the signature begins: with the end of the line before its first one.
fn signature(units: &[u16]) -> Option<usize> {
    let marker: Vec<u16> = MARKER.encode_utf16().collect();
    let line = units
        .windows(marker.len() + 1)
        .position(|window| window[0] == LINE_FEED && window[1..] == marker)?;
    let before = units[..line].last() == Some(&CARRIAGE_RETURN);
    Some(line - usize::from(before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn inspected(bytes: &[u8]) -> Inspection {
        inspect(&mut Cursor::new(bytes)).unwrap()
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn the_block_does_not_count_but_its_text_elsewhere_does() {
        let plain = inspected("'Grüße'\r\n".as_bytes());
        let expected: [u8; 32] = Sha256::digest(utf16("'Grüße'\r\n")).into();
        assert_eq!((plain.is_signed, plain.digest), (false, Some(expected)));
        for end in ["\r\n", "\n"] {
            let signed = format!("'Grüße'\r\n{end}{MARKER}{end}# MIIx{end}");
            assert_eq!(
                inspected(signed.as_bytes()),
                Inspection {
                    is_signed: true,
                    ..plain
                }
            );
        }
        let quoted = inspected(format!("'{MARKER}'\r\n").as_bytes());
        assert!(!quoted.is_signed);
    }

    #[test]
    fn the_encoding_does_not_count_but_the_byte_order_mark_does() {
        let text = "\u{feff}'Grüße'\r\n";
        let marked = inspected(text.as_bytes());
        assert_eq!(inspected(&utf16(text)), marked);
        assert_ne!(inspected("'Grüße'\r\n".as_bytes()).digest, marked.digest);
    }

    #[test]
    fn a_code_page_gives_no_digest_and_the_block_is_seen_all_the_same() {
        let found = inspected(
            format!("'Gr\u{fc}'\n{MARKER}\n")
                .chars()
                .map(|c| c as u8)
                .collect::<Vec<_>>()
                .as_slice(),
        );
        assert_eq!((found.is_signed, found.digest), (true, None));
    }
}
