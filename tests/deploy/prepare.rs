//! Prepare: a fresh server outside a domain, and what Windows refuses on the way.

use serde_json::json;

use crate::fixture::{config, service};
use crate::support::http::free_ports;
use crate::world::{EDITIONS, Edition, Folder, World};

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
        let network = &state["network"];
        let address = serde_json::json!([{ "IPAddress": "10.0.0.5", "PrefixLength": 24 }]);
        assert_eq!(network["addresses"], address);
        assert_eq!(
            network["routes"],
            serde_json::json!([{ "NextHop": "10.0.0.1" }])
        );
        assert_eq!(state["time_service"], "Running");
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

/// A hand-over whose `[deploy.server]` has these keys.
fn prepared(world: &World, tables: &str) -> Folder {
    let tables = config(&format!("[server]\n{tables}"));
    world.hand_over("1.0.0", "ok", &tables, &[service("Orders", free_ports(1))])
}

const ADDRESS: &str = r#"address = { interface = "Ethernet", address = "10.0.0.5/24", gateway = "10.0.0.1", dns = ["10.0.0.2"] }"#;

#[test]
fn a_refused_address_leaves_the_former_one() {
    let Some(world) = World::new(Edition::Desktop) else {
        return;
    };
    let folder = prepared(&world, ADDRESS);
    let lease = json!({ "IPAddress": "169.254.1.1", "PrefixLength": 16, "lease": true });
    let manual = json!({ "IPAddress": "192.168.7.9", "PrefixLength": 24 });
    let former = [
        (
            "Enabled",
            json!([lease]),
            json!([{ "NextHop": "10.0.0.254", "lease": true }]),
        ),
        (
            "Disabled",
            json!([manual]),
            json!([{ "NextHop": "192.168.7.1" }]),
        ),
        // The same address with another prefix, which Windows cannot have twice.
        (
            "Disabled",
            json!([{ "IPAddress": "10.0.0.5", "PrefixLength": 16 }]),
            json!([]),
        ),
    ];
    let refusals = [
        json!({ "faults": [{ "command": "New-NetIPAddress", "match": "10.0.0.5", "times": 1, "code": 1 }] }),
        json!({ "taken": ["10.0.0.5"] }),
    ];
    for (dhcp, addresses, routes) in &former {
        for refusal in &refusals {
            world.change_state(|state| {
                state["network"] =
                    json!({ "Dhcp": dhcp, "addresses": addresses, "routes": routes, "dns": [] });
                state["faults"] = refusal.get("faults").cloned().unwrap_or(json!([]));
                state["taken"] = refusal.get("taken").cloned().unwrap_or(json!([]));
            });
            let refused = world.expect(&folder, &["Prepare"], 1);
            assert!(
                refused.text.contains("address of `Ethernet`"),
                "{}",
                refused.text
            );
            let network = world.state()["network"].clone();
            assert_eq!(network["Dhcp"], *dhcp, "{network}");
            assert_eq!(network["addresses"], *addresses, "{refusal}: {network}");
            if *dhcp == "Disabled" {
                assert_eq!(network["routes"], *routes, "{network}");
            }
        }
    }
}

#[test]
fn the_address_is_set_whatever_was_there() {
    let Some(world) = World::new(Edition::Core) else {
        return;
    };
    let folder = prepared(&world, ADDRESS);
    let wanted = json!({ "IPAddress": "10.0.0.5", "PrefixLength": 24 });
    for network in [
        // No lease yet: nothing to remove.
        json!({ "Dhcp": "Enabled", "addresses": [], "routes": [] }),
        // DHCP has given the very address.
        json!({ "Dhcp": "Enabled", "addresses": [{ "IPAddress": "10.0.0.5", "PrefixLength": 24, "lease": true }], "routes": [{ "NextHop": "10.0.0.1", "lease": true }] }),
        // Two addresses, of which one is right, and another gateway.
        json!({ "Dhcp": "Disabled", "addresses": [wanted, { "IPAddress": "10.0.0.6", "PrefixLength": 24 }], "routes": [{ "NextHop": "10.0.0.9" }] }),
        json!({ "Dhcp": "Disabled", "addresses": [{ "IPAddress": "10.0.0.6", "PrefixLength": 24 }], "routes": [] }),
    ] {
        world.change_state(|state| {
            state["network"] = network.clone();
            state["network"]["dns"] = json!([]);
            state["least_addresses"] = 9.into();
        });
        world.expect(&folder, &["Prepare"], 0);
        let state = world.state();
        let found = &state["network"];
        assert_eq!(found["Dhcp"], "Disabled", "{network}");
        assert_eq!(found["addresses"], json!([wanted]), "{network}");
        assert_eq!(
            found["routes"],
            json!([{ "NextHop": "10.0.0.1" }]),
            "{network}"
        );
        assert_ne!(
            state["least_addresses"], 0,
            "no address for a moment: {network}"
        );
        let again = world.expect(&folder, &["Prepare", "-Json"], 0).json();
        assert_eq!(again["changes"], 0, "{again}");
    }
    world.change_state(|state| state["interface"] = "以太网".into());
    let unknown = world.expect(&folder, &["Prepare"], 2);
    assert!(unknown.text.contains("以太网"), "{}", unknown.text);
}

#[test]
fn a_time_source_that_does_not_answer_is_a_finding() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let folder = prepared(&world, "time-sources = [\"ntp.corp.example\"]");
        world.change_state(|state| {
            state["silent_time_source"] = true.into();
            state["names"] = json!({ "ntp.corp.example": "10.0.0.9" });
        });
        let done = world.expect(&folder, &["Prepare", "-Json"], 0).json();
        assert_eq!(done["findings"][0]["level"], "warning", "{done}");
        assert_eq!(world.state()["time_service"], "Running");
        let checked = world.expect(&folder, &["Check", "-Json"], 0).json();
        assert!(
            checked["findings"].to_string().contains("does not answer"),
            "{checked}"
        );
        // A clock that is wrong is set by -Fix, and then it is right.
        world.change_state(|state| {
            state["silent_time_source"] = false.into();
            state["time_service"] = "Stopped".into();
            state["skew"] = 900.into();
        });
        world.expect(&folder, &["Check"], 3);
        world.expect(&folder, &["Check", "-Fix"], 0);
    }
}

#[test]
fn features_that_this_windows_does_not_have_are_named() {
    let Some(world) = World::new(Edition::Desktop) else {
        return;
    };
    let folder = prepared(&world, "features = [\"Web-Server\", \"RSAT-DHCP\"]");
    world.change_state(|state| state["unknown_features"] = json!(["RSAT-DHCP"]));
    let refused = world.expect(&folder, &["Prepare"], 2);
    assert!(
        refused.text.contains("no feature `RSAT-DHCP`"),
        "{}",
        refused.text
    );
    assert_eq!(world.state()["features"], json!([]));

    // Server Core lacks the console that belongs to Web-Server; the prerequisites of IIS do not ask for it either.
    world
        .change_state(|state| state["unknown_features"] = json!(["Web-Mgmt-Console", "RSAT-DHCP"]));
    world.change_registry(|registry| {
        registry[r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"]["InstallationType"] =
            json!({ "type": "String", "value": "Server Core" });
    });
    let core = prepared(&world, "features = [\"Web-Server\"]");
    world.expect(&core, &["Prepare"], 0);
    assert_eq!(world.state()["features"], json!(["Web-Server"]));
    let tables = config("iis = { farm = \"orders\" }");
    let front = world.hand_over("1.0.0", "ok", &tables, &[service("Orders", free_ports(1))]);
    let report = world.run(&front, &["Check", "-Json"]).json();
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    let features = findings.iter().find(|one| one["subject"] == "features");
    assert_eq!(
        features.map(|one| &one["level"]),
        Some(&json!("ok")),
        "{report}"
    );
}
