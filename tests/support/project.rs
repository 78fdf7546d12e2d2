//! A Go project in a folder of its own, and gorelease run on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A project in a temporary folder, with a cache of its own.
pub struct Project {
    folder: tempfile::TempDir,
}

/// What a run printed, and how it ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Ends the test with everything that was printed, unless the run ended with `code`.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Ends the test unless standard error has this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "`{text}` is not in:\n{}",
            self.stderr
        );
        self
    }
}

impl Project {
    /// An empty folder called `project` inside a fresh one.
    pub fn empty() -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(project.root()).unwrap();
        project
    }

    /// A module with one program at its root, committed and tagged `v1.2.3`.
    pub fn hello() -> Self {
        let project = Self::empty();
        project.write("go.mod", "module example.com/hello\n\ngo 1.21\n");
        project.write(
            "main.go",
            "package main\n\nvar version = \"none\"\n\nfunc main() { println(\"hello\", version) }\n",
        );
        project.write("LICENSE", "MIT\n");
        project.write("README.md", "# hello\n");
        project.git(&["init", "--quiet", "--initial-branch=main"]);
        project.commit("first", Some("v1.2.3"));
        project
    }

    /// The project's folder.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// A folder beside the project that goes with it.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file in the project.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Writes a file of the project.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes `release.toml`, and commits it without moving the tag away from HEAD.
    pub fn manifest(&self, text: &str) {
        self.write("release.toml", text);
        if self.path(".git").exists() {
            self.git(&["add", "--all"]);
            self.git(&["commit", "--quiet", "--amend", "--no-edit", "--allow-empty"]);
            self.git(&["tag", "--force", "v1.2.3"]);
        }
    }

    /// Commits everything, at a fixed time, with a tag if one is given.
    pub fn commit(&self, message: &str, tag: Option<&str>) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        if let Some(tag) = tag {
            self.git(&["tag", tag]);
        }
    }

    /// Runs git in the project.
    #[track_caller]
    pub fn git(&self, args: &[&str]) {
        let status = Command::new("git")
            .args(args)
            .current_dir(self.root())
            .stdout(Stdio::null())
            .envs([
                ("GIT_AUTHOR_NAME", "Somebody"),
                ("GIT_AUTHOR_EMAIL", "somebody@example.com"),
                ("GIT_COMMITTER_NAME", "Somebody"),
                ("GIT_COMMITTER_EMAIL", "somebody@example.com"),
                ("GIT_AUTHOR_DATE", "2026-02-03T04:05:06Z"),
                ("GIT_COMMITTER_DATE", "2026-02-03T04:05:06Z"),
                ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ])
            .status()
            .unwrap();
        assert!(status.success(), "git {args:?}");
    }

    /// gorelease with these arguments, in the project's folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gorelease"));
        command
            .args(args)
            .current_dir(self.root())
            .env("GORELEASE_CACHE", self.beside("cache"))
            .env_remove("SOURCE_DATE_EPOCH")
            .env_remove("GITHUB_ACTIONS")
            .env_remove("GITHUB_REF")
            .env_remove("CI_COMMIT_TAG")
            .env_remove("CI");
        command
    }

    /// Runs gorelease to its end.
    pub fn run(&self, args: &[&str]) -> Run {
        finished(self.command(args).output().unwrap())
    }

    /// The names of the results, sorted.
    pub fn results(&self) -> Vec<String> {
        names(&self.path("dist"))
    }
}

/// What a finished process left behind.
pub fn finished(output: Output) -> Run {
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The names in a folder that do not begin with a dot, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .map(|list| {
            list.map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect()
        })
        .unwrap_or_default();
    names.retain(|name| !name.starts_with('.') && name != "report.html");
    names.sort();
    names
}
