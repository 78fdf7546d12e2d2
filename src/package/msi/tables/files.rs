//! Component, File, MsiFileHash, Media.

use super::directories::Directories;
use super::draft::{Component, Draft, KeyPath, MAIN_FEATURE, NEVER_OVERWRITE, PERMANENT};
use crate::format::msi::Value;
use crate::package::msi::facts::FileFacts;
use crate::package::msi::model::{Folder, Keep, Package, PackageFile};
use crate::package::msi::names::identifier;

/// msidbFileAttributesVital: an installation without the file fails.
const VITAL: i32 = 512;

/// The key of a file in `File`, which is also its name in the cabinet.
pub(in crate::package::msi) fn file_key(file: &PackageFile) -> String {
    identifier("F_", &place(file))
}

/// The key of a file's component.
pub(super) fn component_key(file: &PackageFile) -> String {
    identifier("C_", &place(file))
}

/// The component of a file of the install folder.
pub(super) fn installed_component(path: &str) -> String {
    identifier("C_", &path.to_lowercase())
}

/// The key of a file of the install folder.
pub(super) fn installed_file(path: &str) -> String {
    identifier("F_", &path.to_lowercase())
}

/// A file's place, one for all spellings of its name.
fn place(file: &PackageFile) -> String {
    let path = file.path.to_lowercase();
    match file.folder {
        Folder::Install => path,
        folder @ (Folder::Config | Folder::Data | Folder::Log) => {
            format!("{}/{path}", folder.property())
        }
    }
}

/// The positions of the files in the order of the cabinet: small ones first, because a reader unpacks all that
/// comes before a file.
pub(in crate::package::msi) fn install_order(package: &Package, facts: &[FileFacts]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..package.files.len()).collect();
    order.sort_by_cached_key(|index| (facts[*index].size, file_key(&package.files[*index])));
    order
}

pub(super) fn add(
    draft: &mut Draft,
    package: &Package,
    facts: &[FileFacts],
    mut directories: Directories,
) {
    let order = install_order(package, facts);
    for (sequence, index) in (1..).zip(&order) {
        let file = &package.files[*index];
        let directory = directories.of_file(file.folder, &file.path).to_owned();
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let name = directories.file_name(&directory, name);
        component(draft, package, file, &directory);
        row(draft, file, &facts[*index], &name, sequence);
    }
    let last = i32::try_from(order.len()).unwrap_or(i32::MAX);
    let cabinet = (!order.is_empty()).then(|| format!("#{}", super::CABINET));
    draft.push(
        "Media",
        [1.into(), last.into(), Value::Null, cabinet.into()],
    );
}

fn component(draft: &mut Draft, package: &Package, file: &PackageFile, directory: &str) {
    let attributes = match file.keep {
        Keep::Replace => 0,
        // Both are needed: without the first an upgrade removes the file, without the second it writes over it.
        Keep::Keep => PERMANENT | NEVER_OVERWRITE,
    };
    draft.component(
        package,
        &Component {
            key: &component_key(file),
            identity: &place(file),
            directory,
            attributes,
            condition: None,
            key_path: KeyPath::File(&file_key(file)),
            feature: MAIN_FEATURE,
        },
    );
}

fn row(draft: &mut Draft, file: &PackageFile, facts: &FileFacts, name: &str, sequence: i32) {
    let key = file_key(file);
    let version = facts.version.as_ref();
    draft.push(
        "File",
        [
            key.as_str().into(),
            component_key(file).into(),
            name.into(),
            // More than 2 GiB does not fit into the cabinet, which says so.
            i32::try_from(facts.size).unwrap_or(i32::MAX).into(),
            version.map(|version| version.number.clone()).into(),
            version.map(|version| version.language.to_string()).into(),
            VITAL.into(),
            sequence.into(),
        ],
    );
    if version.is_none() {
        let (words, _) = facts.md5.as_chunks::<4>();
        let hash = words
            .iter()
            .map(|word| Value::Number(i32::from_le_bytes(*word)));
        draft.push(
            "MsiFileHash",
            [key.into(), 0.into()].into_iter().chain(hash),
        );
    }
}
