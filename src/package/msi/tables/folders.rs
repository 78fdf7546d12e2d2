//! CreateFolder, MsiLockPermissionsEx, RemoveFile: folders of their own right.

use super::directories::PROGRAM_DATA;
use super::draft::{Component, Draft, KeyPath, MAIN_FEATURE};
use crate::format::msi::Value;
use crate::package::msi::model::{Folder, Package};
use crate::package::msi::names::identifier;
use crate::package::msi::properties::{folders, trustee};

/// FILE_GENERIC_READ and FILE_GENERIC_EXECUTE.
const READ: &str = "0x1200a9";
/// The same with FILE_GENERIC_WRITE and DELETE.
const MODIFY: &str = "0x1301bf";
/// BUILTIN\Users.
const USERS: &str = "BU";

pub(super) fn add(draft: &mut Draft, package: &Package) {
    let folders = folders(package);
    if folders.len() > 1 {
        folder(draft, package, PROGRAM_DATA, &access(package, READ, &[]), 1);
    }
    for (number, used) in (2..).zip(folders) {
        let sddl = match used {
            Folder::Install => access(package, READ, &[USERS]),
            // Without a service nobody would be left to read the configuration.
            Folder::Config if package.services.is_empty() => access(package, READ, &[USERS]),
            Folder::Config => access(package, READ, &[]),
            Folder::Data | Folder::Log => access(package, MODIFY, &[]),
        };
        folder(draft, package, used.property(), &sddl, number);
    }
}

/// A folder with its access list, removed when it is empty.
fn folder(draft: &mut Draft, package: &Package, directory: &str, sddl: &str, number: u32) {
    let key = identifier("C_", &format!("Folder.{directory}"));
    draft.component(
        package,
        &Component {
            key: &key,
            identity: &format!("folder {directory}"),
            directory,
            attributes: 0,
            condition: None,
            key_path: KeyPath::Folder,
            feature: MAIN_FEATURE,
        },
    );
    draft.push("CreateFolder", [directory.into(), key.as_str().into()]);
    // Rows are taken in the order of their keys: a parent's access list must come before its children's.
    let id = format!("L{number}_{directory}");
    draft.push(
        "MsiLockPermissionsEx",
        [
            id.into(),
            directory.into(),
            "CreateFolder".into(),
            sddl.into(),
        ],
    );
    const AT_REMOVAL: i32 = 2;
    let id = identifier("R_", directory);
    draft.push(
        "RemoveFile",
        [
            id.into(),
            key.into(),
            Value::Null,
            directory.into(),
            AT_REMOVAL.into(),
        ],
    );
}

/// A protected access list: SYSTEM and administrators everything, the services `rights`, others read.
fn access(package: &Package, rights: &str, readers: &[&str]) -> String {
    let mut list = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)".to_owned();
    let mut trustees: Vec<String> = package.services.iter().filter_map(trustee).collect();
    trustees.sort();
    trustees.dedup();
    for trustee in trustees {
        list.push_str(&format!("(A;OICI;{rights};;;{trustee})"));
    }
    for reader in readers {
        list.push_str(&format!("(A;OICI;{READ};;;{reader})"));
    }
    list
}
