//! A release and its services as the tests want them.

use gorelease::deploy::model::{Artifact, Origin, Product, PublishedArchive, Role};
use gorelease::deploy::{Config, Release};
use gorelease::service::Service;
use gorelease::service::model::*;
use gorelease::service::symbolic::Symbolic;

/// A service with one port and a health check.
pub fn service(name: &str, port: u16) -> Service {
    let symbolic = |text: &str| Symbolic::parse(text).expect("a symbolic text");
    Service {
        name: name.to_owned(),
        title: format!("Contoso {name}"),
        description: "Takes orders".to_owned(),
        binary: "orders".to_owned(),
        host: HostMode::Inject,
        program: None,
        arguments: vec![symbolic("--listen"), symbolic("127.0.0.1:{{ port.http }}")],
        environment: vec![("ORDERS_DATA".to_owned(), symbolic("{{ data_dir }}"))],
        working_directory: symbolic("{{ data_dir }}"),
        start: StartType::Delayed,
        account: Account::Virtual,
        depends_on: vec!["Tcpip".to_owned()],
        sid_type: SidType::Unrestricted,
        privileges: vec!["SeChangeNotifyPrivilege".to_owned()],
        stop_timeout_ms: 20_000,
        preshutdown_timeout_ms: 30_000,
        minimum_uptime_ms: 2_000,
        recovery: Recovery {
            restart_after_ms: vec![5_000, 30_000, 60_000],
            reset_after_seconds: 86_400,
        },
        ports: vec![Port {
            name: "http".to_owned(),
            port,
        }],
        properties: Vec::new(),
        health: Some(Health {
            port: "http".to_owned(),
            http_path: Some("/healthz".to_owned()),
            within_ms: 10_000,
        }),
        log: Log {
            directory: symbolic("{{ log_dir }}"),
            rotate_at_bytes: 50_000_000,
            keep: 10,
        },
        config: vec![ConfigFile {
            from: "deploy/orders.toml".to_owned(),
            name: "orders.toml".to_owned(),
            keep: true,
        }],
        event_source: name.to_owned(),
        renamed_from: Vec::new(),
    }
}

/// Titles that try to break out of quotes.
pub const HOSTILE: [&str; 6] = [
    "Contoso's \"Orders\"",
    "$(Stop-Canary) `Stop-Canary`",
    "%PATH% & Stop-Canary",
    "]]><x/><!--",
    "订单 服务 ‘q’",
    "{{ orders }} {% x %} | *b*",
];

/// The product in `version`, with `artifacts`.
pub fn release(version: &str, artifacts: Vec<Artifact>) -> Release {
    let product = Product {
        name: "orders".to_owned(),
        title: "Contoso Orders".to_owned(),
        version: version.to_owned(),
        manufacturer: "Contoso Ltd".to_owned(),
        architecture: "amd64".to_owned(),
    };
    let origin = Origin {
        description: "Takes orders and keeps them".to_owned(),
        homepage: Some("https://example.com".to_owned()),
        commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        date: Some("2026-11-27".to_owned()),
    };
    let archive = PublishedArchive {
        file: format!("orders_{version}_windows_amd64.zip"),
        sha256: "ef".repeat(32),
        programs: vec![format!("orders_{version}_windows_amd64/orders.exe")],
    };
    Release {
        product,
        origin,
        artifacts,
        archives: vec![archive],
    }
}

/// An artifact without a file behind it.
pub fn artifact(file: &str, role: Role) -> Artifact {
    Artifact {
        file: file.to_owned(),
        role,
        size: 1_000,
        sha256: "ab".repeat(32),
        authenticode_sha256: Some("cd".repeat(32)),
        product_code: None,
        upgrade_code: None,
        product_version: None,
        parameters: Vec::new(),
    }
}

/// The `[deploy]` tables, as TOML without the `deploy.` prefix.
pub fn config(text: &str) -> Config {
    toml::from_str(text).expect("a [deploy] table")
}
