//! Every unwanted end is a failure that the service manager sees.

use std::time::Duration;

use crate::control::Control;
use crate::process;
use crate::program;
use crate::registration::{Place, log, register, service, wait_for_log};
use crate::support::wine::{State, Wine};
use crate::support::{http, poll};
use gorelease::service::Symbolic;
use gorelease::service::model::Health;

const PATIENCE: Duration = Duration::from_secs(120);

fn health(path: &str, within_ms: u32) -> Option<Health> {
    Some(Health {
        port: "http".to_owned(),
        http_path: Some(path.to_owned()),
        within_ms,
    })
}

/// The name, the program's arguments, the service-specific exit code, and what its log must show.
const FAILURES: [(&str, &[&str], u32, &str); 4] = [
    (
        "Returns",
        &["return"],
        10004,
        "event 13 error: the program ended by itself with exit code 0",
    ),
    (
        "Exits",
        &["exit", "now"],
        3,
        "event 13 error: the program ended by itself with exit code 3",
    ),
    ("Unknown", &["nonsense"], 1, "unknown ending"),
    ("Panics", &["crash", "1s"], 2, "panic: the roof is on fire"),
];

#[test]
fn every_end_by_itself_is_a_failure() {
    let (Some(wine), Some(program)) = (Wine::new("failures"), program::endings()) else {
        return;
    };
    for (name, arguments, _, _) in FAILURES {
        register(
            &wine,
            &service(name, arguments),
            &Place::new(name),
            &program,
        );
        wine.start_service(name);
    }
    for (name, _, code, words) in FAILURES {
        wait_for_end(&wine, name);
        wine.assert_failed(name, code);
        let text = log(&wine, &Place::new(name), name);
        assert!(text.contains(words), "{name}: {text}");
    }
    let text = log(&wine, &Place::new("Panics"), "Panics");
    assert!(
        text.contains("example.com/endings/main.go:"),
        "the user's own file and line: {text}"
    );
}

#[test]
fn a_program_that_is_killed_is_a_failure() {
    let (Some(wine), Some(program)) = (Wine::new("killed"), program::endings()) else {
        return;
    };
    let place = Place::new("Killed");
    register(&wine, &service("Killed", &["select"]), &place, &program);
    wine.start_service("Killed");
    wine.wait_for("Killed", State::Running, PATIENCE);
    wait_for_log(&wine, &place, "Killed", "started as process ");
    let text = log(&wine, &place, "Killed");
    let pid = text
        .split("started as process ")
        .nth(1)
        .and_then(|rest| rest.split(',').next())
        .expect("the process");
    wine.run("taskkill.exe", &["/F", "/PID", pid]).success();
    let status = wine.wait_for("Killed", State::Stopped, PATIENCE);
    assert_eq!(status.win32_exit_code, 1066);
    assert_ne!(status.service_exit_code, 0);
}

#[test]
fn a_parent_that_is_killed_takes_all_with_it() {
    let (Some(wine), Some(program)) = (Wine::new("orphans"), program::endings()) else {
        return;
    };
    let Some(control) = Control::new(&wine) else {
        return;
    };
    let place = Place::new("Parent");
    register(&wine, &service("Parent", &["children"]), &place, &program);
    wine.start_service("Parent");
    wine.wait_for("Parent", State::Running, PATIENCE);
    wait_for_log(&wine, &place, "Parent", "waiting");
    assert_eq!(process::find(&wine, &["program.exe"]).len(), 3);
    control.run(&["kill", "Parent"]).success();
    process::wait_until_gone(&wine, &["program.exe"]);
    // Windows' service manager then sees 1067; Wine's does not look.
}

#[test]
fn a_program_that_cannot_be_started_is_told() {
    let (Some(wine), Some(program)) = (Wine::new("no-start"), program::endings()) else {
        return;
    };
    let mut lost = service("Lost", &["select"]);
    lost.working_directory = Symbolic::literal(r"C:\none");
    register(&wine, &lost, &Place::new("Lost"), &program);
    wine.start_service("Lost");
    wait_for_end(&wine, "Lost");
    wine.assert_failed("Lost", 10002);
    let text = log(&wine, &Place::new("Lost"), "Lost");
    assert!(
        text.contains("event 11 error: the program cannot be started") && text.contains(r"C:\none"),
        "{text}"
    );
}

#[test]
fn a_start_that_hangs_ends_with_the_reason() {
    let (Some(wine), Some(program)) = (Wine::new("hangs"), program::endings()) else {
        return;
    };
    let mut hangs = service("Hangs", &["select"]);
    hangs.health = health("/healthz", 2_000);
    let mut place = Place::new("Hangs");
    place.ports.insert("http".to_owned(), http::free_port());
    register(&wine, &hangs, &place, &program);
    wine.start_service("Hangs");
    wait_for_end(&wine, "Hangs");
    wine.assert_failed("Hangs", 10003);
    let text = log(&wine, &place, "Hangs");
    assert!(
        text.contains("event 12 error: not ready within 2s"),
        "{text}"
    );
    process::wait_until_gone(&wine, &["program.exe"]);
}

#[test]
fn wrong_health_is_told_and_right_health_is_waited_for() {
    let (Some(wine), Some(program)) = (Wine::new("health"), program::endings()) else {
        return;
    };
    // The wrong one must have begun to answer when its time is over, on a slow machine too.
    for (name, path, within_ms) in [
        ("Ready", "/healthz", 120_000),
        ("Wrong", "/nowhere", 10_000),
    ] {
        let mut service = service(name, &["serve", "127.0.0.1:{{ port.http }}"]);
        service.health = health(path, within_ms);
        let mut place = Place::new(name);
        place.ports.insert("http".to_owned(), http::free_port());
        register(&wine, &service, &place, &program);
        wine.start_service(name);
    }
    wine.wait_for("Ready", State::Running, PATIENCE);
    wait_for_end(&wine, "Wrong");
    wine.assert_failed("Wrong", 10003);
    let text = log(&wine, &Place::new("Wrong"), "Wrong");
    assert!(text.contains("answers `HTTP/1.0 404 Not Found`"), "{text}");
}

#[test]
fn wrong_settings_are_told() {
    let (Some(wine), Some(program)) = (Wine::new("settings"), program::endings()) else {
        return;
    };
    let mut wrong = service("Wrong", &["select"]);
    wrong.arguments = vec![Symbolic::parse("{{ property.MISSING }}").expect("a symbol")];
    register(&wine, &wrong, &Place::new("Wrong"), &program);
    let key = r"HKLM\SYSTEM\CurrentControlSet\Services\Wrong\Parameters\Properties";
    wine.run("reg", &["delete", key, "/f"]).success();
    wine.start_service("Wrong");
    wait_for_end(&wine, "Wrong");
    wine.assert_failed("Wrong", 10001);
}

/// Waits until a service that was started has ended: 1077 means that it has not yet begun.
fn wait_for_end(wine: &Wine, name: &str) {
    poll::until("the service's end", PATIENCE, || {
        wine.service_status(name)
            .filter(|status| status.state == State::Stopped && status.win32_exit_code != 1077)
    });
}
