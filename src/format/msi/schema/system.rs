//! What a package changes beyond files: registry, environment, services, custom actions.

use super::super::column::{Category, Column};
use super::{identifier, int16, int32, localizable, plain, reference};

pub(super) const NAMES: &[&str] = &[
    "CustomAction",
    "Environment",
    "MsiServiceConfig",
    "Registry",
    "RemoveRegistry",
    "ServiceControl",
    "ServiceInstall",
];

pub(super) fn columns(table: &str) -> Option<Vec<Column>> {
    Some(match table {
        "CustomAction" => vec![
            identifier("Action").key(),
            int16("Type", 1, 32_767),
            plain("Source", 72)
                .category(Category::CustomSource)
                .nullable(),
            plain("Target", 255)
                .category(Category::Formatted)
                .nullable(),
            int32("ExtendedType", 0, i32::MAX).nullable(),
        ],
        "Environment" => vec![
            identifier("Environment").key(),
            localizable("Name", 255).category(Category::Text),
            localizable("Value", 255)
                .category(Category::Formatted)
                .nullable(),
            reference("Component_", "Component"),
        ],
        "MsiServiceConfig" => vec![
            identifier("MsiServiceConfig").key(),
            localizable("Name", 255).category(Category::Formatted),
            int16("Event", 0, 7),
            int32("ConfigType", -i32::MAX, i32::MAX),
            plain("Argument", 0).category(Category::Text).nullable(),
            reference("Component_", "Component"),
        ],
        "Registry" => registry(),
        "RemoveRegistry" => vec![
            identifier("RemoveRegistry").key(),
            int16("Root", -1, 3),
            localizable("Key", 255).category(Category::RegPath),
            localizable("Name", 255)
                .category(Category::Formatted)
                .nullable(),
            reference("Component_", "Component"),
        ],
        "ServiceControl" => service_control(),
        "ServiceInstall" => service_install(),
        _ => return None,
    })
}

fn registry() -> Vec<Column> {
    vec![
        identifier("Registry").key(),
        int16("Root", -1, 3),
        localizable("Key", 255).category(Category::RegPath),
        localizable("Name", 255)
            .category(Category::Formatted)
            .nullable(),
        localizable("Value", 0)
            .category(Category::Formatted)
            .nullable(),
        reference("Component_", "Component"),
    ]
}

fn service_control() -> Vec<Column> {
    vec![
        identifier("ServiceControl").key(),
        localizable("Name", 255).category(Category::Formatted),
        int16("Event", 0, 187),
        localizable("Arguments", 255)
            .category(Category::Formatted)
            .nullable(),
        int16("Wait", 0, 1).nullable(),
        reference("Component_", "Component"),
    ]
}

fn service_install() -> Vec<Column> {
    let formatted = |name| plain(name, 255).category(Category::Formatted);
    vec![
        identifier("ServiceInstall").key(),
        formatted("Name"),
        localizable("DisplayName", 255)
            .category(Category::Formatted)
            .nullable(),
        int32("ServiceType", -i32::MAX, i32::MAX),
        int32("StartType", 0, 4),
        int32("ErrorControl", -i32::MAX, i32::MAX),
        formatted("LoadOrderGroup").nullable(),
        formatted("Dependencies").nullable(),
        formatted("StartName").nullable(),
        formatted("Password").nullable(),
        formatted("Arguments").nullable(),
        reference("Component_", "Component"),
        localizable("Description", 255)
            .category(Category::Text)
            .nullable(),
    ]
}
