//! Directory.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use crate::format::msi::Value;
use crate::package::msi::model::{Folder, Package};
use crate::package::msi::names::{file_name, identifier};
use crate::package::msi::properties::folders;
use crate::service::names::folder as folder_name;

/// The folder that holds configuration, data and logs.
pub(super) const PROGRAM_DATA: &str = "D_ProgramData";
/// The standard directory of the Start menu.
pub(super) const START_MENU: &str = "ProgramMenuFolder";

/// The rows of sub-folders, by folder and path.
pub(super) struct Directories {
    keys: BTreeMap<(Folder, String), String>,
}

impl Directories {
    /// The key of the directory that a file with this path is in.
    pub(super) fn of_file<'a>(&'a self, folder: Folder, path: &str) -> &'a str {
        let parent = path
            .rsplit_once('/')
            .map_or("", |(parent, _)| parent)
            .to_lowercase();
        self.keys
            .get(&(folder, parent))
            .map_or(folder.property(), String::as_str)
    }
}

pub(super) fn add(draft: &mut Draft, package: &Package) -> Directories {
    let product = &package.product;
    let name = folder_name(&product.title);
    let long = |name: &str| Value::from(file_name(name, &mut BTreeSet::new()));
    let folders = folders(package);

    draft.push(
        "Directory",
        ["TARGETDIR".into(), Value::Null, "SourceDir".into()],
    );
    let mut standard = vec![product.architecture.program_files()];
    let install = Folder::Install.property();
    draft.push(
        "Directory",
        [
            install.into(),
            product.architecture.program_files().into(),
            long(&name),
        ],
    );
    if folders.len() > 1 {
        standard.push("CommonAppDataFolder");
        draft.push(
            "Directory",
            [
                PROGRAM_DATA.into(),
                "CommonAppDataFolder".into(),
                long(&name),
            ],
        );
    }
    for folder in folders {
        let leaf = match folder {
            Folder::Install => continue,
            Folder::Config => "config",
            Folder::Data => "data",
            Folder::Log => "logs",
        };
        draft.push(
            "Directory",
            [folder.property().into(), PROGRAM_DATA.into(), leaf.into()],
        );
    }
    if !package.shortcuts.is_empty() {
        standard.push(START_MENU);
    }
    if super::actions::needs_system_folder(package) {
        standard.push(product.architecture.system());
    }
    for name in standard {
        draft.push("Directory", [name.into(), "TARGETDIR".into(), ".".into()]);
    }
    sub_folders(draft, package)
}

/// Each folder on the way to a file, once for all spellings of its name.
fn sub_folders(draft: &mut Draft, package: &Package) -> Directories {
    let mut keys = BTreeMap::new();
    let mut short_names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in &package.files {
        let mut parent = file.folder.property().to_owned();
        let mut path = String::new();
        let parts: Vec<&str> = file.path.split('/').collect();
        for part in &parts[..parts.len() - 1] {
            path = if path.is_empty() {
                (*part).to_owned()
            } else {
                format!("{path}/{part}")
            };
            let place = (file.folder, path.to_lowercase());
            let key = keys.entry(place).or_insert_with(|| {
                let key = identifier(
                    "D_",
                    &format!("{}/{}", file.folder.property(), path.to_lowercase()),
                );
                let taken = short_names.entry(parent.clone()).or_default();
                let name = file_name(part, taken);
                draft.push(
                    "Directory",
                    [key.as_str().into(), parent.as_str().into(), name.into()],
                );
                key
            });
            parent.clone_from(key);
        }
    }
    Directories { keys }
}
