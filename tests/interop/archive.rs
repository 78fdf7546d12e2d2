//! Archives, read by Info-ZIP, GNU tar and Python.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use gorelease::format::archive::{Archive, Entry, Format, Options, Source, list};
use gorelease::format::output::Digests;
use tempfile::TempDir;

use crate::support::require_tool;
use crate::tools::run;

const LONG: &str = "a-rather-long-folder-name-that-goes-on-and-on-and-on-until-ustar-has-no-room-for-it-any-more-/a-rather-long-file-name-that-goes-on-and-on-and-on-until-ustar-has-no-room-for-it-any-more.txt";

fn write(folder: &TempDir, format: Format, level: u8, entries: Vec<Entry>) -> PathBuf {
    let path = folder.path().join(format!("x.{}", format.extension()));
    let options = Options {
        format,
        level,
        modified: 1_700_000_001,
        digests: Digests::Sha256,
    };
    let archive = Archive::new(entries).expect("safe names");
    archive.write(&path, &options, &|| false).expect("written");
    path
}

fn entry(name: &str, mode: u32, source: Source) -> Entry {
    Entry {
        name: name.to_owned(),
        mode,
        source,
    }
}

fn sample() -> Vec<Entry> {
    let bytes = |text: &str| Source::Bytes(text.as_bytes().to_vec());
    vec![
        entry("app/tool", 0o755, bytes(&"executable ".repeat(20_000))),
        entry("app/README.md", 0o644, bytes("read me\n")),
        entry("app/说明 é.txt", 0o600, bytes("你好\n")),
        entry("app/empty", 0o644, bytes("")),
        entry(LONG, 0o644, bytes("long")),
    ]
}

#[test]
fn info_zip_tests_and_unpacks() {
    let Some(unzip) = require_tool("unzip") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    for level in [0, 6, 9] {
        let path = write(&folder, Format::Zip, level, sample());
        let said = run(Command::new(&unzip).arg("-t").arg(&path));
        assert!(said.contains("No errors detected"), "{said}");
        let out = folder.path().join(format!("out{level}"));
        run(Command::new(&unzip)
            .env("LC_ALL", "C.UTF-8")
            .arg("-q")
            .arg(&path)
            .arg("-d")
            .arg(&out));
        compare(&out);
    }
}

#[test]
fn gnu_tar_unpacks() {
    let Some(tar) = require_tool("tar") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    for format in [Format::TarGz, Format::TarXz, Format::TarZst] {
        let path = write(&folder, format, 6, sample());
        let listed = run(Command::new(&tar)
            .args(["--numeric-owner", "--utc", "-tvf"])
            .arg(&path));
        assert!(
            listed.lines().any(|line| line.starts_with("-rwxr-xr-x 0/0")
                && line.ends_with("2023-11-14 22:13 app/tool")),
            "{listed}"
        );
        let out = folder.path().join(format.extension());
        std::fs::create_dir(&out).expect("made");
        run(Command::new(&tar).arg("-xf").arg(&path).arg("-C").arg(&out));
        compare(&out);
    }
}

/// What lies in `folder` is the sample.
fn compare(folder: &Path) {
    for entry in sample() {
        let path = folder.join(&entry.name);
        let Source::Bytes(expected) = entry.source else {
            unreachable!("sample() has bytes only")
        };
        assert!(
            std::fs::read(&path).expect("unpacked") == expected,
            "{}",
            path.display()
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path)
                .expect("unpacked")
                .permissions()
                .mode()
                & 0o777;
            assert_eq!(mode & 0o700, entry.mode & 0o700, "{}", path.display());
        }
    }
}

#[test]
fn python_reads_names_modes_and_times() {
    let Some(python) = require_tool("python3") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let zip = write(&folder, Format::Zip, 6, sample());
    let said = run(Command::new(&python)
        .arg("-c")
        .arg(
            "import sys, zipfile\n\
             z = zipfile.ZipFile(sys.argv[1])\n\
             assert z.testzip() is None\n\
             for i in z.infolist():\n\
             \tprint(ascii(i.filename), oct(i.external_attr >> 16), i.create_system, i.date_time, i.flag_bits & 0x800)",
        )
        .arg(&zip));
    assert!(
        said.contains("'app/tool' 0o100755 3 (2023, 11, 14, 22, 13, 20) 0\n"),
        "{said}"
    );
    assert!(
        said.contains(
            "'app/\\u8bf4\\u660e \\xe9.txt' 0o100600 3 (2023, 11, 14, 22, 13, 20) 2048\n"
        ),
        "{said}"
    );
    let tar = write(&folder, Format::TarGz, 6, sample());
    let said = run(Command::new(&python)
        .arg("-c")
        .arg(
            "import sys, tarfile\n\
             for i in tarfile.open(sys.argv[1]):\n\
             \tprint(ascii(i.name), oct(i.mode), i.mtime, i.uid, i.gid, repr(i.uname), i.size)",
        )
        .arg(&tar));
    assert!(
        said.contains("'app/tool' 0o755 1700000001 0 0 '' 220000\n"),
        "{said}"
    );
    assert!(
        said.contains("'app/\\u8bf4\\u660e \\xe9.txt' 0o600 1700000001 0 0 '' 7\n"),
        "{said}"
    );
    assert!(said.contains(&format!("'{LONG}'")), "{said}");
}

/// A file over 4 GiB needs zip64. Sparse, so that it costs time only for a deflated zip, for a stored one the disk as
/// well.
#[test]
#[ignore = "slow: packs more than 4 GiB several times"]
fn files_over_four_gibibytes() {
    let (Some(unzip), Some(tar)) = (require_tool("unzip"), require_tool("tar")) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let big = folder.path().join("big");
    let size = (4 << 30) + 12_345;
    File::create(&big)
        .and_then(|file| file.set_len(size))
        .expect("a sparse file");
    let entries = || {
        vec![
            entry("big.bin", 0o644, Source::File(big.clone())),
            entry("small.txt", 0o644, Source::Bytes(b"after it".to_vec())),
        ]
    };
    for (format, level) in [
        (Format::Zip, 1),
        (Format::Zip, 0),
        (Format::TarZst, 1),
        (Format::TarGz, 1),
    ] {
        let path = write(&folder, format, level, entries());
        let members = list(&path, format).expect("listed");
        assert_eq!((members[0].size, members.len()), (size, 2));
        let said = match format {
            Format::Zip => run(Command::new(&unzip).arg("-l").arg(&path)),
            Format::TarGz | Format::TarXz | Format::TarZst => {
                run(Command::new(&tar).arg("-tvf").arg(&path))
            }
        };
        assert!(
            said.contains(&size.to_string()) && said.contains("small.txt"),
            "{said}"
        );
        if (format, level) == (Format::Zip, 1) {
            let said = run(Command::new(&unzip).arg("-t").arg(&path));
            assert!(said.contains("No errors detected"), "{said}");
        }
        std::fs::remove_file(path).expect("removed");
    }
}
