//! ICE39, ICE80 and ICE40: the summary information against the tables.

use super::formats::is_guid;
use super::{Findings, Rule};
use crate::format::msi::Database;

pub(super) fn check(database: &Database, findings: &mut Findings) {
    let summary = &database.summary;
    let mut complain = |field: &str, message: &str| {
        findings.place(Rule::Ice39, format!("summary.{field}"), message)
    };
    let (platform, language) = summary
        .template
        .split_once(';')
        .unwrap_or((&summary.template, ""));
    let least_engine = match platform {
        "Intel" => 100,
        "x64" => 200,
        "Arm64" => 500,
        _ => {
            complain(
                "Template",
                "the platform is not one of Intel, x64 and Arm64",
            );
            100
        }
    };
    if summary.page_count < least_engine {
        complain("PageCount", "this platform needs a later Windows Installer");
    }
    let uses_version_5 = ["MsiServiceConfig", "MsiLockPermissionsEx"]
        .iter()
        .any(|name| database.table(name).is_some());
    if uses_version_5 && summary.page_count < 500 {
        complain("PageCount", "its tables need Windows Installer 5.0");
    }
    if !is_guid(&summary.revision) {
        complain("Revision", "the package code is not a GUID");
    }
    if summary.word_count & 2 == 0
        && database.table("Media").is_some_and(|table| {
            table
                .rows
                .iter()
                .any(|row| table.text(row, "Cabinet").starts_with('#'))
        })
    {
        complain("WordCount", "the files are compressed");
    }
    if database
        .property("ProductLanguage")
        .is_some_and(|known| !language.split(',').any(|one| one == known))
    {
        findings.place(
            Rule::Ice80,
            "summary.Template",
            "its language is not the product's",
        );
    }
    if database.property("REINSTALLMODE").is_some() {
        findings.place(
            Rule::Ice40,
            "Property[REINSTALLMODE]",
            "it must not be set in the package",
        );
    }
}
