//! PowerShell scripts: the signature is a block of comments at the end.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

const MARKER: &[u8] = b"# SIG # Begin signature block";
/// More than any signature block is long, in UTF-16.
const TAIL: u64 = 256 << 10;

pub(super) fn is_script(path: &Path) -> bool {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    ["ps1", "psm1", "psd1", "ps1xml"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

/// Looks for the block's first line, in UTF-8 or UTF-16.
pub(super) fn is_signed<R: Read + Seek>(file: &mut R) -> io::Result<bool> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.by_ref().take(TAIL).read_to_end(&mut tail)?;
    tail.retain(|byte| *byte != 0);
    Ok(tail.windows(MARKER.len()).any(|window| window == MARKER))
}
