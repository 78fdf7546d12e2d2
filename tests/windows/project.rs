//! The example as a project of its own, built by the command that users run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support;

/// A copy of `examples/hello-service`, committed and tagged v1.2.3.
pub struct Project {
    pub root: PathBuf,
}

impl Project {
    /// The copy for the test called `test`, its manifest changed by `change`.
    pub fn hello(test: &str, change: impl Fn(String) -> String) -> Option<Self> {
        support::require_tool("go")?;
        let root = support::cache().join("projects").join(test);
        let _ = fs::remove_dir_all(&root);
        copy(&support::root().join("examples/hello-service"), &root);
        let manifest = root.join("release.toml");
        let text = fs::read_to_string(&manifest).expect("the manifest");
        fs::write(&manifest, change(text)).expect("the manifest");
        Some(Self::committed(root))
    }

    /// A project of these files for the test called `test`.
    pub fn of(test: &str, files: &[(&str, &str)]) -> Self {
        let root = support::cache().join("projects").join(test);
        let _ = fs::remove_dir_all(&root);
        for (name, text) in files {
            let path = root.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        Self::committed(root)
    }

    fn committed(root: PathBuf) -> Self {
        let project = Self { root };
        project.git(&["init", "--quiet", "--initial-branch=main"]);
        project.git(&["add", "--all"]);
        project.git(&[
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "commit",
            "--quiet",
            "-m",
            "first",
        ]);
        project.git(&["tag", "v1.2.3"]);
        project
    }

    fn git(&self, arguments: &[&str]) {
        let status = Command::new("git")
            .args(arguments)
            .current_dir(&self.root)
            .status()
            .expect("git runs");
        assert!(status.success(), "git {arguments:?}");
    }

    /// What git sees changed, a line each.
    pub fn changes(&self) -> Vec<String> {
        let output = Command::new("git")
            .args(["status", "--porcelain"])
            .current_dir(&self.root)
            .output()
            .expect("git runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().map(str::to_owned).collect()
    }

    /// `gorelease build` for 64-bit Windows.
    pub fn build(&self) {
        self.build_with(&[]);
    }

    /// The same with more arguments.
    pub fn build_with(&self, arguments: &[&str]) {
        let output = Command::new(env!("CARGO_BIN_EXE_gorelease"))
            .args(["build", "--target", "windows/amd64"])
            .args(arguments)
            .current_dir(&self.root)
            .output()
            .expect("gorelease runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Unpacks the zip in `dist/` into `folder`, without the archive's own folder.
    pub fn unpack(&self, folder: &Path) {
        let zip = fs::read_dir(self.root.join("dist"))
            .expect("dist")
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|extension| extension == "zip"))
            .expect("a zip");
        let mut archive =
            zip::ZipArchive::new(fs::File::open(zip).expect("the zip")).expect("a zip");
        let whole = folder.with_extension("whole");
        let _ = (fs::remove_dir_all(&whole), fs::remove_dir_all(folder));
        archive.extract(&whole).expect("unpacked");
        let inner = fs::read_dir(&whole)
            .expect("unpacked")
            .flatten()
            .next()
            .expect("the folder");
        fs::rename(inner.path(), folder).expect("the folder");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file");
        }
    }
}
