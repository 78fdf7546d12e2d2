//! `Component` with all that belongs to it.

use super::directories::names;
use super::product::rows;
use super::xml::Element;
use super::{Context, Dialect, path_text};
use crate::format::msi::{Row, Table};

pub(super) fn components(context: &Context) -> Vec<Element> {
    let components = rows(context, "Component").into_iter();
    match context.dialect {
        Dialect::Wix4 => components
            .map(|(table, row)| {
                component(context, table, row).attribute("Directory", table.text(row, "Directory_"))
            })
            .collect(),
        // wixl wants each component inside of its directory.
        Dialect::Wixl => components
            .map(|(table, row)| {
                Element::new("DirectoryRef")
                    .attribute("Id", table.text(row, "Directory_"))
                    .child(component(context, table, row))
            })
            .collect(),
    }
}

fn component(context: &Context, table: &Table, row: &Row) -> Element {
    const PERMANENT: i32 = 16;
    const NEVER_OVERWRITE: i32 = 128;
    const SIXTY_FOUR_BIT: i32 = 256;
    const TRANSITIVE: i32 = 64;
    let key = table.text(row, "Component");
    let condition = table.text(row, "Condition");
    let bits = table.number(row, "Attributes").unwrap_or_default();
    let mut element = Element::new("Component")
        .attribute("Id", key)
        .attribute("Guid", table.text(row, "ComponentId"));
    let wix4 = context.dialect == Dialect::Wix4;
    if wix4 && bits & PERMANENT != 0 {
        element = element.attribute("Permanent", "yes");
    }
    if wix4 && bits & NEVER_OVERWRITE != 0 {
        element = element.attribute("NeverOverwrite", "yes");
    }
    // wixl has no words for a condition: there the component is always installed.
    if wix4 && bits & TRANSITIVE != 0 {
        element = element.attribute("Transitive", "yes");
    }
    if wix4 {
        element = element.optional("Condition", condition);
    }
    element = match (context.dialect, bits & SIXTY_FOUR_BIT != 0) {
        (Dialect::Wix4, true) => element.attribute("Bitness", "always64"),
        (Dialect::Wix4, false) => element.attribute("Bitness", "always32"),
        (Dialect::Wixl, true) => element.attribute("Win64", "yes"),
        (Dialect::Wixl, false) => element,
    };
    let key_path = table.text(row, "KeyPath");
    if wix4 && key_path.is_empty() {
        element = element.attribute("KeyPath", "yes");
    }
    let own = |name: &str| -> Vec<(&Table, &Row)> {
        let all = rows(context, name).into_iter();
        all.filter(|(table, row)| table.text(row, "Component_") == key)
            .collect()
    };
    element
        .children(
            own("CreateFolder")
                .into_iter()
                .map(|(table, row)| create_folder(context, table, row)),
        )
        .children(
            own("File")
                .into_iter()
                .map(|(table, row)| file(context, table, row, key_path)),
        )
        .children(
            own("RemoveFile")
                .into_iter()
                .map(|(table, row)| remove_folder(context, table, row)),
        )
        .children(
            own("Registry")
                .into_iter()
                .map(|(table, row)| registry(context, table, row, key_path)),
        )
        .children(
            own("ServiceInstall")
                .into_iter()
                .map(|(table, row)| service_install(context, table, row)),
        )
        .children(
            own("ServiceControl")
                .into_iter()
                .map(|(table, row)| service_control(table, row)),
        )
        .children(
            own("Environment")
                .into_iter()
                .filter_map(|(table, row)| environment(context, table, row)),
        )
}

fn create_folder(context: &Context, table: &Table, row: &Row) -> Element {
    let directory = table.text(row, "Directory_");
    let element = Element::new("CreateFolder").attribute("Directory", directory);
    element.children(permission(context, "CreateFolder", directory))
}

fn permission(context: &Context, kind: &str, object: &str) -> Option<Element> {
    if context.dialect == Dialect::Wixl {
        return None;
    }
    let mut locks = rows(context, "MsiLockPermissionsEx").into_iter();
    let (table, row) = locks.find(|(table, row)| {
        table.text(row, "Table") == kind && table.text(row, "LockObject") == object
    })?;
    let id = table.text(row, "MsiLockPermissionsEx");
    Some(
        Element::new("PermissionEx")
            .attribute("Id", id)
            .attribute("Sddl", table.text(row, "SDDLText")),
    )
}

fn file(context: &Context, table: &Table, row: &Row, key_path: &str) -> Element {
    let key = table.text(row, "File");
    let (short, long) = names(table.text(row, "FileName"));
    let source = context
        .sources
        .get(key)
        .map(|path| path_text(path))
        .unwrap_or_default();
    let mut element = Element::new("File")
        .attribute("Id", key)
        .attribute("Name", long);
    if let (Some(short), Dialect::Wix4) = (short, context.dialect) {
        element = element.attribute("ShortName", short);
    }
    element = element.attribute("Source", source);
    if context.dialect == Dialect::Wix4 {
        element = element.attribute("Vital", "yes");
    }
    if key == key_path {
        element = element.attribute("KeyPath", "yes");
    }
    let component = table.text(row, "Component_");
    let shortcuts = rows(context, "Shortcut").into_iter();
    element.children(
        shortcuts
            .filter(|(table, row)| table.text(row, "Component_") == component)
            .map(|(table, row)| {
                let (short, long) = names(table.text(row, "Name"));
                let element = Element::new("Shortcut")
                    .attribute("Id", table.text(row, "Shortcut"))
                    .attribute("Directory", table.text(row, "Directory_"))
                    .attribute("Name", long)
                    .optional(
                        "ShortName",
                        short
                            .filter(|_| context.dialect == Dialect::Wix4)
                            .unwrap_or_default(),
                    )
                    .optional("Arguments", table.text(row, "Arguments"))
                    .optional("Description", table.text(row, "Description"))
                    .optional("WorkingDirectory", table.text(row, "WkDir"));
                element.attribute("Advertise", "yes")
            }),
    )
}

fn remove_folder(context: &Context, table: &Table, row: &Row) -> Element {
    let element = Element::new("RemoveFolder").attribute("Id", table.text(row, "FileKey"));
    // wixl takes the component's folder.
    let element = match context.dialect {
        Dialect::Wix4 => element.attribute("Directory", table.text(row, "DirProperty")),
        Dialect::Wixl => element,
    };
    element.attribute("On", "uninstall")
}

fn registry(context: &Context, table: &Table, row: &Row, key_path: &str) -> Element {
    let id = table.text(row, "Registry");
    let mut element = Element::new("RegistryValue")
        .attribute("Id", id)
        .attribute("Root", "HKLM")
        .attribute("Key", table.text(row, "Key"))
        .attribute("Name", table.text(row, "Name"));
    let value = table.text(row, "Value");
    // wixl forgets to mark an expandable text.
    let marked = context.dialect == Dialect::Wixl && value.starts_with("#%");
    element = if marked {
        element
            .attribute("Type", "expandable")
            .attribute("Value", value)
    } else if let Some(text) = value.strip_prefix("#%") {
        element
            .attribute("Type", "expandable")
            .attribute("Value", text)
    } else if value.contains("[~]") {
        multi_string(context, element, value)
    } else if let Some(number) = value
        .strip_prefix('#')
        .filter(|number| !number.starts_with('#'))
    {
        element
            .attribute("Type", "integer")
            .attribute("Value", number)
    } else {
        let text = value.strip_prefix('#').unwrap_or(value);
        element.attribute("Type", "string").attribute("Value", text)
    };
    if id == key_path {
        element = element.attribute("KeyPath", "yes");
    }
    element.children(permission(context, "Registry", id))
}

fn multi_string(context: &Context, element: Element, value: &str) -> Element {
    let items = value
        .trim_start_matches("[~]")
        .trim_end_matches("[~]")
        .split("[~]");
    match context.dialect {
        Dialect::Wix4 => {
            element.children(items.map(|item| Element::new("MultiString").attribute("Value", item)))
        }
        // It knows the type in small letters only.
        Dialect::Wixl => element
            .attribute("Type", "multistring")
            .attribute("Value", value),
    }
}

fn service_install(context: &Context, table: &Table, row: &Row) -> Element {
    let start = match table.number(row, "StartType") {
        Some(3) => "demand",
        Some(4) => "disabled",
        _ => "auto",
    };
    let dependencies = table
        .text(row, "Dependencies")
        .split("[~]")
        .filter(|name| !name.is_empty());
    let name = table.text(row, "Name");
    Element::new("ServiceInstall")
        .attribute("Id", table.text(row, "ServiceInstall"))
        .attribute("Name", name)
        .attribute("DisplayName", table.text(row, "DisplayName"))
        .attribute("Type", "ownProcess")
        .attribute("Start", start)
        .attribute("ErrorControl", "normal")
        .attribute("Vital", "yes")
        .optional("Account", table.text(row, "StartName"))
        .optional("Password", table.text(row, "Password"))
        .optional("Arguments", table.text(row, "Arguments"))
        .optional("Description", table.text(row, "Description"))
        .children(dependencies.map(|name| Element::new("ServiceDependency").attribute("Id", name)))
        .children(service_configuration(context, name))
}

fn service_configuration(context: &Context, service: &str) -> Option<Element> {
    if context.dialect == Dialect::Wixl {
        return None;
    }
    let mut element = Element::new("ServiceConfig")
        .attribute("OnInstall", "yes")
        .attribute("OnReinstall", "yes");
    let mut any = false;
    for (table, row) in rows(context, "MsiServiceConfig") {
        if table.text(row, "Name") != service {
            continue;
        }
        any = true;
        let argument = table.text(row, "Argument");
        element = match table.number(row, "ConfigType") {
            Some(3) => element.attribute("DelayedAutoStart", "yes"),
            Some(4) => element.attribute("FailureActionsWhen", "failedToStopOrReturnedError"),
            Some(5) => element.attribute("ServiceSid", sid_word(argument)),
            Some(7) => element.attribute("PreShutdownDelay", argument),
            _ => element.children(
                argument
                    .split("[~]")
                    .filter(|name| !name.is_empty())
                    .map(|name| Element::new("RequiredPrivilege").attribute("Name", name)),
            ),
        };
    }
    any.then_some(element)
}

fn sid_word(argument: &str) -> &'static str {
    match argument {
        "3" => "restricted",
        "1" => "unrestricted",
        _ => "none",
    }
}

fn service_control(table: &Table, row: &Row) -> Element {
    let events = table.number(row, "Event").unwrap_or_default();
    let when = |install: i32, removal: i32| match (events & install != 0, events & removal != 0) {
        (true, true) => "both",
        (true, false) => "install",
        (false, true) => "uninstall",
        (false, false) => "",
    };
    Element::new("ServiceControl")
        .attribute("Id", table.text(row, "ServiceControl"))
        .attribute("Name", table.text(row, "Name"))
        .optional("Start", when(0x01, 0x10))
        .optional("Stop", when(0x02, 0x20))
        .optional("Remove", when(0x08, 0x80))
        .attribute("Wait", "yes")
}

fn environment(context: &Context, table: &Table, row: &Row) -> Option<Element> {
    if context.dialect == Dialect::Wixl {
        return None;
    }
    let name = table.text(row, "Name").trim_start_matches(['=', '-', '*']);
    let value = table.text(row, "Value");
    let appended = value.strip_prefix("[~];");
    let element = Element::new("Environment")
        .attribute("Id", table.text(row, "Environment"))
        .attribute("Name", name)
        .attribute("Value", appended.unwrap_or(value))
        .attribute("Action", "set")
        .attribute("System", "yes")
        .attribute("Permanent", "no");
    Some(if appended.is_some() {
        element.attribute("Part", "last")
    } else {
        element
    })
}
