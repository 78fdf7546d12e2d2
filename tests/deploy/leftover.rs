//! What a release no longer has, or has newly: retired, brought back, taken back whole; and what an administrator set stays.

use serde_json::{Value, json};

use crate::fixture::{config, service};
use crate::support::http::free_ports;
use crate::world::{Edition, World};

const QUICK: &str = r#"rollout = { probes = 1, probe-interval = "20ms", drain = "20ms" }
firewall = { remote = "any" }"#;

const EVENTS: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application";

/// Nothing of a service is there: registration, settings, event source, firewall rule.
fn is_gone(world: &World, name: &str) {
    assert!(!world.registered().contains(&name.to_owned()), "{name}");
    let registry = world.registry();
    let keys = registry.as_object().cloned().unwrap_or_default();
    let left: Vec<&String> = keys
        .keys()
        .filter(|key| {
            let lower = key.to_lowercase();
            lower.contains(&format!(r"\{}\", name.to_lowercase()))
                || lower.ends_with(&format!(r"\{}", name.to_lowercase()))
        })
        .collect();
    assert_eq!(left, Vec::<&String>::new(), "{name}");
    let rules = world.state()["firewall"].to_string();
    assert!(!rules.contains(&format!("orders-{name}-")), "{rules}");
}

#[test]
fn a_dropped_service_is_retired_and_comes_back_with_a_rollback() {
    let Some(world) = World::new(Edition::Desktop) else {
        return;
    };
    let before = world.snapshot();
    let port = free_ports(3);
    let tables = config(QUICK);
    let orders = service("Orders", port);
    let mail = service("Mail", port + 1);
    let report = service("Report", port + 2);
    let first = world.hand_over("1.0.0", "ok", &tables, &[orders.clone(), mail]);
    let second = world.hand_over("1.1.0", "ok", &tables, &[orders.clone(), report.clone()]);
    let third = world.hand_over("1.2.0", "ok", &tables, &[orders, report]);
    world.expect(&first, &["Install"], 0);
    // The folders are shared: a second run sets no rights.
    let again = world.expect(&first, &["Install", "-Json"], 0).json();
    assert_eq!(again["changes"], 0, "{again}");

    world.expect(&second, &["Upgrade"], 0);
    assert_eq!(world.running(), ["Orders", "Report"]);
    assert_eq!(world.service_value("Mail", "Start"), 3);
    assert!(world.state()["firewall"]["orders-Mail-http"].is_null());
    let status = world.expect(&second, &["Status"], 0).text;
    assert!(status.contains("Mail: is retired"), "{status}");

    world.expect(&second, &["Rollback"], 0);
    assert_eq!(world.running(), ["Mail", "Orders"]);
    is_gone(&world, "Report");
    assert!(!world.state()["firewall"]["orders-Mail-http"].is_null());

    // When no version is left that has it, it is removed.
    world.expect(&second, &["Upgrade"], 0);
    world.expect(&third, &["Upgrade"], 0);
    assert_eq!(world.registered(), ["Orders", "Report"]);
    is_gone(&world, "Mail");
    world.expect(&third, &["Uninstall"], 0);
    // The data stays, and goes with a later -Purge.
    assert_ne!(world.snapshot()["files"], before["files"]);
    world.expect(&third, &["Uninstall", "-Purge"], 0);
    assert_eq!(world.snapshot(), before);
}

#[test]
fn a_failed_upgrade_leaves_nothing_of_a_new_service() {
    let Some(world) = World::new(Edition::Core) else {
        return;
    };
    let port = free_ports(2);
    let tables = config(QUICK);
    let orders = service("Orders", port);
    let first = world.hand_over("1.0.0", "ok", &tables, std::slice::from_ref(&orders));
    let second = world.hand_over(
        "1.1.0",
        "ok",
        &tables,
        &[orders, service("Report", port + 1)],
    );
    world.expect(&first, &["Install"], 0);
    let before = world.outcome();
    world.change_state(|state| {
        state["faults"] =
            json!([{ "command": "sc start", "match": "Report", "times": 1, "code": 1053 }]);
    });
    world.expect(&second, &["Upgrade"], 4);
    assert_eq!(world.outcome(), before);
    is_gone(&world, "Report");
    assert!(world.registry()[format!(r"{EVENTS}\Report")].is_null());
    let record = world.expect(&second, &["Status", "-Json"], 0).json();
    assert_eq!(record["installed"]["services"], json!(["Orders"]));
    assert_eq!(record["installed"]["pending"], json!([]));
}

/// The new name takes over what the administrator set for the old one; both ways, in place and in slots.
#[test]
fn a_renamed_service_keeps_its_place() {
    let slots = r#"rollout = { strategy = "blue-green", probes = 1, probe-interval = "20ms", drain = "20ms" }
iis = { farm = "orders" }"#;
    for (edition, tables, suffix, other) in [
        (Edition::Core, QUICK, "", ""),
        (Edition::Desktop, slots, "-blue", "-green"),
    ] {
        let Some(world) = World::new(edition) else {
            return;
        };
        let port = free_ports(4);
        let tables = config(tables);
        let mut shop = service("Shop", port);
        shop.title = "Contoso Orders".to_owned();
        shop.renamed_from = vec!["Orders".to_owned()];
        let first = world.hand_over("1.0.0", "ok", &tables, &[service("Orders", port)]);
        let second = world.hand_over("1.1.0", "ok", &tables, &[shop]);
        world.expect(&first, &["Install"], 0);
        let old = format!("Orders{suffix}");
        let new = format!("Shop{other}");
        if suffix.is_empty() {
            let key = r"Orders\Parameters";
            world.set_service_value(&format!(r"{key}\Ports"), "http", "DWord", json!(port + 3));
            world.set_service_value(key, "DataDirectory", "String", json!(r"C:\Data\Orders"));
            world.set_service_value(key, "StopTimeoutMilliseconds", "DWord", json!(9_000));
        }
        world.set_service_value(&old, "Start", "DWord", json!(3));
        let upgraded = world.expect(&second, &["Upgrade"], 0).text;
        assert_eq!(world.running(), std::slice::from_ref(&new));
        assert_eq!(world.service_value(&new, "Start"), 3, "{upgraded}");
        let parameters = |name: &str, value: &str| {
            world.registry()
                [format!(r"HKLM\SYSTEM\CurrentControlSet\Services\{name}\Parameters{value}")]
            .clone()
        };
        if suffix.is_empty() {
            assert_eq!(
                parameters(&new, r"\Ports")["http"]["value"],
                (port + 3).to_string()
            );
            assert_eq!(
                parameters(&new, "")["DataDirectory"]["value"],
                r"C:\Data\Orders"
            );
            assert!(
                upgraded.contains("`StopTimeoutMilliseconds` was changed on this server"),
                "{upgraded}"
            );
        }
        world.expect(&second, &["Rollback"], 0);
        assert_eq!(world.running(), std::slice::from_ref(&old));
        assert_eq!(world.service_value(&old, "Start"), 3);
        let title = world.service_value(&old, "DisplayName");
        assert!(
            title
                .as_str()
                .is_some_and(|title| !title.contains("retired")),
            "{title}"
        );
        is_gone(&world, &new);
    }
}

/// On a node where an administrator has disabled the service, an upgrade does not start it.
#[test]
fn a_start_type_of_an_administrator_survives() {
    let Some(world) = World::new(Edition::Desktop) else {
        return;
    };
    let tables = config(QUICK);
    let services = [service("Orders", free_ports(1))];
    let first = world.hand_over("1.0.0", "ok", &tables, &services);
    let second = world.hand_over("1.1.0", "ok", &tables, &services);
    world.expect(&first, &["Install"], 0);
    world.expect(&first, &["Stop"], 0);
    world.set_service_value("Orders", "Start", "DWord", json!(4));
    world.expect(&second, &["Upgrade"], 0);
    assert_eq!(world.service_value("Orders", "Start"), 4);
    assert_eq!(world.running(), Vec::<String>::new());
    let status = world.expect(&second, &["Status", "-Json"], 0).json();
    assert_eq!(status["findings"][1]["level"], "warning", "{status}");
    world.expect(&second, &["Rollback"], 0);
    assert_eq!(world.service_value("Orders", "Start"), 4);
}

/// A file of an old version that somebody holds does not take a good upgrade back; a later run removes it.
#[test]
fn what_cannot_be_cleaned_up_is_left_for_the_next_run() {
    let Some(world) = World::new(Edition::Core) else {
        return;
    };
    let tables = config(
        r#"rollout = { probes = 1, probe-interval = "20ms", drain = "20ms", keep-versions = 1 }"#,
    );
    let services = [service("Orders", free_ports(1))];
    let folders = ["1.0.0", "1.1.0", "1.2.0"]
        .map(|version| world.hand_over(version, "ok", &tables, &services));
    world.expect(&folders[0], &["Install"], 0);
    world.expect(&folders[1], &["Upgrade"], 0);
    let old = r"C:\Program Files\Contoso Orders\versions\1.0.0";
    world.change_state(|state| state["held"] = json!([format!(r"{old}\orders.exe")]));
    let outcome = world.expect(&folders[2], &["Upgrade", "-Json"], 0).json();
    assert_eq!(outcome["installed"]["current"]["version"], "1.2.0");
    assert!(
        outcome["warnings"].to_string().contains("clean"),
        "{outcome}"
    );
    assert_eq!(
        outcome["installed"]["pending"][0]["do"], "clean",
        "{outcome}"
    );
    let status = world.expect(&folders[2], &["Status"], 0).text;
    assert!(status.contains("warning  cleanup: clean"), "{status}");

    world.change_state(|state| state["held"] = json!([]));
    let done = world.expect(&folders[2], &["Start", "-Json"], 0).json();
    assert_eq!(done["installed"]["pending"], json!([]), "{done}");
    assert!(!world.path(&old[3..]).exists());
}

/// The service manager restarts what failed: never while a version is tried or taken back.
#[test]
fn recovery_actions_do_not_interfere() {
    let Some(world) = World::new(Edition::Desktop) else {
        return;
    };
    let slots = r#"rollout = { strategy = "blue-green", probes = 1, probe-interval = "20ms", drain = "20ms" }
iis = { farm = "orders" }"#;
    let mut orders = service("Orders", free_ports(2));
    orders.recovery.restart_after_ms = vec![1, 1, 1];
    let tables = config(slots);
    let first = world.hand_over("1.0.0", "ok", &tables, &[orders.clone()]);
    let second = world.hand_over("1.1.0", "exit", &tables, &[orders]);
    world.expect(&first, &["Install"], 0);
    let actions = world.service_value("Orders-blue", "FailureActions");
    assert_eq!(actions[12], 3, "set when it is ready: {actions}");
    world.expect(&second, &["Upgrade"], 4);
    assert_eq!(world.running(), ["Orders-blue"]);
    assert_eq!(world.registered(), ["Orders-blue"]);
    assert_eq!(
        world.state()["services"]["Orders-blue"]["restarts"],
        Value::Null
    );
    // The double acts on them: what is killed comes back.
    let pid = world.state()["services"]["Orders-blue"]["pid"].to_string();
    let killed = std::process::Command::new("kill")
        .args(["-9", &pid])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
    for _ in 0..2 {
        world.native(&["sc", "query", "Orders-blue"].map(str::to_owned));
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    world.native(&["sc", "query", "Orders-blue"].map(str::to_owned));
    assert_eq!(world.state()["services"]["Orders-blue"]["restarts"], 1);
}
