//! Real programs that know nothing of Windows services, and the oldest Go.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::program::{self, Program};
use crate::registration::{Place, log, register, service};
use crate::support::wine::{State, Wine};
use crate::support::{self, http};

const PATIENCE: Duration = Duration::from_secs(120);

/// A program from the Go proxy.
struct Real {
    module: &'static str,
    /// The main package below the module.
    package: &'static str,
    name: &'static str,
    arguments: &'static [&'static str],
    /// What is asked by HTTP.
    path: &'static str,
    /// What its log says when it shuts down in order.
    last_words: &'static str,
}

const PROGRAMS: [Real; 2] = [
    Real {
        module: "github.com/prometheus/statsd_exporter@v0.28.0",
        package: "",
        name: "statsd_exporter",
        arguments: &[
            "--web.listen-address=127.0.0.1:{{ port.http }}",
            "--statsd.listen-udp=",
            "--statsd.listen-tcp=127.0.0.1:0",
            "--statsd.listen-unixgram=",
            "--log.format=json",
        ],
        path: "/metrics",
        last_words: "Received os signal, exiting",
    },
    Real {
        module: "github.com/mccutchen/go-httpbin/v2@v2.15.0",
        package: "cmd/go-httpbin",
        name: "go-httpbin",
        arguments: &["-host", "127.0.0.1", "-port", "{{ port.http }}"],
        path: "/status/200",
        last_words: "shutting down",
    },
];

#[test]
fn real_programs_answer_and_stop_in_order() {
    let Some(wine) = Wine::new("real") else {
        return;
    };
    for real in &PROGRAMS {
        let Some(executable) = build(real) else {
            return;
        };
        let port = http::free_port();
        let mut place = Place::new(real.name);
        place.ports.insert("http".to_owned(), port);
        let mut service = service(real.name, real.arguments);
        service.health = Some(gorelease::service::model::Health {
            port: "http".to_owned(),
            http_path: Some(real.path.to_owned()),
            within_ms: 120_000,
        });
        register(&wine, &service, &place, &executable);
        wine.start_service(real.name);
        wine.wait_for(real.name, State::Running, PATIENCE);
        assert_eq!(http::wait_for_answer(port, real.path).0, 200);
        wine.stop_in_order(real.name);
        let text = log(&wine, &place, real.name);
        assert!(text.contains(real.last_words), "{}: {text}", real.name);
    }
}

/// The exporter's arguments and executable: a program of many packages.
pub fn exporter() -> Option<(&'static [&'static str], PathBuf)> {
    let exporter = &PROGRAMS[0];
    Some((exporter.arguments, build(exporter)?))
}

/// Fetches the module and builds its program with the host in it; none without a network.
fn build(real: &Real) -> Option<PathBuf> {
    let go = support::require_tool("go")?;
    let output = Command::new(&go)
        .args(["mod", "download", "-json", real.module])
        .output()
        .expect("go runs");
    if !output.status.success() {
        return support::skip(&format!("`{}` cannot be fetched", real.module));
    }
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("an answer");
    let source = support::cache().join("modules").join(real.name);
    let _ = fs::remove_dir_all(&source);
    copy(
        Path::new(answer["Dir"].as_str().expect("the module's folder")),
        &source,
    );
    let directory = source.join(real.package);
    let output = program::go(&directory)?
        .args(["list", "-find", "-json=ImportPath,GoFiles", "."])
        .output()
        .expect("go runs");
    let package: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a package");
    let files: Vec<&str> = package["GoFiles"]
        .as_array()
        .expect("files")
        .iter()
        .filter_map(|file| file.as_str())
        .collect();
    let program = Program {
        directory: &directory,
        import_path: package["ImportPath"].as_str().expect("the import path"),
        files: &files,
    };
    program::injected(&program, real.name)
}

/// Copies a module out of the read-only cache.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the module").flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            copy(&entry.path(), &target);
        } else {
            let text = fs::read(entry.path()).expect("a file");
            fs::write(target, text).expect("a file");
        }
    }
}

#[test]
fn the_oldest_go_builds_and_runs_it() {
    const OLDEST: &str = "go1.21.13";
    let Some(go) = support::require_tool("go") else {
        return;
    };
    let version = Command::new(go)
        .arg("version")
        .env("GOTOOLCHAIN", OLDEST)
        .output()
        .expect("go runs");
    if !version.status.success() {
        support::skip::<()>(&format!("`{OLDEST}` cannot be fetched"));
        return;
    }
    let Some(wine) = Wine::new("oldest") else {
        return;
    };
    let directory = program::source("endings");
    let endings = Program {
        directory: &directory,
        import_path: "example.com/endings",
        files: &["main.go"],
    };
    let folder = support::cache().join("overlay/oldest");
    let overlay = program::write_overlay(&endings, &folder);
    let executable = support::cache().join("oldest.exe");
    let Some(mut build) = program::go(&directory) else {
        return;
    };
    let output = build
        .env("GOTOOLCHAIN", OLDEST)
        .args(["build", "-trimpath", "-overlay"])
        .arg(overlay)
        .arg("-o")
        .args([executable.as_os_str(), ".".as_ref()])
        .output()
        .expect("go runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    register(
        &wine,
        &service("Oldest", &["exit"]),
        &Place::new("Oldest"),
        &executable,
    );
    wine.start_service("Oldest");
    wine.wait_for("Oldest", State::Running, PATIENCE);
    wine.stop_in_order("Oldest");
}
