//! ICE27, ICE77, ICE82, ICE12: the order of the sequences.

use std::collections::BTreeMap;

use super::{Findings, Rule, rows};
use crate::format::msi::{Database, Row, Table};

const TABLES: [&str; 5] = [
    "AdminExecuteSequence",
    "AdminUISequence",
    "AdvtExecuteSequence",
    "InstallExecuteSequence",
    "InstallUISequence",
];

/// Pairs of standard actions of which the first comes before the second when both are there.
const ORDER: &[(&str, &str)] = &[
    ("FindRelatedProducts", "MigrateFeatureStates"),
    ("FindRelatedProducts", "CostInitialize"),
    ("AppSearch", "LaunchConditions"),
    ("LaunchConditions", "CostInitialize"),
    ("CostInitialize", "FileCost"),
    ("FileCost", "CostFinalize"),
    ("CostFinalize", "MigrateFeatureStates"),
    ("CostFinalize", "InstallValidate"),
    ("CostFinalize", "ExecuteAction"),
    ("InstallValidate", "InstallInitialize"),
    ("InstallInitialize", "ProcessComponents"),
    ("ProcessComponents", "UnpublishFeatures"),
    ("InstallInitialize", "RemoveExistingProducts"),
    ("StopServices", "DeleteServices"),
    ("DeleteServices", "RemoveFiles"),
    ("RemoveFiles", "RemoveFolders"),
    ("RemoveFolders", "CreateFolders"),
    ("RemoveRegistryValues", "WriteRegistryValues"),
    ("RemoveEnvironmentStrings", "WriteEnvironmentStrings"),
    ("RemoveShortcuts", "CreateShortcuts"),
    ("CreateFolders", "InstallFiles"),
    ("InstallFiles", "InstallServices"),
    ("InstallServices", "MsiConfigureServices"),
    ("InstallServices", "StartServices"),
    ("MsiConfigureServices", "StartServices"),
    ("StartServices", "RegisterUser"),
    ("RegisterUser", "RegisterProduct"),
    ("RegisterProduct", "PublishFeatures"),
    ("PublishFeatures", "PublishProduct"),
    ("PublishProduct", "InstallFinalize"),
];

/// Standard actions that change the machine, and so lie between InstallInitialize and InstallFinalize.
const CHANGING: &[&str] = &[
    "ProcessComponents",
    "UnpublishFeatures",
    "StopServices",
    "DeleteServices",
    "RemoveRegistryValues",
    "RemoveShortcuts",
    "RemoveEnvironmentStrings",
    "RemoveFiles",
    "RemoveFolders",
    "CreateFolders",
    "InstallFiles",
    "CreateShortcuts",
    "WriteRegistryValues",
    "WriteEnvironmentStrings",
    "InstallServices",
    "MsiConfigureServices",
    "StartServices",
    "RegisterUser",
    "RegisterProduct",
    "PublishFeatures",
    "PublishProduct",
    "InstallAdminPackage",
];

/// Further standard actions.
const OTHERS: &[&str] = &[
    "AppSearch",
    "CCPSearch",
    "CostFinalize",
    "CostInitialize",
    "ExecuteAction",
    "FileCost",
    "FindRelatedProducts",
    "InstallFinalize",
    "InstallInitialize",
    "InstallValidate",
    "LaunchConditions",
    "MigrateFeatureStates",
    "RMCCPSearch",
    "RemoveExistingProducts",
    "ValidateProductID",
    "ResolveSource",
    "ScheduleReboot",
    "ForceReboot",
    "InstallExecute",
    "InstallExecuteAgain",
    "IsolateComponents",
    "SelfRegModules",
    "SelfUnregModules",
    "RegisterClassInfo",
    "RegisterExtensionInfo",
    "RegisterProgIdInfo",
    "RegisterMIMEInfo",
    "RegisterFonts",
    "RegisterTypeLibraries",
    "RegisterComPlus",
    "UnregisterClassInfo",
    "UnregisterExtensionInfo",
    "UnregisterProgIdInfo",
    "UnregisterMIMEInfo",
    "UnregisterFonts",
    "UnregisterTypeLibraries",
    "UnregisterComPlus",
    "UnpublishComponents",
    "PublishComponents",
    "PublishProduct",
    "MsiPublishAssemblies",
    "MsiUnpublishAssemblies",
    "RemoveDuplicateFiles",
    "DuplicateFiles",
    "MoveFiles",
    "PatchFiles",
    "BindImage",
    "RemoveIniValues",
    "WriteIniValues",
    "InstallODBC",
    "RemoveODBC",
    "InstallSFPCatalogFile",
    "AllocateRegistrySpace",
    "SetODBCFolders",
    "DisableRollback",
];

/// The actions of a table by name, with their numbers.
pub(super) fn positions<'a>(database: &'a Database, table: &str) -> BTreeMap<&'a str, i32> {
    let position = |(table, row): (&'a Table, &'a Row)| {
        Some((table.text(row, "Action"), table.number(row, "Sequence")?))
    };
    rows(database, table)
        .filter_map(position)
        .filter(|(_, number)| *number > 0)
        .collect()
}

pub(super) fn check(database: &Database, findings: &mut Findings) {
    for name in TABLES {
        let Some(table) = database.table(name) else {
            if name == "InstallExecuteSequence" {
                findings.place(Rule::Ice27, name, "the table is missing");
            }
            continue;
        };
        order(database, table, findings);
        known(database, table, findings);
        numbers(table, findings);
    }
}

fn order(database: &Database, table: &Table, findings: &mut Findings) {
    let positions = positions(database, &table.name);
    for (first, second) in ORDER {
        if let (Some(before), Some(after)) = (positions.get(first), positions.get(second))
            && before >= after
        {
            findings.place(
                Rule::Ice27,
                format!("{}[{second}]", table.name),
                format!("it must come after `{first}`"),
            );
        }
    }
    let section = (
        positions.get("InstallInitialize"),
        positions.get("InstallFinalize"),
    );
    for action in CHANGING {
        let Some(position) = positions.get(action) else {
            continue;
        };
        let inside =
            matches!(section, (Some(start), Some(end)) if start < position && position < end);
        if !inside {
            let message = "it must lie between `InstallInitialize` and `InstallFinalize`";
            findings.place(Rule::Ice27, format!("{}[{action}]", table.name), message);
        }
    }
}

/// Every action is a standard one, a custom one or a dialog.
fn known(database: &Database, table: &Table, findings: &mut Findings) {
    for row in &table.rows {
        let action = table.text(row, "Action");
        let standard = CHANGING.contains(&action) || OTHERS.contains(&action);
        let in_table = |name| {
            database
                .table(name)
                .is_some_and(|table| table.find(action).is_some())
        };
        if !standard && !in_table("CustomAction") && !in_table("Dialog") {
            findings.row(Rule::Ice27, table, row, "there is no such action");
        }
    }
}

/// ICE82: two actions with the same number run in an order that nobody knows.
fn numbers(table: &Table, findings: &mut Findings) {
    let mut seen = BTreeMap::new();
    for row in &table.rows {
        let Some(number) = table.number(row, "Sequence").filter(|number| *number > 0) else {
            continue;
        };
        if let Some(other) = seen.insert(number, table.text(row, "Action")) {
            findings.row(
                Rule::Ice82,
                table,
                row,
                format!("it has the number of `{other}`"),
            );
        }
    }
}
