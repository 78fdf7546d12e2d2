//! What kind of executable a file is, and for which architecture: by its headers, not by its name.
//!
//! Non-goal: the operating system. ELF does not tell it reliably.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use object::{elf, macho, pe};

use crate::format::input;
use crate::format::output::FileError;

/// The container of machine code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Container {
    /// Linux and most other Unix systems.
    Elf,
    /// Windows.
    Pe,
    /// macOS and iOS, one architecture.
    MachO,
    /// macOS, several architectures.
    MachOUniversal,
    /// WebAssembly.
    Wasm,
    /// AIX.
    Xcoff,
    /// Plan 9.
    Plan9,
}

/// An executable's container and its architectures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executable {
    /// The container.
    pub container: Container,
    /// GOARCH of each part, in the file's order; `unknown` for what Go has no name for.
    pub architectures: Vec<&'static str>,
}

/// The GOARCH of a machine that Go does not know.
const UNKNOWN: &str = "unknown";
/// More parts than any universal file has. A Java class file begins with the same four bytes, and then has its
/// version, 45 or more, where the count stands.
const MOST_PARTS: u32 = 30;

/// Reads the headers; `None` when the file is no executable.
pub fn identify(path: &Path) -> Result<Option<Executable>, FileError> {
    let mut file = input::open(path).map_err(FileError::on("open", path))?;
    read(&mut file).map_err(FileError::on("read", path))
}

/// As [`identify`], from the start of a reader.
pub fn read<R: Read + Seek>(file: &mut R) -> io::Result<Option<Executable>> {
    let mut head = Vec::new();
    file.by_ref().take(4096).read_to_end(&mut head)?;
    let Some(magic) = head.first_chunk::<4>() else {
        return Ok(None);
    };
    let one = |container, architecture| Executable {
        container,
        architectures: vec![architecture],
    };
    Ok(match magic {
        [0x7f, b'E', b'L', b'F'] => {
            elf_architecture(&head).map(|architecture| one(Container::Elf, architecture))
        }
        [b'M', b'Z', ..] => {
            pe_architecture(&head, file)?.map(|architecture| one(Container::Pe, architecture))
        }
        [0xcf | 0xce, 0xfa, 0xed, 0xfe] => u32_at(&head, 4, u32::from_le_bytes)
            .map(|cpu| one(Container::MachO, macho_architecture(cpu))),
        [0xca, 0xfe, 0xba, 0xbe] => universal(&head),
        [0, b'a', b's', b'm'] => Some(one(Container::Wasm, "wasm")),
        [0x01, 0xf7, ..] => Some(one(Container::Xcoff, "ppc64")),
        // a.out(6): (4 * n + 0) * n + 7 with n = 8, 11, 20, 26.
        [0, 0, 0x01, 0xeb] => Some(one(Container::Plan9, "386")),
        [0, 0, 0x06, 0x47] => Some(one(Container::Plan9, "arm")),
        [0, 0, 0x8a, 0x97] => Some(one(Container::Plan9, "amd64")),
        _ => None,
    })
}

fn u16_at(bytes: &[u8], at: usize, order: fn([u8; 2]) -> u16) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(order)
}

fn u32_at(bytes: &[u8], at: usize, order: fn([u8; 4]) -> u32) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(order)
}

fn elf_architecture(head: &[u8]) -> Option<&'static str> {
    let (class, little) = (*head.get(4)?, *head.get(5)? == elf::ELFDATA2LSB.0);
    let machine = u16_at(
        head,
        18,
        if little {
            u16::from_le_bytes
        } else {
            u16::from_be_bytes
        },
    )?;
    let wide = class == elf::ELFCLASS64.0;
    Some(match (elf::Machine(machine), wide, little) {
        (elf::EM_386, ..) => "386",
        (elf::EM_X86_64, ..) => "amd64",
        (elf::EM_ARM, ..) => "arm",
        (elf::EM_AARCH64, ..) => "arm64",
        (elf::EM_LOONGARCH, ..) => "loong64",
        (elf::EM_MIPS, false, false) => "mips",
        (elf::EM_MIPS, false, true) => "mipsle",
        (elf::EM_MIPS, true, false) => "mips64",
        (elf::EM_MIPS, true, true) => "mips64le",
        (elf::EM_PPC64, _, false) => "ppc64",
        (elf::EM_PPC64, _, true) => "ppc64le",
        (elf::EM_RISCV, true, _) => "riscv64",
        (elf::EM_S390, true, _) => "s390x",
        _ => UNKNOWN,
    })
}

fn pe_architecture<R: Read + Seek>(head: &[u8], file: &mut R) -> io::Result<Option<&'static str>> {
    let Some(offset) = u32_at(head, 0x3c, u32::from_le_bytes) else {
        return Ok(None);
    };
    let mut header = Vec::new();
    file.seek(SeekFrom::Start(u64::from(offset)))?;
    file.take(6).read_to_end(&mut header)?;
    if !header.starts_with(b"PE\0\0") {
        return Ok(None);
    }
    Ok(u16_at(&header, 4, u16::from_le_bytes).map(pe_machine))
}

/// The GOARCH of a PE file's `Machine`.
pub(super) fn pe_machine(machine: u16) -> &'static str {
    match pe::Machine(machine) {
        pe::IMAGE_FILE_MACHINE_I386 => "386",
        pe::IMAGE_FILE_MACHINE_AMD64 => "amd64",
        pe::IMAGE_FILE_MACHINE_ARMNT => "arm",
        pe::IMAGE_FILE_MACHINE_ARM64 => "arm64",
        _ => UNKNOWN,
    }
}

/// The GOARCH of a Mach-O file's `cputype`.
pub(super) fn macho_architecture(cpu: u32) -> &'static str {
    match macho::CpuType(cpu) {
        macho::CPU_TYPE_X86 => "386",
        macho::CPU_TYPE_X86_64 => "amd64",
        macho::CPU_TYPE_ARM => "arm",
        macho::CPU_TYPE_ARM64 => "arm64",
        _ => UNKNOWN,
    }
}

fn universal(head: &[u8]) -> Option<Executable> {
    let count =
        u32_at(head, 4, u32::from_be_bytes).filter(|count| (1..=MOST_PARTS).contains(count))?;
    let architectures = (0..count as usize)
        .map(|index| u32_at(head, 8 + index * 20, u32::from_be_bytes).map(macho_architecture))
        .collect::<Option<_>>()?;
    Some(Executable {
        container: Container::MachOUniversal,
        architectures,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn identified(bytes: &[u8]) -> Option<Executable> {
        read(&mut Cursor::new(bytes)).expect("readable")
    }

    #[test]
    fn nothing_else_is_taken_for_an_executable() {
        let java = [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61, 0, 0];
        let dos = [b"MZ".as_slice(), &[0; 100]].concat();
        for bytes in [
            b"".as_slice(),
            b"MZ",
            b"#!/bin/sh\n",
            b"\x7fELF",
            &java,
            &dos,
        ] {
            assert_eq!(identified(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn the_test_itself_is_recognised() {
        let own = std::env::current_exe().expect("a path");
        let found = identify(&own).expect("readable").expect("an executable");
        let expected = if cfg!(target_arch = "x86_64") {
            "amd64"
        } else {
            "arm64"
        };
        assert_eq!(found.architectures, [expected]);
    }

    #[test]
    fn byte_order_tells_mips_apart() {
        let mut head = [0; 64];
        head[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1]);
        head[18] = 8;
        assert_eq!(identified(&head).expect("ELF").architectures, ["mips64le"]);
        (head[5], head[18], head[19]) = (2, 0, 8);
        assert_eq!(identified(&head).expect("ELF").architectures, ["mips64"]);
        head[4] = 1;
        assert_eq!(identified(&head).expect("ELF").architectures, ["mips"]);
    }
}
