//! A package for unit tests.

use std::path::PathBuf;

use semver::Version;
use uuid::Uuid;

use super::model::*;
use crate::format::language::Language;
use crate::service::property::Secrecy;
use crate::service::{Property, Symbolic};
use crate::version::windows::ProductVersion;

/// A package with one service, one document in a folder, one kept file; its sources do not exist.
pub(super) fn package() -> Package {
    let file = |folder, path: &str, keep| PackageFile {
        folder,
        path: path.to_owned(),
        source: PathBuf::from(path),
        keep,
    };
    let service = crate::service::fixture::service();
    Package {
        product: Product {
            title: "Contoso Orders".to_owned(),
            manufacturer: "Contoso Ltd".to_owned(),
            description: "Takes orders".to_owned(),
            version: Version::new(1, 4, 2),
            product_version: ProductVersion {
                major: 1,
                minor: 4,
                patch: 2,
            },
            ordinal: u16::MAX,
            architecture: Architecture::X64,
            language: Language::ENGLISH,
            upgrade_code: Uuid::from_u128(0x8f14e45f_ceea_467f_a830_c9a1f0e3a111),
            icon: None,
            links: Links::default(),
        },
        files: vec![
            file(
                Folder::Install,
                &format!("{}.exe", service.binary),
                Keep::Replace,
            ),
            file(Folder::Install, "docs/Read me first.txt", Keep::Replace),
            file(Folder::Config, "orders.toml", Keep::Keep),
        ],
        services: vec![service],
        properties: vec![Property {
            secrecy: Secrecy::Secret,
            ..Property::new("TOKEN")
        }],
        environment: vec![EnvironmentVariable {
            name: "ORDERS_HOME".to_owned(),
            value: Symbolic::parse("{{ install_dir }}").unwrap(),
        }],
        path: PathEntry::Append,
        shortcuts: vec![],
        firewall: vec![],
        minimum_build: 14393,
        epoch: 1_790_000_000,
    }
}
