//! Modules that nobody here wrote, from the Go proxy: `init` and `build` as a newcomer would type them, nothing edited.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::support::go_module::download;

struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("project").join(name)
    }

    fn run(&self, program: &str, args: &[&str]) -> Output {
        Command::new(program)
            .args(args)
            .current_dir(self.path(""))
            .env("GORELEASE_CACHE", self.folder.path().join("cache"))
            // What a machine of its own would have.
            .env("GOFLAGS", "")
            .env_remove("GITHUB_ACTIONS")
            .output()
            .unwrap()
    }

    fn gorelease(&self, args: &[&str]) -> String {
        let output = self.run(env!("CARGO_BIN_EXE_gorelease"), args);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {text}");
        text + &String::from_utf8_lossy(&output.stdout)
    }

    fn tool(&self, program: &str, args: &[&str]) {
        let output = self.run(program, args);
        assert!(output.status.success(), "{program} {args:?}: {output:?}");
    }

    /// The manifest that `init` writes, which `check` finds right.
    fn init(&self) -> String {
        self.gorelease(&["init"]);
        self.gorelease(&["check"]);
        std::fs::read_to_string(self.path("release.toml")).unwrap()
    }

    /// The names of the artifacts of a build for two systems.
    fn build(&self) -> Vec<String> {
        self.gorelease(&[
            "build",
            "--target",
            "windows/amd64",
            "--target",
            "linux/arm64",
        ]);
        let json = std::fs::read(self.path("dist/artifacts.json")).unwrap();
        let file: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let artifacts = file["artifacts"].as_array().unwrap().iter();
        let name = |artifact: &serde_json::Value| artifact["name"].as_str().unwrap().to_owned();
        artifacts
            .filter(|artifact| artifact["kind"] == "archive")
            .map(name)
            .collect()
    }
}

/// The names of the programs in a manifest.
fn binaries(manifest: &str) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().unwrap();
    manifest["binary"]
        .as_array()
        .unwrap()
        .iter()
        .map(|binary| binary["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Several programs, no git; then the same in a repository, with the dependencies vendored and a nested module beside.
#[test]
fn several_programs() {
    let project = Project::new();
    if download("filippo.io/age@v1.2.1", &project.path("")).is_none() {
        return;
    }
    let manifest = project.init();
    assert_eq!(binaries(&manifest), ["age", "age-keygen"]);
    assert!(manifest.contains("version = \"0.1.0\""), "{manifest}");
    assert!(
        manifest.contains("-X main.Version={{ version }}"),
        "{manifest}"
    );
    assert_eq!(
        project.build(),
        [
            "age_0.1.0_linux_arm64.tar.gz",
            "age_0.1.0_windows_amd64.zip"
        ]
    );

    project.tool("go", &["mod", "vendor"]);
    std::fs::create_dir(project.path("nested")).unwrap();
    std::fs::write(
        project.path("nested/go.mod"),
        "module example.com/nested\n\ngo 1.21\n",
    )
    .unwrap();
    std::fs::write(
        project.path("nested/main.go"),
        "package main\n\nfunc main() {}\n",
    )
    .unwrap();
    std::fs::write(project.path(".gitignore"), "dist/\n").unwrap();
    let identity = ["-c", "user.name=T", "-c", "user.email=t@example.com"];
    project.gorelease(&["init", "--force"]);
    project.tool("git", &["init", "-q"]);
    project.gorelease(&["init", "--force", "--github"]);
    project.tool("git", &["add", "."]);
    project.tool("git", &[&identity[..], &["commit", "-qm", "all"]].concat());
    project.tool("git", &["tag", "v1.2.1"]);
    let manifest = std::fs::read_to_string(project.path("release.toml")).unwrap();
    assert!(manifest.contains("version = \"git\""), "{manifest}");
    assert_eq!(binaries(&manifest), ["age", "age-keygen"]);
    assert!(project.path(".github/workflows/release.yml").is_file());
    assert_eq!(
        project.build(),
        [
            "age_1.2.1_linux_arm64.tar.gz",
            "age_1.2.1_windows_amd64.zip"
        ]
    );
    let said = project.gorelease(&["init", "--github"]);
    assert!(said.contains("left alone"), "{said}");
    assert!(said.contains("up to date"), "{said}");
}

/// A web server of five hundred packages, without cgo.
#[test]
#[ignore = "slow: compiles five hundred packages"]
fn a_big_program() {
    let project = Project::new();
    if download("github.com/caddyserver/caddy/v2@v2.8.4", &project.path("")).is_none() {
        return;
    }
    assert_eq!(binaries(&project.init()), ["caddy"]);
    assert_eq!(project.build().len(), 2);
}

/// Two modules in one workspace, one of them with a major version in its path.
#[test]
fn a_workspace() {
    let project = Project::new();
    std::fs::create_dir(project.path("")).unwrap();
    for (folder, path) in [
        ("tools/shell", "mvdan.cc/sh/v3@v3.10.0"),
        ("bench", "github.com/rakyll/hey@v0.1.4"),
    ] {
        std::fs::create_dir_all(project.path(folder).parent().unwrap()).unwrap();
        if download(path, &project.path(folder)).is_none() {
            return;
        }
    }
    project.tool("go", &["work", "init", "./tools/shell", "./bench"]);
    let manifest = project.init();
    assert_eq!(binaries(&manifest), ["hey", "gosh", "shfmt"]);
    assert!(manifest.contains("dir = \"tools/shell\""), "{manifest}");
    assert_eq!(project.build().len(), 2);
}

/// Programs that only one system has, which need not be the one that builds them.
#[test]
fn a_program_for_windows_alone() {
    let project = Project::new();
    let main = "package main\n\nfunc main() {}\n";
    for (name, text) in [
        ("go.mod", "module example.com/m\n\ngo 1.21\n"),
        ("cmd/svc/main_windows.go", main),
        ("cmd/all/main.go", main),
    ] {
        let file = project.path(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let manifest = project.init();
    assert_eq!(binaries(&manifest), ["all", "svc"]);
    assert!(manifest.contains("targets = [\"windows/*\"]"), "{manifest}");
    assert_eq!(project.build().len(), 2);
}

#[test]
fn a_dry_run_writes_nothing() {
    let project = Project::new();
    std::fs::create_dir(project.path("")).unwrap();
    std::fs::write(project.path("go.mod"), "module example.com/m\n\ngo 1.21\n").unwrap();
    std::fs::write(project.path("main.go"), "package main\n\nfunc main() {}\n").unwrap();
    let said = project.gorelease(&["init", "--dry-run", "--github", "--no-compile"]);
    assert!(
        said.contains("[[binary]]") && said.contains("runs-on:"),
        "{said}"
    );
    assert!(!project.path("release.toml").exists());
    assert!(!project.path(".github").exists());
}

#[test]
fn a_folder_without_a_program_is_refused_with_the_way_out() {
    let project = Project::new();
    std::fs::create_dir_all(project.path("deep/module")).unwrap();
    std::fs::write(
        project.path("deep/module/go.mod"),
        "module example.com/m\n\ngo 1.21\n",
    )
    .unwrap();
    let refused = |directory: &str| {
        let output = project.run(env!("CARGO_BIN_EXE_gorelease"), &["init", "-C", directory]);
        assert_eq!(output.status.code(), Some(3));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(".").contains("`deep/module`"));
    assert!(refused("deep/module").contains("no main package"));
}

#[test]
fn doctor_speaks_json_and_by_its_exit_code() {
    let project = Project::new();
    std::fs::create_dir(project.path("")).unwrap();
    let text = project.gorelease(&["doctor", "--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rows = answer["rows"].as_array().unwrap();
    let level = |name: &str| {
        let row = rows.iter().find(|row| row["name"] == name);
        row.map(|row| row["level"].as_str().unwrap().to_owned())
    };
    assert_eq!(level("go").as_deref(), Some("ok"));
    assert_eq!(level("module").as_deref(), Some("warning"));
    assert_eq!(level("git").as_deref(), Some("warning"));

    let output = Command::new(env!("CARGO_BIN_EXE_gorelease"))
        .arg("doctor")
        .current_dir(project.path(""))
        .env("PATH", project.path(""))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("problem  go"), "{text}");
}
