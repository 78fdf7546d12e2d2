//! Real programs from the Go proxy, which know nothing of services, as packages: installed silently, upgraded, removed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::project::{commit, copy, release};
use crate::support::wine::{State, Wine};
use crate::support::{http, poll, require_tool, skip};

const PATIENCE: Duration = Duration::from_secs(90);

/// A program from the Go proxy.
struct Real {
    module: &'static str,
    name: &'static str,
    main: &'static str,
    arguments: &'static str,
    /// What is asked by HTTP.
    path: &'static str,
}

const PROGRAMS: [Real; 2] = [
    Real {
        module: "github.com/prometheus/statsd_exporter@v0.28.0",
        name: "statsd_exporter",
        main: ".",
        arguments: r#"["--web.listen-address=127.0.0.1:{{ port.http }}", "--statsd.listen-udp=",
            "--statsd.listen-tcp=127.0.0.1:0", "--statsd.listen-unixgram="]"#,
        path: "/metrics",
    },
    Real {
        module: "github.com/mccutchen/go-httpbin/v2@v2.15.0",
        name: "go-httpbin",
        main: "./cmd/go-httpbin",
        arguments: r#"["-host", "127.0.0.1", "-port", "{{ port.http }}"]"#,
        path: "/status/200",
    },
];

#[test]
fn real_programs_install_answer_upgrade_and_go() {
    let Some(_) = require_tool("go") else { return };
    let Some(wine) = Wine::new("msi-real") else {
        return;
    };
    let windows = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
    wine.set_registry_value(windows, "CurrentBuildNumber", "REG_SZ", "17763");
    let folder = tempfile::tempdir().unwrap();
    for real in &PROGRAMS {
        let Some(project) = project(real, folder.path()) else {
            return;
        };
        story(&wine, real, &project);
    }
}

fn story(wine: &Wine, real: &Real, project: &Path) {
    let port = http::free_port();
    let packages = ["1.0.0", "1.1.0"].map(|version| {
        let package = project.join(format!("{version}.msi"));
        fs::rename(release(project, version, None), &package).unwrap();
        package
    });
    for (package, properties) in [
        (&packages[0], vec![format!("HTTP_PORT={port}")]),
        // The port is remembered.
        (&packages[1], vec![]),
    ] {
        let path = wine.windows_path(package);
        let mut arguments = vec!["/i", &path];
        arguments.extend(properties.iter().map(String::as_str));
        let (code, log) = wine.msiexec(&arguments);
        assert_eq!(code, 0, "{}: {log}", real.name);
        wine.wait_for(real.name, State::Running, PATIENCE);
        let answer = poll::until("the answer", PATIENCE, || http::get(port, real.path));
        assert_eq!(answer.0, 200, "{}", real.name);
    }
    let (code, log) = wine.msiexec(&["/x", &wine.windows_path(&packages[1]), "PURGE=1"]);
    assert_eq!(code, 0, "{}: {log}", real.name);
    assert!(wine.service_status(real.name).is_none());
    for place in [r"C:\Program Files", r"C:\ProgramData"] {
        assert!(!wine.path(place).join(real.name).exists(), "{}", real.name);
    }
}

/// The module with a manifest of ours; none without a network.
fn project(real: &Real, folder: &Path) -> Option<PathBuf> {
    let output = Command::new("go")
        .args(["mod", "download", "-json", real.module])
        .output()
        .unwrap();
    if !output.status.success() {
        return skip(&format!("`{}` cannot be fetched", real.module));
    }
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let project = folder.join(real.name);
    copy(Path::new(answer["Dir"].as_str().unwrap()), &project);
    let Real {
        name,
        main,
        arguments,
        path,
        ..
    } = real;
    let manifest = format!(
        r#"[project]
name = "{name}"
manufacturer = "Somebody Else"

[[binary]]
name = "{name}"
main = "{main}"

[[service]]
binary = "{name}"
args = {arguments}
health = {{ http = "{path}", port = "http", within = "30s" }}
ports = [{{ name = "http", port = 8080 }}]

[package]
windows = ["msi"]
"#
    );
    fs::write(project.join("release.toml"), manifest).unwrap();
    commit(&project);
    Some(project)
}
