//! Installer properties in releases without a package: defaults, refused values, files, memory, and closed keys.

use std::fs;

use gorelease::service::model::{HostMode, StartType};
use gorelease::service::property::{Accepts, Arguments, Presence, Property, Secrecy};
use gorelease::service::{Service, Symbolic};

use crate::fixture::{config, service};
use crate::support::http::free_ports;
use crate::world::{EDITIONS, Folder, World};

const TABLES: &str = r#"rollout = { strategy = "blue-green", probes = 1, probe-interval = "20ms", drain = "50ms" }
iis = { farm = "orders" }"#;

/// A text in which every character means something to somebody.
const HOSTILE: &str = r#"#a, b;c=d "e" [f] {g} %PATH% 'i' $x `y` 订单 C:\z\"#;

fn symbolic(text: &str) -> Symbolic {
    Symbolic::parse(text).expect("a symbolic text")
}

fn properties() -> Vec<Property> {
    vec![
        Property {
            default: Some("ops".to_owned()),
            ..Property::new("CHANNEL")
        },
        Property {
            accepts: Accepts::OneOf {
                values: ["info", "debug"].map(str::to_owned).to_vec(),
            },
            ..Property::new("LEVEL")
        },
        Property {
            default: Some("4".to_owned()),
            accepts: Accepts::Number { min: 1, max: 64 },
            ..Property::new("WORKERS")
        },
        Property {
            presence: Presence::Required,
            secrecy: Secrecy::Secret,
            ..Property::new("TOKEN")
        },
    ]
}

fn orders(port: u16) -> Service {
    let mut orders = service("Orders", port);
    for property in properties() {
        let text = format!("{{{{ property.{} }}}}", property.name);
        orders
            .environment
            .push((property.name.clone(), symbolic(&text)));
    }
    orders.properties = properties();
    orders
}

/// A file with properties.
fn file(world: &World, text: &str) -> String {
    let path = world.path("given.json");
    fs::write(path, text).expect("a file");
    r"C:\given.json".to_owned()
}

fn value(world: &World, service: &str, name: &str) -> String {
    let key = format!(r"HKLM\SYSTEM\CurrentControlSet\Services\{service}\Parameters\Properties");
    let value = &world.registry()[&key][name];
    assert_eq!(
        value["type"].as_str().or(value["kind"].as_str()),
        Some("String"),
        "{value}"
    );
    value["value"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn what_a_package_would_refuse_is_refused_before_anything_is_changed() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let port = free_ports(2);
        let release = |version: &str| -> Folder {
            world.hand_over(version, "ok", &config(TABLES), &[orders(port)])
        };
        let first = release("1.0.0");
        let before = (world.state()["services"].clone(), world.registry());
        let given = file(&world, r#"{ "TOKEN": "s3cret" }"#);
        let refuse = |arguments: &[&str], words: &str| {
            let outcome = world.expect(&first, &[&["Install"], arguments].concat(), 2);
            assert!(
                outcome.text.contains(words),
                "{arguments:?}: {}",
                outcome.text
            );
            assert!(!outcome.text.contains("s3cret"), "{}", outcome.text);
            let after = (world.state()["services"].clone(), world.registry());
            assert_eq!(after, before, "{arguments:?}");
        };
        refuse(&[], "missing property `TOKEN`");
        let with =
            |property: &'static str| ["-PropertyFile", given.as_str(), "-Property", property];
        refuse(&with("LEVEL=Info"), "invalid value of property `LEVEL`");
        refuse(&with("WORKERS=65"), "invalid value of property `WORKERS`");
        refuse(&with("WORKERS=many"), "invalid value of property `WORKERS`");
        refuse(&with("COLOUR=red"), "unknown property `COLOUR`");
        refuse(&with("LEVEL"), "it is not NAME=value");
        refuse(&with("CHANNEL=a,LEVEL=debug"), "were given as one text");
        refuse(&["-PropertyFile", r"C:\none.json"], "file not found");
        for wrong in ["[]", "not json s3cret", r#"{ "TOKEN": ["s3cret"] }"#] {
            let wrong = file(&world, wrong);
            refuse(&["-PropertyFile", &wrong], "not a");
        }

        // As `powershell -File` passes it, which knows only texts.
        let text = serde_json::json!({ "TOKEN": HOSTILE, "workers": 8, "LEVEL": "debug" });
        let given = file(&world, &text.to_string());
        let words = [
            "Install",
            "-PropertyFile",
            &given,
            "-Property",
            "LEVEL=info",
        ];
        let done = world.run_file(&first, &words);
        assert_eq!(done.code, Some(0), "{}", done.text);
        let check = |service: &str, workers: &str| {
            let found =
                ["TOKEN", "CHANNEL", "LEVEL", "WORKERS"].map(|name| value(&world, service, name));
            assert_eq!(found, [HOSTILE, "ops", "info", workers], "{service}");
        };
        check("Orders-blue", "8");
        let again = world.expect(&first, &["Install", "-Json"], 0).json();
        assert_eq!(again["changes"], 0, "{again}");

        // The other slot takes what this one has; an empty value takes the default again.
        world.expect(&release("1.1.0"), &["Upgrade", "-Property", "WORKERS="], 0);
        check("Orders-green", "4");
        for slot in ["blue", "green"] {
            let key = format!(
                r"HKLM:\SYSTEM\CurrentControlSet\Services\Orders-{slot}\Parameters\Properties"
            );
            let access = world.state()["key_acls"][&key].clone();
            let access = access.as_str().unwrap_or_default();
            assert!(
                access.contains("PAI(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;KR;;;S-1-5-80-"),
                "{access}"
            );
            assert!(
                !access.contains("BU") && !access.contains("S-1-5-32-545"),
                "{access}"
            );
        }
    }
}

#[test]
fn a_native_program_gets_arguments_for_what_has_a_value() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let mut native = service("Orders", free_ports(1));
        native.host = HostMode::Native;
        native.start = StartType::Manual;
        native.health = None;
        native.environment.clear();
        native.arguments = [
            "run",
            "--channel={{ property.CHANNEL }}",
            "{{ arguments.EXTRA }}",
            "end",
        ]
        .map(symbolic)
        .to_vec();
        native.properties = vec![
            Property::new("CHANNEL"),
            Property {
                arguments: Arguments::Split,
                ..Property::new("EXTRA")
            },
        ];
        let release = |version: &str| {
            let tables = config(
                "rollout = { strategy = \"rolling\", probes = 1, probe-interval = \"20ms\" }",
            );
            world.hand_over(version, "ok", &tables, std::slice::from_ref(&native))
        };
        let image = |world: &World| {
            let image = world.service_value("Orders", "ImagePath");
            let image = image.as_str().unwrap_or_default().to_owned();
            image
                .split_once("orders.exe\" ")
                .map(|(_, rest)| rest.to_owned())
        };
        let first = release("1.0.0");
        world.expect(&first, &["Install"], 0);
        assert_eq!(image(&world).as_deref(), Some("run end"));
        let given = file(
            &world,
            r#"{ "CHANNEL": "a \"b\" C:\\x y\\", "EXTRA": "--list=cpu,net -v" }"#,
        );
        world.expect(&first, &["Install", "-PropertyFile", &given], 0);
        let expected = r#"run "--channel=a \"b\" C:\x y\\" --list=cpu,net -v end"#;
        assert_eq!(image(&world).as_deref(), Some(expected));
        world.expect(&release("1.1.0"), &["Upgrade"], 0);
        assert_eq!(image(&world).as_deref(), Some(expected));
    }
}
