//! The example project from its manifest to a running service, and to a package of another tool.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::support::wine::{State, Wine};
use crate::support::{http, poll, require_tool, root};

const SERVICE: &str = "HelloService";
const PATIENCE: Duration = Duration::from_secs(90);

/// A copy of the example, committed.
fn project(folder: &Path) -> PathBuf {
    let project = folder.join("project");
    for entry in walkdir::WalkDir::new(root().join("examples/hello-service")) {
        let entry = entry.unwrap();
        let relative = entry
            .path()
            .strip_prefix(root().join("examples/hello-service"))
            .unwrap();
        let target = project.join(relative);
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).unwrap();
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
    for arguments in [
        &["init", "--quiet", "."][..],
        &["add", "--all"],
        &[
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@t.invalid",
            "commit",
            "--quiet",
            "-m",
            "test",
        ],
    ] {
        assert!(
            Command::new("git")
                .args(arguments)
                .current_dir(&project)
                .status()
                .unwrap()
                .success()
        );
    }
    project
}

/// `gorelease build` for windows/amd64; the package.
fn release(project: &Path, version: &str, wix: Option<&Path>) -> PathBuf {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gorelease"));
    command
        .args([
            "build",
            "--version",
            version,
            "--target",
            "windows/amd64",
            "--skip",
            "archive",
        ])
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
    project.join(format!("dist/hello-service_{version}_windows_amd64.msi"))
}

#[test]
fn the_example_installs_answers_upgrades_and_goes() {
    let Some(_) = require_tool("go") else { return };
    let Some(wine) = Wine::new("msi-example") else {
        return;
    };
    let windows = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
    wine.set_registry_value(windows, "CurrentBuildNumber", "REG_SZ", "17763");
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    let port = http::free_port();
    let answers = || {
        wine.wait_for(SERVICE, State::Running, PATIENCE);
        let (status, _) = poll::until("the service's answer", PATIENCE, || {
            http::get(port, "/healthz")
        });
        assert_eq!(status, 200);
    };
    let install = |msi: &Path, properties: &[&str]| {
        let (code, log) = wine.msiexec(&[&["/i", &wine.windows_path(msi)], properties].concat());
        assert_eq!(code, 0, "{log}");
    };

    let first = release(&project, "1.4.2-rc.1", None);
    install(&first, &[&format!("HTTP_PORT={port}")]);
    answers();
    let configuration = wine.path(r"C:\ProgramData\Hello Service\config\hello.json");
    let edited = format!("{}\n", fs::read_to_string(&configuration).unwrap());
    fs::write(&configuration, &edited).unwrap();

    let second = folder.path().join("second.msi");
    fs::rename(release(&project, "1.4.2", None), &second).unwrap();
    install(&second, &[]);
    answers();
    assert_eq!(fs::read_to_string(&configuration).unwrap(), edited);

    let (code, log) = wine.msiexec(&["/x", &wine.windows_path(&second)]);
    assert_eq!(code, 0, "{log}");
    assert!(wine.service_status(SERVICE).is_none());
    assert!(!wine.path(r"C:\Program Files\Hello Service").exists());
    assert!(configuration.exists());
}

/// WiX does not run here: a stand-in takes its place, looks at what it is given, and hands out a package.
#[cfg(unix)]
#[test]
fn wix_is_called_as_it_wants() {
    use std::os::unix::fs::PermissionsExt;
    let Some(_) = require_tool("go") else { return };
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    fs::write(project.join("read me.txt"), "a further file\n").unwrap();
    let manifest = project.join("release.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let further = "\n[[msi.files]]\nfrom = \"read me.txt\"\nto = \"docs/read me.txt\"\n";
    fs::write(&manifest, text + further).unwrap();
    let native = folder.path().join("native.msi");
    fs::rename(release(&project, "1.4.2", None), &native).unwrap();

    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(
        &manifest,
        text.replace("[msi]\n", "[msi]\nbackend = \"wix\"\nsource = true\n"),
    )
    .unwrap();
    let wix = folder.path().join("wix");
    let script = format!(
        "#!/bin/sh\nset -e\n[ \"$1 $2 $3 $4 $5 $6 $7\" = 'build -nologo -arch x64 -pdbtype none -intermediatefolder' ]\n\
         [ -d \"$8\" ]\n[ \"$9\" = -out ]\nshift 9\ngrep -q 'http://wixtoolset.org/schemas/v4/wxs' \"$2\"\n\
         cp '{}' \"$1\"\n",
        native.display()
    );
    fs::write(&wix, script).unwrap();
    fs::set_permissions(&wix, fs::Permissions::from_mode(0o755)).unwrap();
    let made = release(&project, "1.4.2", Some(&wix));
    assert!(fs::read(made).unwrap() == fs::read(native).unwrap());
    let source =
        fs::read_to_string(project.join("dist/hello-service_1.4.2_windows_amd64.wxs")).unwrap();
    for name in ["hello-service.exe", "docs/read me.txt"] {
        assert!(source.contains(&format!("Source=\"{name}\"")), "{source}");
    }
}
