//! Environment and Shortcut.

use super::directories::START_MENU;
use super::draft::{Draft, MAIN_FEATURE};
use super::files::installed_component;
use super::settings::REGISTRATION;
use crate::format::msi::Value;
use crate::package::msi::formatted::{command_line, render};
use crate::package::msi::model::{Folder, Package, PathEntry};
use crate::package::msi::names::{ShortNames, file_name, identifier};
use crate::package::msi::properties::symbol_property;

/// Set at installation, removed with the product, for the machine.
const FOR_MACHINE: &str = "=-*";

pub(super) fn add(draft: &mut Draft, package: &Package) {
    match package.path {
        PathEntry::Append => {
            // The separator stands for what PATH holds already; without it PATH would be overwritten.
            let value = format!("[~];[{}]", Folder::Install.property());
            environment(draft, "PATH", value);
        }
        PathEntry::Leave => {}
    }
    for variable in &package.environment {
        let value = render(&variable.value, &|symbol| {
            symbol_property(package, None, symbol)
        });
        environment(draft, &variable.name, value);
    }
    shortcuts(draft, package);
}

fn environment(draft: &mut Draft, name: &str, value: String) {
    let id = identifier("E_", name);
    let name = format!("{FOR_MACHINE}{name}");
    draft.push(
        "Environment",
        [id.into(), name.into(), value.into(), REGISTRATION.into()],
    );
}

fn shortcuts(draft: &mut Draft, package: &Package) {
    let mut taken = ShortNames::default();
    for shortcut in &package.shortcuts {
        let arguments = command_line(std::slice::from_ref(&shortcut.arguments), &[], &|symbol| {
            symbol_property(package, None, symbol)
        });
        let arguments = Some(arguments).filter(|_| !shortcut.arguments.is_empty());
        let description = Some(shortcut.description.as_str()).filter(|text| !text.is_empty());
        let row = [
            identifier("N_", &shortcut.name).into(),
            START_MENU.into(),
            file_name(&shortcut.name, &mut taken).into(),
            installed_component(&shortcut.target).into(),
            MAIN_FEATURE.into(),
            arguments.into(),
            description.into(),
        ];
        let rest = [
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            Folder::Install.property().into(),
        ];
        draft.push("Shortcut", row.into_iter().chain(rest));
    }
}
