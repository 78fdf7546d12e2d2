//! Directories, components, files and what lies in a file system.

use super::super::column::{Category, Column, Kind};
use super::{identifier, int16, int32, localizable, plain, reference, stream};

pub(super) const NAMES: &[&str] = &[
    "Binary",
    "Component",
    "CreateFolder",
    "Directory",
    "File",
    "Icon",
    "Media",
    "MsiFileHash",
    "MsiLockPermissionsEx",
    "RemoveFile",
    "Shortcut",
];

pub(super) fn columns(table: &str) -> Option<Vec<Column>> {
    Some(match table {
        "Binary" | "Icon" => vec![identifier("Name").key(), stream("Data")],
        "Component" => component(),
        "CreateFolder" => vec![
            reference("Directory_", "Directory").key(),
            reference("Component_", "Component").key(),
        ],
        "Directory" => vec![
            identifier("Directory").key(),
            reference("Directory_Parent", "Directory").nullable(),
            localizable("DefaultDir", 255).category(Category::DefaultDir),
        ],
        "File" => file(),
        "Media" => media(),
        "MsiFileHash" => file_hash(),
        "MsiLockPermissionsEx" => lock_permissions(),
        "RemoveFile" => vec![
            identifier("FileKey").key(),
            reference("Component_", "Component"),
            localizable("FileName", 255)
                .category(Category::WildCardFilename)
                .nullable(),
            identifier("DirProperty"),
            Column::new("InstallMode", Kind::Int16).set("1;2;3"),
        ],
        "Shortcut" => shortcut(),
        _ => return None,
    })
}

fn component() -> Vec<Column> {
    vec![
        identifier("Component").key(),
        plain("ComponentId", 38).category(Category::Guid).nullable(),
        reference("Directory_", "Directory"),
        Column::new("Attributes", Kind::Int16),
        plain("Condition", 255)
            .category(Category::Condition)
            .nullable(),
        reference("KeyPath", "File;Registry;ODBCDataSource").nullable(),
    ]
}

fn file() -> Vec<Column> {
    vec![
        identifier("File").key(),
        reference("Component_", "Component"),
        localizable("FileName", 255).category(Category::Filename),
        int32("FileSize", 0, i32::MAX),
        plain("Version", 72)
            .category(Category::Version)
            .refers_to("File")
            .nullable(),
        plain("Language", 20)
            .category(Category::Language)
            .nullable(),
        int16("Attributes", 0, 32_767).nullable(),
        int16("Sequence", 1, 32_767),
    ]
}

fn media() -> Vec<Column> {
    vec![
        int16("DiskId", 1, 32_767).key(),
        int16("LastSequence", 0, 32_767),
        localizable("DiskPrompt", 64)
            .category(Category::Text)
            .nullable(),
        plain("Cabinet", 255).category(Category::Cabinet).nullable(),
        plain("VolumeLabel", 32).category(Category::Text).nullable(),
        plain("Source", 72).category(Category::Property).nullable(),
    ]
}

fn file_hash() -> Vec<Column> {
    let part = |name| Column::new(name, Kind::Int32);
    vec![
        reference("File_", "File").key(),
        int16("Options", 0, 32_767),
        part("HashPart1"),
        part("HashPart2"),
        part("HashPart3"),
        part("HashPart4"),
    ]
}

fn lock_permissions() -> Vec<Column> {
    vec![
        identifier("MsiLockPermissionsEx").key(),
        identifier("LockObject"),
        plain("Table", 32)
            .category(Category::Identifier)
            .set("CreateFolder;File;Registry;ServiceInstall"),
        plain("SDDLText", 0).category(Category::FormattedSddlText),
        plain("Condition", 255)
            .category(Category::Formatted)
            .nullable(),
    ]
}

fn shortcut() -> Vec<Column> {
    vec![
        identifier("Shortcut").key(),
        reference("Directory_", "Directory"),
        localizable("Name", 128).category(Category::Filename),
        reference("Component_", "Component"),
        plain("Target", 72).category(Category::Shortcut),
        plain("Arguments", 255)
            .category(Category::Formatted)
            .nullable(),
        localizable("Description", 255)
            .category(Category::Text)
            .nullable(),
        int16("Hotkey", 0, 32_767).nullable(),
        reference("Icon_", "Icon").nullable(),
        int16("IconIndex", -32_767, 32_767).nullable(),
        Column::new("ShowCmd", Kind::Int16).set("1;3;7").nullable(),
        identifier("WkDir").nullable(),
        plain("DisplayResourceDLL", 255)
            .category(Category::Formatted)
            .nullable(),
        int16("DisplayResourceId", 0, 32_767).nullable(),
        plain("DescriptionResourceDLL", 255)
            .category(Category::Formatted)
            .nullable(),
        int16("DescriptionResourceId", 0, 32_767).nullable(),
    ]
}
