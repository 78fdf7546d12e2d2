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

/// The readers of executables.
pub fn with_executable_readers() -> Option<PathBuf> {
    python("executables", &["pefile", "lief"])
}
