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
            "rollout = {{ strategy = \"blue-green\", probes = 2, probe-interval = \"20ms\", drain = \"10s\" }}\n\
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
        let farm = &iis["farms"]["orders"];
        for (name, value) in [
            ("preserveHostHeader", "true"),
            ("reverseRewriteHostInResponseHeaders", "false"),
            ("includePortInXForwardedFor", "false"),
            ("minResponseBuffer", "0"),
            ("responseBufferLimit", "0"),
            ("cache.enabled", "false"),
        ] {
            let path = format!("applicationRequestRouting.protocol.{name}");
            assert_eq!(farm[&path], value, "{name}: {farm:#}");
        }
        // What else passes through this server's proxy keeps its settings.
        let mut shared = before["iis"]["proxy"].clone();
        shared["enabled"] = "true".into();
        assert_eq!(iis["proxy"], shared);
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
        let algorithm = "applicationRequestRouting.loadBalancing.algorithm";
        assert_eq!(farm[algorithm], "WeightedRoundRobin");
        // Nothing that IIS keeps for files of its own is held back from the service.
        let filters = &iis["filters"]["orders"];
        assert_eq!(filters["segments"], serde_json::json!([]));
        assert_eq!(filters["extensions"], serde_json::json!([]));
        assert_eq!(filters["allowDoubleEscaping"], "true");
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

        world.change_state(|state| {
            state["iis"]["farms"]["orders"]["servers"]["orders-blue.internal"]["requests"] =
                2.into();
        });
        world.expect(&second, &["Upgrade"], 0);
        let servers = world.state()["iis"]["farms"]["orders"]["servers"].clone();
        assert_eq!(
            servers["orders-blue.internal"]["enabled"], "false",
            "{servers:#}"
        );
        assert_eq!(servers["orders-green.internal"]["enabled"], "true");
        // The new server was healthy to ARR before the old one was drained until its last request had ended.
        let asked = world.state()["iis"]["asked"].to_string();
        let healthy = asked.find(r#"["orders-green.internal","requests",0]"#);
        let drained = asked.find(r#"["orders-blue.internal","state",1],["orders-blue.internal","requests",2],["orders-blue.internal","requests",1],["orders-blue.internal","requests",0]"#);
        assert!(healthy.is_some() && healthy < drained, "{asked}");
        world.expect(&second, &["Uninstall", "-Purge"], 0);
        assert_eq!(world.snapshot(), before);
        let hosts = std::fs::read_to_string(world.path(r"Windows\System32\drivers\etc\hosts"))
            .expect("the hosts file");
        assert_eq!(hosts.trim(), "127.0.0.1 localhost");
    }
}

#[test]
fn a_server_that_arr_finds_unhealthy_gets_no_traffic() {
    let Some(world) = World::new(Edition::Core) else {
        return;
    };
    let mut orders = service("Orders", free_ports(2));
    if let Some(health) = orders.health.as_mut() {
        health.within_ms = 3_000;
    }
    let services = [orders];
    let tables = config(&format!(
        "rollout = {{ strategy = \"blue-green\", {QUICK} }}\niis = {{ farm = \"orders\" }}"
    ));
    let first = world.hand_over("1.0.0", "ok", &tables, &services);
    let second = world.hand_over("1.1.0", "ok", &tables, &services);
    // An ARR that tells nothing holds nobody up.
    world.change_state(|state| state["iis"]["silent"] = true.into());
    let mute = world.expect(&first, &["Install"], 0);
    assert!(mute.text.contains("ARR does not tell"), "{}", mute.text);
    world.change_state(|state| {
        state["iis"]["silent"] = false.into();
        state["iis"]["farms"]["orders"]["servers"]["orders-green.internal"]["sick"] = true.into();
    });
    let result = world.expect(&second, &["Upgrade", "-Json"], 4).json();
    assert!(
        result["error"]
            .as_str()
            .is_some_and(|error| error.contains("unhealthy")),
        "{result}"
    );
    let servers = world.state()["iis"]["farms"]["orders"]["servers"].clone();
    assert_eq!(
        servers["orders-blue.internal"]["enabled"], "true",
        "{servers}"
    );
    assert_eq!(
        servers["orders-green.internal"]["enabled"], "false",
        "{servers}"
    );
    assert_eq!(world.running(), ["Orders-blue"]);
}

#[test]
fn one_gateway_for_several_services_with_the_newest_certificate_of_a_subject() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let before = world.snapshot();
        let ports = free_ports(2);
        let mut stock = service("Stock", ports + 1);
        stock.title = "Contoso Stock".to_owned();
        let services = [service("Orders", ports), stock];
        let tables = config(&format!(
            "rollout = {{ {QUICK} }}\n\
             iis = {{ farm = \"shop\", tls = {{ subject = \"CN=shop.example\", host = \"shop.example\" }} }}\n\
             [[route]]\nservice = \"Orders\"\nprefix = \"/orders/\"\n\
             [[route]]\nservice = \"Stock\"\nhost = \"stock.example\""
        ));
        let folder = world.hand_over("1.0.0", "ok", &tables, &services);
        let missing = world.expect(&folder, &["Install"], 1);
        assert!(missing.text.contains("CN=shop.example"), "{}", missing.text);
        assert_eq!(world.snapshot()["iis"], before["iis"]);
        world.change_state(|state| {
            state["certificates"] = serde_json::json!([
                { "Subject": "CN=shop.example", "Thumbprint": "1".repeat(40), "NotAfter": "2001-01-01T00:00:00" },
                { "Subject": "CN=shop.example", "Thumbprint": "2".repeat(40), "NotAfter": "2998-01-01T00:00:00" },
                { "Subject": "CN=shop.example", "Thumbprint": "3".repeat(40), "NotAfter": "2999-01-01T00:00:00" },
                { "Subject": "CN=other.example", "Thumbprint": "4".repeat(40), "NotAfter": "2999-01-01T00:00:00" },
            ]);
        });
        world.expect(&folder, &["Install"], 0);
        let iis = world.state()["iis"].clone();
        assert_eq!(
            iis["certificates"]["hostnameport=shop.example:443"][0],
            format!("certhash={}", "3".repeat(40)),
            "{iis:#}"
        );
        assert_eq!(iis["farms"].as_object().map(serde_json::Map::len), Some(2));
        let rules = &iis["rules"];
        assert_eq!(
            rules["orders /orders/"]["match.url"], "^orders/.*",
            "{rules:#}"
        );
        assert_eq!(
            rules["orders /orders/"]["action.url"],
            "http://shop-Orders-http/{R:0}"
        );
        assert_eq!(
            rules["orders stock.example/"]["action.url"],
            "http://shop-Stock-http/{R:0}"
        );
        assert_eq!(
            rules["orders stock.example/"]["conditions"][1]["input"],
            "{HTTP_HOST}"
        );
        assert_eq!(world.running(), ["Orders", "Stock"]);
        world.expect(&folder, &["Uninstall", "-Purge"], 0);
        assert_eq!(world.snapshot(), before);
    }
}

#[test]
fn a_refused_change_of_iis_takes_back_its_own_part_only() {
    let Some(world) = World::new(Edition::Desktop) else {
        return;
    };
    let services = [service("Orders", free_ports(1))];
    let tables = |more: &str| {
        config(&format!(
            "rollout = {{ {QUICK} }}\niis = {{ farm = \"orders\", {more} tls = {{ thumbprint = \"{}\", host = \"shop.example\" }} }}",
            "ab".repeat(20)
        ))
    };
    let first = world.hand_over("1.0.0", "ok", &tables(""), &services);
    let second = world.hand_over(
        "1.1.0",
        "ok",
        &tables("port = 8081, timeout = \"90s\", max-body-size = \"5MB\","),
        &services,
    );
    let refuse = |matching: &str| {
        world.change_state(|state| {
            state["faults"] =
                serde_json::json!([{ "command": "appcmd", "match": matching, "times": 1, "code": 5 }]);
        });
    };
    let before = world.snapshot()["iis"].clone();
    // The last call of all: everything is there by then.
    refuse("hiddenSegments");
    let outcome = world.expect(&first, &["Install"], 1);
    assert!(outcome.text.contains("appcmd.exe"), "{}", outcome.text);
    assert_eq!(world.snapshot()["iis"], before);
    world.expect(&first, &["Install"], 0);
    let installed = world.snapshot()["iis"].clone();
    // What somebody else sets meanwhile stays.
    let others = serde_json::json!({ "servers": {}, "enabled": "true" });
    world.change_state(|state| state["iis"]["farms"]["theirs"] = others.clone());
    // A backup of the whole server is older than that: it must not come back.
    world.change_state(|state| state["iis"]["backups"]["orders-before-1.1.0"] = installed.clone());
    // By this call the former conditions and the former binding are gone.
    refuse("action.type:Rewrite");
    world.expect(&second, &["Upgrade"], 4);
    let mut found = world.snapshot()["iis"].clone();
    found["backups"] = installed["backups"].clone();
    assert_eq!(found["farms"]["theirs"], others);
    found["farms"]
        .as_object_mut()
        .expect("farms")
        .remove("theirs");
    assert_eq!(found, installed);
    world.expect(&second, &["Upgrade"], 0);
    let filters = &world.state()["iis"]["filters"]["orders"];
    assert_eq!(filters["requestLimits.maxAllowedContentLength"], "5000000");
}

#[test]
fn a_certificate_that_is_refused_leaves_the_former_one_bound() {
    let Some(world) = World::new(Edition::Core) else {
        return;
    };
    let services = [service("Orders", free_ports(1))];
    let tables = |digits: &str, host: &str| {
        config(&format!(
            "rollout = {{ {QUICK} }}\niis = {{ farm = \"orders\", tls = {{ thumbprint = \"{}\", host = \"{host}\" }} }}",
            digits.repeat(20)
        ))
    };
    let first = world.hand_over("1.0.0", "ok", &tables("ab", "shop.example"), &services);
    let renewed = world.hand_over("1.1.0", "ok", &tables("cd", "shop.example"), &services);
    let moved = world.hand_over("1.2.0", "ok", &tables("cd", "store.example"), &services);
    let bound = |world: &World| world.state()["iis"]["certificates"].clone();
    world.expect(&first, &["Install"], 0);
    let former = bound(&world);
    world.expect(&renewed, &["Upgrade"], 4);
    assert_eq!(bound(&world), former, "not in the store");
    world.change_state(|state| {
        let both = ["ab", "cd"].map(|digits| serde_json::json!({ "Subject": "CN=gate.example", "Thumbprint": digits.repeat(20), "NotAfter": "2999-01-01T00:00:00" }));
        state["certificates"] = serde_json::json!(both);
        state["faults"] = serde_json::json!([{ "command": "netsh", "match": "certhash=cdcd", "times": 1, "code": 1 }]);
    });
    world.expect(&renewed, &["Upgrade"], 4);
    assert_eq!(bound(&world), former, "refused by Windows");
    // Nothing but the thumbprint is another one: no call of appcmd changes.
    world.expect(&renewed, &["Upgrade"], 0);
    let hash = |binding: &str| bound(&world)[format!("hostnameport={binding}")][0].clone();
    assert_eq!(
        hash("shop.example:443"),
        format!("certhash={}", "cd".repeat(20))
    );
    world.expect(&moved, &["Upgrade"], 0);
    assert_eq!(
        hash("store.example:443"),
        format!("certhash={}", "cd".repeat(20))
    );
    assert_eq!(hash("shop.example:443"), serde_json::Value::Null);
    world.expect(&moved, &["Rollback"], 0);
    assert_eq!(hash("store.example:443"), serde_json::Value::Null);
    assert_ne!(hash("shop.example:443"), serde_json::Value::Null);
}

/// A hand-over folder with a package, which the simulated Windows Installer reads.
pub fn packaged(world: &World, version: &str, code: &str, port: u16) -> Folder {
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
fn properties_of_a_package_arrive_as_they_were_given() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let code = "{11111111-1111-1111-1111-111111111111}";
        let folder = packaged(&world, "1.0.0", code, free_ports(1));
        let given = world.run_text(
            &folder,
            r#"& $Deploy Install -Property @{ DATABASE = 'db one'; DATADIR = 'D:\Order data'; SAY = 'a "b" c'; NONE = ''; PLAIN = 'x' }"#,
        );
        assert_eq!(given.code, Some(0), "{edition:?}: {}", given.text);
        assert_eq!(
            world.state()["packages"][code]["properties"],
            serde_json::json!({
                "DATABASE": "db one", "DATADIR": r"D:\Order data", "SAY": "a \"b\" c", "NONE": "", "PLAIN": "x",
                "RESET": "NONE",
            })
        );
    }
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
