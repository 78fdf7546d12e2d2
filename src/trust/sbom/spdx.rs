//! SPDX 2.3 as JSON (<https://spdx.github.io/spdx-spec/v2.3/>).

use std::collections::BTreeSet;

use serde::Serialize;

use super::cyclonedx::standard_library_cpe;
use super::{Component, Inventory, Kind, Origin, document_id};

const NO_ASSERTION: &str = "NOASSERTION";
const DOCUMENT_ID: &str = "SPDXRef-DOCUMENT";

/// The document about one executable.
pub fn document(inventory: &Inventory, origin: &Origin) -> impl Serialize + use<> {
    let mut ids = Ids::default();
    let executable = executable_package(inventory, origin, &mut ids);
    let relationship = |from: &str, kind, to: &str| Relationship {
        spdx_element_id: from.to_owned(),
        relationship_type: kind,
        related_spdx_element: to.to_owned(),
    };
    let mut relationships = vec![relationship(DOCUMENT_ID, "DESCRIBES", &executable.spdx_id)];
    let mut packages = vec![executable];
    for component in &inventory.components {
        let package = module_package(component, &mut ids);
        relationships.push(relationship(
            &packages[0].spdx_id,
            "DEPENDS_ON",
            &package.spdx_id,
        ));
        packages.push(package);
    }
    let mut creators = vec![format!("Tool: gorelease-{}", origin.tool_version)];
    creators.extend(
        origin
            .manufacturer
            .iter()
            .map(|name| format!("Organization: {name}")),
    );
    let id = document_id("spdx", &inventory.subject);
    Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        spdx_id: DOCUMENT_ID,
        name: inventory.subject.file_name.clone(),
        document_namespace: format!("https://spdx.org/spdxdocs/gorelease-{id}"),
        creation_info: CreationInfo {
            created: origin.created(),
            creators,
        },
        packages,
        relationships,
    }
}

fn executable_package(inventory: &Inventory, origin: &Origin, ids: &mut Ids) -> Package {
    let name = &inventory.subject.file_name;
    let mut comment = format!("Go toolchain {}\n", inventory.go_version);
    if let Some(version) = &inventory.stamped {
        comment.push_str(&format!("Go module version {version}\n"));
    }
    for (key, value) in &inventory.settings {
        comment.push_str(&format!("{key}={value}\n"));
    }
    if inventory.may_hold_c_code() {
        comment.push_str("built with cgo: C libraries that it links are not listed\n");
    }
    let supplier = origin
        .manufacturer
        .as_ref()
        .map(|name| format!("Organization: {name}"));
    Package {
        name: name.clone(),
        version_info: inventory
            .subject
            .version
            .clone()
            .or_else(|| inventory.main.version.clone()),
        package_file_name: Some(name.clone()),
        supplier: supplier.unwrap_or_else(|| NO_ASSERTION.to_owned()),
        primary_package_purpose: "APPLICATION",
        checksums: vec![Checksum {
            algorithm: "SHA256",
            checksum_value: inventory.subject.sha256.clone(),
        }],
        comment: Some(comment),
        ..package(&inventory.main, ids.unique(&format!("Executable-{name}")))
    }
}

fn module_package(component: &Component, ids: &mut Ids) -> Package {
    let version = component.version.as_deref().unwrap_or_default();
    package(
        component,
        ids.unique(&format!("Module-{}-{version}", component.name)),
    )
}

fn package(component: &Component, spdx_id: String) -> Package {
    let mut external_refs = Vec::new();
    external_refs.extend(component.purl.as_ref().map(|purl| ExternalRef {
        reference_category: "PACKAGE-MANAGER",
        reference_type: "purl",
        reference_locator: purl.clone(),
    }));
    external_refs.extend(standard_library_cpe(component).map(|cpe| ExternalRef {
        reference_category: "SECURITY",
        reference_type: "cpe23Type",
        reference_locator: cpe,
    }));
    let concluded = component
        .licence
        .expression
        .clone()
        .unwrap_or_else(|| NO_ASSERTION.to_owned());
    Package {
        spdx_id,
        name: component.name.clone(),
        version_info: component.version.clone(),
        package_file_name: None,
        supplier: if component.kind == Kind::StandardLibrary {
            "Organization: The Go Authors".to_owned()
        } else {
            NO_ASSERTION.to_owned()
        },
        download_location: NO_ASSERTION,
        files_analyzed: false,
        checksums: component
            .sha256
            .iter()
            .map(|value| Checksum {
                algorithm: "SHA256",
                checksum_value: value.clone(),
            })
            .collect(),
        source_info: component
            .replaces
            .as_ref()
            .map(|replaced| format!("replaces {replaced} (go.mod replace)")),
        license_comments: component
            .licence
            .confidence
            .map(|percent| format!("recognised from the licence files with {percent}% confidence")),
        license_concluded: concluded,
        license_declared: NO_ASSERTION,
        copyright_text: NO_ASSERTION,
        external_refs,
        primary_package_purpose: "LIBRARY",
        comment: None,
    }
}

/// Hands out element ids: letters, digits, `.` and `-`, each once.
#[derive(Default)]
struct Ids(BTreeSet<String>);

impl Ids {
    fn unique(&mut self, name: &str) -> String {
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() || c == '.' {
                c
            } else {
                '-'
            }
        };
        let base: String = name.trim_end_matches('-').chars().map(plain).collect();
        let base = format!("SPDXRef-{base}");
        let mut id = base.clone();
        let mut number = 1;
        while !self.0.insert(id.clone()) {
            number += 1;
            id = format!("{base}-{number}");
        }
        id
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    spdx_version: &'static str,
    data_license: &'static str,
    #[serde(rename = "SPDXID")]
    spdx_id: &'static str,
    name: String,
    document_namespace: String,
    creation_info: CreationInfo,
    packages: Vec<Package>,
    relationships: Vec<Relationship>,
}

#[derive(Serialize)]
struct CreationInfo {
    created: String,
    creators: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Package {
    #[serde(rename = "SPDXID")]
    spdx_id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package_file_name: Option<String>,
    supplier: String,
    download_location: &'static str,
    files_analyzed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checksums: Vec<Checksum>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_info: Option<String>,
    license_concluded: String,
    license_declared: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    license_comments: Option<String>,
    copyright_text: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_refs: Vec<ExternalRef>,
    primary_package_purpose: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checksum {
    algorithm: &'static str,
    checksum_value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExternalRef {
    reference_category: &'static str,
    reference_type: &'static str,
    reference_locator: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Relationship {
    spdx_element_id: String,
    relationship_type: &'static str,
    related_spdx_element: String,
}
