//! Licences of modules that everybody uses, as their authors wrote the files.

use std::path::{Path, PathBuf};
use std::process::Command;

use gorelease::format::buildinfo::{BuildInfo, Module};
use gorelease::trust::licence::Places;
use gorelease::trust::sbom::{Inventory, Subject};

use crate::fixture::run;
use crate::support::{require_tool, skip};

/// Module, version, SPDX expression; nothing where the text is no licence of the list, and so must not be guessed.
const MODULES: [(&str, &str, Option<&str>); 12] = [
    ("filippo.io/edwards25519", "v1.1.0", Some("BSD-3-Clause")),
    ("github.com/BurntSushi/toml", "v1.4.0", Some("MIT")),
    ("github.com/davecgh/go-spew", "v1.1.1", Some("ISC")),
    ("github.com/go-logr/logr", "v1.4.3", Some("Apache-2.0")),
    ("github.com/go-sql-driver/mysql", "v1.7.1", Some("MPL-2.0")),
    ("github.com/google/uuid", "v1.6.0", Some("BSD-3-Clause")),
    ("github.com/hashicorp/errwrap", "v1.1.0", Some("MPL-2.0")),
    ("github.com/pkg/errors", "v0.9.1", Some("BSD-2-Clause")),
    ("github.com/stretchr/testify", "v1.10.0", Some("MIT")),
    ("golang.org/x/mod", "v0.20.0", Some("BSD-3-Clause")),
    ("gopkg.in/yaml.v2", "v2.4.0", Some("Apache-2.0 AND MIT")),
    ("gopkg.in/yaml.v3", "v3.0.1", Some("Apache-2.0 AND MIT")),
];

#[test]
fn licences_of_well_known_modules_are_right() {
    let Some(go) = require_tool("go") else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("go.mod"),
        "module example.com/x\n\ngo 1.24\n",
    )
    .unwrap();
    let download = Command::new(&go)
        .args(["mod", "download"])
        .args(MODULES.map(|(path, version, _)| format!("{path}@{version}")))
        .current_dir(folder.path())
        .output()
        .unwrap();
    if !download.status.success() {
        let _: Option<()> = skip("the modules cannot be downloaded");
        return;
    }
    let inventory = inventory(&go);
    let mut wrong = Vec::new();
    for (path, _, expected) in MODULES {
        let found = inventory
            .components
            .iter()
            .find(|it| it.name == path)
            .unwrap();
        let licence = (
            found.licence.expression.as_deref(),
            found.licence.confidence,
        );
        if licence.0 != expected || licence.1 < Some(90) {
            wrong.push(format!("{path}: {licence:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The inventory of an executable that would hold all of the modules.
fn inventory(go: &Path) -> Inventory {
    let cache = run(Command::new(go).args(["env", "GOMODCACHE"]));
    let module = |(path, version, _): (&str, &str, _)| Module {
        path: path.to_owned(),
        version: version.to_owned(),
        ..Module::default()
    };
    let info = BuildInfo {
        go_version: "go1.26.1".to_owned(),
        deps: MODULES.map(module).to_vec(),
        ..BuildInfo::default()
    };
    let subject = Subject {
        file_name: "x".to_owned(),
        sha256: "ab".repeat(32),
        version: None,
    };
    let places = Places {
        module_cache: Some(PathBuf::from(cache.trim())),
        ..Places::default()
    };
    Inventory::gather(subject, &info, &places).unwrap()
}
