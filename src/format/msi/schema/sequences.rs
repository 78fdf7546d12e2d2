//! The sequences and the texts that their progress shows.

use super::super::column::{Category, Column};
use super::{identifier, int16, localizable, plain};

pub(super) const NAMES: &[&str] = &[
    "ActionText",
    "AdminExecuteSequence",
    "AdminUISequence",
    "AdvtExecuteSequence",
    "Error",
    "InstallExecuteSequence",
    "InstallUISequence",
];

pub(super) fn columns(table: &str) -> Option<Vec<Column>> {
    Some(match table {
        "ActionText" => vec![
            identifier("Action").key(),
            localizable("Description", 0)
                .category(Category::Text)
                .nullable(),
            localizable("Template", 0)
                .category(Category::Template)
                .nullable(),
        ],
        "Error" => vec![
            int16("Error", 0, 32_767).key(),
            localizable("Message", 0)
                .category(Category::Template)
                .nullable(),
        ],
        "AdminExecuteSequence"
        | "AdminUISequence"
        | "AdvtExecuteSequence"
        | "InstallExecuteSequence"
        | "InstallUISequence" => vec![
            identifier("Action").key(),
            plain("Condition", 255)
                .category(Category::Condition)
                .nullable(),
            int16("Sequence", -4, 32_767).nullable(),
        ],
        _ => return None,
    })
}
