//! The sequences: which standard actions run, when, and what people read meanwhile.

use super::draft::Draft;
use crate::format::msi::Value;
use crate::package::msi::messages::{action_text, error_texts};
use crate::package::msi::model::{Folder, Package};

/// `NOSTART=1` leaves the service stopped.
pub(super) const NO_START: &str = "NOSTART";

/// After AppSearch.
const EARLY: i32 = 101;
const LAUNCH_CONDITIONS: i32 = 690;

/// One of the five sequences.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sequence {
    /// What an installation, a repair and a removal do.
    Install,
    /// What comes before on the screen.
    InstallInterface,
    /// An administrative installation: files without registration.
    Administrative,
    AdministrativeInterface,
    /// Advertisement.
    Advertise,
}

impl Sequence {
    fn table(self) -> &'static str {
        match self {
            Self::Install => "InstallExecuteSequence",
            Self::InstallInterface => "InstallUISequence",
            Self::Administrative => "AdminExecuteSequence",
            Self::AdministrativeInterface => "AdminUISequence",
            Self::Advertise => "AdvtExecuteSequence",
        }
    }
}

use Sequence::{Administrative, AdministrativeInterface, Advertise, Install, InstallInterface};

const COSTING: &[Sequence] = &[Install, Administrative, AdministrativeInterface, Advertise];
const INSTALL: &[Sequence] = &[Install];
const WITH_FILES: &[Sequence] = &[Install, Administrative, AdministrativeInterface];
const INTERFACES: &[Sequence] = &[InstallInterface, AdministrativeInterface];
const EXECUTING: &[Sequence] = &[Install, Administrative, Advertise];
const ADVERTISED: &[Sequence] = &[Install, Advertise];
const ADMINISTRATIVE: &[Sequence] = &[Administrative];
const COPYING: &[Sequence] = &[Install, Administrative];

/// A standard action, its number, where it runs, and the table without which it is left out.
type Action = (&'static str, i32, &'static [Sequence], Option<&'static str>);

/// The numbers are those that Windows Installer's own schema suggests, but for two: LaunchConditions comes
/// after the custom actions that settle the properties, and RemoveExistingProducts right after
/// InstallInitialize, so that a failed upgrade brings the old product back.
///
/// The sequence of the user interface does nothing but start the other one: it would search without an administrator's
/// rights, and give every folder its default before a remembered one is looked for.
#[rustfmt::skip]
const ACTIONS: &[Action] = &[
    ("FindRelatedProducts", 25, INSTALL, None),
    ("AppSearch", 50, INSTALL, None),
    ("LaunchConditions", LAUNCH_CONDITIONS, INSTALL, None),
    ("ValidateProductID", 700, INSTALL, None),
    ("CostInitialize", 800, COSTING, None),
    ("FileCost", 900, WITH_FILES, None),
    ("CostFinalize", 1000, COSTING, None),
    ("MigrateFeatureStates", 1200, INSTALL, None),
    ("ExecuteAction", 1300, INTERFACES, None),
    ("InstallValidate", 1400, EXECUTING, None),
    ("InstallInitialize", 1500, EXECUTING, None),
    ("RemoveExistingProducts", 1501, INSTALL, None),
    ("ProcessComponents", 1600, INSTALL, None),
    ("UnpublishFeatures", 1800, INSTALL, None),
    ("StopServices", 1900, INSTALL, Some("ServiceControl")),
    ("DeleteServices", 2000, INSTALL, Some("ServiceControl")),
    ("RemoveRegistryValues", 2600, INSTALL, Some("Registry")),
    ("RemoveShortcuts", 3200, INSTALL, Some("Shortcut")),
    ("RemoveEnvironmentStrings", 3300, INSTALL, Some("Environment")),
    ("RemoveFiles", 3500, INSTALL, None),
    ("RemoveFolders", 3600, INSTALL, Some("CreateFolder")),
    ("CreateFolders", 3700, INSTALL, Some("CreateFolder")),
    ("InstallAdminPackage", 3900, ADMINISTRATIVE, None),
    ("InstallFiles", 4000, COPYING, None),
    ("CreateShortcuts", 4500, ADVERTISED, Some("Shortcut")),
    ("WriteRegistryValues", 5000, INSTALL, Some("Registry")),
    ("WriteEnvironmentStrings", 5200, INSTALL, Some("Environment")),
    ("InstallServices", 5800, INSTALL, Some("ServiceInstall")),
    ("MsiConfigureServices", 5850, INSTALL, Some("MsiServiceConfig")),
    ("StartServices", 5900, INSTALL, Some("ServiceControl")),
    ("RegisterUser", 6000, INSTALL, None),
    ("RegisterProduct", 6100, INSTALL, None),
    ("PublishFeatures", 6300, ADVERTISED, None),
    ("PublishProduct", 6400, ADVERTISED, None),
    ("InstallFinalize", 6600, EXECUTING, None),
];

/// How many custom actions fit before the launch conditions.
pub(in crate::package::msi) const EARLY_ROOM: usize = 500;

/// Puts a custom action between AppSearch and the launch conditions of an installation.
pub(super) fn early(draft: &mut Draft, action: &str, condition: &str) {
    let before = draft.rows(Install.table()).len();
    let sequence = EARLY + i32::try_from(before).unwrap_or(i32::MAX - EARLY);
    draft.push(
        Install.table(),
        [action.into(), condition.into(), sequence.into()],
    );
}

pub(super) fn add(draft: &mut Draft, package: &Package) {
    install_location(draft);
    for (action, number, runs, needs) in ACTIONS {
        if needs.is_some_and(|table| !draft.has(table)) {
            continue;
        }
        for sequence in *runs {
            let row = [(*action).into(), condition(action), (*number).into()];
            draft.push(sequence.table(), row);
        }
        if let Some(text) = action_text(action, package.product.language)
            && runs.contains(&Install)
        {
            draft.push("ActionText", [(*action).into(), text.into()]);
        }
    }
    if draft.has("ServiceControl") {
        for (number, text) in error_texts(package.product.language) {
            draft.push("Error", [number.into(), text.into()]);
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
        Install.table(),
        [action.into(), Value::Null, AFTER_COSTING.into()],
    );
}
