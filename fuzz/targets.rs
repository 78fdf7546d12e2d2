//! What is fuzzed: every reader of files that somebody else may have made. An error is an answer; a panic, an endless
//! loop or a huge allocation is a bug.
//!
//! Run by `cargo +nightly fuzz run NAME`, and over the corpus and changed copies of it by `cargo test --test fuzz`.
#![allow(dead_code, reason = "each fuzz target uses one function")]

use std::io::{Cursor, Read, Write};
use std::path::Path;

#[path = "builders.rs"]
mod builders;

use gorelease::format::cab::check_layout;
use gorelease::format::{archive, authenticode, buildinfo, executable as headers, icon, pe};

/// `release.toml`.
pub fn manifest(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = gorelease::manifest::parse(text);
    }
}

/// Build information of a Go executable.
pub fn build_information(data: &[u8]) {
    let _ = buildinfo::slices(Cursor::new(data));
}

/// Headers, Authenticode digest and resources of an executable.
pub fn executable(data: &[u8]) {
    let _ = headers::read(&mut Cursor::new(data));
    let _ = authenticode::inspect_binary(Cursor::new(data));
    in_file(data, "x.exe", |path| {
        let _ = pe::version::read(path);
    });
}

/// Tables, rules and cabinet of a Windows Installer package.
pub fn msi(data: &[u8]) {
    let _ = authenticode::inspect_binary(Cursor::new(data));
    in_file(data, "x.msi", |path| {
        let _ = gorelease::package::msi::check(path);
    });
}

/// A cabinet, as the check of a package reads it.
pub fn cabinet(data: &[u8]) {
    if check_layout(Cursor::new(data)).is_err() {
        return;
    }
    let Ok(mut cabinet) = cab::Cabinet::new(Cursor::new(data)) else {
        return;
    };
    let names: Vec<String> = cabinet
        .folder_entries()
        .flat_map(|folder| folder.file_entries())
        .map(|file| file.name().to_owned())
        .collect();
    for name in names {
        if let Ok(mut reader) = cabinet.read_file(&name) {
            let _ = std::io::copy(&mut reader.by_ref().take(1 << 20), &mut std::io::sink());
        }
    }
}

/// An icon, ICO or PNG.
pub fn icon(data: &[u8]) {
    let _ = icon::Icon::decode(data);
}

/// A zip or tar archive, under each of its names.
pub fn archive(data: &[u8]) {
    for format in archive::Format::ALL {
        in_file(data, "x", |path| {
            let _ = archive::visit(path, format, &mut |_, _, reader| {
                let _ = std::io::copy(&mut reader.take(1 << 20), &mut std::io::sink());
                Ok(())
            });
        });
    }
}

/// A tar archive with arbitrary members, long names and extended headers among them.
pub fn tar_headers(data: &[u8]) {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    let _ = packed.write_all(&builders::tar(data));
    visit(&packed.finish().unwrap_or_default(), archive::Format::TarGz);
}

/// A zip archive whose members lie anywhere, also over one another.
pub fn zip_members(data: &[u8]) {
    visit(&builders::zip(data), archive::Format::Zip);
}

fn visit(bytes: &[u8], format: archive::Format) {
    in_file(bytes, "x", |path| {
        let _ = archive::visit(path, format, &mut |_, _, reader| {
            let _ = std::io::copy(&mut reader.take(1 << 20), &mut std::io::sink());
            Ok(())
        });
    });
}

/// A Windows Installer package with one stream replaced: string pool, tables, cabinet or summary.
pub fn msi_streams(data: &[u8]) {
    if let Some(package) = builders::msi(include_bytes!("corpus/msi/small.msi"), data) {
        msi(&package);
    }
}

/// The resources of an executable.
pub fn resources(data: &[u8]) {
    in_file(&builders::pe(data), "x.exe", |path| {
        let _ = pe::read_resources(path);
        let _ = pe::version::read(path);
    });
}

/// A whole release folder. Each file is `name newline length-in-two-bytes content`. With an odd first byte the digests are
/// made right first, so that what the files say of one another is reached.
pub fn release(data: &[u8]) {
    let Some((repair, files)) = data.split_first() else {
        return;
    };
    let Ok(folder) = tempfile::tempdir() else {
        return;
    };
    builders::unpack(files, folder.path());
    if repair % 2 == 1 {
        builders::repair(folder.path());
    }
    let _ = gorelease::verify::verify(folder.path(), &Default::default());
    let _ = gorelease::verify::verify_folder(folder.path(), &Default::default());
}

/// Some readers want a file.
fn in_file(data: &[u8], name: &str, read: impl FnOnce(&Path)) {
    let Ok(folder) = tempfile::tempdir() else {
        return;
    };
    let path = folder.path().join(name);
    let written = std::fs::File::create(&path).and_then(|mut file| file.write_all(data));
    if written.is_ok() {
        read(&path);
    }
}
