//! The documents that are made from the code are those that the code makes.
//!
//! `UPDATE_GOLDEN=1 cargo test --test docs` writes them anew.

use std::fs;
use std::path::Path;

use clap::ValueEnum as _;
use gorelease::manifest::reference::reference;
use gorelease::schema::Document;

fn check(name: &str, content: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, content).expect("docs can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found.replace("\r\n", "\n") == content,
        "docs/{name} is stale: run `UPDATE_GOLDEN=1 cargo test --test docs`"
    );
}

#[test]
fn the_reference_is_up_to_date() {
    check("reference.md", &reference());
}

#[test]
fn the_schemas_are_up_to_date_and_are_schemas() {
    for document in Document::value_variants() {
        let name = document.to_possible_value().unwrap();
        let schema = document.schema();
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{name:?}: {error}"));
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        check(&format!("schema/{}.schema.json", name.get_name()), &text);
    }
}
