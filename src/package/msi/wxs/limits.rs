//! What wixl cannot express, told by the feature's name before it runs: wixl itself would abort without one.

use std::fmt;

use crate::package::msi::build::outline;
use crate::package::msi::model::{Architecture, Package};

/// Something that a package has and wixl 0.101 has no words for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Packages for arm64.
    Arm64,
    /// Access lists of folders and registry keys.
    AccessLists,
    /// Delayed start, failure flag, service SID, privileges, pre-shutdown time.
    ServiceConfiguration,
    /// PATH and environment variables.
    Environment,
    /// What the progress bar says.
    ProgressTexts,
}

impl Limit {
    /// The name by which a manifest may leave it out.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::AccessLists => "access-lists",
            Self::ServiceConfiguration => "service-configuration",
            Self::Environment => "environment",
            Self::ProgressTexts => "progress-texts",
        }
    }

    /// Whether a package may do without it.
    pub fn can_be_left_out(self) -> bool {
        match self {
            Self::AccessLists | Self::ServiceConfiguration | Self::ProgressTexts => true,
            Self::Arm64 | Self::Environment => false,
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
            Self::ProgressTexts => "texts of the progress bar",
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
    add(has("ActionText"), Limit::ProgressTexts);
    limits.sort_unstable();
    limits
}
