//! Packages at the limits: what fits is right for every reader, what does not is refused in words.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use gorelease::package::msi::{Folder, Keep, Package, PackageError, PackageFile, check, write};

use crate::fixture::{build, package};
use crate::support::require_tool;

/// A package with further files, each with its content, in the install folder.
fn with_files(folder: &Path, files: &[(String, &str)]) -> Package {
    let mut package = package(folder, "1.4.2");
    for (number, (path, content)) in files.iter().enumerate() {
        let source = folder.join(format!("file-{number}"));
        fs::write(&source, content).unwrap();
        package.files.push(PackageFile {
            folder: Folder::Install,
            path: path.clone(),
            source,
            keep: Keep::Replace,
        });
    }
    package
}

#[test]
fn empty_files_deep_folders_and_names_that_look_alike_come_back() {
    let deep = format!("{}leaf.txt", "folder/".repeat(20));
    let files: Vec<(String, &str)> = [
        ("empty.txt", ""),
        ("also/empty.txt", ""),
        (&deep, "deep"),
        ("configuration-1.toml", "one"),
        ("configuration-2.toml", "two"),
        ("CONFIG~1.TOM", "a name that others have as their short one"),
        ("été.txt", "summer"),
        ("no extension", "x"),
        (".hidden", "y"),
    ]
    .map(|(path, content)| (path.to_owned(), content))
    .to_vec();
    let folder = tempfile::tempdir().unwrap();
    let msi = folder.path().join("odd.msi");
    build(&with_files(folder.path(), &files), &msi);
    assert_eq!(check(&msi).unwrap(), []);

    let Some(msiextract) = require_tool("msiextract") else {
        return;
    };
    let out = folder.path().join("out");
    let status = Command::new(msiextract)
        .args(["-C".as_ref(), out.as_os_str(), msi.as_os_str()])
        .env("LC_ALL", "C.UTF-8")
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let back = below(&out);
    for (path, content) in &files {
        let found = back
            .iter()
            .find(|(name, _)| name.ends_with(&format!("/{path}")));
        let (_, text) = found.unwrap_or_else(|| panic!("{path} is not in {:?}", back.keys()));
        assert_eq!(text, content, "{path}");
    }
}

/// All files below a folder, by their paths.
fn below(folder: &Path) -> BTreeMap<String, String> {
    let entries = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(Result::unwrap);
    entries
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry.path().strip_prefix(folder).unwrap();
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            (path.display().to_string(), text)
        })
        .collect()
}

#[test]
fn more_than_two_gibibytes_are_refused_before_anything_is_packed() {
    let folder = tempfile::tempdir().unwrap();
    let mut package = package(folder.path(), "1.4.2");
    let large = &package.files[1].source;
    // A hole: nobody reads or writes that much.
    let hole = File::create(large).unwrap();
    hole.set_len(2 * 1024 * 1024 * 1024).unwrap();
    package.files.truncate(2);
    let path = folder.path().join("large.msi");
    let error = write(&package, &path).unwrap_err();
    assert!(matches!(error, PackageError::Cabinet { .. }), "{error}");
    assert!(error.hint().unwrap().contains("put less into the package"));
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        cause.contains("a cabinet holds at most 2147450880"),
        "{cause}"
    );
    assert!(!path.exists());
}

#[test]
fn more_than_65535_texts_and_files_that_share_their_first_letters() {
    const FILES: usize = 17_000;
    let folder = tempfile::tempdir().unwrap();
    let mut package = package(folder.path(), "1.4.2");
    let asset = |number| PackageFile {
        path: format!("asset-{number}.txt"),
        ..package.files[1].clone()
    };
    let assets: Vec<PackageFile> = (0..FILES).map(asset).collect();
    package.files.extend(assets);
    let msi = folder.path().join("many.msi");
    build(&package, &msi);
    let Some(msiinfo) = require_tool("msiinfo") else {
        return;
    };
    let output = Command::new(msiinfo)
        .args(["export".as_ref(), msi.as_os_str(), "File".as_ref()])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    // Three lines of headings, and the files of the fixture.
    assert_eq!(text.lines().count(), FILES + 6);
    let last = format!("|asset-{}.txt\t7\t", FILES - 1);
    assert!(text.contains(&last), "no {last}");
}
