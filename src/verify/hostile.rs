//! Folders made to keep the verifier waiting or to end it: every one gives an error or a finding, soon.

use std::ffi::CString;
use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::format::output::sha256_hex;
use crate::step::metadata::FILE_NAME;

const PROVENANCE: &str = "x.intoto.json";
const SBOM: &str = "x.cdx.json";
const ARCHIVE: &str = "x.zip";
const PACKAGE: &str = "x.msi";
const DESCRIPTION: &str = "deployment.json";

/// A small release; its files need not be sound.
fn release(folder: &Path) {
    let small = include_bytes!("../../fuzz/corpus/msi/null-in-columns.msi");
    let files: [(&str, &str, &[u8]); 5] = [
        (PROVENANCE, "provenance", b"{}"),
        (SBOM, "sbom", b"{}"),
        (ARCHIVE, "archive", b"no zip"),
        (PACKAGE, "msi", small),
        (DESCRIPTION, "deployment", b"{}"),
    ];
    let artifacts: Vec<_> = files
        .iter()
        .map(|(name, kind, bytes)| {
            fs::write(folder.join(name), bytes).unwrap();
            json!({"name": name, "kind": kind, "size": bytes.len(), "sha256": sha256_hex(bytes)})
        })
        .collect();
    let description = json!({
        "schema": 1, "gorelease": "0", "artifacts": artifacts, "checksums": ["SHA256SUMS"],
        "release": {
            "name": "x", "title": "x", "manufacturer": "x", "description": "x", "version": "1.0.0",
            "kind": "release", "version-origin": "tag", "timestamp": 0, "manifest-sha256": "",
        },
    });
    fs::write(folder.join(FILE_NAME), description.to_string()).unwrap();
    fs::write(folder.join("SHA256SUMS"), "").unwrap();
}

/// Every way to verify the folder ends within the time, and not well.
fn ends(what: &str, folder: &Path) {
    let (sender, receiver) = mpsc::channel();
    let place = folder.to_owned();
    std::thread::spawn(move || {
        let options = Options::default();
        let whole = verify(&place, &options).and_then(Verification::into_result);
        let sums = verify_folder(&place, &options).and_then(Verification::into_result);
        let file = place.join(ARCHIVE);
        let single = verify_file(&file, &options).and_then(Verification::into_result);
        sender.send([whole, sums, single].map(|result| result.is_err()))
    });
    let results = receiver.recv_timeout(Duration::from_secs(20));
    let results = results.unwrap_or_else(|_| panic!("{what}: no end"));
    assert_eq!(results, [true; 3], "{what}");
}

#[test]
fn nothing_but_a_regular_file_is_read() {
    type Replace = fn(&Path);
    let fifo: Replace = |path| {
        let path = CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: a path that ends with a NUL, and lives as long as the call.
        assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
    };
    let endless: Replace = |path| std::os::unix::fs::symlink("/dev/zero", path).unwrap();
    let circle: Replace = |path| std::os::unix::fs::symlink(path, path).unwrap();
    for (kind, replace) in [("FIFO", fifo), ("device", endless), ("circle", circle)] {
        for name in [
            FILE_NAME,
            PROVENANCE,
            SBOM,
            ARCHIVE,
            PACKAGE,
            DESCRIPTION,
            "SHA256SUMS",
            "SHA512SUMS",
            "further",
        ] {
            let folder = tempfile::tempdir().unwrap();
            release(folder.path());
            let path = folder.path().join(name);
            let _ = fs::remove_file(&path);
            replace(&path);
            ends(&format!("{kind} as {name}"), folder.path());
        }
    }
}

#[test]
fn each_fault_is_found_beside_one_that_a_reader_does_not_survive() {
    let folder = tempfile::tempdir().unwrap();
    release(folder.path());
    let found = verify(folder.path(), &Options::default()).unwrap().findings;
    for name in [PROVENANCE, SBOM, ARCHIVE, PACKAGE, DESCRIPTION] {
        assert!(
            found.iter().any(|finding| finding.file.starts_with(name)),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn names_and_folders_have_limits() {
    let folder = tempfile::tempdir().unwrap();
    release(folder.path());
    let deep = folder.path().join("d/".repeat(100));
    fs::create_dir_all(deep).unwrap();
    let text = fs::read_to_string(folder.path().join(FILE_NAME)).unwrap();
    for name in [
        "../x",
        "/x",
        "C:x",
        "a\\\\b",
        "CON",
        "nul.txt",
        "aux/x",
        "trail.",
        "a:b",
        "a\\u202ex",
        "a\\u200b",
        "COM¹",
    ] {
        let renamed = text.replace(&format!("\"{ARCHIVE}\""), &format!("\"{name}\""));
        fs::write(folder.path().join(FILE_NAME), renamed).unwrap();
        let found = verify(folder.path(), &Options::default()).unwrap().findings;
        let refused = |finding: &Finding| finding.message.starts_with("entry name");
        assert!(found.iter().any(refused), "{name}: {found:?}");
        let deep = |finding: &Finding| finding.message.contains("nested too deeply");
        assert!(found.iter().any(deep), "{found:?}");
    }
}
