//! A project with every table of trust switched on, and what its tests do with files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::fixture::{Certificates, PASSWORD};
use crate::support::project::{Project, Run, finished, names};
use crate::support::require_tool;

/// The text of a minisign secret key that is not encrypted, and its public key.
pub struct MinisignKey {
    pub secret: String,
    pub public: String,
}

impl MinisignKey {
    pub fn new() -> Self {
        let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
        Self {
            secret: pair.sk.to_box(None).unwrap().into_string(),
            public: pair.pk.to_base64(),
        }
    }
}

/// A project with every table, and what signs it.
pub struct Bench {
    pub project: Project,
    pub certificates: &'static Certificates,
    pub minisign: MinisignKey,
}

impl Bench {
    pub fn new() -> Option<Self> {
        for name in ["go", "git", "osslsigncode"] {
            require_tool(name)?;
        }
        let certificates = Certificates::get()?;
        let project = Project::hello();
        project.write("tools.ps1", "Write-Output 'Grüße'\r\n");
        project.manifest(&format!(
            "[build]\ntargets = ['windows/amd64', 'linux/amd64']\n\
             [package]\nwindows = ['zip', 'binary']\n\
             [[package.files]]\nfrom = 'tools.ps1'\ntargets = ['windows/*']\n\
             [[service]]\nbinary = 'hello'\nname = 'Hello'\n[sbom]\n[provenance]\n\
             [sign.authenticode]\npkcs12 = '{}'\nroot = '{}'\npassword = {{ env = 'CODESIGN_PASSWORD' }}\n\
             [[sign.detached]]\ntool = 'minisign'\nkey = {{ env = 'MINISIGN_KEY' }}\n",
            certificates.pkcs12().display(),
            certificates.file("root.pem").display()
        ));
        Some(Self {
            project,
            certificates,
            minisign: MinisignKey::new(),
        })
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.command(arguments);
        command
            .env("CODESIGN_PASSWORD", PASSWORD)
            .env("MINISIGN_KEY", &self.minisign.secret);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        finished(self.command(arguments).output().unwrap())
    }

    pub fn dist(&self) -> PathBuf {
        self.project.path("dist")
    }

    pub fn verify(&self, dist: &Path) -> Run {
        let root = self.certificates.file("root.pem");
        let arguments = [
            "verify",
            "--root",
            root.to_str().unwrap(),
            "--minisign-key",
            &self.minisign.public,
        ];
        finished(self.project.command(&arguments).arg(dist).output().unwrap())
    }

    /// As on a machine that has nothing: no program can be found, and no variable is set.
    pub fn verify_with_nothing(&self, subject: &Path) -> Run {
        let arguments = ["verify", "--minisign-key", &self.minisign.public];
        let mut command = self.project.command(&arguments);
        command.env_clear().arg(subject);
        finished(command.output().unwrap())
    }
}

/// Writes a changed file's new digest and size into `artifacts.json` and `SHA256SUMS`.
pub fn refit(dist: &Path, name: &str) {
    let new = sha(&dist.join(name));
    let size = fs::metadata(dist.join(name)).unwrap().len();
    edit(&dist.join("artifacts.json"), |text| {
        let mut json: Value = serde_json::from_str(&text).unwrap();
        for artifact in json["artifacts"].as_array_mut().unwrap() {
            if artifact["name"] == name {
                artifact["sha256"] = new.clone().into();
                artifact["size"] = size.into();
                for binary in artifact
                    .get_mut("binaries")
                    .and_then(Value::as_array_mut)
                    .into_iter()
                    .flatten()
                {
                    binary["sha256"] = new.clone().into();
                    binary["size"] = size.into();
                }
            }
        }
        format!("{json:#}\n")
    });
    edit(&dist.join("SHA256SUMS"), |text| {
        text.replace(&sha_of(&text, name), &new)
    });
    refit_metadata(dist);
}

/// Writes the new digest of a changed `artifacts.json` into `SHA256SUMS`.
pub fn refit_metadata(dist: &Path) {
    let metadata = sha(&dist.join("artifacts.json"));
    edit(&dist.join("SHA256SUMS"), |text| {
        text.replace(&sha_of(&text, "artifacts.json"), &metadata)
    });
}

fn sha(path: &Path) -> String {
    gorelease::format::output::sha256_hex(&fs::read(path).unwrap())
}

pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

pub fn edit(path: &Path, change: impl Fn(String) -> String) {
    fs::write(path, change(read(path))).unwrap();
}

pub fn sha_of(sums: &str, name: &str) -> String {
    let line = sums
        .lines()
        .find(|line| line.ends_with(&format!("  {name}")))
        .unwrap();
    line[..64].to_owned()
}

pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

pub fn find(folder: &Path, end: &str) -> PathBuf {
    let name = names(folder).into_iter().find(|name| name.ends_with(end));
    folder.join(name.unwrap_or_else(|| panic!("no file ends with {end}")))
}

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let walk = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(Result::unwrap);
    walk.filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.into_path())
        .collect()
}

/// Whether bytes hold a text, which is ASCII.
pub fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    let text = String::from_utf8_lossy(haystack);
    // A debug print of bytes is a leak as well.
    let numbers = needle
        .iter()
        .map(u8::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let needle = String::from_utf8_lossy(needle);
    text.contains(needle.as_ref()) || text.contains(&numbers)
}
