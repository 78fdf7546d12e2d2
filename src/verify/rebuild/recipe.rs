//! What a release says that it was made from and how, checked before any of it reaches git, the go command or gorelease.

use std::collections::BTreeSet;

use semver::Version;

use crate::error::{ExitCode, Failure};
use crate::format::archive::check_name;
use crate::plan::{Skip, VersionOrigin};
use crate::step::metadata::ArtifactsFile;
use crate::target::Target;

/// How to build the release again.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Recipe {
    /// The whole hash.
    pub(super) commit: String,
    /// The manifest, relative to the repository and below it.
    pub(super) manifest: Option<String>,
    /// The Go toolchain.
    pub(super) toolchain: Option<String>,
    /// Seconds since 1970.
    pub(super) timestamp: u64,
    /// What `gorelease build` is given besides; each value in the word of its option.
    pub(super) arguments: Vec<String>,
}

impl Recipe {
    /// # Errors
    /// When the release cannot be built again, or says something that is not what it should be.
    pub(super) fn of(file: &ArtifactsFile) -> Result<Self, Failure> {
        let refuse = |message: String| Failure::new(ExitCode::Verification, message);
        let commit = file.release.commit.as_ref().ok_or_else(|| {
            refuse("the release does not tell its commit, so it cannot be built again".to_owned())
        })?;
        if commit.dirty {
            let message = format!(
                "the release was made from a changed tree, not from the commit {}",
                commit.short.escape_debug()
            );
            return Err(refuse(message).hint("only what is committed can be built again"));
        }
        let invalid = |what: &str, value: &str| {
            let value = value.escape_debug();
            refuse(format!(
                "`artifacts.json` has an invalid {what} `{value}`, so the release is not built again"
            ))
        };
        let is_hash = |text: &str| {
            matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if !is_hash(&commit.hash) {
            return Err(invalid("commit", &commit.hash));
        }
        let manifest = file.selection.manifest.clone();
        if let Some(manifest) = manifest.as_ref().filter(|path| check_name(path).is_err()) {
            return Err(invalid("manifest", manifest));
        }
        // Words after a blank are experiments, not part of the version's name.
        let toolchain = file.release.go_version.as_deref();
        let toolchain = toolchain.map(|text| text.split(' ').next().unwrap_or(text).to_owned());
        if let Some(toolchain) = toolchain.as_ref().filter(|text| !is_toolchain(text)) {
            return Err(invalid("Go version", toolchain));
        }
        Ok(Self {
            commit: commit.hash.clone(),
            manifest,
            toolchain,
            timestamp: file.release.timestamp,
            arguments: arguments(file, &invalid)?,
        })
    }

    /// The command, for people.
    pub(super) fn shown(&self) -> String {
        let mut words = vec!["gorelease".to_owned(), "build".to_owned()];
        words.extend(self.arguments.iter().cloned());
        words.extend(
            self.manifest
                .iter()
                .map(|path| format!("--manifest={path}")),
        );
        words.join(" ")
    }
}

/// Whether this is the name of a released Go toolchain, such as `go1.26.1`, `go1.27rc1` or `go1.26.1-custom`
/// (go.dev/doc/toolchain, "Go toolchain names"); no path, no list, and none of the words that GOTOOLCHAIN knows.
fn is_toolchain(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("go1.") else {
        return false;
    };
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
    rest.starts_with(|letter: char| letter.is_ascii_digit()) && rest.chars().all(is_plain)
}

/// The arguments that ask for the same version and the same results.
fn arguments(
    file: &ArtifactsFile,
    invalid: &dyn Fn(&str, &str) -> Failure,
) -> Result<Vec<String>, Failure> {
    let version = file.release.version.as_str();
    if Version::parse(version).is_err() {
        return Err(invalid("version", version));
    }
    let mut arguments = match file.release.version_origin {
        // The tag by its version: the commit may have others by now.
        VersionOrigin::Tag | VersionOrigin::VersionOption => vec![format!("--version={version}")],
        VersionOrigin::SnapshotOption => vec![format!("--snapshot={version}")],
        VersionOrigin::Commit => Vec::new(),
    };
    let targets: BTreeSet<&String> = file
        .artifacts
        .iter()
        .filter_map(|artifact| artifact.target.as_ref())
        .collect();
    for target in targets {
        // A pattern would ask for others.
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._,-".contains(letter);
        if Target::parse(target).is_none() || !target.chars().all(is_plain) {
            return Err(invalid("target", target));
        }
        arguments.push(format!("--target={target}"));
    }
    for binary in &file.selection.binaries {
        if binary.is_empty() || binary.chars().any(char::is_control) {
            return Err(invalid("binary", binary));
        }
        arguments.push(format!("--binary={binary}"));
    }
    let skip = file.selection.skip.iter().chain([&Skip::Vulnerabilities]);
    arguments.extend(skip.map(|skip| format!("--skip={}", skip.word())));
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn file(change: impl Fn(&mut Value)) -> ArtifactsFile {
        let hash = "ab".repeat(20);
        let mut json = json!({
            "schema": 1,
            "gorelease": "0.1.0",
            "release": {
                "name": "orders", "title": "Orders", "manufacturer": "", "description": "", "version": "1.4.2", "version-origin": "tag", "kind": "release",
                "commit": { "hash": hash, "short": "abababa", "dirty": false, "time": 0 },
                "timestamp": 0, "manifest-sha256": "", "go-version": "go1.26.1 X:boringcrypto"
            },
            "artifacts": [],
            "checksums": []
        });
        change(&mut json);
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn what_was_made_is_asked_for_again() {
        let recipe = Recipe::of(&file(|json| {
            json["selection"] =
                json!({ "manifest": "sub/release.toml", "binaries": ["-x"], "skip": ["sbom"] });
        }))
        .unwrap();
        assert_eq!(recipe.toolchain.as_deref(), Some("go1.26.1"));
        assert_eq!(recipe.manifest.as_deref(), Some("sub/release.toml"));
        assert_eq!(
            recipe.arguments,
            [
                "--version=1.4.2",
                "--binary=-x",
                "--skip=sbom",
                "--skip=vulnerabilities"
            ]
        );
    }

    #[test]
    fn a_received_value_is_never_a_path_an_option_or_another_toolchain() {
        let release = |name: &'static str, value: Value| {
            move |json: &mut Value| json["release"][name] = value.clone()
        };
        let manifest = |value: &'static str| {
            move |json: &mut Value| json["selection"] = json!({ "manifest": value })
        };
        let hash = |value: &'static str| {
            move |json: &mut Value| json["release"]["commit"]["hash"] = value.into()
        };
        let refused = |change: &dyn Fn(&mut Value), what: &str| {
            let error = Recipe::of(&file(change)).unwrap_err();
            assert!(error.message.contains(what), "{}", error.message);
        };
        for path in [
            "/abs/release.toml",
            "../release.toml",
            "a/../../b",
            "C:\\x",
            "a\nb",
            "",
        ] {
            refused(&manifest(path), "invalid manifest");
        }
        for commit in ["HEAD", "main", "--upload-pack=x", "abab", "v1.4.2"] {
            refused(&hash(commit), "invalid commit");
        }
        for version in [
            "path",
            "local",
            "/usr/bin/go",
            "go1.26+path",
            "go2",
            "devel",
            "go1;x",
        ] {
            refused(&release("go-version", version.into()), "invalid Go version");
        }
        refused(&release("version", "--out=x".into()), "invalid version");
        for target in ["*/*", "linux", "linux/amd64/../x", "linux/[a-z]*"] {
            let artifact = move |json: &mut Value| {
                json["artifacts"] = json!([{ "name": "a", "kind": "report", "target": target, "size": 0, "sha256": "" }]);
            };
            refused(&artifact, "invalid target");
        }
    }
}
