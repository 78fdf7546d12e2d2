//! The product itself: features, properties, searches, conditions, upgrades.

use super::super::column::{Category, Column, Kind};
use super::{identifier, int16, int32, localizable, plain, reference};

pub(super) const NAMES: &[&str] = &[
    "AppSearch",
    "Feature",
    "FeatureComponents",
    "LaunchCondition",
    "Property",
    "RegLocator",
    "Signature",
    "Upgrade",
];

/// All sums of the feature attributes that the SDK allows.
const FEATURE_ATTRIBUTES: &str =
    "0;1;2;4;5;6;8;9;10;16;17;18;20;21;22;24;25;26;32;33;34;36;37;38;48;49;50;52;53;54";

pub(super) fn columns(table: &str) -> Option<Vec<Column>> {
    Some(match table {
        "AppSearch" => vec![
            identifier("Property").key(),
            reference(
                "Signature_",
                "Signature;RegLocator;IniLocator;DrLocator;CompLocator",
            )
            .key(),
        ],
        "Feature" => feature(),
        "FeatureComponents" => vec![
            plain("Feature_", 38)
                .category(Category::Identifier)
                .refers_to("Feature")
                .key(),
            reference("Component_", "Component").key(),
        ],
        "LaunchCondition" => vec![
            plain("Condition", 255).category(Category::Condition).key(),
            localizable("Description", 255).category(Category::Formatted),
        ],
        "Property" => vec![
            identifier("Property").key(),
            localizable("Value", 0).category(Category::Text),
        ],
        "RegLocator" => vec![
            identifier("Signature_").key(),
            int16("Root", 0, 3),
            plain("Key", 255).category(Category::RegPath),
            plain("Name", 255).category(Category::Formatted).nullable(),
            int16("Type", 0, 18).nullable(),
        ],
        "Signature" => signature(),
        "Upgrade" => upgrade(),
        _ => return None,
    })
}

fn feature() -> Vec<Column> {
    vec![
        plain("Feature", 38).category(Category::Identifier).key(),
        plain("Feature_Parent", 38)
            .category(Category::Identifier)
            .refers_to("Feature")
            .nullable(),
        localizable("Title", 64).category(Category::Text).nullable(),
        localizable("Description", 255)
            .category(Category::Text)
            .nullable(),
        int16("Display", 0, 32_767).nullable(),
        int16("Level", 0, 32_767),
        plain("Directory_", 72)
            .category(Category::UpperCase)
            .refers_to("Directory")
            .nullable(),
        Column::new("Attributes", Kind::Int16).set(FEATURE_ATTRIBUTES),
    ]
}

fn signature() -> Vec<Column> {
    let number = |name| int32(name, 0, i32::MAX).nullable();
    vec![
        identifier("Signature").key(),
        plain("FileName", 255).category(Category::Text),
        plain("MinVersion", 20).category(Category::Text).nullable(),
        plain("MaxVersion", 20).category(Category::Text).nullable(),
        number("MinSize"),
        number("MaxSize"),
        number("MinDate"),
        number("MaxDate"),
        plain("Languages", 255)
            .category(Category::Language)
            .nullable(),
    ]
}

fn upgrade() -> Vec<Column> {
    vec![
        plain("UpgradeCode", 38).category(Category::Guid).key(),
        plain("VersionMin", 20)
            .category(Category::Text)
            .key()
            .nullable(),
        plain("VersionMax", 20)
            .category(Category::Text)
            .key()
            .nullable(),
        plain("Language", 255)
            .category(Category::Language)
            .key()
            .nullable(),
        int32("Attributes", 0, i32::MAX).key(),
        plain("Remove", 255)
            .category(Category::Formatted)
            .nullable(),
        plain("ActionProperty", 72).category(Category::UpperCase),
    ]
}
