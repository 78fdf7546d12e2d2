//! Modules that nobody here wrote, from the Go proxy.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{require_tool, skip};

/// Puts a module's source into a folder, as the proxy has it: without git, and without nested modules; none without a
/// network.
pub fn download(module: &str, folder: &Path) -> Option<()> {
    let output = Command::new(require_tool("go")?)
        .args(["mod", "download", "-json", module])
        .env("GOFLAGS", "-mod=mod")
        .env("GO111MODULE", "on")
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        return skip(&format!("{module} cannot be downloaded: {text}"));
    }
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    copy(Path::new(answer["Dir"].as_str().unwrap()), folder);
    Some(())
}

/// Copies a folder; the copy can be written, unlike the module cache.
pub fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).sort_by_file_name() {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).unwrap();
        } else {
            fs::write(target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}
