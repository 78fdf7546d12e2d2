//! Python with packages of its own, below `target/`, so that the tests depend on nothing that was installed by hand.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use super::{cache, require_tool, skip};

/// A Python that has these packages, in an environment of this name that is made when it is not there.
pub fn python(name: &str, packages: &[&str]) -> Option<PathBuf> {
    let system = require_tool("python3")?;
    let folder = cache().join(format!("venv-{name}"));
    let (python, ready) = (folder.join("bin/python"), folder.join("ready"));
    fs::create_dir_all(cache()).expect("the test bed's folder");
    let lock = File::create(cache().join(format!("venv-{name}.lock"))).expect("the lock file");
    lock.lock().expect("the lock");
    let wanted = packages.join(" ");
    if fs::read_to_string(&ready).unwrap_or_default() == wanted {
        return Some(python);
    }
    let made = Command::new(system)
        .args(["-m", "venv"])
        .arg(&folder)
        .status()
        .is_ok_and(|status| status.success());
    let installed = made
        && Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(packages)
            .status()
            .is_ok_and(|status| status.success());
    if !installed {
        return skip(&format!("the Python packages {wanted} cannot be installed"));
    }
    fs::write(ready, wanted).expect("the mark");
    Some(python)
}

/// A YAML text as JSON, read by PyYAML; none when that is missing.
pub fn yaml_to_json(text: &str) -> Option<serde_json::Value> {
    let code = "import sys, json, yaml; print(json.dumps(yaml.safe_load(sys.stdin.buffer)))";
    read(&python("yaml", &["PyYAML"])?, code, text)
}

/// What a Python program on the command line makes of `text` on its standard input, as JSON.
pub fn read(python: &std::path::Path, code: &str, text: &str) -> Option<serde_json::Value> {
    use std::io::Write as _;
    let mut child = Command::new(python)
        .args(["-c", code])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("Python");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(text.as_bytes()).expect("the text");
    drop(input);
    let output = child.wait_with_output().expect("Python's answer");
    assert!(output.status.success(), "Python cannot read:\n{text}");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

/// The readers of executables.
pub fn with_executable_readers() -> Option<PathBuf> {
    python("executables", &["pefile", "lief"])
}
