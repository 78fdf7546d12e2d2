//! CycloneDX 1.6 as JSON (<https://cyclonedx.org/docs/1.6/json/>).

use serde::Serialize;

use super::{Component, Inventory, Kind, Origin, document_id};

/// The document about one executable.
pub fn document(inventory: &Inventory, origin: &Origin) -> impl Serialize + use<> {
    let components: Vec<Entry> = inventory.components.iter().map(module_entry).collect();
    let main = executable_entry(inventory);
    let mut dependencies = vec![Dependency {
        reference: main.reference.clone(),
        depends_on: components
            .iter()
            .map(|component| component.reference.clone())
            .collect(),
    }];
    dependencies.extend(components.iter().map(|component| Dependency {
        reference: component.reference.clone(),
        depends_on: Vec::new(),
    }));
    let aggregate = if inventory.may_hold_c_code() {
        "incomplete"
    } else {
        "complete"
    };
    Document {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: document_id("cyclonedx", &inventory.subject)
            .urn()
            .to_string(),
        version: 1,
        compositions: vec![Composition {
            aggregate,
            assemblies: vec![main.reference.clone()],
        }],
        metadata: Metadata {
            timestamp: origin.created(),
            lifecycles: vec![Lifecycle { phase: "build" }],
            tools: Tools {
                components: vec![Tool {
                    kind: "application",
                    name: "gorelease",
                    version: origin.tool_version.clone(),
                }],
            },
            component: Entry {
                manufacturer: origin
                    .manufacturer
                    .clone()
                    .map(|name| Organisation { name }),
                ..main
            },
        },
        components,
        dependencies,
    }
}

fn executable_entry(inventory: &Inventory) -> Entry {
    let mut properties = vec![property("gorelease:go:version", &inventory.go_version)];
    properties.extend(
        inventory
            .stamped
            .as_ref()
            .map(|version| property("gorelease:go:module-version", version)),
    );
    properties.extend(
        inventory
            .settings
            .iter()
            .map(|(key, value)| property(&format!("gorelease:go:build:{key}"), value)),
    );
    Entry {
        kind: "application",
        name: inventory.subject.file_name.clone(),
        version: inventory
            .subject
            .version
            .clone()
            .or_else(|| inventory.main.version.clone()),
        hashes: vec![Hash {
            algorithm: "SHA-256",
            content: inventory.subject.sha256.clone(),
        }],
        properties,
        ..entry(
            &inventory.main,
            format!("file:{}", inventory.subject.file_name),
        )
    }
}

fn module_entry(component: &Component) -> Entry {
    let name = component.version.as_ref().map_or_else(
        || component.name.clone(),
        |version| format!("{}@{version}", component.name),
    );
    entry(component, format!("module:{name}"))
}

fn entry(component: &Component, reference: String) -> Entry {
    let mut properties = Vec::new();
    properties.extend(
        component
            .replaces
            .as_ref()
            .map(|replaced| property("gorelease:go:replaces", replaced)),
    );
    if let Some(confidence) = component.licence.confidence {
        properties.push(property(
            "gorelease:licence:confidence",
            &format!("{confidence}%"),
        ));
    }
    Entry {
        reference,
        kind: "library",
        manufacturer: None,
        name: component.name.clone(),
        version: component.version.clone(),
        scope: (component.kind != Kind::Main).then_some("required"),
        hashes: component
            .sha256
            .iter()
            .map(|content| Hash {
                algorithm: "SHA-256",
                content: content.clone(),
            })
            .collect(),
        licenses: component
            .licence
            .expression
            .iter()
            .map(|expression| licence_choice(expression))
            .collect(),
        cpe: standard_library_cpe(component),
        purl: component.purl.clone(),
        properties,
    }
}

/// A single id as such, anything longer as an expression.
fn licence_choice(expression: &str) -> LicenceChoice {
    if ::spdx::license_id(expression).is_some() {
        let id = expression.to_owned();
        LicenceChoice {
            license: Some(LicenceId {
                id,
                acknowledgement: "concluded",
            }),
            ..LicenceChoice::default()
        }
    } else {
        let expression = Some(expression.to_owned());
        LicenceChoice {
            expression,
            acknowledgement: Some("concluded"),
            ..LicenceChoice::default()
        }
    }
}

/// The name of the Go distribution in the National Vulnerability Database.
pub(super) fn standard_library_cpe(component: &Component) -> Option<String> {
    let version = component
        .version
        .as_deref()
        .filter(|_| component.kind == Kind::StandardLibrary)?;
    let plain = version
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '.');
    plain.then(|| format!("cpe:2.3:a:golang:go:{version}:*:*:*:*:*:*:*"))
}

fn property(name: &str, value: &str) -> Property {
    Property {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u32,
    metadata: Metadata,
    components: Vec<Entry>,
    dependencies: Vec<Dependency>,
    compositions: Vec<Composition>,
}

#[derive(Serialize)]
struct Metadata {
    timestamp: String,
    lifecycles: Vec<Lifecycle>,
    tools: Tools,
    component: Entry,
}

#[derive(Serialize)]
struct Lifecycle {
    phase: &'static str,
}

#[derive(Serialize)]
struct Tools {
    components: Vec<Tool>,
}

#[derive(Serialize)]
struct Tool {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    version: String,
}

#[derive(Serialize)]
struct Organisation {
    name: String,
}

#[derive(Serialize)]
struct Entry {
    #[serde(rename = "bom-ref")]
    reference: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer: Option<Organisation>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<LicenceChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpe: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property>,
}

#[derive(Serialize)]
struct Hash {
    #[serde(rename = "alg")]
    algorithm: &'static str,
    content: String,
}

#[derive(Serialize, Default)]
struct LicenceChoice {
    #[serde(skip_serializing_if = "Option::is_none")]
    license: Option<LicenceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledgement: Option<&'static str>,
}

#[derive(Serialize)]
struct LicenceId {
    id: String,
    acknowledgement: &'static str,
}

#[derive(Serialize)]
struct Property {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct Dependency {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(rename = "dependsOn", skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<String>,
}

#[derive(Serialize)]
struct Composition {
    aggregate: &'static str,
    assemblies: Vec<String>,
}
