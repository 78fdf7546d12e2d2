//! Packages to try.

use std::fs;
use std::path::{Path, PathBuf};

use gorelease::format::language::Language;
use gorelease::package::msi::{
    Architecture, EnvironmentVariable, FirewallProfile, FirewallRule, Folder, Keep, Links, Package,
    PackageFile, PathEntry, Product, Shortcut, Written, write,
};
use gorelease::service::model::{self, Account, HostMode, Port, Service, SidType, StartType};
use gorelease::service::property::{self, Accepts, Arguments, Presence, Property, Secrecy};
use gorelease::service::symbolic::{self, Symbolic};
use gorelease::version::windows::{FileVersion, ProductVersion};
use semver::Version;
use uuid::Uuid;

#[path = "../../src/service/fixture.rs"]
mod service_fixture;

pub const UPGRADE_CODE: Uuid = Uuid::from_u128(0x8f14e45f_ceea_467f_a830_c9a1f0e3a111);

pub fn symbolic(text: &str) -> Symbolic {
    Symbolic::parse(text).unwrap()
}

/// A service with the usual settings: the one of the unit tests, without what needs other services and properties.
pub fn service() -> Service {
    Service {
        description: "Takes orders".to_owned(),
        environment: vec![
            ("ORDERS_DATA".to_owned(), symbolic("{{ data_dir }}")),
            ("GREETING".to_owned(), symbolic("{{ property.GREETING }}")),
        ],
        depends_on: vec![],
        preshutdown_timeout_ms: 20_000,
        minimum_uptime_ms: 1_000,
        config: vec![],
        ..service_fixture::service()
    }
}

/// A package with one service and a kept configuration file; its sources lie in `folder`.
pub fn package(folder: &Path, version: &str) -> Package {
    let source = |name: &str, data: &[u8]| -> PathBuf {
        let path = folder.join(format!("{version}-{name}"));
        fs::write(&path, data).unwrap();
        path
    };
    Package {
        product: Product {
            title: "Contoso Orders".to_owned(),
            manufacturer: "Contoso Ltd".to_owned(),
            description: "Takes and keeps orders".to_owned(),
            product_version: ProductVersion::of(&Version::parse(version).unwrap()).unwrap(),
            ordinal: FileVersion::ordinal_of(&Version::parse(version).unwrap()),
            version: Version::parse(version).unwrap(),
            architecture: Architecture::X64,
            language: Language::ENGLISH,
            upgrade_code: UPGRADE_CODE,
            icon: None,
            links: Links {
                about: Some("https://contoso.example/orders".to_owned()),
                ..Links::default()
            },
        },
        files: vec![
            PackageFile {
                folder: Folder::Install,
                path: "orders-api.exe".to_owned(),
                source: source(
                    "orders-api.exe",
                    format!("not a program {version}").as_bytes(),
                ),
                keep: Keep::Replace,
            },
            PackageFile {
                folder: Folder::Install,
                path: "docs/guide/Read me first.txt".to_owned(),
                source: source("readme.txt", b"read me"),
                keep: Keep::Replace,
            },
            PackageFile {
                folder: Folder::Config,
                path: "orders.toml".to_owned(),
                source: source("orders.toml", format!("# {version}\n").as_bytes()),
                keep: Keep::Keep,
            },
        ],
        services: vec![service()],
        properties: vec![Property {
            default: Some("hello".to_owned()),
            ..Property::new("GREETING")
        }],
        environment: vec![],
        path: PathEntry::Leave,
        shortcuts: vec![],
        firewall: vec![],
        minimum_build: 14393,
        epoch: 1_790_000_000,
    }
}

/// The same with every option switched on.
pub fn full_package(folder: &Path, version: &str) -> Package {
    let mut package = package(folder, version);
    let icon = folder.join("orders.ico");
    fs::write(&icon, b"\0\0\x01\0 an icon").unwrap();
    package.product.icon = Some(icon);
    package.product.links.help = Some("https://contoso.example/help".to_owned());
    package.product.links.update = Some("https://contoso.example/update".to_owned());
    package.path = PathEntry::Append;
    package.environment = vec![EnvironmentVariable {
        name: "ORDERS_HOME".to_owned(),
        value: symbolic("{{ install_dir }}"),
    }];
    package.shortcuts = vec![Shortcut {
        name: "Contoso Orders".to_owned(),
        target: "orders-api.exe".to_owned(),
        arguments: symbolic("--version"),
        description: "Shows the version".to_owned(),
    }];
    package.firewall = vec![FirewallRule {
        service: "OrdersApi".to_owned(),
        port: "http".to_owned(),
        profiles: vec![FirewallProfile::Domain, FirewallProfile::Private],
        remote_addresses: vec!["10.0.0.0/8".to_owned()],
    }];
    let colours = Accepts::OneOf {
        values: ["red", "green", "#0000ff"].map(str::to_owned).to_vec(),
    };
    package.properties.extend([
        Property {
            presence: Presence::Required,
            secrecy: Secrecy::Secret,
            ..Property::new("API_KEY")
        },
        Property {
            default: Some("red".to_owned()),
            accepts: colours,
            ..Property::new("COLOUR")
        },
        Property {
            default: Some("4".to_owned()),
            accepts: Accepts::Number { min: 1, max: 64 },
            ..Property::new("WORKERS")
        },
        Property {
            arguments: Arguments::Split,
            ..Property::new("EXTRA")
        },
        Property::new("CHANNEL"),
    ]);
    let mut worker = service();
    worker.name = "OrdersWorker".to_owned();
    worker.title = "Contoso Orders Worker".to_owned();
    worker.event_source = "OrdersWorker".to_owned();
    worker.host = HostMode::Native;
    worker.ports = vec![Port {
        name: "admin".to_owned(),
        port: 8081,
    }];
    worker.health = None;
    worker.start = StartType::Manual;
    worker.account = Account::GroupManaged(r"CONTOSO\orders$".to_owned());
    worker.depends_on = vec!["OrdersApi".to_owned(), "Tcpip".to_owned()];
    worker.sid_type = SidType::Restricted;
    worker.arguments = [
        "--data",
        "{{ data_dir }}",
        "--admin",
        "127.0.0.1:{{ port.admin }}",
        "--channel={{ property.CHANNEL }}",
        "{{ arguments.EXTRA }}",
    ]
    .map(symbolic)
    .to_vec();
    package.services[0].depends_on = vec!["Tcpip".to_owned()];
    package.services.push(worker);
    package
}

/// Writes a package.
pub fn build(package: &Package, path: &Path) -> Written {
    write(package, path)
        .unwrap_or_else(|error| panic!("{error}: {:?}", std::error::Error::source(&error)))
}
