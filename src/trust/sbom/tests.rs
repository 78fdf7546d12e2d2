use std::collections::BTreeMap;

use serde_json::Value;

use super::*;
use crate::format::buildinfo::{BuildInfo, Module};
use crate::trust::licence::Places;

fn module(path: &str, version: &str, sum: &str) -> Module {
    Module {
        path: path.into(),
        version: version.into(),
        sum: sum.into(),
        replace: None,
    }
}

fn info() -> BuildInfo {
    let mut fork = module("github.com/Old/Name", "v1.0.0", "");
    fork.replace = Some(Box::new(module(
        "github.com/new/name",
        "v1.1.0",
        "h1:utOm6MM3R3dnawAiJgn0y+xvuYRsm1RKM/4giyfDgV0=",
    )));
    let mut folder = module("example.com/helper", "v1.0.0", "");
    folder.replace = Some(Box::new(module("/home/somebody/helper", "(devel)", "")));
    BuildInfo {
        go_version: "go1.26.1 X:boringcrypto".into(),
        path: "example.com/orders/cmd/orders".into(),
        main: Some(module("example.com/orders", "v1.4.2", "")),
        deps: vec![fork, folder],
        settings: BTreeMap::from([
            ("CGO_ENABLED".to_owned(), "0".to_owned()),
            ("GOARCH".to_owned(), "amd64".to_owned()),
            ("GOOS".to_owned(), "windows".to_owned()),
        ]),
    }
}

fn inventory(info: &BuildInfo) -> Inventory {
    let subject = Subject {
        file_name: "orders.exe".into(),
        sha256: "ab".repeat(32),
        version: Some("1.4.2".into()),
    };
    Inventory::gather(subject, info, &Places::default()).unwrap()
}

fn origin() -> Origin {
    Origin {
        created: "2026-03-04T05:06:07Z".parse().unwrap(),
        tool_version: "0.1.0".into(),
        manufacturer: Some("Contoso Ltd".into()),
    }
}

#[test]
fn cyclonedx_of_a_small_program() {
    insta::assert_json_snapshot!(cyclonedx::document(&inventory(&info()), &origin()));
}

#[test]
fn spdx_of_a_small_program() {
    insta::assert_json_snapshot!(spdx::document(&inventory(&info()), &origin()));
}

#[test]
fn a_replacement_from_a_folder_does_not_tell_where_the_folder_is() {
    let document =
        serde_json::to_string(&cyclonedx::document(&inventory(&info()), &origin())).unwrap();
    assert!(!document.contains("/home/somebody"), "{document}");
}

#[test]
fn documents_about_different_files_have_different_ids() {
    let id = |sha256: &str| {
        let mut inventory = inventory(&info());
        inventory.subject.sha256 = sha256.repeat(32);
        let document = serde_json::to_value(cyclonedx::document(&inventory, &origin())).unwrap();
        document["serialNumber"].clone()
    };
    assert_eq!(id("ab"), id("ab"));
    assert_ne!(id("ab"), id("cd"));
}

#[test]
fn with_cgo_the_document_does_not_claim_to_be_complete() {
    let mut info = info();
    info.settings.insert("CGO_ENABLED".into(), "1".into());
    let document = serde_json::to_value(cyclonedx::document(&inventory(&info), &origin())).unwrap();
    assert_eq!(document["compositions"][0]["aggregate"], "incomplete");
}

#[test]
fn names_that_differ_in_punctuation_only_keep_different_spdx_ids() {
    let mut info = info();
    info.deps = vec![
        module("example.com/a-b", "v1", ""),
        module("example.com/a/b", "v1", ""),
    ];
    let document = serde_json::to_value(spdx::document(&inventory(&info), &origin())).unwrap();
    let ids: Vec<&Value> = document["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| &package["SPDXID"])
        .collect();
    assert_eq!(
        ids[1..3],
        [
            "SPDXRef-Module-example.com-a-b-v1",
            "SPDXRef-Module-example.com-a-b-v1-2"
        ]
    );
}

#[test]
fn a_program_without_modules_is_called_by_its_file() {
    let info = BuildInfo {
        go_version: "go1.26.1".into(),
        ..BuildInfo::default()
    };
    let inventory = inventory(&info);
    assert_eq!(
        (inventory.main.name.as_str(), inventory.main.purl.as_deref()),
        ("orders.exe", None)
    );
    assert_eq!(inventory.components.len(), 1);
}

/// Go takes a version from tags of its own form only; both documents have the release's, in the package URL, too.
#[test]
fn a_document_has_one_version() {
    const PSEUDO: &str = "v0.0.0-20250301100000-0123456789ab";
    for (version, recorded, url, stamped) in [
        ("1.4.2", "v1.4.2", "v1.4.2", None),
        // A tag without `v`, with another prefix, or of v2 without `/v2` in the module's path.
        ("1.4.2", PSEUDO, "v1.4.2", Some(PSEUDO)),
        ("2.0.0", PSEUDO, "v2.0.0", Some(PSEUDO)),
        ("1.4.2+meta", PSEUDO, "v1.4.2%2Bmeta", Some(PSEUDO)),
        (
            "1.4.3-dev.0.g0123456.dirty",
            "v1.4.2+dirty",
            "v1.4.3-dev.0.g0123456.dirty",
            Some("v1.4.2+dirty"),
        ),
        ("1.4.2", "(devel)", "v1.4.2", None),
    ] {
        let mut info = info();
        info.main = Some(module("example.com/orders", recorded, ""));
        let mut subject = inventory(&info).subject;
        subject.version = Some(version.to_owned());
        let inventory = Inventory::gather(subject, &info, &Places::default()).unwrap();
        let package_url =
            format!("pkg:golang/example.com/orders@{url}?goarch=amd64&goos=windows#cmd/orders");

        let document = serde_json::to_value(cyclonedx::document(&inventory, &origin())).unwrap();
        let main = &document["metadata"]["component"];
        let properties = main["properties"].as_array().unwrap();
        let property = properties
            .iter()
            .find(|property| property["name"] == "gorelease:go:module-version");
        assert_eq!(main["version"], version);
        assert_eq!(main["purl"], package_url);
        assert_eq!(
            property.map(|property| &property["value"]),
            stamped.map(Value::from).as_ref()
        );

        let document = serde_json::to_value(spdx::document(&inventory, &origin())).unwrap();
        let main = &document["packages"][0];
        assert_eq!(main["versionInfo"], version);
        assert_eq!(main["externalRefs"][0]["referenceLocator"], package_url);
        let comment = main["comment"].as_str().unwrap();
        let line = stamped.map(|stamped| format!("Go module version {stamped}\n"));
        assert!(
            line.as_ref()
                .map_or(!comment.contains("module version"), |line| comment
                    .contains(line)),
            "{comment}"
        );
    }
}
