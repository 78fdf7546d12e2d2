//! Check and Collect.

use crate::fixture::{config, service};
use crate::support::http::free_ports;
use crate::world::{EDITIONS, World};

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
            state["stubborn_clock"] = true.into();
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
        // The operator's own transcript goes on.
        let text = "Start-Transcript -Path (Join-Path $env:SIM_HOME 'own.log') | Out-Null\n& $Deploy Check\n$Code = $LASTEXITCODE\nStop-Transcript | Out-Null\n$global:LASTEXITCODE = $Code";
        let own = world.run_text(&folder, text);
        assert_eq!(own.code, Some(0), "{}", own.text);
        assert!(
            !own.text.contains("not currently transcribing"),
            "{}",
            own.text
        );
        world.change_state(|state| {
            state["excluded_ports"] = serde_json::json!([[49_700, 49_799], [port - 1, port + 58]]);
        });
        let kept = world.expect(&folder, &["Check"], 3);
        assert!(
            kept.text.contains("that Windows keeps for others"),
            "{}",
            kept.text
        );
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
