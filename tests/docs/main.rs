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

/// The order of the rooms in `src/lib.rs` is that of the code: no room uses one after it.
#[test]
fn rooms_use_only_what_is_below_them() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let text = fs::read_to_string(sources.join("lib.rs")).unwrap();
    let list = text.lines().filter(|line| line.starts_with("//! `"));
    let rooms: Vec<&str> = list
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect();
    let declared = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "));
    let mut declared: Vec<&str> = declared.map(|name| name.trim_end_matches(';')).collect();
    let mut sorted = rooms.clone();
    sorted.sort_unstable();
    declared.sort_unstable();
    assert_eq!(sorted, declared);

    let uses = regex::Regex::new(r"\bcrate::([a-z_]+)").unwrap();
    let mut seen = 0;
    for file in walkdir::WalkDir::new(&sources).into_iter().flatten() {
        let path = file.path().strip_prefix(&sources).unwrap();
        let first = path
            .iter()
            .next()
            .map(|part| part.to_string_lossy())
            .unwrap_or_default();
        let here = rooms
            .iter()
            .position(|room| *room == first.trim_end_matches(".rs"));
        let (Some(here), true, false) = (
            here,
            path.extension().is_some_and(|it| it == "rs"),
            path.ends_with("tests.rs"),
        ) else {
            continue;
        };
        let text = fs::read_to_string(file.path()).unwrap();
        // Tests may look anywhere, and so may links in comments.
        let code = text
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap_or_default();
        for line in code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            for found in uses.captures_iter(line) {
                let there = rooms.iter().position(|room| *room == &found[1]);
                assert!(
                    there.is_none_or(|there| there <= here),
                    "{}: {line}",
                    path.display()
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 500, "{seen}");
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
