//! Blue/green and canary behind a real nginx: nobody notices an upgrade, a canary that goes bad, a rollback.

use crate::fixture::{config, service};
use crate::support::http::free_ports;
use crate::traffic::{Client, Proxy, Seen};
use crate::world::{EDITIONS, Edition, World};

/// The tables for a strategy, behind nginx on `port`.
fn tables(strategy: &str, port: u16, more: &str) -> gorelease::deploy::Config {
    config(&format!(
        "rollout = {{ strategy = \"{strategy}\", probes = 2, probe-interval = \"20ms\", drain = \"200ms\", window = \"300ms\"{more} }}\n\
         nginx = {{ port = {port} }}"
    ))
}

struct Shop {
    world: World,
    proxy: Proxy,
}

fn shop(edition: Edition) -> Option<Shop> {
    let mut world = World::new(edition)?;
    let proxy = Proxy::start(&world.path(r"nginx\conf"), "orders")?;
    world
        .environment
        .insert("SIM_NGINX".to_owned(), proxy.home());
    Some(Shop { world, proxy })
}

#[test]
fn blue_green_upgrade_and_rollback_without_a_failed_request() {
    for edition in EDITIONS {
        let Some(Shop { world, proxy }) = shop(edition) else {
            return;
        };
        let services = [service("Orders", free_ports(2))];
        let tables = tables("blue-green", proxy.port, "");
        let first = world.hand_over("1.0.0", "ok", &tables, &services);
        let second = world.hand_over("1.1.0", "ok", &tables, &services);
        world.expect(&first, &["Install"], 0);
        let client = Client::start(proxy.port);
        let (status, body) = proxy.get("/orders");
        assert!(
            status == 200 && body.contains("Orders-blue") && body.contains("shop.example"),
            "{status} {body}"
        );

        let config = world.path(r"ProgramData\Contoso Orders\blue\config\orders.toml");
        std::fs::write(&config, "# changed by an administrator\n").expect("the configuration");
        world.expect(&second, &["Upgrade"], 0);
        assert!(proxy.get("/orders").1.contains("Orders-green"));
        assert_eq!(world.running(), ["Orders-green"]);
        assert_eq!(
            world.service_value("Orders-blue", "Start"),
            3,
            "the old slot does not start with Windows"
        );
        let carried = world.path(r"ProgramData\Contoso Orders\green\config\orders.toml");
        assert_eq!(
            std::fs::read_to_string(carried).expect("the configuration"),
            "# changed by an administrator\n"
        );
        let again = world.expect(&second, &["Upgrade", "-Json"], 0).json();
        assert_eq!(again["changes"], 0, "{again}");

        world.expect(&second, &["Rollback"], 0);
        assert!(proxy.get("/orders").1.contains("Orders-blue"));
        assert_eq!(world.running(), ["Orders-blue"]);
        assert_eq!(world.service_value("Orders-blue", "Start"), 2);

        let Seen { sent, failures, .. } = client.finish();
        assert!(sent > 50, "the client sent only {sent} requests");
        assert_eq!(failures, Vec::<String>::new(), "of {sent}");
    }
}

/// The steps of a run that `wanted` names, with their shares.
fn steps(outcome: &serde_json::Value, wanted: &[&str]) -> Vec<String> {
    let steps = outcome["steps"].as_array().cloned().unwrap_or_default();
    let wanted = steps
        .iter()
        .filter(|step| wanted.contains(&step["do"].as_str().unwrap_or_default()));
    wanted
        .map(|step| {
            format!(
                "{} {}",
                step["do"].as_str().unwrap_or_default(),
                step["value"]
            )
        })
        .collect()
}

#[test]
fn a_canary_is_judged_at_every_step_and_taken_back_at_25_percent() {
    for edition in EDITIONS {
        let Some(Shop { world, proxy }) = shop(edition) else {
            return;
        };
        let services = [service("Orders", free_ports(2))];
        let prometheus = crate::metrics::Prometheus::start();
        let more = format!(
            ", steps = [5, 25, 100], prometheus = {{ url = \"http://127.0.0.1:{}\", new = \"new\", old = \"old\" }}",
            prometheus.port
        );
        let tables = tables("canary", proxy.port, &more);
        let first = world.hand_over("1.0.0", "ok", &tables, &services);
        let second = world.hand_over("1.1.0", "ok", &tables, &services);
        world.expect(&first, &["Install"], 0);
        let client = Client::start(proxy.port);

        let without_data = world.expect(&second, &["Upgrade", "-Json"], 4).json();
        assert!(
            without_data["error"]
                .as_str()
                .is_some_and(|error| error.contains("no data")),
            "{without_data}"
        );

        // New and old at 5 %, then the new version at 25 %.
        prometheus.rates(&[100.0, 100.0, 90.0]);
        let bad = world.expect(&second, &["Upgrade", "-Json"], 4).json();
        assert_eq!(
            steps(&bad, &["traffic", "judge"]),
            [
                "traffic 0",
                "traffic 5",
                "judge 5",
                "traffic 25",
                "traffic 100"
            ]
        );
        assert_eq!(bad["installed"]["current"]["version"], "1.0.0", "{bad}");
        assert!(
            bad["error"]
                .as_str()
                .is_some_and(|error| error.contains("90 %")),
            "{bad}"
        );
        assert_eq!(world.running(), ["Orders-blue"]);
        assert!((0..20).all(|_| proxy.get("/orders").1.contains("1.0.0")));

        prometheus.rates(&[99.8]);
        let good = world.expect(&second, &["Upgrade", "-Json"], 0).json();
        let expected = [
            "traffic 0",
            "traffic 5",
            "judge 5",
            "traffic 25",
            "judge 25",
            "traffic 100",
            "judge 100",
        ];
        assert_eq!(steps(&good, &["traffic", "judge"]), expected);
        let Seen { sent, failures, .. } = client.finish();
        assert_eq!(failures, Vec::<String>::new(), "of {sent}");
        let events = world.state()["events"].to_string();
        assert!(events.contains("902") && events.contains("900"), "{events}");
    }
}

#[test]
fn a_canary_whose_probes_fail_is_taken_back() {
    let Some(Shop { world, proxy }) = shop(Edition::Desktop) else {
        return;
    };
    let services = [service("Orders", free_ports(2))];
    let tables = tables("canary", proxy.port, "");
    let first = world.hand_over("1.0.0", "ok", &tables, &services);
    let second = world.hand_over("1.1.0", "flaky", &tables, &services);
    world.expect(&first, &["Install"], 0);
    let outcome = world.expect(&second, &["Upgrade", "-Json"], 4).json();
    assert!(
        outcome["error"]
            .as_str()
            .is_some_and(|error| error.contains("probes were good")),
        "{outcome}"
    );
    assert_eq!(world.running(), ["Orders-blue"]);
}

#[test]
fn rolling_over_two_instances_without_a_failed_request() {
    for edition in EDITIONS {
        let Some(Shop { world, proxy }) = shop(edition) else {
            return;
        };
        let services = [service("Orders", free_ports(2))];
        let tables = config(&format!(
            "rollout = {{ probes = 2, probe-interval = \"20ms\", drain = \"200ms\" }}\ninstances = {{ count = 2 }}\nnginx = {{ port = {} }}",
            proxy.port
        ));
        let first = world.hand_over("1.0.0", "ok", &tables, &services);
        let second = world.hand_over("1.1.0", "ok", &tables, &services);
        world.expect(&first, &["Install"], 0);
        let client = Client::start(proxy.port);
        world.expect(&second, &["Upgrade"], 0);
        world.expect(&second, &["Drain", "-Instance", "Orders-1"], 0);
        assert!((0..10).all(|_| proxy.get("/orders").1.contains("Orders-2")));
        world.expect(&second, &["Start"], 0);
        let Seen { sent, failures, .. } = client.finish();
        assert_eq!(failures, Vec::<String>::new(), "of {sent}");
        let answers: String = (0..40).map(|_| proxy.get("/orders").1).collect();
        assert!(answers.contains("Orders-1") && answers.contains("Orders-2"));
        assert!(!answers.contains("1.0.0"));
    }
}
