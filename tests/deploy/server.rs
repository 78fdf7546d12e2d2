//! Prepare, Check and Collect.

use crate::fixture::{config, service};
use crate::support::http::free_ports;
use crate::world::{EDITIONS, Edition, World};

const SERVER: &str = r#"
[server]
features = ["Web-Server"]
computer-name = "ORDERS01"
domain = "corp.example"
time-zone = "China Standard Time"
time-sources = ["ntp1.corp.example", "ntp2.corp.example"]
[server.address]
interface = "Ethernet"
address = "10.0.0.5/24"
gateway = "10.0.0.1"
dns = ["10.0.0.2", "10.0.0.3"]
"#;

const WITH_CREDENTIAL: &str = r#"
$Secret = New-Object System.Security.SecureString
foreach ($Letter in 'secret'.ToCharArray()) { $Secret.AppendChar($Letter) }
& $Deploy Prepare -Credential (New-Object System.Management.Automation.PSCredential 'CORP\joiner', $Secret)"#;

#[test]
fn prepare_goes_over_a_restart_without_a_stored_credential() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let folder = world.hand_over(
            "1.0.0",
            "ok",
            &config(SERVER),
            &[service("Orders", free_ports(1))],
        );
        world.expect(
            &folder,
            &["Prepare", "-WhatIf"],
            if edition == Edition::Core { 2 } else { 0 },
        );
        assert_eq!(
            world.state()["computer"]["pending"],
            serde_json::Value::Null
        );
        // Everything but the domain works without a credential; the domain asks for one.
        let refused = world.expect(&folder, &["Prepare"], 2);
        if edition == Edition::Core {
            assert!(refused.text.contains("powershell.exe"), "{}", refused.text);
            continue;
        }
        assert!(refused.text.contains("-Credential"), "{}", refused.text);
        let first = world.run_text(&folder, WITH_CREDENTIAL);
        assert_eq!(first.code, Some(3010), "{}", first.text);
        let state = world.state();
        assert_eq!(state["computer"]["pending"]["name"], "ORDERS01");
        assert_eq!(state["network"]["IPAddress"], "10.0.0.5");
        assert_eq!(state["network"]["dns"][1], "10.0.0.3");
        assert_eq!(state["time_zone"], "China Standard Time");
        assert_eq!(state["features"][0], "Web-Server");
        world.change_state(|state| {
            state["computer"] = serde_json::json!({ "name": "ORDERS01", "domain": "corp.example" });
        });
        let second = world.expect(&folder, &["Prepare", "-Json"], 0).json();
        assert_eq!(second["changes"], 0, "{second}");
        let notes =
            std::fs::read_to_string(world.path(r"ProgramData\Contoso Orders\deploy\prepare.json"))
                .expect("the notes");
        assert!(
            notes.contains("169.254.1.1/16") && notes.contains("WIN-FRESH"),
            "{notes}"
        );
        assert!(!notes.contains("secret"), "{notes}");
    }
}

#[test]
fn check_tells_what_is_wrong_and_mends_what_is_safe() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let port = free_ports(1);
        let tables = config(
            "iis = { farm = \"orders\" }\nserver = { time-sources = [\"ntp.corp.example\"] }\nfirewall = { remote = \"any\" }",
        );
        let folder = world.hand_over("1.0.0", "ok", &tables, &[service("Orders", port)]);
        let listener = std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port");
        world.change_state(|state| {
            state["skew"] = 900.into();
            let site = serde_json::json!({ "bindings": "http/*:80:" });
            state["iis"]["sites"]["Default Web Site"] = site;
        });
        world.change_registry(|registry| {
            let value = |kind: &str, value: serde_json::Value| serde_json::json!({ "type": kind, "value": value });
            registry[r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"]["GODEBUG"] = value("String", "x=1".into());
            registry[r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall\DomainProfile"]["AllowLocalPolicyMerge"] = value("DWord", 0.into());
        });
        let report = world.expect(&folder, &["Check", "-Fix", "-Json"], 3).json();
        let level = |subject: &str| {
            let findings = report["findings"].as_array().cloned().unwrap_or_default();
            let found = findings
                .iter()
                .find(|finding| finding["subject"] == subject);
            found
                .map(|finding| finding["level"].as_str().unwrap_or_default().to_owned())
                .unwrap_or_default()
        };
        assert_eq!(level(&format!("port {port}")), "problem", "{report}");
        assert_eq!(level("clock"), "problem");
        assert_eq!(level("name ntp.corp.example"), "problem");
        assert_eq!(level("site"), "problem", "{report}");
        for subject in [
            "name SRV1",
            "PowerShell",
            "language mode",
            "execution policy",
            "architecture",
            "disk",
            "UAC",
        ] {
            assert_eq!(level(subject), "ok", "{subject}: {report}");
        }
        assert_eq!(level("environment"), "warning");
        assert_eq!(level("firewall"), "problem");
        assert_eq!(level("Application Request Routing 3"), "problem");
        assert_eq!(level("features"), "ok", "-Fix adds them");
        assert_eq!(level("administrator"), "ok");
        drop(listener);
        let schemas = world.path(r"Windows\System32\inetsrv\config\schema");
        std::fs::create_dir_all(&schemas).expect("a folder");
        for name in ["arr_schema.xml", "rewrite_schema.xml"] {
            std::fs::write(schemas.join(name), "<configSchema/>").expect("a schema");
        }
        world.change_state(|state| {
            state["skew"] = 1.into();
            state["names"] = serde_json::json!({ "ntp.corp.example": "10.0.0.9" });
            state["iis"]["sites"] = serde_json::json!({});
        });
        world.change_registry(|registry| {
            registry
                .as_object_mut()
                .expect("keys")
                .retain(|key, _| !key.contains("Policies"));
        });
        world.expect(&folder, &["Check"], 0);
    }
}

/// What `Collect` has put into files, all together.
fn collected(world: &World) -> String {
    let mut texts = String::new();
    for entry in walkdir::WalkDir::new(world.path(r"ProgramData\Contoso Orders\deploy")) {
        let entry = entry.expect("a file");
        if entry.path().display().to_string().contains("collect-") && entry.file_type().is_file() {
            texts += &std::fs::read_to_string(entry.path()).expect("text");
        }
    }
    texts
}

#[test]
fn collect_takes_the_logs_of_slots_and_the_events_of_every_source() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let ports = free_ports(4);
        let orders = service("Orders", ports);
        let mut stock = service("Stock", ports + 2);
        stock.title = "Contoso Stock".to_owned();
        stock.event_source = "Bob's stock".to_owned();
        stock.log.directory = gorelease::service::Symbolic::parse(
            r"{{ data_dir }}\own {{ instance }} {{ port.http }}",
        )
        .expect("symbols");
        let tables = config(
            r#"rollout = { strategy = "blue-green", probes = 1, probe-interval = "20ms", drain = "20ms" }
            nginx = { port = 80 }
            route = [{ service = "Orders", prefix = "/orders/" }, { service = "Stock", prefix = "/stock/" }]"#,
        );
        let folder = world.hand_over("1.0.0", "ok", &tables, &[orders, stock]);
        world.expect(&folder, &["Install"], 0);
        let logs = [
            r"ProgramData\Contoso Orders\blue\logs\Orders.log".to_owned(),
            format!(
                r"ProgramData\Contoso Orders\blue\data\own blue {}\Stock.log",
                ports + 2
            ),
        ];
        for log in &logs {
            let path = world.path(log);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, format!("first\nlast line of {log}\n")).expect("a log");
        }
        world.change_state(|state| {
            let event = |source: &str| serde_json::json!({ "source": source, "id": 13, "type": "ERROR", "text": format!("{source} has ended") });
            state["events"] = ["Orders", "Bob's stock", "Unrelated"].map(event).to_vec().into();
        });
        world.expect(&folder, &["Collect"], 0);
        let texts = collected(&world);
        for log in &logs {
            assert!(
                texts.contains(&format!("last line of {log}")),
                "{log}: {texts}"
            );
        }
        assert!(texts.contains("Orders 13 Orders has ended"), "{texts}");
        assert!(
            texts.contains("Bob's stock 13 Bob's stock has ended"),
            "{texts}"
        );
        assert!(!texts.contains("Unrelated"), "{texts}");
    }
}

#[test]
fn collect_leaves_secrets_out() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let mut orders = service("Orders", free_ports(1));
        let secret = gorelease::service::Symbolic::literal("hunter2");
        orders
            .environment
            .push(("ORDERS_PASSWORD".to_owned(), secret));
        let tables = config(r#"rollout = { probes = 1, probe-interval = "20ms" }"#);
        let folder = world.hand_over("1.0.0", "ok", &tables, &[orders]);
        world.expect(&folder, &["Install"], 0);
        world.expect(&folder, &["Collect"], 0);
        let texts = collected(&world);
        assert!(
            texts.contains(r"NT SERVICE\Orders") && texts.contains("Server 2022"),
            "{texts}"
        );
        assert!(!texts.contains("hunter2"), "{texts}");
    }
}
