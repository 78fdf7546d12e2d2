//! Whole stories played on the small Windows, in both editions of PowerShell.

use crate::fixture::{config, service};
use crate::support::http::free_ports;
use crate::world::{EDITIONS, Edition, World};

/// Quick probes, so that a story takes seconds.
const QUICK: &str = r#"rollout = { probes = 2, probe-interval = "20ms", drain = "50ms" }"#;

#[test]
fn install_twice_status_and_uninstall() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let before = world.snapshot();
        let services = [service("Orders", free_ports(1))];
        let tables = config(&format!(
            "{QUICK}\nfirewall = {{ remote = [\"10.0.0.0/8\"] }}"
        ));
        let folder = world.hand_over("1.0.0", "ok", &tables, &services);

        // As a person starts it; all other runs share a warm engine.
        let first = world.run_file(&folder, &["Install"]);
        assert_eq!(first.code, Some(0), "{}", first.text);
        assert_eq!(world.running(), ["Orders"]);
        assert_eq!(
            world.service_value("Orders", "ImagePath"),
            r#""C:\Program Files\Contoso Orders\versions\1.0.0\orders.exe" --gorelease-service=Orders"#
        );
        assert_eq!(
            world.service_value("Orders", "ObjectName"),
            r"NT SERVICE\Orders"
        );
        assert_eq!(world.service_value("Orders", "DelayedAutostart"), 1);
        assert_eq!(
            world.state()["firewall"]["orders-Orders-http"]["RemoteAddress"][0],
            "10.0.0.0/8"
        );

        let installed = world.snapshot();
        let again = world.expect(&folder, &["Install", "-Json"], 0).json();
        assert_eq!(again["changes"], 0, "{again}");
        let transcripts = |snapshot: serde_json::Value| {
            let files = snapshot["files"].as_array().cloned().unwrap_or_default();
            files
                .into_iter()
                .filter(|file| !file.to_string().contains("transcripts/"))
                .collect::<Vec<_>>()
        };
        assert_eq!(transcripts(world.snapshot()), transcripts(installed));

        let status = world.expect(&folder, &["Status", "-Json"], 0).json();
        assert_eq!(status["installed"]["current"]["version"], "1.0.0");
        assert_eq!(status["findings"][1]["level"], "ok", "{status}");

        world.expect(&folder, &["Stop"], 0);
        assert_eq!(world.running(), Vec::<String>::new());
        let stopped = world.expect(&folder, &["Status", "-Json"], 0).json();
        assert_eq!(stopped["findings"][1]["level"], "problem", "{stopped}");
        world.expect(&folder, &["Start"], 0);
        assert_eq!(world.running(), ["Orders"]);

        world.expect(&folder, &["Uninstall", "-Purge"], 0);
        assert_eq!(world.snapshot(), before);
        let gone = world.expect(&folder, &["Uninstall", "-Json"], 0).json();
        assert_eq!(gone["changes"], 0, "{gone}");
        assert_eq!(world.snapshot(), before);
    }
}

#[test]
fn upgrade_in_place_and_back() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let services = [service("Orders", free_ports(1))];
        let tables = config(QUICK);
        let first = world.hand_over("1.0.0", "ok", &tables, &services);
        let second = world.hand_over("1.1.0", "ok", &tables, &services);
        world.expect(&first, &["Install"], 0);
        world.expect(&second, &["Install"], 2);
        world.expect(&second, &["Upgrade"], 0);
        let image = world.service_value("Orders", "ImagePath").to_string();
        assert!(image.contains("1.1.0"), "{image}");
        let again = world.expect(&second, &["Upgrade", "-Json"], 0).json();
        assert_eq!(again["changes"], 0, "{again}");
        let back = world.expect(&second, &["Rollback", "-Json"], 0).json();
        assert_eq!(back["installed"]["current"]["version"], "1.0.0");
        let image = world.service_value("Orders", "ImagePath").to_string();
        assert!(image.contains("1.0.0"), "{image}");
        assert_eq!(world.running(), ["Orders"]);
        world.expect(&second, &["Rollback"], 2);
    }
}

#[test]
fn a_version_that_never_becomes_healthy_is_taken_back() {
    for (edition, behaviour) in EDITIONS.into_iter().zip(["unhealthy", "hang"]) {
        let Some(world) = World::new(edition) else {
            return;
        };
        let services = [service("Orders", free_ports(1))];
        let tables = config(QUICK);
        let first = world.hand_over("1.0.0", "ok", &tables, &services);
        // Only the new version is short of time: the old one must come back on a busy machine, too.
        let mut hasty = services[0].clone();
        if let Some(health) = hasty.health.as_mut() {
            health.within_ms = 300;
        }
        let second = world.hand_over("1.1.0", behaviour, &tables, &[hasty]);
        world.expect(&first, &["Install"], 0);
        let outcome = world.expect(&second, &["Upgrade", "-Json"], 4).json();
        assert_eq!(
            outcome["installed"]["current"]["version"], "1.0.0",
            "{outcome}"
        );
        assert!(
            outcome["error"]
                .as_str()
                .is_some_and(|error| error.contains("Orders")),
            "{outcome}"
        );
        assert_eq!(world.running(), ["Orders"]);
        let events = world.state()["events"].clone();
        assert_eq!(events[1]["id"], 902, "{events}");
        world.expect(&first, &["Status"], 0);
    }
}

#[test]
fn a_service_that_is_not_ours_is_refused_unless_adopted() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let services = [service("Orders", free_ports(1))];
        let folder = world.hand_over("1.0.0", "ok", &config(QUICK), &services);
        world.change_state(|state| {
            state["services"]["Orders"] =
                serde_json::json!({ "status": "Stopped", "exit_code": 0 });
        });
        let key = r"HKLM\SYSTEM\CurrentControlSet\Services\Orders";
        world.change_registry(|registry| {
            registry[key]["ImagePath"] =
                serde_json::json!({ "type": "ExpandString", "value": r"C:\other\old.exe" });
            registry[key]["Start"] = serde_json::json!({ "type": "DWord", "value": 2 });
        });
        let refused = world.expect(&folder, &["Install"], 6);
        assert!(
            refused.text.contains(r"C:\other\old.exe"),
            "{}",
            refused.text
        );
        assert_eq!(
            world.service_value("Orders", "ImagePath"),
            r"C:\other\old.exe"
        );
        world.expect(&folder, &["Install", "-Adopt"], 0);
        assert_eq!(world.running(), ["Orders"]);
    }
}

#[test]
fn a_damaged_artifact_is_refused_before_anything_is_touched() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let folder = world.hand_over(
            "1.0.0",
            "ok",
            &config(QUICK),
            &[service("Orders", free_ports(1))],
        );
        std::fs::write(folder.path.join("programs/orders.exe"), "other").expect("the program");
        let outcome = world.expect(&folder, &["Install"], 1);
        assert!(outcome.text.contains("SHA-256"), "{}", outcome.text);
        assert_eq!(world.state()["services"], serde_json::json!({}));
    }
}

#[test]
fn without_elevation_or_with_the_lock_held_nothing_happens() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let folder = world.hand_over(
            "1.0.0",
            "ok",
            &config(QUICK),
            &[service("Orders", free_ports(1))],
        );
        world.change_state(|state| state["elevated"] = false.into());
        world.expect(&folder, &["Install"], 2);
        world.change_state(|state| state["elevated"] = true.into());
        let state = world.path(r"ProgramData\Contoso Orders\deploy");
        std::fs::create_dir_all(&state).expect("a folder");
        let lock = std::fs::File::create(state.join("deploy.lock")).expect("the lock");
        lock.lock().expect("the lock");
        let outcome = world.expect(&folder, &["Install"], 5);
        assert!(
            outcome.text.contains("another deployment"),
            "{}",
            outcome.text
        );
        assert_eq!(world.state()["services"], serde_json::json!({}));
        drop(lock);
        world.expect(&folder, &["Install"], 0);
    }
}

#[test]
fn what_if_changes_nothing() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let folder = world.hand_over(
            "1.0.0",
            "ok",
            &config(QUICK),
            &[service("Orders", free_ports(1))],
        );
        let before = world.snapshot();
        let outcome = world.expect(&folder, &["Install", "-WhatIf"], 0);
        assert!(
            outcome.text.contains("would replace Orders"),
            "{}",
            outcome.text
        );
        assert_eq!(world.snapshot(), before);
    }
}

#[test]
fn hostile_names_stay_in_their_quotes() {
    for (index, title) in crate::fixture::HOSTILE.into_iter().enumerate() {
        let Some(world) = World::new(EDITIONS[index % 2]) else {
            return;
        };
        let mut orders = service("Orders", free_ports(1));
        orders.title = title.to_owned();
        orders.description = format!("{title} \"quoted\\\" 'and' more\\");
        orders.config[0].name = "o r'd$x.toml".to_owned();
        let services = [orders.clone()];
        let tables = config(&format!("{QUICK}\nfirewall = {{ remote = \"any\" }}"));
        let folder = world.hand_over_titled(title, "1.0.0", "ok", &tables, &services);
        world.expect(&folder, &["Install"], 0);
        assert_eq!(world.service_value("Orders", "DisplayName"), title);
        assert_eq!(
            world.service_value("Orders", "Description"),
            orders.description
        );
        assert_eq!(world.running(), ["Orders"]);
        let again = world.expect(&folder, &["Install", "-Json"], 0).json();
        assert_eq!(again["changes"], 0, "{title}: {again}");
        world.expect(&folder, &["Uninstall", "-Purge"], 0);
        assert!(!world.canary_was_called(), "{title} called Stop-Canary");
    }
}

#[test]
fn faults_end_in_a_message_and_the_next_run_mends_them() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let folder = world.hand_over(
            "1.0.0",
            "ok",
            &config(QUICK),
            &[service("Orders", free_ports(1))],
        );
        world.change_state(|state| {
            state["faults"] = serde_json::json!([
                { "command": "icacls", "match": "data", "times": 1, "code": 5 },
                { "command": "sc start", "match": "Orders", "times": 1, "code": 1053 },
            ]);
        });
        let denied = world.expect(&folder, &["Install"], 1);
        assert!(
            denied.text.contains("icacls.exe") && denied.text.contains("failed with 5"),
            "{}",
            denied.text
        );
        let hung = world.expect(&folder, &["Install"], 1);
        assert!(hung.text.contains("1053"), "{}", hung.text);
        world.expect(&folder, &["Install"], 0);
        assert_eq!(world.running(), ["Orders"]);
        // Rollback of a first installation that was cut off leaves nothing behind.
        world.expect(&folder, &["Uninstall", "-Purge"], 0);
        world.change_state(|state| {
            state["faults"] = serde_json::json!([{ "command": "sc start", "match": "Orders", "times": 1, "code": 1053 }]);
        });
        world.expect(&folder, &["Install"], 1);
        world.expect(&folder, &["Rollback"], 0);
        assert_eq!(world.state()["services"], serde_json::json!({}));
    }
}

/// `sc.exe start` comes back while the service is only starting, and one that is starting takes no stop (1061).
#[test]
fn a_service_is_waited_for_until_it_runs_and_until_it_can_be_stopped() {
    let Some(world) = World::new(Edition::Desktop) else {
        return;
    };
    let mut orders = service("Orders", free_ports(1));
    orders.health = None;
    let folder = world.hand_over("1.0.0", "ok", &config(""), &[orders]);
    world.expect(&folder, &["Install"], 0);
    assert_eq!(world.running(), ["Orders"]);
    world.change_state(|state| {
        state["faults"] = serde_json::json!([{ "command": "sc stop", "times": 1, "code": 1061 }]);
    });
    world.expect(&folder, &["Stop"], 0);
    assert_eq!(world.running(), Vec::<String>::new());
    world.expect(&folder, &["Start"], 0);
    assert_eq!(world.running(), ["Orders"]);
}
