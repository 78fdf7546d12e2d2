//! The manifest that gorelease releases itself with.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::support;

fn gorelease(args: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_gorelease"))
        .args(args)
        .current_dir(support::root())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {text}");
}

#[test]
fn it_is_right() {
    gorelease(&["--version"]);
    if support::require_tool("go").is_some() {
        gorelease(&["check", "--target", "host"]);
    }
}

#[test]
fn what_it_packs_is_made_by_its_hooks() {
    let made = tempfile::tempdir().unwrap();
    let folder = |name: &str| made.path().join(name).to_string_lossy().into_owned();
    gorelease(&["man", &folder("man")]);
    for shell in ["bash", "fish", "powershell", "zsh"] {
        gorelease(&["completions", shell, &folder("completions")]);
    }
    let names = |path: &Path| -> BTreeSet<String> {
        let files = std::fs::read_dir(path).unwrap();
        files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    let text = std::fs::read_to_string(support::root().join("release.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let files = manifest["package"]["files"].as_array().unwrap();
    for kind in ["man", "completions"] {
        let prefix = format!("target/share/{kind}/");
        let packed: BTreeSet<String> = files
            .iter()
            .filter_map(|file| file["from"].as_str()?.strip_prefix(&prefix))
            .map(str::to_owned)
            .collect();
        let made = names(&made.path().join(kind));
        assert_eq!(
            packed, made,
            "`package.files` in release.toml and what the hooks make"
        );
    }
}
