//! The ordered stop, of programs that end in every way: always 0, whatever the program's own exit code.

use std::time::{Duration, Instant};

use crate::process;
use crate::program;
use crate::registration::{Place, log, register, service, wait_for_log};
use crate::support::http;
use crate::support::wine::{State, Wine};

const PATIENCE: Duration = Duration::from_secs(120);

/// The name, the program's arguments, and what its log must show.
const ENDINGS: [(&str, &[&str], &str); 5] = [
    ("Select", &["select"], "waiting for ever"),
    ("Exit", &["exit"], "interrupted"),
    ("Fatal", &["fatal"], "fatal after the interrupt"),
    ("Children", &["children"], "grandchild"),
    ("Levels", &["levels"], "standard output too"),
];

#[test]
fn every_ordered_stop_is_a_success() {
    let (Some(wine), Some(program)) = (Wine::new("endings"), program::endings()) else {
        return;
    };
    for (name, arguments, _) in ENDINGS {
        register(
            &wine,
            &service(name, arguments),
            &Place::new(name),
            &program,
        );
        wine.start_service(name);
    }
    for (name, _, _) in ENDINGS {
        wine.wait_for(name, State::Running, PATIENCE);
        wait_for_log(&wine, &Place::new(name), name, "waiting");
    }
    assert_eq!(
        process::find(&wine, &["program.exe"]).len(),
        2 * ENDINGS.len() + 1,
        "a parent and a child each, and a grandchild"
    );
    for (name, _, words) in ENDINGS {
        wine.stop_in_order(name);
        let text = log(&wine, &Place::new(name), name);
        assert!(
            text.contains("event 3 information: stopped"),
            "{name}: {text}"
        );
        assert!(text.contains(words), "{name}: {text}");
    }
    process::wait_until_gone(&wine, &["program.exe"]);
}

#[test]
fn a_server_answers_and_shuts_down_in_order() {
    let (Some(wine), Some(program)) = (Wine::new("server"), program::endings()) else {
        return;
    };
    let port = http::free_port();
    let mut place = Place::new("Server");
    place.ports.insert("http".to_owned(), port);
    register(
        &wine,
        &service("Server", &["serve", "127.0.0.1:{{ port.http }}"]),
        &place,
        &program,
    );
    wine.start_service("Server");
    wine.wait_for("Server", State::Running, PATIENCE);
    let (status, about) = http::wait_for_answer(port, "/about");
    assert_eq!(status, 200);
    assert!(
        about.contains(&format!(r#"args=["serve" "127.0.0.1:{port}"]"#)),
        "{about}"
    );
    assert!(
        about.contains("folder=C:\\services\\Server\\data\n"),
        "{about}"
    );
    assert!(
        about.contains("colour=blue in C:\\services\\Server\\data\n"),
        "{about}"
    );
    wine.stop_in_order("Server");
    let text = log(&wine, &place, "Server");
    assert!(
        text.contains("shutting down in order") && text.contains("good bye"),
        "{text}"
    );
}

#[test]
fn a_deaf_program_is_ended_after_the_time_to_stop() {
    let (Some(wine), Some(program)) = (Wine::new("deaf"), program::endings()) else {
        return;
    };
    let mut deaf = service("Deaf", &["ignore"]);
    deaf.stop_timeout_ms = 2_000;
    let place = Place::new("Deaf");
    register(&wine, &deaf, &place, &program);
    wine.start_service("Deaf");
    wine.wait_for("Deaf", State::Running, PATIENCE);
    wait_for_log(&wine, &place, "Deaf", "deaf");
    let start = Instant::now();
    wine.stop_in_order("Deaf");
    assert!(start.elapsed() >= Duration::from_secs(2), "it had its time");
    let text = log(&wine, &place, "Deaf");
    assert!(
        text.contains("event 14 warning: the program did not stop within 2s"),
        "{text}"
    );
    process::wait_until_gone(&wine, &["program.exe"]);
}
