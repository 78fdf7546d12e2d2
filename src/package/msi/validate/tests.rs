//! For each rule the fault that it is there for, planted in a sound package.

use super::validate;
use crate::format::msi::{Database, Row, Table, Value, schema};
use crate::package::msi::build::outline;
use crate::package::msi::fixture::package;
use crate::package::msi::identity::braced;

/// A sound database.
fn sound() -> Database {
    let mut database = outline(&package());
    database.summary.revision = braced(package().product.upgrade_code);
    database
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
    which: &dyn Fn(&Table, &Row) -> bool,
    column: &str,
    value: Value,
) {
    let table = table(database, name);
    let index = table.position(column).unwrap();
    let found = table.rows.iter().position(|row| which(table, row)).unwrap();
    table.rows[found][index] = value;
}

fn first(_: &Table, _: &Row) -> bool {
    true
}

/// The change must be noticed under that rule, at a place that contains `place`.
#[track_caller]
fn noticed(rule: &str, place: &str, change: impl FnOnce(&mut Database)) {
    let mut database = sound();
    change(&mut database);
    let findings = validate(&database);
    let right = findings
        .iter()
        .any(|finding| finding.rule == rule && finding.place.contains(place));
    assert!(right, "{rule} at {place} is not among {findings:#?}");
}

#[test]
fn a_sound_package_breaks_no_rule() {
    assert_eq!(validate(&sound()), []);
}

#[test]
fn cells() {
    noticed("ICE03", ".FileSize", |db| {
        set(db, "File", &first, "FileSize", Value::Number(-1))
    });
    noticed("ICE03", ".FileName", |db| {
        set(db, "File", &first, "FileName", Value::Null)
    });
    noticed("ICE03", ".FileName", |db| {
        set(db, "File", &first, "FileName", "CON".into())
    });
    noticed("ICE03", ".FileName", |db| {
        set(db, "File", &first, "FileName", "much too long.txt".into())
    });
    noticed("ICE03", ".File", |db| {
        set(db, "File", &first, "File", "1 file".into())
    });
    noticed("ICE03", ".Sequence", |db| {
        set(db, "File", &first, "Sequence", Value::Number(40_000))
    });
    noticed("ICE03", ".Sequence", |db| {
        set(db, "File", &first, "Sequence", "one".into())
    });
    noticed("ICE03", ".Version", |db| {
        set(db, "File", &first, "Version", "1.2.3.x".into())
    });
    noticed("ICE03", ".ComponentId", |db| {
        set(
            db,
            "Component",
            &first,
            "ComponentId",
            "{8f14e45f-ceea-467f-a830-c9a1f0e3a111}".into(),
        );
    });
    noticed("ICE03", ".Arguments", |db| {
        set(
            db,
            "ServiceInstall",
            &first,
            "Arguments",
            "x".repeat(256).into(),
        )
    });
    noticed("ICE03", ".Value", |db| {
        set(db, "Registry", &first, "Value", "[open".into())
    });
    noticed("ICE03", ".Condition", |db| {
        set(db, "LaunchCondition", &first, "Condition", "A OR".into())
    });
    noticed("ICE03", ".InstallMode", |db| {
        set(db, "RemoveFile", &first, "InstallMode", Value::Number(4))
    });
    noticed("ICE03", "File[", |db| drop(table(db, "File").rows[0].pop()));
    noticed("ICE06", "File", |db| drop(table(db, "File").columns.pop()));
    noticed("GR01", ".DisplayName", |db| {
        set(db, "ServiceInstall", &first, "DisplayName", "订单".into())
    });
}

#[test]
fn keys() {
    noticed("ICE03", "Property[", |db| {
        let row = table(db, "Property").rows[0].clone();
        table(db, "Property").rows.push(row);
    });
    noticed("ICE03", ".Component_", |db| {
        set(db, "File", &first, "Component_", "C_nothing".into())
    });
    noticed("ICE03", ".Directory_", |db| {
        set(db, "Component", &first, "Directory_", "NOWHERE".into())
    });
}

#[test]
fn components_and_files() {
    let installed = |table: &Table, row: &Row| table.text(row, "Directory_") == "INSTALLDIR";
    noticed("ICE08", "Component[", |db| {
        let code = table(db, "Component").rows[0][1].clone();
        table(db, "Component").rows[1][1] = code;
    });
    noticed("ICE18", "Component[", |db| {
        table(db, "CreateFolder").rows.clear()
    });
    noticed("ICE19", ".KeyPath", |db| {
        let by_file = |table: &Table, row: &Row| table.text(row, "KeyPath").starts_with("F_");
        set(
            db,
            "Component",
            &by_file,
            "Attributes",
            Value::Number(256 + 4),
        );
    });
    noticed("ICE21", "Component[", |db| {
        table(db, "FeatureComponents").rows.clear()
    });
    noticed("ICE30", ".FileName", |db| {
        let (component, name) = (
            table(db, "File").rows[0][1].clone(),
            table(db, "File").rows[0][2].clone(),
        );
        let text = name.as_text().unwrap().to_uppercase();
        table(db, "File").rows[1][1] = component;
        table(db, "File").rows[1][2] = text.into();
    });
    noticed("ICE45", ".Attributes", |db| {
        set(db, "Component", &first, "Attributes", Value::Number(0x1100))
    });
    noticed("ICE45", ".Attributes", |db| {
        set(db, "File", &first, "Attributes", Value::Number(8))
    });
    noticed("ICE60", ".Language", |db| {
        set(db, "File", &first, "Version", "1.2.3.4".into())
    });
    noticed("GR02", "File[", |db| table(db, "MsiFileHash").rows.clear());
    noticed("GR03", ".Sequence", |db| {
        set(db, "File", &first, "Sequence", Value::Number(2))
    });
    noticed("ICE80", "Component[", |db| {
        db.summary.template = "Intel;1033".to_owned()
    });
    noticed("ICE80", "Component[", |db| {
        set(db, "Component", &installed, "Attributes", Value::Number(0))
    });
    noticed("ICE04", ".Sequence", |db| {
        set(db, "Media", &first, "LastSequence", Value::Number(1))
    });
    noticed("ICE71", "Media", |db| {
        set(db, "Media", &first, "DiskId", Value::Number(2))
    });
}

#[test]
fn properties() {
    let named =
        |name: &'static str| move |table: &Table, row: &Row| table.text(row, "Property") == name;
    noticed("ICE05", "Property[ProductName]", |db| {
        table(db, "Property")
            .rows
            .retain(|row| row[0].as_text() != Some("ProductName"));
    });
    noticed("ICE24", "Property[ProductCode]", |db| {
        set(
            db,
            "Property",
            &named("ProductCode"),
            "Value",
            "{lower}".into(),
        );
    });
    noticed("ICE24", "Property[ProductVersion]", |db| {
        set(
            db,
            "Property",
            &named("ProductVersion"),
            "Value",
            "2026.1.0".into(),
        );
    });
    noticed("ICE24", "Property[UpgradeCode]", |db| {
        table(db, "Property")
            .rows
            .retain(|row| row[0].as_text() != Some("UpgradeCode"));
    });
    noticed("ICE46", "Property[", |db| {
        table(db, "Property").push(["productname".into(), "x".into()])
    });
    noticed("ICE99", "Directory[", |db| {
        set(db, "Directory", &first, "Directory", "ProductName".into())
    });
    noticed("ICE61", "Upgrade[", |db| {
        set(
            db,
            "Property",
            &named("SecureCustomProperties"),
            "Value",
            "HTTP_PORT".into(),
        );
    });
    noticed("ICE61", "Upgrade[", |db| {
        table(db, "Property").push(["OLDERFOUND".into(), "x".into()])
    });
    noticed("ICE86", "LaunchCondition[", |db| {
        set(
            db,
            "LaunchCondition",
            &first,
            "Condition",
            "AdminUser".into(),
        )
    });
    noticed("GR04", "Property[UNUSED]", |db| {
        let list = format!("{};UNUSED", db.property("SecureCustomProperties").unwrap());
        set(
            db,
            "Property",
            &named("SecureCustomProperties"),
            "Value",
            list.into(),
        );
    });
    noticed("GR05", ".Condition", |db| {
        set(db, "LaunchCondition", &first, "Condition", "TYPO".into())
    });
    noticed("GR05", ".Value", |db| {
        set(db, "Registry", &first, "Value", "[TYPO]".into())
    });
    noticed("GR06", ".Value", |db| {
        set(db, "Registry", &first, "Value", "\"[DATADIR]\"".into())
    });
    noticed("ICE69", ".Value", |db| {
        set(db, "Registry", &first, "Value", "[#F_nothing]".into())
    });
    noticed("ICE69", ".Condition", |db| {
        set(
            db,
            "LaunchCondition",
            &first,
            "Condition",
            "$C_nothing = 3".into(),
        )
    });
}

#[test]
fn sequences_and_actions() {
    let action =
        |name: &'static str| move |table: &Table, row: &Row| table.text(row, "Action") == name;
    let execute = "InstallExecuteSequence";
    noticed("ICE27", "[FileCost]", |db| {
        set(
            db,
            execute,
            &action("FileCost"),
            "Sequence",
            Value::Number(790),
        )
    });
    noticed("ICE27", "[InstallFiles]", |db| {
        set(
            db,
            execute,
            &action("InstallFiles"),
            "Sequence",
            Value::Number(7000),
        )
    });
    noticed("ICE27", "InstallExecuteSequence[", |db| {
        table(db, execute).push(["NoSuch".into(), Value::Null, 77.into()])
    });
    noticed("ICE27", execute, |db| drop(db.tables.remove(execute)));
    noticed("ICE82", execute, |db| {
        set(
            db,
            execute,
            &action("FileCost"),
            "Sequence",
            Value::Number(800),
        )
    });
    let deferred = |table: &Table, row: &Row| {
        table
            .number(row, "Type")
            .is_some_and(|kind| kind & 0x400 != 0)
    };
    noticed("ICE68", ".Type", |db| {
        set(
            db,
            "CustomAction",
            &deferred,
            "Type",
            Value::Number(0x400 + 4),
        )
    });
    noticed("ICE68", ".Source", |db| {
        set(db, "CustomAction", &deferred, "Source", "NOWHERE".into())
    });
    noticed("ICE77", "CustomAction[", |db| {
        let rows = &table(db, "CustomAction").rows;
        let name = rows
            .iter()
            .find(|row| row[1].as_number().unwrap() & 0x400 != 0)
            .unwrap()[0]
            .clone();
        let this = move |_: &Table, row: &Row| row[0] == name;
        set(db, execute, &this, "Sequence", Value::Number(1100));
    });
}

#[test]
fn services_and_permissions() {
    noticed("ICE45", ".ServiceType", |db| {
        set(
            db,
            "ServiceInstall",
            &first,
            "ServiceType",
            Value::Number(1),
        )
    });
    noticed("ICE45", ".StartType", |db| {
        set(db, "ServiceInstall", &first, "StartType", Value::Number(0))
    });
    noticed("ICE45", ".ErrorControl", |db| {
        set(
            db,
            "ServiceInstall",
            &first,
            "ErrorControl",
            Value::Number(2),
        )
    });
    noticed("ICE45", ".Event", |db| {
        set(db, "ServiceControl", &first, "Event", Value::Number(4))
    });
    noticed("GR07", ".StartName", |db| {
        set(db, "ServiceInstall", &first, "StartName", Value::Null)
    });
    noticed("GR08", "ServiceInstall[", |db| {
        let document = |table: &Table, row: &Row| table.text(row, "FileName").ends_with(".txt");
        let files = table(db, "File").clone();
        let row = files.rows.iter().find(|row| document(&files, row)).unwrap();
        set(
            db,
            "ServiceInstall",
            &first,
            "Component_",
            files.value(row, "Component_").clone(),
        );
    });
    noticed("ICE102", ".ConfigType", |db| {
        set(
            db,
            "MsiServiceConfig",
            &first,
            "ConfigType",
            Value::Number(9),
        )
    });
    noticed("ICE102", ".Argument", |db| {
        set(db, "MsiServiceConfig", &first, "Argument", "soon".into())
    });
    noticed("ICE102", ".Event", |db| {
        set(db, "MsiServiceConfig", &first, "Event", Value::Number(0))
    });
    let sddl = |text: &'static str| {
        move |db: &mut Database| set(db, "MsiLockPermissionsEx", &first, "SDDLText", text.into())
    };
    noticed("GR09", ".SDDLText", sddl("D:P(A;;FA;;;SY"));
    noticed(
        "GR10",
        ".SDDLText",
        sddl("D:P(A;OICI;FA;;;SY)(A;OICI;0x1301bf;;;BU)"),
    );
    noticed("ICE104", ".LockObject", |db| {
        set(
            db,
            "MsiLockPermissionsEx",
            &first,
            "LockObject",
            "NOWHERE".into(),
        )
    });
    noticed("ICE104", "MsiLockPermissionsEx[", |db| {
        let mut row = table(db, "MsiLockPermissionsEx").rows[0].clone();
        row[0] = "L0_again".into();
        table(db, "MsiLockPermissionsEx").rows.push(row);
    });
}

#[test]
fn summary_information() {
    noticed("ICE39", "summary.Template", |db| {
        db.summary.template = "x86;1033".to_owned()
    });
    noticed("ICE39", "summary.PageCount", |db| {
        db.summary.page_count = 200
    });
    noticed("ICE39", "summary.Revision", |db| {
        db.summary.revision.clear()
    });
    noticed("ICE39", "summary.WordCount", |db| db.summary.word_count = 0);
    noticed("ICE80", "summary.Template", |db| {
        db.summary.template = "x64;2052".to_owned()
    });
    noticed("ICE40", "REINSTALLMODE", |db| {
        table(db, "Property").push(["REINSTALLMODE".into(), "amus".into()])
    });
}
