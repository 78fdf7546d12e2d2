//! The model: what the tables mean, what is refused, and the published schema.

use gorelease::deploy::model::{Deployment, Role, Slot};
use gorelease::deploy::{build, check};

use crate::fixture::{artifact, config, release, service};

const BLUE_GREEN: &str = r#"
rollout = { strategy = "blue-green" }
instances = { count = 2 }
firewall = { remote = ["10.0.0.0/8"] }
iis = { farm = "orders" }
"#;

fn blue_green() -> Deployment {
    let release = release(
        "1.4.2",
        vec![artifact("programs/orders.exe", Role::Program)],
    );
    build(&release, &config(BLUE_GREEN), &[service("Orders", 8080)])
}

#[test]
fn each_slot_has_instances_with_ports_and_directories_of_their_own() {
    let model = blue_green();
    let instances = &model.services[0].instances;
    let names: Vec<&str> = instances
        .iter()
        .map(|instance| instance.service_name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "Orders-blue-1",
            "Orders-blue-2",
            "Orders-green-1",
            "Orders-green-2"
        ]
    );
    let ports: Vec<_> = instances
        .iter()
        .map(|instance| instance.port("http"))
        .collect();
    assert_eq!(ports, [Some(8080), Some(8081), Some(8082), Some(8083)]);
    assert_eq!(instances[2].slot, Some(Slot::Green));
    assert_eq!(
        instances[2].data.path,
        r"%ProgramData%\Contoso Orders\green-1\data"
    );
    assert_eq!(
        model.locations.version,
        r"%ProgramFiles%\Contoso Orders\versions\1.4.2"
    );
    assert_eq!(model.firewall.len(), 4);
    assert_eq!(model.proxy.routes[0].farm, "orders");
}

#[test]
fn the_events_are_those_of_the_deployment_and_of_every_host() {
    let mut native = service("Stock", 8090);
    native.host = gorelease::service::model::HostMode::Native;
    let services = [service("Orders", 8080), native, service("Bills", 8070)];
    let model = build(&release("1.0.0", Vec::new()), &config(""), &services);
    let of = |id: u32| -> Vec<&str> {
        let events = model.events.iter().filter(|event| event.id == id);
        events.map(|event| event.source.as_str()).collect()
    };
    assert_eq!(of(902), ["Orders"]);
    assert_eq!(of(13), ["Orders", "Bills"]);
}

#[test]
fn directories_are_opened_for_the_service_alone() {
    let instance = &blue_green().services[0].instances[0];
    let sddl = instance
        .data
        .sddl
        .as_deref()
        .expect("the service's SID is known");
    assert_eq!(
        sddl,
        format!(
            "D:PAI(A;OICI;FA;;;S-1-5-18)(A;OICI;FA;;;S-1-5-32-544)(A;OICI;0x1301bf;;;{})",
            instance.service_sid
        )
    );
    assert!(
        instance
            .config
            .sddl
            .as_deref()
            .is_some_and(|sddl| sddl.contains("0x1200a9"))
    );
}

#[test]
fn the_json_follows_the_published_schema_and_is_read_back_the_same() {
    let model = blue_green();
    let json: serde_json::Value = serde_json::from_str(&model.to_json()).expect("JSON");
    let validator = jsonschema::validator_for(&Deployment::schema()).expect("a schema");
    assert!(
        validator.is_valid(&json),
        "{:?}",
        validator.iter_errors(&json).next()
    );
    let read: Deployment = serde_json::from_value(json).expect("the model");
    assert_eq!(read, model);
}

/// The first problem's path and message.
fn problem(text: &str) -> (String, String) {
    let problems = check(&config(text), &[service("Orders", 8080)]);
    let first = problems
        .first()
        .unwrap_or_else(|| panic!("accepted: {text}"));
    assert!(!first.hint.is_empty(), "no hint: {}", first.message);
    (first.path.clone(), first.message.clone())
}

#[test]
fn good_tables_are_accepted() {
    for text in [
        "",
        BLUE_GREEN,
        r#"firewall = { remote = "any" }"#,
        r#"languages = ["en", "zh-CN"]"#,
    ] {
        assert_eq!(
            check(&config(text), &[service("Orders", 8080)]),
            [],
            "{text}"
        );
    }
}

#[test]
fn bad_tables_are_refused() {
    let cases = [
        (r#"languages = ["de"]"#, "deploy.languages"),
        ("instances = { count = 0 }", "deploy.instances.count"),
        (
            "instances = { count = 2, port-step = 60000 }",
            "deploy.instances",
        ),
        (
            "instances = { port-step = 0 }",
            "deploy.instances.port-step",
        ),
        (
            "mode = \"msi\"\ninstances = { count = 2 }",
            "deploy.instances.count",
        ),
        ("firewall = { remote = [] }", "deploy.firewall.remote"),
        (
            r#"firewall = { remote = "10.0.0.0/33" }"#,
            "deploy.firewall.remote",
        ),
        (
            r#"firewall = { remote = "any", ports = ["grpc"] }"#,
            "deploy.firewall.ports",
        ),
        (
            r#"firewall = { remote = "any", profiles = ["work"] }"#,
            "deploy.firewall.profiles",
        ),
        (
            "rollout = { steps = [5, 50, 25, 100] }",
            "deploy.rollout.steps",
        ),
        ("rollout = { steps = [5, 50] }", "deploy.rollout.steps"),
        ("rollout = { steps = [] }", "deploy.rollout.steps"),
        ("rollout = { probes = 0 }", "deploy.rollout.probes"),
        ("rollout = { success = 101.0 }", "deploy.rollout.success"),
        (
            r#"rollout = { strategy = "canary" }"#,
            "deploy.rollout.strategy",
        ),
        (
            r#"winget = { identifier = "a.b", url = "u", license = "MIT" }"#,
            "deploy.winget",
        ),
        (
            r#"group-policy = { environment = { "A=B" = "x" } }"#,
            "deploy.group-policy.environment",
        ),
        (r#"iis = { farm = "" }"#, "deploy.iis.farm"),
        (
            r#"iis = { farm = "x", tls = { host = "a.example" } }"#,
            "deploy.iis.tls",
        ),
        (
            r#"route = [{ service = "Other" }]"#,
            "deploy.route[0].service",
        ),
        (
            r#"route = [{ service = "Orders", port = "grpc" }]"#,
            "deploy.route[0].port",
        ),
        (
            r#"route = [{ service = "Orders", prefix = "/a b/" }]"#,
            "deploy.route[0].prefix",
        ),
        (
            r#"route = [{ service = "Orders" }, { service = "Orders" }]"#,
            "deploy.route[1]",
        ),
        (
            r#"server = { computer-name = "a-name-that-is-too-long" }"#,
            "deploy.server.computer-name",
        ),
        (
            r#"server = { time-zone = "Europe/Berlin" }"#,
            "deploy.server.time-zone",
        ),
        (
            r#"server = { address = { interface = "Ethernet", address = "10.0.0.5/24", gateway = "10.0.1.1" } }"#,
            "deploy.server.address.gateway",
        ),
        (
            r#"server = { address = { interface = "Ethernet", address = "10.0.0.5" } }"#,
            "deploy.server.address.address",
        ),
    ];
    for (text, path) in cases {
        assert_eq!(problem(text).0, path, "{text}");
    }
}

#[test]
fn two_services_on_one_port_are_refused() {
    let services = [service("Orders", 8080), service("Stock", 8081)];
    assert_eq!(
        check(&config("firewall = { remote = \"any\" }"), &services),
        []
    );
    let problems = check(&config("instances = { count = 2 }"), &services);
    assert_eq!(problems[0].path, "deploy.instances");
    assert_eq!(
        problems[0].message,
        "`Stock-1` (http) and `Orders-2` (http) would both have port 8081"
    );
}

#[test]
fn two_services_of_one_title_are_refused() {
    let (orders, mut stock) = (service("Orders", 8080), service("Stock", 8090));
    stock.title = orders.title.to_uppercase();
    let problems = check(&config(""), &[orders, stock]);
    assert_eq!(
        problems[0].message,
        "the services `Orders` and `Stock` would both be called `CONTOSO ORDERS`"
    );
}

#[test]
fn a_probe_without_a_health_check_is_refused() {
    let mut blind = service("Orders", 8080);
    blind.health = None;
    let problems = check(&config(BLUE_GREEN), &[blind]);
    assert_eq!(
        problems[0].message,
        "no service has a health check that could be probed"
    );
}

#[test]
fn a_rule_without_remote_address_or_farm_name_is_no_table() {
    for text in [
        "firewall = {}",
        "iis = {}",
        "rollout = { window = \"soon\" }",
        "surprise = 1",
    ] {
        assert!(
            toml::from_str::<gorelease::deploy::Config>(text).is_err(),
            "{text}"
        );
    }
}
