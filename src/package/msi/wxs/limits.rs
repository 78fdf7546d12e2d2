//! What wixl cannot express, told by the feature's name before it runs: wixl itself would abort without one.

use std::fmt;

use crate::format::msi::Database;
use crate::package::msi::build::outline;
use crate::package::msi::model::{Architecture, Keep, Package};

/// Something that a package has and wixl 0.101 has no words for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Packages for arm64.
    Arm64,
    /// Access lists of folders and registry keys.
    AccessLists,
    /// Delayed start, failure flag, service SID, privileges, pre-shutdown time, a start type that an administrator chose.
    ServiceConfiguration,
    /// PATH and environment variables.
    Environment,
    /// Files that survive upgrade and removal.
    KeptFiles,
    /// Programs of Windows that are run: restarts after failures, firewall rules, `PURGE=1`.
    Programs,
    /// What the progress bar says, and errors in words of our own.
    ProgressTexts,
    /// Properties that also an elevated installation takes from its caller.
    SecureProperties,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Arm64,
        Self::AccessLists,
        Self::ServiceConfiguration,
        Self::Environment,
        Self::KeptFiles,
        Self::Programs,
        Self::ProgressTexts,
        Self::SecureProperties,
    ];

    /// The name by which a manifest may leave it out.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::AccessLists => "access-lists",
            Self::ServiceConfiguration => "service-configuration",
            Self::Environment => "environment",
            Self::KeptFiles => "kept-files",
            Self::Programs => "programs",
            Self::ProgressTexts => "progress-texts",
            Self::SecureProperties => "secure-properties",
        }
    }

    /// Whether a package may do without it.
    pub fn can_be_left_out(self) -> bool {
        match self {
            Self::AccessLists
            | Self::ServiceConfiguration
            | Self::Programs
            | Self::ProgressTexts
            | Self::SecureProperties => true,
            Self::Arm64 | Self::Environment | Self::KeptFiles => false,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Arm64 => "packages for arm64",
            Self::AccessLists => "access lists of folders and registry keys",
            Self::ServiceConfiguration => {
                "a service's delayed start, failure flag, service SID, privileges and pre-shutdown time"
            }
            Self::Environment => "PATH and environment variables",
            Self::KeptFiles => "files that survive upgrade and removal",
            Self::Programs => "restarts after failures, firewall rules, and removal with `PURGE=1`",
            Self::ProgressTexts => "texts of the progress bar and of errors",
            Self::SecureProperties => "properties that an elevated installation takes from its caller",
        })
    }
}

/// What of the package wixl cannot express, sorted.
pub fn limits(package: &Package) -> Vec<Limit> {
    let database = outline(package);
    let has = |table: &str| {
        database
            .table(table)
            .is_some_and(|table| !table.rows.is_empty())
    };
    let mut limits = Vec::new();
    let mut add = |present: bool, limit: Limit| limits.extend(present.then_some(limit));
    add(
        package.product.architecture == Architecture::Arm64,
        Limit::Arm64,
    );
    add(has("MsiLockPermissionsEx"), Limit::AccessLists);
    add(has("MsiServiceConfig"), Limit::ServiceConfiguration);
    add(has("Environment"), Limit::Environment);
    let kept = package.files.iter().any(|file| file.keep == Keep::Keep);
    add(kept, Limit::KeptFiles);
    add(has_programs(&database), Limit::Programs);
    add(has("ActionText"), Limit::ProgressTexts);
    add(has("AppSearch"), Limit::SecureProperties);
    limits.sort_unstable();
    limits
}

fn has_programs(database: &Database) -> bool {
    let actions = database.table("CustomAction");
    actions.is_some_and(|table| {
        table
            .rows
            .iter()
            .any(|row| super::product::runs_program(table, row))
    })
}
