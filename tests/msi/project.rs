//! Projects that are built by the command that users run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::root;

/// A copy of the example, committed.
pub fn example(folder: &Path) -> PathBuf {
    let project = folder.join("project");
    copy(&root().join("examples/hello-service"), &project);
    commit(&project);
    project
}

/// Copies a folder; what was read-only can be written.
pub fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).unwrap();
        } else {
            fs::write(target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

/// Makes a repository of the folder, with everything in one commit.
pub fn commit(project: &Path) {
    let author = ["-c", "user.name=t", "-c", "user.email=t@t.invalid"];
    for arguments in [
        &["init", "--quiet", "."][..],
        &["add", "--all"],
        &["commit", "--quiet", "-m", "test"],
    ] {
        let mut git = Command::new("git");
        git.args(author).args(arguments).current_dir(project);
        assert!(git.status().unwrap().success(), "git {arguments:?}");
    }
}

/// `gorelease build` for windows/amd64, of packages alone; the package.
pub fn release(project: &Path, version: &str, wix: Option<&Path>) -> PathBuf {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gorelease"));
    command
        .args(["build", "--version", version, "--target", "windows/amd64"])
        .args(["--skip", "archive"])
        .current_dir(project);
    if let Some(wix) = wix {
        command.env("GORELEASE_WIX", wix);
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let ending = format!("_{version}_windows_amd64.msi");
    let files = fs::read_dir(project.join("dist")).unwrap();
    files
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_str().unwrap().ends_with(&ending))
        .expect("the package")
}
