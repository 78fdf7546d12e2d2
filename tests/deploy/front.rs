//! Stories behind IIS, and with Windows Installer.

use gorelease::deploy::model::Role;

use crate::fixture::{config, release, service};
use crate::support::http::free_ports;
use crate::world::{EDITIONS, Edition, Folder, World};

const QUICK: &str = r#"probes = 2, probe-interval = "20ms", drain = "50ms""#;

#[test]
fn iis_gets_farm_rules_and_weights_and_loses_them_again() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let before = world.snapshot();
        let services = [service("Orders", free_ports(2))];
        let tables = config(&format!(
            "rollout = {{ strategy = \"blue-green\", {QUICK} }}\n\
             iis = {{ farm = \"orders\", tls = {{ thumbprint = \"{}\", host = \"shop.example\" }} }}",
            "ab".repeat(20)
        ));
        let first = world.hand_over("1.0.0", "ok", &tables, &services);
        let second = world.hand_over("1.1.0", "ok", &tables, &services);
        world.expect(&first, &["Install"], 0);
        let iis = world.state()["iis"].clone();
        let servers = &iis["farms"]["orders"]["servers"];
        assert_eq!(
            servers["orders-blue.internal"]["enabled"], "true",
            "{iis:#}"
        );
        assert_eq!(
            servers["orders-blue.internal"]["applicationRequestRouting.weight"],
            "100"
        );
        assert_eq!(servers["orders-green.internal"]["enabled"], "false");
        assert_eq!(iis["proxy"]["preserveHostHeader"], "true");
        assert_eq!(iis["proxy"]["cache.enabled"], "false");
        assert_eq!(
            iis["rules"]["orders /"]["action.url"],
            "http://orders/{R:0}"
        );
        assert_eq!(
            iis["rules"]["orders /"]["serverVariables"][0]["value"],
            "https"
        );
        assert_eq!(iis["rules"]["orders to https"]["action.type"], "Redirect");
        assert_eq!(
            iis["rules"]["orders to https"]["conditions"][0]["input"],
            "{HTTPS}"
        );
        assert_eq!(iis["pools"]["orders"]["startMode"], "AlwaysRunning");
        assert!(
            iis["certificates"]["hostnameport=shop.example:443"][0]
                .as_str()
                .is_some_and(|hash| hash.starts_with("certhash=abab"))
        );
        let hosts = std::fs::read_to_string(world.path(r"Windows\System32\drivers\etc\hosts"))
            .expect("the hosts file");
        assert!(hosts.contains("127.0.0.1 orders-green.internal"), "{hosts}");
        let again = world.expect(&first, &["Install", "-Json"], 0).json();
        assert_eq!(again["changes"], 0, "{again}");

        world.expect(&second, &["Upgrade"], 0);
        let servers = world.state()["iis"]["farms"]["orders"]["servers"].clone();
        assert_eq!(
            servers["orders-blue.internal"]["enabled"], "false",
            "{servers:#}"
        );
        assert_eq!(servers["orders-green.internal"]["enabled"], "true");
        world.expect(&second, &["Uninstall", "-Purge"], 0);
        let after = world.snapshot();
        assert_eq!(after["iis"]["farms"], serde_json::json!({}));
        assert_eq!(after["iis"]["rules"], serde_json::json!({}));
        assert_eq!(after["iis"]["sites"], serde_json::json!({}));
        assert_eq!(after["services"], before["services"]);
        let hosts = std::fs::read_to_string(world.path(r"Windows\System32\drivers\etc\hosts"))
            .expect("the hosts file");
        assert_eq!(hosts.trim(), "127.0.0.1 localhost");
    }
}

#[test]
fn a_refused_change_of_iis_is_restored_from_the_backup() {
    let Some(world) = World::new(Edition::Desktop) else {
        return;
    };
    let services = [service("Orders", free_ports(1))];
    let tables = config(&format!(
        "rollout = {{ {QUICK} }}\niis = {{ farm = \"orders\" }}"
    ));
    let folder = world.hand_over("1.0.0", "ok", &tables, &services);
    world.change_state(|state| {
        state["faults"] = serde_json::json!([{ "command": "appcmd", "match": "globalRules", "times": 1, "code": 5 }]);
    });
    let outcome = world.expect(&folder, &["Install"], 1);
    assert!(outcome.text.contains("appcmd.exe"), "{}", outcome.text);
    assert_eq!(
        world.state()["iis"]["farms"],
        serde_json::json!({}),
        "restored"
    );
    world.expect(&folder, &["Install"], 0);
    assert_eq!(
        world.state()["iis"]["farms"]["orders"]["servers"]["orders.internal"]["enabled"],
        "true"
    );
}

/// A hand-over folder with a package, which the simulated Windows Installer reads.
fn packaged(world: &World, version: &str, code: &str, port: u16) -> Folder {
    let folder = world.path(&format!("handover {version}"));
    let image = r"C:\Program Files\Contoso Orders\orders.exe";
    let package = serde_json::json!({
        "version": version, "product_code": code, "title": "Contoso Orders", "port": port, "services": { "Orders": image },
        "behaviour": { "version": version, "behaviour": "ok" },
    });
    let mut artifact = world.artifact(
        &folder,
        "packages/orders.msi",
        Role::Package,
        &package.to_string(),
    );
    artifact.product_code = Some(code.to_owned());
    let tables = config(&format!("mode = \"msi\"\nrollout = {{ {QUICK} }}"));
    world.finish(
        folder,
        release(version, vec![artifact]),
        &tables,
        &[service("Orders", port)],
    )
}

#[test]
fn a_package_is_installed_upgraded_put_back_and_removed() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let port = free_ports(1);
        let first = packaged(
            &world,
            "1.0.0",
            "{11111111-1111-1111-1111-111111111111}",
            port,
        );
        let second = packaged(
            &world,
            "1.1.0",
            "{22222222-2222-2222-2222-222222222222}",
            port,
        );
        // Another installation is running, then a restart is asked for.
        world.change_state(|state| {
            state["faults"] = serde_json::json!([
                { "command": "msiexec /i", "times": 1, "code": 1618 },
                { "command": "msiexec /i", "times": 1, "code": 3010 },
            ]);
        });
        world.expect(&first, &["Install"], 3010);
        assert_eq!(world.running(), ["Orders"]);
        let again = world.expect(&first, &["Install", "-Json"], 0).json();
        assert_eq!(again["changes"], 0, "{again}");
        let product = |world: &World| {
            world.state()["packages"]
                .as_object()
                .and_then(|map| map.keys().next().cloned())
                .unwrap_or_default()
        };
        world.expect(&second, &["Upgrade"], 0);
        assert!(product(&world).starts_with("{2222"));
        world.expect(&second, &["Rollback"], 0);
        assert!(product(&world).starts_with("{1111"));
        assert_eq!(world.running(), ["Orders"]);
        world.expect(&second, &["Uninstall", "-Purge"], 0);
        assert_eq!(product(&world), "");
        assert_eq!(world.running(), Vec::<String>::new());
    }
}
