//! Bills of materials, read by the validators of the formats' own projects.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gorelease::format::buildinfo;
use gorelease::trust::licence::Places;
use gorelease::trust::sbom::{Inventory, Origin, Subject, cyclonedx, spdx};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::fixture::{Fixture, python, run};

fn inventory(fixture: &Fixture, executable: &Path) -> Inventory {
    let digest = Sha256::digest(fs::read(executable).unwrap());
    let subject = Subject {
        file_name: executable.file_name().unwrap().to_str().unwrap().to_owned(),
        sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        version: Some("1.4.2".to_owned()),
    };
    let go_env = |name: &str| Some(PathBuf::from(run(fixture.go().args(["env", name])).trim()));
    let places = Places {
        main_module: Some(fixture.module()),
        vendor: None,
        module_cache: go_env("GOMODCACHE"),
        goroot: go_env("GOROOT"),
    };
    Inventory::gather(subject, &buildinfo::read(executable).unwrap(), &places).unwrap()
}

fn origin() -> Origin {
    Origin {
        created: "2026-03-04T05:06:07Z".parse().unwrap(),
        tool_version: "0.1.0".to_owned(),
        manufacturer: Some("Contoso Ltd".to_owned()),
    }
}

fn write(folder: &Path, name: &str, document: &impl Serialize) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, serde_json::to_vec_pretty(document).unwrap()).unwrap();
    path
}

const CYCLONEDX: &str = "\
import sys, json
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from cyclonedx.model.bom import Bom
text = open(sys.argv[1]).read()
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
if error: sys.exit(str(error))
bom = Bom.from_json(json.loads(text))
bom.validate()
for component in sorted(str(component.purl) for component in bom.components if component.purl): print(component)
";

const SPDX: &str = "\
import sys
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
document = parse_file(sys.argv[1])
messages = validate_full_spdx_document(document, 'SPDX-2.3')
if messages: sys.exit('\\n'.join(m.validation_message for m in messages))
for package in document.packages: print(package.name, package.version)
";

#[test]
fn cyclonedx_is_valid_and_complete_for_its_own_library() {
    let (Some(fixture), Some(python)) = (Fixture::get(), python()) else {
        return;
    };
    let inventory = inventory(fixture, &fixture.build("windows/amd64"));
    let folder = fixture.scratch("cyclonedx");
    let document = write(
        &folder,
        "orders.cdx.json",
        &cyclonedx::document(&inventory, &origin()),
    );
    let components = run(Command::new(python).args(["-c", CYCLONEDX]).arg(document));
    let expected: Vec<&str> = inventory
        .components
        .iter()
        .filter_map(|component| component.purl.as_deref())
        .collect();
    assert_eq!(components.lines().collect::<Vec<_>>(), expected);
    assert!(
        components.contains("pkg:golang/golang.org/x/mod@v0.20.0\n"),
        "{components}"
    );
}

#[test]
fn spdx_is_valid_and_complete_for_its_own_library() {
    let (Some(fixture), Some(python)) = (Fixture::get(), python()) else {
        return;
    };
    let inventory = inventory(fixture, &fixture.build("linux/amd64"));
    let folder = fixture.scratch("spdx");
    let document = write(
        &folder,
        "orders.spdx.json",
        &spdx::document(&inventory, &origin()),
    );
    let packages = run(Command::new(python).args(["-c", SPDX]).arg(document));
    assert!(
        packages.starts_with("orders-linux-amd64 1.4.2\n"),
        "{packages}"
    );
    assert!(
        packages.contains("\ngolang.org/x/mod v0.20.0\n"),
        "{packages}"
    );
    assert!(
        packages.contains("\nexample.com/helper None\n"),
        "{packages}"
    );
}

#[test]
fn licences_come_from_the_module_cache_and_the_go_distribution() {
    let Some(fixture) = Fixture::get() else {
        return;
    };
    let inventory = inventory(fixture, &fixture.build("linux/amd64"));
    let licence = |name: &str| {
        let component = inventory
            .components
            .iter()
            .find(|component| component.name == name)
            .unwrap();
        component.licence.clone()
    };
    for name in ["golang.org/x/mod", "stdlib"] {
        assert_eq!(
            licence(name).expression.as_deref(),
            Some("BSD-3-Clause"),
            "{name}"
        );
        assert!(
            licence(name).confidence >= Some(95),
            "{name}: {:?}",
            licence(name)
        );
    }
    assert_eq!(licence("example.com/helper").expression, None);
    assert_eq!(inventory.main.licence.expression, None);
}
