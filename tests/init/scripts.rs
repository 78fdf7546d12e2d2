//! The scripts of the workflow and of the action, run against a local server and a stand-in for `gh`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use gorelease::format::output::hex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::github::generated_pinned;
use crate::support;

const GH: &str = include_str!("gh.py");

/// Serves a folder; `/releases/latest` leads to the tag in `latest`.
const SERVER: &str = r#"
import http.server, os, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    def redirected(self):
        if self.path.endswith("/releases/latest"):
            self.send_response(302)
            self.send_header("Location", self.path.replace("latest", "tag/" + open("latest").read()))
            self.end_headers()
        return self.path.endswith("/releases/latest")
    def do_GET(self):
        self.redirected() or super().do_GET()
    def do_HEAD(self):
        self.redirected() or super().do_HEAD()
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"#;

/// A runner with `gh` on its PATH.
struct Runner {
    folder: tempfile::TempDir,
}

impl Runner {
    fn new() -> Option<Self> {
        for tool in ["python3", "bash", "curl", "jq"] {
            support::require_tool(tool)?;
        }
        let folder = tempfile::tempdir().unwrap();
        let gh = folder.path().join("bin/gh");
        fs::create_dir(folder.path().join("bin")).unwrap();
        fs::write(&gh, format!("#!/usr/bin/env python3\n{GH}")).unwrap();
        fs::set_permissions(&gh, fs::Permissions::from_mode(0o755)).unwrap();
        Some(Self { folder })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn bash(&self, script: &str) -> Command {
        let mut command = Command::new("bash");
        let path = std::env::var("PATH").unwrap();
        command
            .args(["-eo", "pipefail", "-c", script])
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("GH_STATE", self.path("state.json"));
        command
    }

    fn state(&self) -> Value {
        let text = fs::read_to_string(self.path("state.json"));
        text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
    }
}

fn says(output: &Output, words: &str) {
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(text.contains(words), "no `{words}` in:\n{text}");
}

/// Writes `dist/` with these files and a checksum file over the published ones.
fn dist(runner: &Runner, version: &str) {
    let dist = runner.path("dist");
    fs::create_dir_all(dist.join("deploy/orders")).unwrap();
    let metadata = json!({"release": {"version": version}}).to_string();
    let mut sums = String::new();
    for (name, text) in [("a b.zip", "zip"), ("artifacts.json", metadata.as_str())] {
        fs::write(dist.join(name), text).unwrap();
        sums += &format!("{}  {name}\n", hex(&Sha256::digest(text)));
    }
    for name in [
        "report.html",
        "deploy/orders/Deploy.ps1",
        "SHA256SUMS.minisig",
    ] {
        fs::write(dist.join(name), "x").unwrap();
    }
    fs::write(dist.join("SHA256SUMS"), sums).unwrap();
}

/// Runs the workflow's last step.
fn publish(runner: &Runner, version: &str) -> Output {
    let workflow: Value = serde_saphyr::from_str(&generated_pinned()).unwrap();
    let steps = workflow["jobs"]["publish"]["steps"].as_array().unwrap();
    let script = steps.last().unwrap()["run"].as_str().unwrap();
    runner
        .bash(script)
        .current_dir(runner.path("dist"))
        .env("TAG", format!("v{version}"))
        .output()
        .unwrap()
}

#[test]
fn a_release_is_a_draft_until_it_has_all_its_files() {
    for (version, prerelease) in [
        ("1.2.3", false),
        ("1.2.3-rc.1", true),
        ("1.2.3+build-7", false),
        ("1.2.3-rc.1+b", true),
    ] {
        let Some(runner) = Runner::new() else { return };
        dist(&runner, version);
        let output = publish(&runner, version);
        assert!(output.status.success(), "{output:?}");
        let files = json!({"a b.zip": 3, "artifacts.json": fs::metadata(runner.path("dist/artifacts.json")).unwrap().len(),
            "SHA256SUMS": fs::metadata(runner.path("dist/SHA256SUMS")).unwrap().len(), "SHA256SUMS.minisig": 1});
        assert_eq!(
            runner.state()["release"],
            json!({"tag": format!("v{version}"), "draft": false, "prerelease": prerelease, "files": files})
        );

        // Pushing the tag again changes nothing.
        let output = publish(&runner, version);
        assert!(!output.status.success());
        says(&output, "is published already");
    }
}

#[test]
fn an_interrupted_draft_is_completed_and_a_damaged_file_is_not_published() {
    let Some(runner) = Runner::new() else { return };
    dist(&runner, "1.2.3");
    let begun = json!({"release": {"tag": "v1.2.3", "draft": true, "prerelease": false, "files": {"a b.zip": 1}}});
    fs::write(runner.path("state.json"), begun.to_string()).unwrap();
    let output = publish(&runner, "1.2.3");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(runner.state()["release"]["files"]["a b.zip"], 3);

    let Some(runner) = Runner::new() else { return };
    dist(&runner, "1.2.3");
    fs::write(runner.path("dist/a b.zip"), "zap").unwrap();
    assert!(!publish(&runner, "1.2.3").status.success());
    assert_eq!(runner.state(), Value::Null);
}

/// A server with one published gorelease.
struct Releases {
    server: Child,
    address: String,
}

impl Releases {
    fn start(folder: &Path) -> Self {
        let download = folder.join("site/contoso/gorelease/releases/download/v0.3.0");
        fs::create_dir_all(&download).unwrap();
        fs::write(folder.join("site/latest"), "v0.3.0").unwrap();
        let name = "gorelease_0.3.0_linux_amd64";
        let inner = folder.join(name);
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("gorelease"), "#!/bin/sh\necho gorelease 0.3.0\n").unwrap();
        fs::set_permissions(inner.join("gorelease"), fs::Permissions::from_mode(0o755)).unwrap();
        let archive = download.join(format!("{name}.tar.gz"));
        let tar = Command::new("tar")
            .arg("-C")
            .arg(folder)
            .arg("-czf")
            .args([&archive, Path::new(name)])
            .status();
        assert!(tar.unwrap().success());
        let digest = hex(&Sha256::digest(fs::read(&archive).unwrap()));
        fs::write(
            download.join("SHA256SUMS"),
            format!("{digest}  {name}.tar.gz\n"),
        )
        .unwrap();
        let mut server = Command::new("python3")
            .args(["-c", SERVER])
            .current_dir(folder.join("site"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = server.stdout.take().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
        let address = format!("http://127.0.0.1:{}", line.trim());
        Self { server, address }
    }
}

impl Drop for Releases {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Runs the action's `install.sh` with this `version` input.
fn install(runner: &Runner, releases: &Releases, version: &str) -> Output {
    let action = runner.path("action");
    fs::create_dir_all(&action).unwrap();
    fs::write(
        action.join("Cargo.toml"),
        "[package]\nname = \"gorelease\"\nversion = \"0.3.0\"\n\n[dependencies]\n",
    )
    .unwrap();
    let script = support::root().join(".github/action/install.sh");
    runner
        .bash(&format!("bash '{}'", script.display()))
        .env("RUNNER_TEMP", runner.path("temp"))
        .env("RUNNER_OS", "Linux")
        .env("RUNNER_ARCH", "X64")
        .env("GITHUB_PATH", runner.path("path"))
        .env("GITHUB_SERVER_URL", &releases.address)
        .env("ACTION_PATH", action)
        .env("ACTION_REPOSITORY", "contoso/gorelease")
        .env("VERSION", version)
        .output()
        .unwrap()
}

#[test]
fn the_action_installs_what_was_asked_for_and_attested() {
    let Some(runner) = Runner::new() else { return };
    let releases = Releases::start(runner.folder.path());
    // Used by the commit of a tag, there is no version but the one in Cargo.toml.
    for version in ["", "0.3.0", "v0.3.0", "latest"] {
        let output = install(&runner, &releases, version);
        assert!(output.status.success(), "{version}: {output:?}");
        says(&output, "gorelease 0.3.0");
        let verified = runner.state()["verified"]
            .as_array()
            .unwrap()
            .last()
            .cloned();
        assert_eq!(
            verified.unwrap(),
            json!(["gorelease_0.3.0_linux_amd64.tar.gz", {
                "--repo": "contoso/gorelease",
                "--signer-workflow": "contoso/gorelease/.github/workflows/release.yml",
                "--source-ref": "refs/tags/v0.3.0",
            }])
        );
    }
    for (version, words) in [
        ("9.9.9", "failed to download"),
        ("main", "invalid version `main`"),
        ("0.3.0; id", "invalid version"),
        ("../../x", "invalid version"),
    ] {
        let output = install(&runner, &releases, version);
        assert!(!output.status.success(), "{version}");
        says(&output, words);
    }
}

#[test]
fn the_action_installs_nothing_that_is_changed_or_not_attested() {
    let Some(runner) = Runner::new() else { return };
    let releases = Releases::start(runner.folder.path());
    fs::write(
        runner.path("state.json"),
        json!({"reject": true}).to_string(),
    )
    .unwrap();
    let output = install(&runner, &releases, "");
    assert!(!output.status.success());
    says(
        &output,
        "was not built by the release workflow of contoso/gorelease",
    );
    assert!(!runner.path("temp/gorelease/bin/gorelease").exists());

    fs::remove_file(runner.path("state.json")).unwrap();
    let archive =
        "site/contoso/gorelease/releases/download/v0.3.0/gorelease_0.3.0_linux_amd64.tar.gz";
    fs::write(runner.path(archive), "another").unwrap();
    let output = install(&runner, &releases, "");
    assert!(!output.status.success());
    says(
        &output,
        "the checksum of gorelease_0.3.0_linux_amd64.tar.gz is wrong",
    );
    assert!(!runner.path("temp/gorelease/bin/gorelease").exists());
}
