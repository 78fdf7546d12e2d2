//! The fuzz targets over their corpus and changed copies of it: not a search, but no target rots, and what once broke a
//! reader stays in the corpus.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../fuzz/targets.rs"]
mod targets;

use std::fs;
use std::path::Path;

/// Changed copies of each file of the corpus.
const COPIES: u64 = 100;

/// A small generator (xorshift64*), so that a failure comes back with the same number.
struct Generator(u64);

impl Generator {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Flips bytes, cuts, repeats, and writes large numbers where small ones were.
fn change(original: &[u8], seed: u64) -> Vec<u8> {
    let mut generator = Generator(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut bytes = original.to_vec();
    for _ in 0..=generator.below(8) {
        let position = generator.below(bytes.len());
        match generator.below(5) {
            0 | 1 => {
                if let Some(byte) = bytes.get_mut(position) {
                    *byte = generator.next() as u8;
                }
            }
            2 => bytes.truncate(position),
            3 => {
                let part = bytes[position..bytes.len().min(position + 64)].to_vec();
                bytes.splice(position..position, part);
            }
            _ => {
                let end = bytes.len().min(position + 4);
                bytes[position..end].fill(0xff);
            }
        }
    }
    bytes
}

fn smoke(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "the corpus of {name} is empty");
    target(b"");
    for file in files {
        let original = fs::read(&file).unwrap();
        target(&original);
        for seed in 1..=COPIES {
            let changed = change(&original, seed);
            let outcome = std::panic::catch_unwind(|| target(&changed));
            assert!(
                outcome.is_ok(),
                "{} changed with seed {seed} panics",
                file.display()
            );
        }
    }
}

#[test]
fn manifest() {
    smoke("manifest", targets::manifest);
}

#[test]
fn build_information() {
    smoke("build_information", targets::build_information);
}

#[test]
fn executable() {
    smoke("executable", targets::executable);
}

#[test]
fn msi() {
    smoke("msi", targets::msi);
}

#[test]
fn cabinet() {
    smoke("cabinet", targets::cabinet);
}

#[test]
fn icon() {
    smoke("icon", targets::icon);
}

#[test]
fn archive() {
    smoke("archive", targets::archive);
}

#[test]
fn tar_headers() {
    smoke("tar_headers", targets::tar_headers);
}

#[test]
fn zip_members() {
    smoke("zip_members", targets::zip_members);
}

#[test]
fn msi_streams() {
    smoke("msi_streams", targets::msi_streams);
}

#[test]
fn resources() {
    smoke("resources", targets::resources);
}

#[test]
fn release() {
    smoke("release", targets::release);
}
