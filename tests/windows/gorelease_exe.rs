//! gorelease itself as a Windows program: built here, run under Wine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::project::Project;
use crate::support::wine::{Finished, Wine};
use crate::support::{require_tool, root, skip};

const TARGET: &str = "x86_64-pc-windows-gnu";

const MANIFEST: &str = r#"
[build]
targets = ["windows/amd64", "linux/amd64"]
[package]
windows = ["zip", "msi"]
[sbom]
[provenance]
"#;

/// `gorelease.exe`, compiled with the profile of the tests; none when the target is not installed.
fn executable() -> Option<PathBuf> {
    require_tool("x86_64-w64-mingw32-gcc")?;
    let output = Command::new(env!("CARGO"))
        .args([
            "build",
            "--locked",
            "--quiet",
            "--target",
            TARGET,
            "--bin",
            "gorelease",
        ])
        .arg("--message-format=json")
        .current_dir(root())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    if errors.contains("may not be installed") {
        return skip(&format!("the Rust target {TARGET} is not installed"));
    }
    assert!(output.status.success(), "{errors}");
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let messages = messages
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let mut paths =
        messages.filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?)));
    paths.next_back()
}

struct Windows {
    wine: Wine,
    executable: PathBuf,
}

impl Windows {
    fn gorelease(&self, arguments: &[&str]) -> Finished {
        self.wine
            .run(&self.executable.display().to_string(), arguments)
    }

    fn path(&self, path: &Path) -> String {
        self.wine.windows_path(path)
    }
}

#[test]
fn a_release_made_on_linux_is_the_same_to_gorelease_exe() {
    let Some(executable) = require_tool("go").and_then(|_| executable()) else {
        return;
    };
    let Some(wine) = Wine::new("gorelease-exe") else {
        return;
    };
    let windows = Windows { wine, executable };
    let help = windows.gorelease(&["--help"]).success();
    assert!(help.stdout.contains("Usage: gorelease"), "{help:#?}");

    let project = Project::hello();
    project.manifest(MANIFEST);
    project.run(&["build"]).ends_with(0);
    // Received: what only a build's own folder has is left out.
    let received = project.beside("received");
    std::fs::create_dir(&received).unwrap();
    for name in project
        .results()
        .iter()
        .filter(|name| !name.starts_with('.') && *name != "report.html")
    {
        std::fs::copy(project.path("dist").join(name), received.join(name)).unwrap();
    }
    let here = project
        .run(&["verify", &received.display().to_string()])
        .ends_with(0);
    let there = windows
        .gorelease(&["verify", &windows.path(&received)])
        .success();
    let received_there = windows.path(&received);
    let said = there
        .stderr
        .replace(&received_there, &received.display().to_string());
    assert_eq!(said, here.stderr);
    for end in [".msi", ".exe"] {
        let names = project.results();
        let Some(name) = names.iter().find(|name| name.ends_with(end)) else {
            continue;
        };
        let file = received.join(name);
        let here = project
            .run(&["inspect", &file.display().to_string()])
            .ends_with(0);
        let there = windows
            .gorelease(&["inspect", &windows.path(&file)])
            .success();
        assert_eq!(there.stdout, here.stdout);
    }
    damaged(&windows, &received);
    without_tools(&windows, &project);
}

/// A changed byte is found, and the exit code is that of Linux.
fn damaged(windows: &Windows, received: &Path) {
    let zip = std::fs::read_dir(received)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let zip = zip
        .into_iter()
        .find(|path| path.extension().is_some_and(|end| end == "zip"))
        .unwrap();
    let mut bytes = std::fs::read(&zip).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&zip, bytes).unwrap();
    let found = windows.gorelease(&["verify", &windows.path(received)]);
    assert_eq!(found.code, 5, "{found:#?}");
    assert!(found.stderr.contains("_windows_amd64.zip: "), "{found:#?}");
}

/// There is no Go for Windows in the prefix: every command that needs it says so.
fn without_tools(windows: &Windows, project: &Project) {
    let folder = windows.path(&project.root());
    for command in ["check", "plan", "build"] {
        let found = windows.gorelease(&[command, "-C", &folder]);
        assert_eq!(found.code, 4, "{found:#?}");
        assert!(found.stderr.contains("`go` not found"), "{found:#?}");
    }
    let doctor = windows.gorelease(&["doctor", "-C", &folder]);
    assert_ne!(doctor.code, 0, "{doctor:#?}");
    assert!(doctor.stdout.contains("signtool"), "{doctor:#?}");
}
