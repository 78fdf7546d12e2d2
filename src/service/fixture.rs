//! A service for the unit tests of this room and of those that use it, and for the tests of packages, which include this
//! file.

use super::model::{
    Account, ConfigFile, Health, HostMode, Log, Port, Recovery, Service, SidType, StartType,
};
use super::property::Property;
use super::symbolic::Symbolic;

/// A service that uses every part of the model.
pub(crate) fn service() -> Service {
    let symbolic = |text: &str| Symbolic::parse(text).expect("known symbols");
    Service {
        name: "OrdersApi".to_owned(),
        title: "Contoso Orders API".to_owned(),
        description: "Takes orders.".to_owned(),
        binary: "orders-api".to_owned(),
        host: HostMode::Inject,
        program: None,
        arguments: vec![
            symbolic("--config"),
            symbolic(r"{{ config_dir }}\orders.toml"),
            symbolic("--listen"),
            symbolic("127.0.0.1:{{ port.http }}"),
        ],
        environment: vec![
            ("TMP".to_owned(), symbolic(r"{{ data_dir }}\tmp")),
            ("TOKEN".to_owned(), symbolic("{{ property.TOKEN }}")),
        ],
        working_directory: symbolic("{{ data_dir }}"),
        start: StartType::Delayed,
        account: Account::Virtual,
        depends_on: vec!["Tcpip".to_owned(), "Dnscache".to_owned()],
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
            port: 8080,
        }],
        properties: vec![Property::new("TOKEN")],
        health: Some(Health {
            port: "http".to_owned(),
            http_path: Some("/healthz".to_owned()),
            within_ms: 30_000,
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
        event_source: "OrdersApi".to_owned(),
        renamed_from: Vec::new(),
    }
}
