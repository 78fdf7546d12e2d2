//! Runs that are cut off after a journalled step: resumed they end as they would have, rolled back all is as before.
//!
//! With `GORELEASE_ALL_CRASHES=1` every step of every way in turn; otherwise a step in the middle of each.

use crate::fixture::{config, service};
use crate::front::packaged;
use crate::support::http::free_ports;
use crate::world::{EDITIONS, Edition, Folder, World};

/// A way to deploy: lays the hand-overs of 1.0.0 and 1.1.0.
type Way = fn(&World, u16) -> [Folder; 2];

const QUICK: &str = r#"probes = 2, probe-interval = "20ms", drain = "50ms""#;

fn in_place(world: &World, port: u16) -> [Folder; 2] {
    let tables = config(&format!(
        "rollout = {{ {QUICK} }}\nfirewall = {{ remote = \"any\" }}"
    ));
    ["1.0.0", "1.1.0"]
        .map(|version| world.hand_over(version, "ok", &tables, &[service("Orders", port)]))
}

fn blue_green_behind_iis(world: &World, port: u16) -> [Folder; 2] {
    let tables = config(&format!(
        "rollout = {{ strategy = \"blue-green\", {QUICK} }}\niis = {{ farm = \"orders\" }}"
    ));
    ["1.0.0", "1.1.0"]
        .map(|version| world.hand_over(version, "ok", &tables, &[service("Orders", port)]))
}

fn package(world: &World, port: u16) -> [Folder; 2] {
    [("1.0.0", "1111"), ("1.1.0", "2222")].map(|(version, digits)| {
        let code = format!("{{{digits}1111-1111-1111-1111-111111111111}}");
        packaged(world, version, &code, port)
    })
}

#[test]
fn in_place_cut_off_then_resumed_or_rolled_back() {
    cut_off_everywhere(in_place, 0);
}

#[test]
fn blue_green_behind_iis_cut_off_then_resumed_or_rolled_back() {
    cut_off_everywhere(blue_green_behind_iis, 1);
}

#[test]
fn a_package_cut_off_then_resumed_or_rolled_back() {
    cut_off_everywhere(package, 0);
}

/// A run that ends while the journal itself is replaced is found, too.
#[test]
fn cut_off_while_the_journal_is_replaced() {
    let Some(mut world) = World::new(Edition::Core) else {
        return;
    };
    let [first, second] = in_place(&world, free_ports(1));
    world.expect(&first, &["Install"], 0);
    let at = ("SIM_CRASH_IN".to_owned(), "3".to_owned());
    world.environment.extend([at]);
    let cut = world.run_file(&second, &["Upgrade"]);
    assert_eq!(cut.code, None, "{}", cut.text);
    world.environment.clear();
    let status = world.expect(&second, &["Status", "-Json"], 0).json();
    assert_eq!(status["findings"][0]["subject"], "journal", "{status}");
    world.expect(&second, &["Upgrade"], 0);
    let quiet = world.expect(&second, &["Status", "-Json"], 0).json();
    assert_eq!(quiet["installed"]["current"]["version"], "1.1.0", "{quiet}");
}

/// Every step in turn, or one in the middle; editions alternate, beginning with `first`.
fn cut_off_everywhere(way: Way, first: usize) {
    let all = std::env::var_os("GORELEASE_ALL_CRASHES").is_some();
    for (turn, action) in ["Upgrade", "Rollback"].into_iter().enumerate() {
        let edition = EDITIONS[(first + turn) % 2];
        let Some(writes) = journal_writes(way, edition) else {
            return;
        };
        let steps = if all {
            1..=writes
        } else {
            writes / 2 + 1..=writes / 2 + 1
        };
        for at in steps {
            let edition = if all {
                EDITIONS[at as usize % 2]
            } else {
                edition
            };
            cut_off(way, edition, action, at);
        }
    }
}

/// How often an upgrade writes its journal.
fn journal_writes(way: Way, edition: Edition) -> Option<u32> {
    let world = World::new(edition)?;
    let [first, second] = way(&world, free_ports(2));
    world.expect(&first, &["Install"], 0);
    world.expect(&second, &["Upgrade"], 0);
    Some(world.journal_writes())
}

fn cut_off(way: Way, edition: Edition, action: &str, at: u32) {
    let Some(mut world) = World::new(edition) else {
        return;
    };
    let [first, second] = way(&world, free_ports(2));
    world.expect(&first, &["Install"], 0);
    let before = world.outcome();
    world
        .environment
        .insert("SIM_CRASH_AT".to_owned(), at.to_string());
    let cut = world.run_file(&second, &["Upgrade"]);
    assert_eq!(cut.code, None, "not cut off at {at}: {}", cut.text);
    world.environment.remove("SIM_CRASH_AT");
    let status = world.expect(&second, &["Status", "-Json"], 0).json();
    assert_eq!(status["findings"][0]["subject"], "journal", "{status}");

    let done = world.expect(&second, &[action, "-Json"], 0).json();
    let version = if action == "Upgrade" {
        "1.1.0"
    } else {
        "1.0.0"
    };
    let place = format!("{action} after {at} in {edition:?}");
    assert_eq!(
        done["installed"]["current"]["version"], version,
        "{place}: {done}"
    );
    if action == "Rollback" {
        assert_eq!(world.outcome(), before, "{place}");
    }
    let quiet = world.expect(&second, &["Status", "-Json"], 0).json();
    let findings = quiet["findings"].as_array().cloned().unwrap_or_default();
    assert!(
        findings.iter().all(|finding| finding["level"] == "ok"),
        "{place}: {quiet}"
    );
    let again = world.expect(
        &second,
        &[action, "-Json"],
        if action == "Upgrade" { 0 } else { 2 },
    );
    assert_eq!(again.json()["changes"], 0, "{place}: {}", again.text);
}
