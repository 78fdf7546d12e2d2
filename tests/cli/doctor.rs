//! What `doctor` says of a project's own needs, with stand-ins for the tools.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use serde_json::Value;

use crate::support::project::{Project, finished};

const SIGNED: &str = "\
[project]
manufacturer = 'Contoso'
go-toolchain = 'TOOLCHAIN'
[build]
targets = ['linux/arm64', 'windows/amd64']
cgo = true
[[build.override]]
target = 'windows/*'
cc = 'x86_64-w64-mingw32-gcc'
[[build.override]]
target = 'linux/*'
cc = 'zig cc -target aarch64-linux-gnu'
[package]
windows = ['msi']
[msi]
backend = 'wixl'
leave-out = ['access-lists', 'progress-texts', 'secure-properties']
[sign.authenticode]
pkcs12 = 'key.pfx'
password = { env = 'PASSWORD' }
[[sign.detached]]
tool = 'gpg'
[[sign.detached]]
tool = 'cosign'
[vulnerabilities]
[[hooks.before]]
run = ['our-generator', '--all']
";

/// What the manifest calls, and the version that each stand-in tells.
const TOOLS: [(&str, &str); 8] = [
    ("x86_64-w64-mingw32-gcc", "12-win32"),
    ("zig", "0.14.1"),
    ("wixl", "0.106"),
    ("osslsigncode", "2.5"),
    ("gpg", "2.4.4"),
    ("cosign", "2.6.1"),
    ("govulncheck", "1.1.4"),
    ("our-generator", ""),
];

struct Machine {
    project: Project,
    path: PathBuf,
}

impl Machine {
    /// go and git, and nothing else.
    fn new() -> Self {
        let project = Project::hello();
        let path = project.beside("bin");
        fs::create_dir(&path).unwrap();
        for tool in ["go", "git", "sh"] {
            symlink(which::which(tool).unwrap(), path.join(tool)).unwrap();
        }
        Self { project, path }
    }

    fn install(&self, tool: &str, version: &str) {
        let file = self.path.join(tool);
        fs::write(&file, format!("#!/bin/sh\necho {tool} {version}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn go_version(&self) -> String {
        let mut go = std::process::Command::new("go");
        let output = go
            .args(["env", "GOVERSION"])
            .current_dir(self.project.root());
        let output = output.output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The rows about the project, as name, level and everything that is said; and the exit code.
    fn doctor(&self) -> (Vec<(String, String, String)>, i32) {
        let run = self
            .project
            .command(&["doctor", "--format", "json"])
            .env("PATH", &self.path)
            .env_remove("GORELEASE_GO")
            .output()
            .unwrap();
        let run = finished(run);
        let answer: Value = serde_json::from_str(&run.stdout).unwrap();
        let rows = answer["rows"].as_array().unwrap().iter();
        let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let own = rows.filter(|row| row["section"] == "project").map(|row| {
            let said = format!("{}; {}", text(row, "value"), text(row, "hint"));
            (text(row, "name"), text(row, "level"), said)
        });
        (own.collect(), run.code)
    }
}

#[test]
fn everything_that_a_manifest_calls_is_found() {
    let machine = Machine::new();
    for (tool, version) in TOOLS {
        machine.install(tool, version);
    }
    let go = machine.go_version();
    machine.project.write("key.pfx", "");
    machine.project.manifest(&SIGNED.replace("TOOLCHAIN", &go));
    let (rows, code) = machine.doctor();
    assert_eq!(code, 0, "{rows:#?}");
    assert!(
        rows.iter().all(|(_, level, _)| level != "problem"),
        "{rows:#?}"
    );
    for (tool, version) in TOOLS {
        let row = rows.iter().find(|(name, ..)| name == tool);
        let (_, _, said) = row.unwrap_or_else(|| panic!("{tool} is not in {rows:#?}"));
        assert!(said.contains(version) && said.contains(", to "), "{said}");
        assert!(said.contains(machine.path.to_str().unwrap()), "{said}");
    }
    assert!(
        rows.iter().any(|(name, level, said)| name == "go-toolchain"
            && level == "ok"
            && said.contains(&go))
    );
}

#[test]
fn every_tool_that_is_missing_is_named_with_its_line_and_the_way_to_get_it() {
    let machine = Machine::new();
    let manifest = SIGNED.replace("TOOLCHAIN", &machine.go_version());
    machine.project.write("key.pfx", "");
    machine.project.manifest(&manifest);
    let (rows, code) = machine.doctor();
    assert_eq!(code, 4, "{rows:#?}");
    for (tool, _) in TOOLS {
        let row = rows
            .iter()
            .find(|(_, level, said)| level == "problem" && said.contains(&format!("`{tool}`")));
        let (name, _, said) = row.unwrap_or_else(|| panic!("{tool} is not in {rows:#?}"));
        assert!(
            said.contains("install") || said.contains("get it"),
            "{said}"
        );
        assert!(name.starts_with("release.toml"), "{name}");
    }
    let check = machine
        .project
        .command(&["check"])
        .env("PATH", &machine.path)
        .output()
        .unwrap();
    finished(check)
        .ends_with(4)
        .says("`osslsigncode` not found");
}

#[test]
fn a_wrong_manifest_and_another_go_are_problems_of_the_project() {
    let machine = Machine::new();
    machine
        .project
        .manifest("[project]\ngo-toolchain = 'go1.21.0'\n[build]\ntargets = ['host']\n");
    let (rows, code) = machine.doctor();
    assert_eq!(code, 3, "{rows:#?}");
    let (name, level, said) = &rows[0];
    assert_eq!(
        (name.as_str(), level.as_str()),
        ("release.toml:2", "problem")
    );
    assert!(said.contains("GOTOOLCHAIN=go1.21.0"), "{said}");

    machine.project.manifest("[build]\ntaregts = []\n");
    let (rows, code) = machine.doctor();
    assert_eq!(code, 3);
    assert_eq!(rows[0].0, "release.toml:2");
    assert!(rows[0].2.contains("did you mean `targets`?"), "{rows:?}");
}

#[test]
fn without_a_manifest_nothing_is_said_of_one() {
    let machine = Machine::new();
    let (rows, code) = machine.doctor();
    assert_eq!((rows, code), (Vec::new(), 0));
}

#[test]
fn a_go_that_does_not_answer_is_told_once() {
    let project = Project::hello();
    project.manifest("[project]\nname = 'hello'\n");
    let doctor = project
        .command(&["doctor"])
        .env("GOFLAGS", "-nonsense")
        .output();
    let run = finished(doctor.unwrap()).ends_with(3);
    assert_eq!(run.stdout.matches("-nonsense").count(), 1, "{}", run.stdout);
    assert!(run.stdout.contains("first mend what is told above"));
    assert!(run.stdout.contains("problems: 1, "), "{}", run.stdout);
}
