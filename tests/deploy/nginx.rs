//! nginx on the server itself: whoever runs it, it is reloaded, and its files are what it uses.

use std::fs;

use serde_json::json;

use crate::fixture::{config, service};
use crate::support::http::free_ports;
use crate::world::{EDITIONS, Edition, Folder, World};

const TABLES: &str = "rollout = { probes = 1, probe-interval = \"20ms\" }\nnginx = { port = 80 }";

fn folder(world: &World, port: u16, version: &str, more: &str) -> Folder {
    let tables = config(&TABLES.replace("port = 80", &format!("port = 80{more}")));
    world.hand_over(version, "ok", &tables, &[service("Orders", port)])
}

/// What `Check` says. It looks for `nginx.exe` and does not run it; everything else runs the double.
fn checked(world: &World, folder: &Folder) -> String {
    world.lay(r"nginx\nginx.exe", "");
    let report = world.run(folder, &["Check", "-Json"]).json().to_string();
    fs::remove_file(world.path(r"nginx\nginx.exe")).expect("the file");
    report
}

/// nginx as a service below a wrapper, as WinSW and NSSM run it.
fn as_service(world: &World, account: &str) {
    fs::create_dir_all(world.path(r"nginx\logs")).expect("a folder");
    fs::write(world.path(r"nginx\logs\nginx.pid"), "4308\r\n").expect("a file");
    world.change_state(|state| {
        state["nginx_account"] = account.into();
        state["processes"] = json!([
            { "ProcessId": 4308, "ParentProcessId": 4300 }, { "ProcessId": 4300, "ParentProcessId": 600 },
            { "ProcessId": 600, "ParentProcessId": 1 },
        ]);
        state["windows_services"] = json!([{ "Name": "nginx-service", "ProcessId": 4300, "StartName": "LocalSystem" }]);
    });
}

#[test]
fn an_nginx_that_runs_as_a_service_is_reloaded() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let port = free_ports(1);
        as_service(&world, "SYSTEM");
        let first = folder(&world, port, "1.0.0", "");
        let done = world.expect(&first, &["Install"], 0);
        assert!(done.text.contains("reloaded by SYSTEM"), "{}", done.text);
        assert_eq!(world.state()["tasks"], json!({}), "the task is removed");
        assert_eq!(world.state()["restarted"], serde_json::Value::Null);
        let report = checked(&world, &first);
        assert!(
            report.contains("runs as the service nginx-service, account LocalSystem"),
            "{report}"
        );
        world.expect(&first, &["Uninstall"], 0);
        assert!(!world.path(r"nginx\conf\orders.conf").exists());

        // An account of its own: SYSTEM may not either. Nor where tasks are forbidden.
        for (account, forbidden) in [("CORP\\web", false), ("SYSTEM", true)] {
            as_service(&world, account);
            world.change_state(|state| {
                state["no_tasks"] = forbidden.into();
                state["restarted"] = json!([]);
            });
            world.expect(&first, &["Install"], 0);
            assert_eq!(world.state()["restarted"], json!(["nginx-service"]));
            world.expect(&first, &["Uninstall"], 0);
        }
    }
}

#[test]
fn files_come_back_when_nginx_is_not_reloaded() {
    let Some(world) = World::new(Edition::Desktop) else {
        return;
    };
    let port = free_ports(1);
    let first = folder(&world, port, "1.0.0", "");
    let server = world.path(r"nginx\conf\orders.conf");
    world.change_state(|state| state["nginx_account"] = "nobody".into());
    let refused = world.expect(&first, &["Install"], 1);
    assert!(
        refused.text.contains("hint: does it run?"),
        "{}",
        refused.text
    );
    assert!(!server.exists(), "there was none before");
    let report = world.run(&first, &["Check", "-Json"]).json().to_string();
    assert!(report.contains("no nginx.exe in"), "{report}");

    world.change_state(|state| state["nginx_account"] = serde_json::Value::Null);
    world.expect(&first, &["Install"], 0);
    let before = fs::read(&server).expect("the server block");
    let second = folder(&world, port, "1.1.0", ", timeout = \"90s\"");
    world.change_state(|state| {
        state["faults"] =
            json!([{ "command": "nginx", "match": "-s reload", "times": 1, "code": 1 }]);
    });
    world.expect(&second, &["Upgrade"], 4);
    assert_eq!(fs::read(&server).expect("the server block"), before);
}

#[test]
fn a_file_that_nginx_conf_includes_by_its_name_stays_empty() {
    let Some(world) = World::new(Edition::Core) else {
        return;
    };
    as_service(&world, "SYSTEM");
    let port = free_ports(1);
    let folder = folder(&world, port, "1.0.0", "");
    let conf = r"nginx\conf\nginx.conf";
    world.lay(conf, "http {\n    include mime.types;\n}\n");
    world.lay(r"nginx\conf\mime.types", "");
    let missing = checked(&world, &folder);
    assert!(
        missing.contains("does not include orders.conf"),
        "{missing}"
    );
    world.lay(r"nginx\conf\orders.conf", "");
    world.lay(
        conf,
        "http {\n    include mime.types;\n    include orders.conf;\n}\n",
    );
    world.expect(&folder, &["Install"], 0);
    world.expect(&folder, &["Uninstall"], 0);
    let left = fs::read_to_string(world.path(r"nginx\conf\orders.conf")).expect("the file");
    assert!(
        left.starts_with("# Removed") && left.lines().count() == 1,
        "{left}"
    );
    assert!(!world.path(r"nginx\conf\orders.upstream.conf").exists());
    world.lay(conf, "http {\n    include *.conf;\n}\n");
    world.expect(&folder, &["Install"], 0);
    world.expect(&folder, &["Uninstall"], 0);
    assert!(!world.path(r"nginx\conf\orders.conf").exists());
}
