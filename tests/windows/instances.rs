//! Several services of one executable, and the wrapper.

use std::time::Duration;

use gorelease::service::Symbolic;
use gorelease::service::model::HostMode;

use crate::program;
use crate::registration::{Place, log, register, service};
use crate::support::http;
use crate::support::wine::{State, Wine};

const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn two_instances_have_their_own_ports_directories_and_logs() {
    let (Some(wine), Some(program)) = (Wine::new("instances"), program::endings()) else {
        return;
    };
    let places: Vec<(String, Place)> = ["blue", "green"]
        .map(|instance| {
            let mut place = Place::new(&format!("two {instance}"));
            place.ports.insert("http".to_owned(), http::free_port());
            (format!("Two-{instance}"), place)
        })
        .into();
    for (name, place) in &places {
        register(
            &wine,
            &service(name, &["serve", "127.0.0.1:{{ port.http }}"]),
            place,
            &program,
        );
        wine.start_service(name);
    }
    for (name, place) in &places {
        wine.wait_for(name, State::Running, PATIENCE);
        let (_, about) = http::wait_for_answer(place.ports["http"], "/about");
        assert!(
            about.contains(&format!("folder={}\\data\n", place.root)),
            "{about}"
        );
    }
    wine.stop_in_order("Two-blue");
    http::wait_until_closed(places[0].1.ports["http"]);
    assert!(
        http::is_open(places[1].1.ports["http"]),
        "the other instance runs on"
    );
    assert!(log(&wine, &places[0].1, "Two-blue").contains("good bye"));
    assert!(!log(&wine, &places[1].1, "Two-green").contains("good bye"));
}

#[test]
fn the_wrapper_runs_any_program() {
    let (Some(wine), Some(wrapper)) = (Wine::new("wrapper"), program::wrapper()) else {
        return;
    };
    let Some(plain) = program::build(&program::source("endings"), "plain", &[]) else {
        return;
    };
    let mut wrapped = service("Wrapped", &["serve", "127.0.0.1:{{ port.http }}"]);
    wrapped.host = HostMode::Wrapper;
    wrapped.program = Some(Symbolic::parse(r"{{ install_dir }}\plain.exe").expect("a symbol"));
    let mut place = Place::new("Wrapped");
    let port = http::free_port();
    place.ports.insert("http".to_owned(), port);
    register(&wine, &wrapped, &place, &wrapper);
    std::fs::copy(plain, wine.path(r"C:\services\Wrapped\bin\plain.exe"))
        .expect("the program's copy");
    wine.start_service("Wrapped");
    wine.wait_for("Wrapped", State::Running, PATIENCE);
    assert_eq!(http::wait_for_answer(port, "/healthz").0, 200);
    wine.stop_in_order("Wrapped");
    assert!(log(&wine, &place, "Wrapped").contains("shutting down in order"));
}
