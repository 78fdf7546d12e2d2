//! The sequences: custom actions, and the standard actions that WiX would place otherwise.

use super::product::{rows, runs_program};
use super::xml::Element;
use super::{Context, Dialect};
use crate::format::msi::{Row, Table};

/// Standard actions whose number or condition is not what WiX gives them.
const MOVED: [&str; 3] = [
    "LaunchConditions",
    "RemoveExistingProducts",
    "StartServices",
];

/// Standard actions that WiX would put into the sequence of the user interface by itself.
const SUPPRESSED: [&str; 7] = [
    "AppSearch",
    "CostFinalize",
    "CostInitialize",
    "FileCost",
    "FindRelatedProducts",
    "LaunchConditions",
    "MigrateFeatureStates",
];

pub(super) fn sequences(context: &Context) -> Vec<Element> {
    [
        ("InstallExecuteSequence", "InstallExecuteSequence"),
        ("InstallUISequence", "InstallUISequence"),
    ]
    .into_iter()
    .map(|(table, element)| {
        let actions = rows(context, table).into_iter();
        let suppressed = SUPPRESSED
            .iter()
            .filter(|_| element == "InstallUISequence" && context.dialect == Dialect::Wix4)
            .map(|name| Element::new(name).attribute("Suppress", "yes"));
        Element::new(element)
            .children(actions.filter_map(|(table, row)| action(context, table, row)))
            .children(suppressed)
    })
    .collect()
}

fn action(context: &Context, table: &Table, row: &Row) -> Option<Element> {
    let name = table.text(row, "Action");
    let number = table.number(row, "Sequence")?.to_string();
    let is_custom = context
        .database
        .table("CustomAction")
        .is_some_and(|actions| {
            let found = actions.find(name);
            found.is_some_and(|row| context.dialect == Dialect::Wix4 || !runs_program(actions, row))
        });
    let element = match MOVED.iter().find(|moved| **moved == name) {
        Some(moved) => Element::new(moved),
        None if is_custom => Element::new("Custom").attribute("Action", name),
        None => return None,
    };
    let element = element.attribute("Sequence", number);
    let condition = table.text(row, "Condition");
    Some(match context.dialect {
        Dialect::Wix4 => element.optional("Condition", condition),
        Dialect::Wixl if condition.is_empty() => element,
        Dialect::Wixl => element.text(condition),
    })
}
