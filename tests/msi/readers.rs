//! What others read in our packages.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::fixture::{build, full_package};
use crate::support::require_tool;

pub fn run(tool: &Path, arguments: &[&str]) -> String {
    let output = Command::new(tool).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{tool:?} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn two_builds_are_identical() {
    let [one, two] = [(); 2].map(|()| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.msi");
        build(&full_package(folder.path(), "1.4.2"), &path);
        fs::read(path).unwrap()
    });
    assert!(one == two);
}

#[test]
fn msitools_lists_and_extracts() {
    let (Some(msiinfo), Some(msiextract)) = (require_tool("msiinfo"), require_tool("msiextract"))
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.msi");
    build(&full_package(folder.path(), "1.4.2"), &path);
    let path = path.to_str().unwrap();
    let properties = run(&msiinfo, &["export", path, "Property"]);
    assert!(properties.contains("ProductVersion\t1.4.2"), "{properties}");
    let out = folder.path().join("out");
    run(&msiextract, &["-C", out.to_str().unwrap(), path]);
    let readme = walkdir::WalkDir::new(&out)
        .into_iter()
        .filter_map(Result::ok)
        .find(|entry| entry.file_name() == "Read me first.txt")
        .expect("the extracted file");
    assert_eq!(fs::read(readme.path()).unwrap(), b"read me");
}
