//! Components, files and media: ICE04, ICE08, ICE18, ICE21, ICE30, ICE45, ICE60, ICE80.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Rule, keyed, rows};
use crate::format::msi::Database;

const SIXTY_FOUR_BIT: i32 = 256;
const REGISTRY_KEY_PATH: i32 = 4;
/// Every documented bit of Component.Attributes.
const COMPONENT_BITS: i32 = 0x0fff;
/// Every documented bit of File.Attributes but the four that only patches use.
const FILE_BITS: i32 = 0x0001 | 0x0002 | 0x0004 | 0x0200 | 0x0400 | 0x1000 | 0x2000 | 0x4000;

pub(super) fn check(database: &Database, findings: &mut Findings) {
    components(database, findings);
    features(database, findings);
    files(database, findings);
    same_file(database, findings);
    media(database, findings);
}

fn components(database: &Database, findings: &mut Findings) {
    let sixty_four = !database.summary.template.starts_with("Intel");
    let created: BTreeSet<&str> = rows(database, "CreateFolder")
        .map(|(table, row)| table.text(row, "Component_"))
        .collect();
    let key_paths = [keyed(database, "File"), keyed(database, "Registry")];
    let mut codes = BTreeMap::new();
    for (table, row) in rows(database, "Component") {
        let (name, code) = (table.text(row, "Component"), table.text(row, "ComponentId"));
        let attributes = table.number(row, "Attributes").unwrap_or_default();
        let key_path = table.text(row, "KeyPath");
        if let Some(other) = codes.insert(code, name).filter(|_| !code.is_empty()) {
            findings.row(
                Rule::Ice08,
                table,
                row,
                format!("it has the code of `{other}`"),
            );
        }
        if attributes & !COMPONENT_BITS != 0 {
            findings.cell(
                Rule::Ice45,
                (table, row, "Attributes"),
                "reserved bits are set",
            );
        }
        if key_path.is_empty() && !created.contains(name) {
            findings.row(
                Rule::Ice18,
                table,
                row,
                "its key is a folder, which CreateFolder does not list",
            );
        }
        let by_registry = attributes & REGISTRY_KEY_PATH != 0;
        let expected = ["File", "Registry"][usize::from(by_registry)];
        let found =
            key_path.is_empty() || key_paths[usize::from(by_registry)].contains_key(key_path);
        if !found {
            findings.cell(
                Rule::Ice19,
                (table, row, "KeyPath"),
                format!("`{key_path}` is not in {expected}"),
            );
        }
        if !sixty_four && attributes & SIXTY_FOUR_BIT != 0 {
            findings.row(
                Rule::Ice80,
                table,
                row,
                "a 64-bit component in a 32-bit package",
            );
        }
        let directory = table.text(row, "Directory_");
        if attributes & SIXTY_FOUR_BIT == 0 && below(database, directory, "ProgramFiles64Folder") {
            findings.row(
                Rule::Ice80,
                table,
                row,
                "a 32-bit component in a 64-bit folder",
            );
        }
    }
}

/// Whether a directory is another one or lies below it.
fn below(database: &Database, directory: &str, ancestor: &str) -> bool {
    let Some(table) = database.table("Directory") else {
        return false;
    };
    let mut current = directory;
    // No chain is longer than the table.
    for _ in 0..=table.rows.len() {
        if current == ancestor {
            return true;
        }
        let Some(row) = table.find(current) else {
            return false;
        };
        current = table.text(row, "Directory_Parent");
    }
    false
}

fn features(database: &Database, findings: &mut Findings) {
    let used: BTreeSet<&str> = rows(database, "FeatureComponents")
        .map(|(table, row)| table.text(row, "Component_"))
        .collect();
    for (table, row) in rows(database, "Component") {
        if !used.contains(table.text(row, "Component")) {
            findings.row(Rule::Ice21, table, row, "no feature installs it");
        }
    }
}

fn files(database: &Database, findings: &mut Findings) {
    let hashes = keyed(database, "MsiFileHash");
    let mut sequences = BTreeMap::new();
    for (table, row) in rows(database, "File") {
        let name = table.text(row, "File");
        let (version, language) = (table.text(row, "Version"), table.text(row, "Language"));
        let hashed = hashes.contains_key(name);
        if !version.is_empty() && language.is_empty() {
            findings.cell(
                Rule::Ice60,
                (table, row, "Language"),
                "a file with a version needs its language",
            );
        }
        if version.is_empty() && !hashed {
            findings.row(
                Rule::Gr02,
                table,
                row,
                "a file without a version needs its hash in MsiFileHash",
            );
        }
        if !version.is_empty() && hashed {
            findings.row(
                Rule::Ice60,
                table,
                row,
                "a file with a version must not have a hash in MsiFileHash",
            );
        }
        if table.number(row, "Attributes").unwrap_or_default() & !FILE_BITS != 0 {
            findings.cell(
                Rule::Ice45,
                (table, row, "Attributes"),
                "reserved bits are set",
            );
        }
        let sequence = table.number(row, "Sequence").unwrap_or_default();
        if let Some(other) = sequences.insert(sequence, name) {
            findings.cell(
                Rule::Gr03,
                (table, row, "Sequence"),
                format!("it has the number of `{other}`"),
            );
        }
    }
}

/// ICE30: two components must not install the same file. Windows does not tell upper from lower case.
fn same_file(database: &Database, findings: &mut Findings) {
    let mut places: BTreeMap<(String, String), &str> = BTreeMap::new();
    let directories: BTreeMap<&str, &str> = rows(database, "Component")
        .map(|(table, row)| (table.text(row, "Component"), table.text(row, "Directory_")))
        .collect();
    for (table, row) in rows(database, "File") {
        let component = directories.get(table.text(row, "Component_"));
        let directory = component.copied().unwrap_or_default().to_owned();
        let file = table.text(row, "File");
        for name in table
            .text(row, "FileName")
            .split('|')
            .collect::<BTreeSet<_>>()
        {
            let place = (directory.clone(), name.to_uppercase());
            if let Some(other) = places.insert(place, file) {
                let message = format!("`{name}` is also the name of `{other}` in the same folder");
                findings.cell(Rule::Ice30, (table, row, "FileName"), message);
            }
        }
    }
}

/// ICE04 and ICE71: the one medium holds all files, in a cabinet that exists.
fn media(database: &Database, findings: &mut Findings) {
    let last = rows(database, "Media")
        .filter_map(|(table, row)| table.number(row, "LastSequence"))
        .max();
    let has_disk_one =
        rows(database, "Media").any(|(table, row)| table.number(row, "DiskId") == Some(1));
    if !has_disk_one {
        findings.place(Rule::Ice71, "Media", "there is no disk 1");
    }
    for (table, row) in rows(database, "File") {
        if table.number(row, "Sequence") > last {
            findings.cell(
                Rule::Ice04,
                (table, row, "Sequence"),
                "it is beyond the last number of Media",
            );
        }
    }
}
