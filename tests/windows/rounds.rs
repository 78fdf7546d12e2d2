//! Many rounds of start and stop, and many controls, without a leak or a hang.
//!
//! `GORELEASE_SERVICE_ROUNDS` says how many; the default is short.

use std::time::{Duration, Instant};

use crate::control::Control;
use crate::process;
use crate::program;
use crate::registration::{Place, log, register, service};
use crate::support::wine::Wine;

const DEFAULT_ROUNDS: u32 = 15;
/// The first start in a fresh prefix takes seconds, a later round a fraction of one.
const LONGEST_ROUND: Duration = Duration::from_secs(20);

#[test]
fn rounds_leave_nothing_behind() {
    let (Some(wine), Some(program)) = (Wine::new("rounds"), program::endings()) else {
        return;
    };
    let Some(control) = Control::new(&wine) else {
        return;
    };
    let rounds: u32 = match std::env::var("GORELEASE_SERVICE_ROUNDS") {
        Ok(text) => text.parse().expect("GORELEASE_SERVICE_ROUNDS is a number"),
        Err(_) => DEFAULT_ROUNDS,
    };
    let mut quick = service("Rounds", &["exit"]);
    quick.minimum_uptime_ms = 10;
    let place = Place::new("Rounds");
    register(&wine, &quick, &place, &program);
    let start = Instant::now();
    let done = control.run(&["rounds", "Rounds", &rounds.to_string()]);
    let lived_on: u32 = done.success().stdout.trim().parse().expect("a number");
    assert!(
        lived_on < 1_000,
        "the process lived on for {lived_on} ms after the service had stopped"
    );
    assert!(
        start.elapsed() < LONGEST_ROUND * rounds,
        "{:?}",
        start.elapsed()
    );
    process::wait_until_gone(&wine, &["program.exe"]);
    let text = log(&wine, &place, "Rounds");
    let events = |id| text.matches(&format!(" event {id} ")).count();
    assert_eq!(events(3), rounds as usize, "every round stopped in order");
    assert_eq!(events(14), 0, "every request to stop reached the program");
}
