//! The DSC v3 document.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::fixture::config;
use crate::folder::{EVERYTHING, HOSTILE, files, follows};

fn document(title: &str, tables: &str) -> Value {
    let (_, files) = files(title, &config(tables));
    serde_json::from_str(&files["automation/deployment.dsc.config.json"]).expect("JSON")
}

#[test]
fn the_document_follows_the_published_schema() {
    let rolling = EVERYTHING.replace("canary", "rolling");
    for title in ["Contoso Orders", HOSTILE[0], HOSTILE[4]] {
        for tables in [EVERYTHING, &rolling] {
            if follows(&document(title, tables), "dsc/config-document.v3.1.0.json").is_none() {
                return;
            }
        }
    }
}

/// The properties of the only resource of that name.
fn properties<'a>(document: &'a Value, name: &str) -> &'a Value {
    let resources = document["resources"].as_array().expect("resources");
    let mut found = resources.iter().filter(|resource| resource["name"] == name);
    let first = found
        .next()
        .unwrap_or_else(|| panic!("no {name} in {document:#}"));
    assert!(found.next().is_none(), "two {name}");
    &first["properties"]
}

#[test]
fn the_servers_values_are_in_the_document() {
    let document = document("Contoso Orders", EVERYTHING);
    assert_eq!(
        properties(&document, "Address")["IPAddress"],
        json!(["10.0.0.5/24"])
    );
    assert_eq!(properties(&document, "Gateway")["Address"], "10.0.0.1");
    assert_eq!(
        properties(&document, "DNS servers")["Address"],
        json!(["10.0.0.2", "10.0.0.3"])
    );
    assert_eq!(
        properties(&document, "Time zone")["TimeZone"],
        "China Standard Time"
    );
    let sources = json!({ "String": "ntp1.corp.example,0x8 10.0.0.3,0x8" });
    assert_eq!(properties(&document, "Time sources")["valueData"], sources);
    let name = properties(&document, "Name and domain");
    assert_eq!(
        (&name["Name"], &name["DomainName"]),
        (&json!("ORDERS01"), &json!("corp.example"))
    );
    assert_eq!(name["Credential"], "[parameters('domainCredential')]");
    assert_eq!(
        document["parameters"]["domainCredential"]["type"],
        "secureObject"
    );
    assert_eq!(
        properties(&document, "Feature Web Server")["Ensure"],
        "Present"
    );
    // Named by the server table and needed by IIS: once.
    assert_eq!(
        properties(&document, "Feature Web WebSockets")["Name"],
        "Web-WebSockets"
    );
}

#[test]
fn services_and_firewall_are_in_the_document() {
    let slots = document("Contoso Orders", EVERYTHING);
    let rule = properties(&slots, "Firewall orders Orders blue 1 http");
    assert_eq!(rule["LocalPort"], json!(["8080"]));
    assert_eq!(rule["RemoteAddress"], json!(["10.0.0.0/8"]));
    assert_eq!(rule["Service"], "Orders-blue-1");
    let rolling = document("Contoso Orders", &EVERYTHING.replace("canary", "rolling"));
    let service = properties(&rolling, "Service Orders 1");
    assert_eq!(
        (&service["StartupType"], &service["State"]),
        (&json!("Automatic"), &json!("Running"))
    );
    let names: Vec<&str> = rolling["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .filter_map(|resource| resource["name"].as_str())
        .collect();
    let unique: BTreeSet<&&str> = names.iter().collect();
    assert_eq!(unique.len(), names.len(), "{names:?}");
}
