//! `PURGE=1`: a removal that also takes what it otherwise leaves, configuration, data and logs.
//!
//! The table RemoveFile does not go into folders, so `cmd.exe` does it, last of all.

use super::actions::{CONTINUE, Program, run};
use super::directories::PROGRAM_DATA;
use super::draft::Draft;
use crate::package::msi::model::{Folder, Package};
use crate::package::msi::properties::folders;

/// The property that asks for it.
pub(super) const PURGE: &str = "PURGE";

/// Just before InstallFinalize (6600).
const FIRST_SEQUENCE: i32 = 6590;

/// Whether there are folders to take away.
pub(super) fn has_folders(package: &Package) -> bool {
    folders(package).len() > 1
}

pub(super) fn add(draft: &mut Draft, package: &Package) {
    let kept = folders(package)
        .into_iter()
        .filter(|folder| *folder != Folder::Install);
    let mut sequence = FIRST_SEQUENCE;
    for folder in kept {
        let directory = folder.property();
        // A folder that was put at the root of a drive stays: the whole drive would go.
        let root = format!(" AND NOT {directory} ~>> \":\\\"");
        remove(draft, package, directory, "rd /s /q", &root, sequence);
        sequence += 1;
    }
    if has_folders(package) {
        // The folder of these folders, if nothing else is in it.
        remove(draft, package, PROGRAM_DATA, "rd /q", "", sequence);
    }
}

fn remove(
    draft: &mut Draft,
    package: &Package,
    directory: &str,
    command: &str,
    further: &str,
    sequence: i32,
) {
    let condition =
        format!("{PURGE} = \"1\" AND REMOVE ~= \"ALL\" AND NOT UPGRADINGPRODUCTCODE{further}");
    // The folder ends with a backslash; the dot keeps it from the quote.
    let command = format!("cmd.exe\" /d /c {command} \"[{directory}].\"");
    let program = Program {
        action: &format!("Purge_{directory}"),
        kind: CONTINUE,
        command: &command,
        condition: &condition,
        sequence,
    };
    run(draft, package, &program);
}
