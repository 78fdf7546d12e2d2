//! The sequences: which standard actions run, and when.

use super::draft::Draft;
use crate::format::msi::Value;
use crate::package::msi::messages::action_text;
use crate::package::msi::model::{Folder, Package};

/// `NOSTART=1` leaves the service stopped.
pub(super) const NO_START: &str = "NOSTART";

/// After AppSearch.
const EARLY: i32 = 101;
const LAUNCH_CONDITIONS: i32 = 690;

/// An action, its number, and the table without which it is left out.
type Action = (&'static str, i32, Option<&'static str>);

/// The numbers are those that Windows Installer's own schema suggests, but for two: LaunchConditions comes
/// after the custom actions that settle the properties, and RemoveExistingProducts right after
/// InstallInitialize, so that a failed upgrade brings the old product back.
const EXECUTE: &[Action] = &[
    ("FindRelatedProducts", 25, None),
    ("AppSearch", 50, None),
    ("LaunchConditions", LAUNCH_CONDITIONS, None),
    ("ValidateProductID", 700, None),
    ("CostInitialize", 800, None),
    ("FileCost", 900, None),
    ("CostFinalize", 1000, None),
    ("MigrateFeatureStates", 1200, None),
    ("InstallValidate", 1400, None),
    ("InstallInitialize", 1500, None),
    ("RemoveExistingProducts", 1501, None),
    ("ProcessComponents", 1600, None),
    ("UnpublishFeatures", 1800, None),
    ("StopServices", 1900, Some("ServiceControl")),
    ("DeleteServices", 2000, Some("ServiceControl")),
    ("RemoveRegistryValues", 2600, Some("Registry")),
    ("RemoveShortcuts", 3200, Some("Shortcut")),
    ("RemoveEnvironmentStrings", 3300, Some("Environment")),
    ("RemoveFiles", 3500, None),
    ("RemoveFolders", 3600, Some("CreateFolder")),
    ("CreateFolders", 3700, Some("CreateFolder")),
    ("InstallFiles", 4000, None),
    ("CreateShortcuts", 4500, Some("Shortcut")),
    ("WriteRegistryValues", 5000, Some("Registry")),
    ("WriteEnvironmentStrings", 5200, Some("Environment")),
    ("InstallServices", 5800, Some("ServiceInstall")),
    ("MsiConfigureServices", 5850, Some("MsiServiceConfig")),
    ("StartServices", 5900, Some("ServiceControl")),
    ("RegisterUser", 6000, None),
    ("RegisterProduct", 6100, None),
    ("PublishFeatures", 6300, None),
    ("PublishProduct", 6400, None),
    ("InstallFinalize", 6600, None),
];

const INTERFACE: &[Action] = &[
    ("FindRelatedProducts", 25, None),
    ("AppSearch", 50, None),
    ("LaunchConditions", LAUNCH_CONDITIONS, None),
    ("ValidateProductID", 700, None),
    ("CostInitialize", 800, None),
    ("FileCost", 900, None),
    ("CostFinalize", 1000, None),
    ("MigrateFeatureStates", 1200, None),
    ("ExecuteAction", 1300, None),
];

const ADMINISTRATIVE: &[Action] = &[
    ("CostInitialize", 800, None),
    ("FileCost", 900, None),
    ("CostFinalize", 1000, None),
    ("InstallValidate", 1400, None),
    ("InstallInitialize", 1500, None),
    ("InstallAdminPackage", 3900, None),
    ("InstallFiles", 4000, None),
    ("InstallFinalize", 6600, None),
];

const ADMINISTRATIVE_INTERFACE: &[Action] = &[
    ("CostInitialize", 800, None),
    ("FileCost", 900, None),
    ("CostFinalize", 1000, None),
    ("ExecuteAction", 1300, None),
];

const ADVERTISE: &[Action] = &[
    ("CostInitialize", 800, None),
    ("CostFinalize", 1000, None),
    ("InstallValidate", 1400, None),
    ("InstallInitialize", 1500, None),
    ("CreateShortcuts", 4500, Some("Shortcut")),
    ("PublishFeatures", 6300, None),
    ("PublishProduct", 6400, None),
    ("InstallFinalize", 6600, None),
];

/// Puts a custom action before the launch conditions, in both sequences of an installation.
pub(super) fn early(draft: &mut Draft, action: &str, condition: &str) {
    let before = draft.rows("InstallUISequence").len();
    let sequence = EARLY + i32::try_from(before).unwrap_or(i32::MAX - EARLY);
    for table in ["InstallUISequence", "InstallExecuteSequence"] {
        draft.push(table, [action.into(), condition.into(), sequence.into()]);
    }
}

pub(super) fn add(draft: &mut Draft, package: &Package) {
    install_location(draft);
    let sequences = [
        ("InstallExecuteSequence", EXECUTE),
        ("InstallUISequence", INTERFACE),
        ("AdminExecuteSequence", ADMINISTRATIVE),
        ("AdminUISequence", ADMINISTRATIVE_INTERFACE),
        ("AdvtExecuteSequence", ADVERTISE),
    ];
    for (table, actions) in sequences {
        for (action, number, needs) in actions {
            if needs.is_none_or(|table| draft.has(table)) {
                draft.push(
                    table,
                    [(*action).into(), condition(action), (*number).into()],
                );
            }
        }
    }
    for (action, _, needs) in EXECUTE {
        let text = action_text(action, package.product.language);
        if let Some(text) = text.filter(|_| needs.is_none_or(|table| draft.has(table))) {
            draft.push("ActionText", [(*action).into(), text.into()]);
        }
    }
}

fn condition(action: &str) -> Value {
    match action {
        "StartServices" => format!("VersionNT AND NOT ({NO_START} = \"1\")").into(),
        "StopServices" | "DeleteServices" | "InstallServices" => "VersionNT".into(),
        "MsiConfigureServices" => "VersionMsi >= \"5.00\"".into(),
        _ => Value::Null,
    }
}

/// Tells Programs and Features where the product is.
fn install_location(draft: &mut Draft) {
    const SET_PROPERTY: i32 = 51;
    const AFTER_COSTING: i32 = 1010;
    let (action, property) = ("InstallLocation", "ARPINSTALLLOCATION");
    let value = format!("[{}]", Folder::Install.property());
    draft.push(
        "CustomAction",
        [
            action.into(),
            SET_PROPERTY.into(),
            property.into(),
            value.into(),
        ],
    );
    draft.push(
        "InstallExecuteSequence",
        [action.into(), Value::Null, AFTER_COSTING.into()],
    );
}
