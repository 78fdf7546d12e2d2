//! The AppLocker policy.

use crate::fixture::config;
use crate::folder::{EVERYTHING, HOSTILE, files, package_files};
use crate::xml::{elements, paths};

#[test]
fn rules_have_ids_of_their_own() {
    let (_, files) = files("Contoso Orders", &config(EVERYTHING));
    let rules = elements(&files["applocker.xml"]);
    let ids: Vec<&String> = rules
        .iter()
        .filter_map(|(_, attributes)| attributes.get("Id"))
        .collect();
    let mut unique = ids.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(ids.len(), unique.len());
    let modes: Vec<&String> = rules
        .iter()
        .filter(|(path, _)| path.len() == 2)
        .filter_map(|(_, attributes)| attributes.get("EnforcementMode"))
        .collect();
    assert_eq!(modes, ["AuditOnly", "AuditOnly", "AuditOnly"]);
    let hashes: Vec<&String> = rules
        .iter()
        .filter_map(|(_, attributes)| attributes.get("Data"))
        .collect();
    assert!(
        hashes[0].starts_with("0xCDCD"),
        "the Authenticode digest, not the file's: {hashes:?}"
    );
}

#[test]
fn services_of_others_are_covered_only_when_the_manifest_says_so() {
    for (table, covered) in [
        ("applocker = {}", false),
        ("applocker = { services = true }", true),
    ] {
        let (_, files) = files("Contoso Orders", &config(table));
        let extended = |(path, _): &(Vec<String>, _)| {
            path.last().is_some_and(|name| name == "RedstoneExtensions")
        };
        assert_eq!(
            elements(&files["applocker.xml"]).iter().any(extended),
            covered
        );
    }
}

#[test]
fn packages_have_the_default_rule_for_signed_ones() {
    let (_, files) = package_files("Contoso Orders", &config("mode = \"msi\"\napplocker = {}"));
    let rules = elements(&files["applocker.xml"]);
    let any = rules.iter().filter(|(path, attributes)| {
        path.iter().any(|name| name == "FilePublisherRule")
            && attributes
                .get("PublisherName")
                .is_some_and(|name| name == "*")
    });
    assert_eq!(any.count(), 1);
}

#[test]
fn a_signed_release_is_known_by_its_publisher() {
    let mut tables = config(EVERYTHING);
    let applocker = tables.applocker.as_mut().expect("the table");
    applocker.enforce = true;
    applocker.publisher = Some("CN=Contoso Ltd, C=US".to_owned());
    let (_, files) = files("Contoso Orders", &tables);
    let rules = elements(&files["applocker.xml"]);
    let publishers: Vec<&String> = rules
        .iter()
        .filter_map(|(_, attributes)| attributes.get("PublisherName"))
        .filter(|publisher| *publisher != "*")
        .collect();
    // The program and Deploy.ps1, whose digest a signature changes.
    assert_eq!(publishers, ["CN=CONTOSO LTD, C=US", "CN=CONTOSO LTD, C=US"]);
    assert!(!files["applocker.xml"].contains("FileHash"));
    assert!(files["applocker.xml"].contains("EnforcementMode=\"Enabled\""));
}

#[test]
fn no_name_breaks_out_of_its_quotes() {
    let (_, plain) = files("Contoso Orders", &config(EVERYTHING));
    for title in HOSTILE {
        let (_, files) = files(title, &config(EVERYTHING));
        assert_eq!(
            paths(&files["applocker.xml"]),
            paths(&plain["applocker.xml"])
        );
        let names: Vec<String> = elements(&files["applocker.xml"])
            .into_iter()
            .filter_map(|(_, attributes)| attributes.get("Name").cloned())
            .collect();
        assert!(
            names.contains(&format!("{title} 1.4.2: orders.exe")),
            "{names:?}"
        );
    }
}
