//! The other back-ends: wixl against the native package, table by table, and WiX through a stand-in.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::process::Command;

use gorelease::format::msi::{Database, Table, Value, read};
use gorelease::package::msi::external::invocation;
use gorelease::package::msi::wxs::{Dialect, source};
use gorelease::package::msi::{Architecture, Keep};

use crate::fixture::{build, package};
use crate::support::require_tool;

/// Tables that only the native package has: wixl has no words for the first four, and writes none of the others.
const NATIVE_ONLY: [&str; 6] = [
    "MsiLockPermissionsEx",
    "MsiServiceConfig",
    "ActionText",
    "MsiFileHash",
    "AdminUISequence",
    "AdvtExecuteSequence",
];

/// Columns that wixl fills in its own way, and why.
const DIFFERENT: [(&str, &str); 11] = [
    // It derives short names itself, for some names only.
    ("File", "FileName"),
    ("Directory", "DefaultDir"),
    // It numbers files in the order of the source.
    ("File", "Sequence"),
    // It sets the bit "no impersonation", which means nothing for actions that are not deferred.
    ("CustomAction", "Type"),
    // It leaves out Display, and has the bits of "no advertising" only.
    ("Feature", "Display"),
    ("Feature", "Attributes"),
    // It knows no conditions, so a service is started whatever an administrator chose.
    ("Component", "Condition"),
    ("Component", "Attributes"),
    // It does not know Vital.
    ("ServiceInstall", "ErrorControl"),
    // It wants a least version, and does not know IncludeMaximum: pre-releases do not replace each other.
    ("Upgrade", "VersionMin"),
    ("Upgrade", "Attributes"),
];

/// Tables that must have the same rows in both.
const SAME: [&str; 14] = [
    "Component",
    "CreateFolder",
    "CustomAction",
    "Directory",
    "Feature",
    "FeatureComponents",
    "File",
    "LaunchCondition",
    "RegLocator",
    "Registry",
    "RemoveFile",
    "ServiceControl",
    "ServiceInstall",
    "Upgrade",
];

#[test]
fn wixl_makes_the_same_tables() {
    let Some(wixl) = require_tool("wixl") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut package = package(folder.path(), "1.4.2");
    // What wixl cannot express is refused before it runs, so it is not in this package.
    package
        .files
        .iter_mut()
        .for_each(|file| file.keep = Keep::Replace);
    package.services[0].recovery.restart_after_ms.clear();
    build(&package, &path("native.msi"));
    for file in &mut package.files {
        file.source = file.source.file_name().unwrap().into();
    }
    fs::write(path("package.wxs"), source(&package, Dialect::Wixl)).unwrap();
    let (wxs, out) = (path("package.wxs"), path("wixl.msi"));
    let paths = [wxs.as_path(), out.as_path(), folder.path()];
    let call = invocation(Dialect::Wixl, &wixl, Architecture::X64, &[], paths);
    let output = Command::new(&call.program)
        .args(&call.args)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let open = |name: &str| read(File::open(path(name)).unwrap()).unwrap().0;
    let (native, other) = (open("native.msi"), open("wixl.msi"));
    let missing: Vec<&String> = native
        .tables
        .keys()
        .filter(|name| other.table(name).is_none() && !NATIVE_ONLY.contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let differences: Vec<String> = SAME
        .iter()
        .flat_map(|name| compare(&native, &other, name))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn compare(native: &Database, other: &Database, name: &str) -> Vec<String> {
    let [native, other] = [native, other].map(|database| rows(database.table(name).unwrap()));
    let only = |these: &BTreeSet<String>, those: &BTreeSet<String>, who: &str| -> Vec<String> {
        these
            .difference(those)
            .map(|row| format!("{name}, {who} only: {row}"))
            .collect()
    };
    [
        only(&native, &other, "native"),
        only(&other, &native, "wixl"),
    ]
    .concat()
}

/// The rows as text, by the columns' names, without what is known to differ.
fn rows(table: &Table) -> BTreeSet<String> {
    let compared = |column: &str| !DIFFERENT.contains(&(table.name.as_str(), column));
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Stream(_) => "stream".to_owned(),
    };
    let row = |row: &Vec<Value>| {
        let cells = table
            .columns
            .iter()
            .zip(row)
            .filter(|(column, _)| compared(&column.name));
        cells
            .map(|(column, value)| format!("{}={}", column.name, cell(value)))
            .collect::<Vec<_>>()
            .join(" ")
    };
    // wixl has no words for actions that run programs of Windows: restarts, firewall rules, `PURGE=1`.
    let runs_program = |row: &&Vec<Value>| {
        let kind = table
            .number(row, "Type")
            .filter(|_| table.name == "CustomAction");
        kind.is_some_and(|kind| kind & 0x3f == 34)
    };
    let others = table.rows.iter().filter(|row| !runs_program(row));
    others.map(row).collect()
}
