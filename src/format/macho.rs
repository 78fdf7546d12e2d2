//! Mach-O universal files: several architectures in one, as `lipo -create` makes them.
//!
//! Each part is copied as it is, so that its code signature (the go tool signs arm64 ad hoc) stays valid: the
//! signature counts from the part's own start. The result depends on the parts alone.
//!
//! Non-goals: the 64-bit universal header (parts over 4 GiB), signing, changing a part.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use object::macho;
use thiserror::Error;

use super::executable::macho_architecture;
use crate::format::input;
use crate::format::output::{Digests, FileError, Output, Written};

/// `fat_header` and one `fat_arch` (`<mach-o/fat.h>`).
const HEADER: u64 = 8;
const ARCH: u64 = 20;

/// Why no universal file was made.
#[derive(Debug, Error)]
pub enum UniversalError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A part is no Mach-O file of one 64-bit architecture.
    #[error("`{}` is not a 64-bit Mach-O file of one architecture", .0.display())]
    NotThin(PathBuf),
    /// Two parts have the same architecture.
    #[error("`{}` and `{}` are both for {architecture}", first.display(), second.display())]
    SameArchitecture {
        /// The GOARCH.
        architecture: &'static str,
        /// One part.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// The parts have over 4 GiB together.
    #[error("the parts are over 4 GiB together, more than a universal file can hold")]
    TooLarge,
    /// A part was written to while it was copied.
    #[error("`{}` changed while it was copied", .0.display())]
    Changed(PathBuf),
}

/// A thin file with its place in the universal one.
#[derive(Debug)]
struct Part<'a> {
    path: &'a Path,
    cpu_type: u32,
    cpu_subtype: u32,
    size: u64,
    offset: u64,
}

impl Part<'_> {
    /// The page size of the processor, as a power of two: the kernel maps the part from its start.
    fn alignment(&self) -> u32 {
        match macho::CpuType(self.cpu_type) {
            macho::CPU_TYPE_ARM64 => 14,
            _ => 12,
        }
    }
}

/// Writes a universal file of thin ones, in whichever order they are given.
pub fn write_universal(
    parts: &[&Path],
    output: &Path,
    digests: Digests,
) -> Result<Written, UniversalError> {
    let parts = arrange(parts)?;
    let mut writer = Output::create_executable(output, digests)?;
    emit(&parts, output, &mut writer)?;
    Ok(writer.finish()?)
}

fn arrange<'a>(paths: &[&'a Path]) -> Result<Vec<Part<'a>>, UniversalError> {
    let mut parts = paths
        .iter()
        .map(|path| open(path))
        .collect::<Result<Vec<_>, _>>()?;
    // lipo's order: by alignment, then by processor.
    parts.sort_by_key(|part| (part.alignment(), part.cpu_type));
    for pair in parts.windows(2) {
        if pair[0].cpu_type == pair[1].cpu_type {
            return Err(UniversalError::SameArchitecture {
                architecture: macho_architecture(pair[0].cpu_type),
                first: pair[0].path.to_owned(),
                second: pair[1].path.to_owned(),
            });
        }
    }
    let mut end = HEADER + ARCH * parts.len() as u64;
    for part in &mut parts {
        part.offset = end.next_multiple_of(1 << part.alignment());
        end = part.offset + part.size;
    }
    if end > u64::from(u32::MAX) {
        return Err(UniversalError::TooLarge);
    }
    Ok(parts)
}

fn open(path: &Path) -> Result<Part<'_>, UniversalError> {
    let mut file = input::open(path).map_err(FileError::on("open", path))?;
    let size = file.metadata().map_err(FileError::on("read", path))?.len();
    let mut header = [0; 12];
    match file.read_exact(&mut header) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return Err(UniversalError::NotThin(path.to_owned()));
        }
        read => read.map_err(FileError::on("read", path))?,
    }
    let word = |at: usize| {
        u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    if word(0) != macho::MH_MAGIC_64 {
        return Err(UniversalError::NotThin(path.to_owned()));
    }
    Ok(Part {
        path,
        cpu_type: word(4),
        cpu_subtype: word(8),
        size,
        offset: 0,
    })
}

fn emit(parts: &[Part], output: &Path, writer: &mut Output) -> Result<(), UniversalError> {
    let fail = |error| FileError::on("write", output)(error);
    let mut header = Vec::new();
    // Neither the count of parts nor an offset exceeds 32 bits: `arrange` has checked it.
    let words = [macho::FAT_MAGIC, parts.len() as u32]
        .into_iter()
        .chain(parts.iter().flat_map(|part| {
            let (offset, size) = (part.offset as u32, part.size as u32);
            [
                part.cpu_type,
                part.cpu_subtype,
                offset,
                size,
                part.alignment(),
            ]
        }));
    words.for_each(|word| header.extend_from_slice(&word.to_be_bytes()));
    writer.write_all(&header).map_err(fail)?;
    let mut position = header.len() as u64;
    for part in parts {
        io::copy(&mut io::repeat(0).take(part.offset - position), writer).map_err(fail)?;
        let file = input::open(part.path).map_err(FileError::on("open", part.path))?;
        let copied = io::copy(&mut file.take(part.size + 1), writer).map_err(fail)?;
        if copied != part.size {
            return Err(UniversalError::Changed(part.path.to_owned()));
        }
        position = part.offset + part.size;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thin(folder: &Path, name: &str, cpu: macho::CpuType, size: usize) -> PathBuf {
        let mut bytes = vec![7; size];
        bytes[..4].copy_from_slice(&macho::MH_MAGIC_64.to_le_bytes());
        bytes[4..8].copy_from_slice(&cpu.0.to_le_bytes());
        let path = folder.join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }

    #[test]
    fn the_order_of_the_parts_does_not_matter() {
        let folder = tempfile::tempdir().expect("a folder");
        let arm = thin(folder.path(), "arm64", macho::CPU_TYPE_ARM64, 20_001);
        let intel = thin(folder.path(), "amd64", macho::CPU_TYPE_X86_64, 5_003);
        let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
        let first = write_universal(&[&arm, &intel], &one, Digests::Sha256).expect("written");
        let second = write_universal(&[&intel, &arm], &two, Digests::Sha256).expect("written");
        assert_eq!(first, second);
        // 0x1000 + 5003 is below the next 16 KiB page.
        assert_eq!(first.size, 0x4000 + 20_001);
        let found = super::super::executable::identify(&one)
            .expect("read")
            .expect("universal");
        assert_eq!(found.architectures, ["amd64", "arm64"]);
    }

    #[test]
    fn refuses_what_is_not_thin_or_twice_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let arm = thin(folder.path(), "a", macho::CPU_TYPE_ARM64, 100);
        let twin = thin(folder.path(), "b", macho::CPU_TYPE_ARM64, 100);
        let output = folder.path().join("out");
        let same = write_universal(&[&arm, &twin], &output, Digests::Sha256);
        assert!(
            matches!(
                same,
                Err(UniversalError::SameArchitecture {
                    architecture: "arm64",
                    ..
                })
            ),
            "{same:?}"
        );
        for content in [b"".as_slice(), b"\xca\xfe\xba\xbe\0\0\0\x02\0\0\0\0\0\0"] {
            std::fs::write(&twin, content).expect("written");
            let refused = write_universal(&[&arm, &twin], &output, Digests::Sha256);
            assert!(
                matches!(refused, Err(UniversalError::NotThin(_))),
                "{refused:?}"
            );
        }
        assert!(!output.exists());
    }
}
