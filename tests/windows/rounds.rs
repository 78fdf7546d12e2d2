//! Many rounds of start and stop, without a leak or a hang.
//!
//! `GORELEASE_SERVICE_ROUNDS` says how many; the default is short.

use std::time::Duration;

use crate::endings::processes;
use crate::program;
use crate::registration::{Place, log, register, service};
use crate::support::wine::{State, Wine};

const DEFAULT_ROUNDS: usize = 10;
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn rounds_leave_nothing_behind() {
    let (Some(wine), Some(program)) = (Wine::new("rounds"), program::endings()) else {
        return;
    };
    let rounds = match std::env::var("GORELEASE_SERVICE_ROUNDS") {
        Ok(text) => text.parse().expect("GORELEASE_SERVICE_ROUNDS is a number"),
        Err(_) => DEFAULT_ROUNDS,
    };
    let mut quick = service("Rounds", &["exit"]);
    quick.minimum_uptime_ms = 10;
    let place = Place::new("Rounds");
    register(&wine, &quick, &place, &program);
    for round in 0..rounds {
        wine.start_service("Rounds");
        wine.wait_for("Rounds", State::Running, PATIENCE);
        wine.stop_service("Rounds");
        wine.wait_for("Rounds", State::Stopped, PATIENCE);
        let status = wine.service_status("Rounds").expect("the service");
        assert_eq!(status.win32_exit_code, 0, "round {round}");
    }
    assert_eq!(processes(&wine, "program.exe"), 0);
    let stops = log(&wine, &place, "Rounds")
        .matches("event 3 information")
        .count();
    assert_eq!(stops, rounds);
}
