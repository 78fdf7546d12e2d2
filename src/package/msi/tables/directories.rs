//! Directory.

use std::collections::BTreeMap;

use super::draft::Draft;
use crate::format::msi::Value;
use crate::package::msi::model::{Folder, Package};
use crate::package::msi::names::{ShortNames, file_name, identifier};
use crate::package::msi::properties::folders;
use crate::service::names::folder as folder_name;

/// The folder that holds configuration, data and logs.
pub(super) const PROGRAM_DATA: &str = "D_ProgramData";
/// The standard directory of the Start menu.
pub(super) const START_MENU: &str = "ProgramMenuFolder";

/// The rows of sub-folders, and the short names in each folder.
pub(super) struct Directories {
    /// By folder and path.
    keys: BTreeMap<(Folder, String), String>,
    /// By the directory's key.
    names: BTreeMap<String, ShortNames>,
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

    /// The name of a file as its row holds it.
    pub(super) fn file_name(&mut self, directory: &str, name: &str) -> String {
        file_name(name, self.names.entry(directory.to_owned()).or_default())
    }
}

pub(super) fn add(draft: &mut Draft, package: &Package) -> Directories {
    let product = &package.product;
    let name = folder_name(&product.title);
    let long = |name: &str| Value::from(file_name(name, &mut ShortNames::default()));
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
    let mut names = real_names(package);
    for file in &package.files {
        let mut parent = file.folder.property().to_owned();
        for (part, path) in folders_to(&file.path) {
            let key = key(file.folder, &path);
            let place = (file.folder, path.to_lowercase());
            if keys.insert(place, key.clone()).is_none() {
                let name = file_name(part, names.entry(parent.clone()).or_default());
                draft.push(
                    "Directory",
                    [key.as_str().into(), parent.into(), name.into()],
                );
            }
            parent = key;
        }
    }
    Directories { keys, names }
}

/// What the files and folders in each directory are called, by its key.
fn real_names(package: &Package) -> BTreeMap<String, ShortNames> {
    let mut names: BTreeMap<String, ShortNames> = BTreeMap::new();
    for file in &package.files {
        let mut parent = file.folder.property().to_owned();
        for (part, path) in folders_to(&file.path) {
            names.entry(parent).or_default().reserve(part);
            parent = key(file.folder, &path);
        }
        let own = file.path.rsplit('/').next().unwrap_or_default();
        names.entry(parent).or_default().reserve(own);
    }
    names
}

/// The folders on the way to a file: each one's name, and its path.
fn folders_to(path: &str) -> impl Iterator<Item = (&str, String)> {
    path.match_indices('/').map(|(slash, _)| {
        let path = &path[..slash];
        (path.rsplit('/').next().unwrap_or(path), path.to_owned())
    })
}

/// The key of a sub-folder's row.
fn key(folder: Folder, path: &str) -> String {
    let place = format!("{}/{}", folder.property(), path.to_lowercase());
    identifier("D_", &place)
}
