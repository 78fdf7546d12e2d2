//! For each rule the fault that it is there for, planted in a sound package.

use std::collections::BTreeSet;

use super::{Rule, validate};
use crate::format::msi::{Database, Row, Table, Value, schema};
use crate::package::msi::build::outline;
use crate::package::msi::fixture::package;
use crate::package::msi::identity::braced;

/// A rule, a part of the place where it is broken, and what breaks it.
type Planted = (Rule, &'static str, fn(&mut Database));

const EXECUTE: &str = "InstallExecuteSequence";
const ACCESS: &str = "MsiLockPermissionsEx";

/// A sound database.
fn sound() -> Database {
    let mut database = outline(&package());
    database.summary.revision = braced(package().product.upgrade_code);
    database
}

#[test]
fn a_sound_package_breaks_no_rule() {
    assert_eq!(validate(&sound()), []);
}

#[test]
fn every_planted_fault_is_found() {
    for (rule, place, plant) in planted() {
        let mut database = sound();
        plant(&mut database);
        let findings = validate(&database);
        let found = findings
            .iter()
            .any(|finding| finding.rule == *rule && finding.place.contains(place));
        assert!(found, "{rule} at {place} is not among {findings:#?}");
    }
}

#[test]
fn every_rule_has_a_planted_fault() {
    let tried: BTreeSet<Rule> = planted().map(|(rule, ..)| *rule).collect();
    let untried: Vec<&Rule> = Rule::ALL
        .iter()
        .filter(|rule| !tried.contains(rule))
        .collect();
    // The last one is about a file with its cabinet: `tests/msi/faults.rs` plants it.
    assert_eq!(untried, [&Rule::Gr11]);
}

fn planted() -> impl Iterator<Item = &'static Planted> {
    [
        CELLS,
        KEYS,
        COMPONENTS_AND_FILES,
        PROPERTIES,
        SEQUENCES_AND_ACTIONS,
        SERVICES_AND_PERMISSIONS,
        SUMMARY_INFORMATION,
    ]
    .into_iter()
    .flatten()
}

fn table<'a>(database: &'a mut Database, name: &str) -> &'a mut Table {
    database
        .tables
        .entry(name.to_owned())
        .or_insert_with(|| schema::table(name).unwrap())
}

/// Sets a cell of the first row for which `which` holds.
fn set(
    database: &mut Database,
    name: &str,
    which: impl Fn(&Table, &Row) -> bool,
    column: &str,
    value: impl Into<Value>,
) {
    let table = table(database, name);
    let index = table.position(column).unwrap();
    let found = table.rows.iter().position(|row| which(table, row)).unwrap();
    table.rows[found][index] = value.into();
}

/// Sets a cell of the first row.
fn first(database: &mut Database, name: &str, column: &str, value: impl Into<Value>) {
    set(database, name, |_, _| true, column, value);
}

/// Sets a cell of the row with that key.
fn keyed(database: &mut Database, name: &str, key: &str, column: &str, value: impl Into<Value>) {
    set(
        database,
        name,
        |_, row| row[0].as_text() == Some(key),
        column,
        value,
    );
}

/// Removes a property.
fn without(database: &mut Database, property: &str) {
    table(database, "Property")
        .rows
        .retain(|row| row[0].as_text() != Some(property));
}

fn deferred(table: &Table, row: &Row) -> bool {
    table
        .number(row, "Type")
        .is_some_and(|kind| kind & 0x400 != 0)
}

/// Cells against their columns.
const CELLS: &[Planted] = &[
    (Rule::Ice03, ".FileSize", |db| {
        first(db, "File", "FileSize", -1)
    }),
    (Rule::Ice03, ".FileName", |db| {
        first(db, "File", "FileName", Value::Null)
    }),
    (Rule::Ice03, ".FileName", |db| {
        first(db, "File", "FileName", "CON")
    }),
    (Rule::Ice03, ".FileName", |db| {
        first(db, "File", "FileName", "much too long.txt")
    }),
    (Rule::Ice03, ".File", |db| {
        first(db, "File", "File", "1 file")
    }),
    (Rule::Ice03, ".Sequence", |db| {
        first(db, "File", "Sequence", 40_000)
    }),
    (Rule::Ice03, ".Sequence", |db| {
        first(db, "File", "Sequence", "one")
    }),
    (Rule::Ice03, ".Version", |db| {
        first(db, "File", "Version", "1.2.3.x")
    }),
    (Rule::Ice03, ".ComponentId", |db| {
        first(
            db,
            "Component",
            "ComponentId",
            "{8f14e45f-ceea-467f-a830-c9a1f0e3a111}",
        );
    }),
    (Rule::Ice03, ".Arguments", |db| {
        first(db, "ServiceInstall", "Arguments", "x".repeat(256))
    }),
    (Rule::Ice03, ".Value", |db| {
        first(db, "Registry", "Value", "[open")
    }),
    (Rule::Ice03, ".Condition", |db| {
        first(db, "LaunchCondition", "Condition", "A OR")
    }),
    (Rule::Ice03, ".InstallMode", |db| {
        first(db, "RemoveFile", "InstallMode", 4)
    }),
    (Rule::Ice03, "File[", |db| {
        drop(table(db, "File").rows[0].pop())
    }),
    (Rule::Ice06, "File", |db| {
        drop(table(db, "File").columns.pop())
    }),
    (Rule::Gr01, ".DisplayName", |db| {
        first(db, "ServiceInstall", "DisplayName", "订单")
    }),
];

/// Primary and foreign keys.
const KEYS: &[Planted] = &[
    (Rule::Ice03, "Property[", |db| {
        let row = table(db, "Property").rows[0].clone();
        table(db, "Property").rows.push(row);
    }),
    (Rule::Ice03, ".Component_", |db| {
        first(db, "File", "Component_", "C_nothing")
    }),
    (Rule::Ice03, ".Directory_", |db| {
        first(db, "Component", "Directory_", "NOWHERE")
    }),
];

/// Components, files, media.
const COMPONENTS_AND_FILES: &[Planted] = &[
    (Rule::Ice08, "Component[", |db| {
        let code = table(db, "Component").rows[0][1].clone();
        table(db, "Component").rows[1][1] = code;
    }),
    (Rule::Ice18, "Component[", |db| {
        table(db, "CreateFolder").rows.clear()
    }),
    (Rule::Ice19, ".KeyPath", |db| {
        let by_file = |table: &Table, row: &Row| table.text(row, "KeyPath").starts_with("F_");
        set(db, "Component", by_file, "Attributes", 256 + 4);
    }),
    (Rule::Ice21, "Component[", |db| {
        table(db, "FeatureComponents").rows.clear()
    }),
    (Rule::Ice30, ".FileName", |db| {
        let (component, name) = (
            table(db, "File").rows[0][1].clone(),
            table(db, "File").rows[0][2].clone(),
        );
        let text = name.as_text().unwrap().to_uppercase();
        table(db, "File").rows[1][1] = component;
        table(db, "File").rows[1][2] = text.into();
    }),
    (Rule::Ice45, ".Attributes", |db| {
        first(db, "Component", "Attributes", 0x1100)
    }),
    (Rule::Ice45, ".Attributes", |db| {
        first(db, "File", "Attributes", 8)
    }),
    (Rule::Ice60, ".Language", |db| {
        first(db, "File", "Version", "1.2.3.4")
    }),
    (Rule::Gr02, "File[", |db| {
        table(db, "MsiFileHash").rows.clear()
    }),
    (Rule::Gr03, ".Sequence", |db| {
        first(db, "File", "Sequence", 2)
    }),
    (Rule::Ice80, "Component[", |db| {
        db.summary.template = "Intel;1033".to_owned()
    }),
    (Rule::Ice80, "Component[", |db| {
        let installed = |table: &Table, row: &Row| table.text(row, "Directory_") == "INSTALLDIR";
        set(db, "Component", installed, "Attributes", 0)
    }),
    (Rule::Ice04, ".Sequence", |db| {
        first(db, "Media", "LastSequence", 1)
    }),
    (Rule::Ice60, "File[", |db| {
        first(db, "File", "Version", "1.2.3.4");
        first(db, "File", "Language", "1033");
    }),
    (Rule::Ice71, "Media", |db| first(db, "Media", "DiskId", 2)),
];

/// Properties and what looks at them.
const PROPERTIES: &[Planted] = &[
    (Rule::Ice05, "Property[ProductName]", |db| {
        without(db, "ProductName");
    }),
    (Rule::Ice24, "Property[ProductCode]", |db| {
        keyed(db, "Property", "ProductCode", "Value", "{lower}");
    }),
    (Rule::Ice24, "Property[ProductVersion]", |db| {
        keyed(db, "Property", "ProductVersion", "Value", "2026.1.0");
    }),
    (Rule::Ice24, "Property[UpgradeCode]", |db| {
        without(db, "UpgradeCode");
    }),
    (Rule::Ice24, "Property[ProductLanguage]", |db| {
        keyed(db, "Property", "ProductLanguage", "Value", "English");
    }),
    (Rule::Ice46, "Property[", |db| {
        table(db, "Property").push(["productname".into(), "x".into()])
    }),
    (Rule::Ice99, "Directory[", |db| {
        first(db, "Directory", "Directory", "ProductName")
    }),
    (Rule::Ice61, "Upgrade[", |db| {
        keyed(
            db,
            "Property",
            "SecureCustomProperties",
            "Value",
            "HTTP_PORT",
        );
    }),
    (Rule::Ice61, "Upgrade[", |db| {
        table(db, "Property").push(["OLDERFOUND".into(), "x".into()])
    }),
    (Rule::Ice61, "Upgrade[", |db| {
        first(db, "Upgrade", "VersionMax", Value::Null)
    }),
    (Rule::Ice86, "LaunchCondition[", |db| {
        first(db, "LaunchCondition", "Condition", "AdminUser")
    }),
    (Rule::Gr04, "Property[UNUSED]", |db| {
        let list = format!("{};UNUSED", db.property("SecureCustomProperties").unwrap());
        keyed(db, "Property", "SecureCustomProperties", "Value", list);
    }),
    (Rule::Gr05, ".Condition", |db| {
        first(db, "LaunchCondition", "Condition", "TYPO")
    }),
    (Rule::Gr05, ".Value", |db| {
        first(db, "Registry", "Value", "[TYPO]")
    }),
    (Rule::Gr06, ".Value", |db| {
        first(db, "Registry", "Value", "\"[DATADIR]\"")
    }),
    (Rule::Ice69, ".Value", |db| {
        first(db, "Registry", "Value", "[#F_nothing]")
    }),
    (Rule::Ice69, ".Condition", |db| {
        first(db, "LaunchCondition", "Condition", "$C_nothing = 3")
    }),
];

/// Sequences and custom actions.
const SEQUENCES_AND_ACTIONS: &[Planted] = &[
    (Rule::Ice27, "[FileCost]", |db| {
        keyed(db, EXECUTE, "FileCost", "Sequence", 790)
    }),
    (Rule::Ice27, "[InstallFiles]", |db| {
        keyed(db, EXECUTE, "InstallFiles", "Sequence", 7000)
    }),
    (Rule::Ice27, "InstallExecuteSequence[", |db| {
        table(db, EXECUTE).push(["NoSuch".into(), Value::Null, 77.into()])
    }),
    (Rule::Ice27, EXECUTE, |db| drop(db.tables.remove(EXECUTE))),
    (Rule::Ice82, EXECUTE, |db| {
        keyed(db, EXECUTE, "FileCost", "Sequence", 800)
    }),
    (Rule::Ice68, ".Type", |db| {
        set(db, "CustomAction", deferred, "Type", 0x400 + 4)
    }),
    (Rule::Ice68, ".Source", |db| {
        set(db, "CustomAction", deferred, "Source", "NOWHERE")
    }),
    (Rule::Ice77, "CustomAction[", |db| {
        keyed(db, EXECUTE, "Recovery_OrdersApi", "Sequence", 1100)
    }),
];

/// Services and access lists.
const SERVICES_AND_PERMISSIONS: &[Planted] = &[
    (Rule::Ice45, ".ServiceType", |db| {
        first(db, "ServiceInstall", "ServiceType", 1)
    }),
    (Rule::Ice45, ".StartType", |db| {
        first(db, "ServiceInstall", "StartType", 0)
    }),
    (Rule::Ice45, ".ErrorControl", |db| {
        first(db, "ServiceInstall", "ErrorControl", 2)
    }),
    (Rule::Ice45, ".Event", |db| {
        first(db, "ServiceControl", "Event", 4)
    }),
    (Rule::Gr07, ".StartName", |db| {
        first(db, "ServiceInstall", "StartName", Value::Null)
    }),
    (Rule::Gr08, "ServiceInstall[", |db| {
        let document = |table: &Table, row: &Row| table.text(row, "FileName").ends_with(".txt");
        let files = table(db, "File");
        let found = files.rows.iter().find(|row| document(files, row)).unwrap();
        let component = files.value(found, "Component_").clone();
        first(db, "ServiceInstall", "Component_", component);
    }),
    (Rule::Ice102, ".ConfigType", |db| {
        first(db, "MsiServiceConfig", "ConfigType", 9)
    }),
    (Rule::Ice102, ".Argument", |db| {
        first(db, "MsiServiceConfig", "Argument", "soon")
    }),
    (Rule::Ice102, ".Event", |db| {
        first(db, "MsiServiceConfig", "Event", 0)
    }),
    (Rule::Gr09, ".SDDLText", |db| {
        first(db, ACCESS, "SDDLText", "D:P(A;;FA;;;SY")
    }),
    (Rule::Gr10, ".SDDLText", |db| {
        first(
            db,
            ACCESS,
            "SDDLText",
            "D:P(A;OICI;FA;;;SY)(A;OICI;0x1301bf;;;BU)",
        )
    }),
    (Rule::Ice104, ".LockObject", |db| {
        first(db, ACCESS, "LockObject", "NOWHERE")
    }),
    (Rule::Ice104, "MsiLockPermissionsEx[", |db| {
        let mut row = table(db, ACCESS).rows[0].clone();
        row[0] = "L0_again".into();
        table(db, ACCESS).rows.push(row);
    }),
];

/// The summary information.
const SUMMARY_INFORMATION: &[Planted] = &[
    (Rule::Ice39, "summary.Template", |db| {
        db.summary.template = "x86;1033".to_owned()
    }),
    (Rule::Ice39, "summary.PageCount", |db| {
        db.summary.page_count = 200
    }),
    (Rule::Ice39, "summary.Revision", |db| {
        db.summary.revision.clear()
    }),
    (Rule::Ice39, "summary.WordCount", |db| {
        db.summary.word_count = 0
    }),
    (Rule::Ice80, "summary.Template", |db| {
        db.summary.template = "x64;2052".to_owned()
    }),
    (Rule::Ice40, "REINSTALLMODE", |db| {
        table(db, "Property").push(["REINSTALLMODE".into(), "amus".into()])
    }),
];
