//! What the parent of a service costs: it runs the `init` functions of all packages, as the program does.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::process;
use crate::program;
use crate::real;
use crate::registration::{Place, log, register, service, wait_for_log};
use crate::support::http;
use crate::support::wine::{State, Wine};
use gorelease::service::{Service, Symbolic};

const PATIENCE: Duration = Duration::from_secs(120);

/// What the host's own `init` may take. The rest is the program's own packages'.
const LONGEST_INIT: f64 = 20.0;
/// What the host's own `init` may allocate.
const LARGEST_INIT: u64 = 64 << 10;
/// How much larger the parent may be than a program that does next to nothing, in KiB. Wine charges a megabyte for each of
/// its threads, of which it has six more.
const PARENT_OVER_CHILD: u64 = 12 << 10;

/// One line of `GODEBUG=inittrace=1` (package runtime, "Environment Variables").
struct Init<'l> {
    package: &'l str,
    milliseconds: f64,
    bytes: u64,
}

fn inits(log: &str) -> Vec<Init<'_>> {
    let read = |line| -> Option<Init<'_>> {
        let words: Vec<&str> = str::split_whitespace(line).collect();
        match words.as_slice() {
            [
                "init",
                package,
                _,
                "ms,",
                clock,
                "ms",
                "clock,",
                bytes,
                "bytes,",
                ..,
            ] => Some(Init {
                package,
                milliseconds: clock.parse().ok()?,
                bytes: bytes.parse().ok()?,
            }),
            _ => None,
        }
    };
    log.lines().filter_map(read).collect()
}

/// Memory of its own (`RssAnon`), in KiB, of the one process whose command line has `words`.
fn memory(wine: &Wine, words: &str) -> u64 {
    let found = process::find(wine, &["program.exe", words]);
    assert_eq!(found.len(), 1, "processes with `{words}`: {found:?}");
    let status = fs::read_to_string(found[0].join("status")).expect("the status");
    let line = status.lines().find(|line| line.starts_with("RssAnon:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number
        .and_then(|number| number.parse().ok())
        .expect("a number")
}

/// Runs the program, whose log has `words` when it has begun, and asserts what its parent costs.
#[allow(clippy::print_stdout, reason = "the figures are in the guide")]
fn measure(wine: &Wine, mut service: Service, program: &Path, words: &str, child: &str) {
    let name = service.name.clone();
    let trace = Symbolic::literal("inittrace=1");
    service.environment.push(("GODEBUG".to_owned(), trace));
    let mut place = Place::new(&name);
    place.ports.insert("http".to_owned(), http::free_port());
    register(wine, &service, &place, program);
    wine.start_service(&name);
    wine.wait_for(&name, State::Running, PATIENCE);
    wait_for_log(wine, &place, &name, words);
    let parent = memory(wine, &format!("--gorelease-service={name}"));
    let child = memory(wine, child);
    let text = log(wine, &place, &name);
    wine.stop_in_order(&name);

    let inits = inits(&text);
    let time: f64 = inits.iter().map(|init| init.milliseconds).sum();
    let bytes: u64 = inits.iter().map(|init| init.bytes).sum();
    println!(
        "{name}: {} packages, init {time:.1} ms, {} KiB allocated; parent {parent} KiB, child {child} KiB",
        inits.len(),
        bytes >> 10
    );
    let own = inits
        .iter()
        .find(|init| init.package.ends_with("internal/goreleasehost"));
    let own = own.expect("the host's own init");
    assert!(
        own.milliseconds < LONGEST_INIT,
        "{name}: {} ms",
        own.milliseconds
    );
    assert!(own.bytes < LARGEST_INIT, "{name}: {} bytes", own.bytes);
    assert!(
        parent < child + PARENT_OVER_CHILD,
        "{name}: {parent} KiB over {child} KiB"
    );
}

#[test]
fn the_parent_costs_little_more_than_the_packages_it_initialises() {
    let (Some(wine), Some(program)) = (Wine::new("cost"), program::endings()) else {
        return;
    };
    let small = service("Small", &["select"]);
    measure(&wine, small, &program, "waiting for ever", "select");
    let Some(real) = real::exporter() else {
        return;
    };
    let (arguments, executable) = real;
    let large = service("Large", arguments);
    measure(
        &wine,
        large,
        &executable,
        "Accepting Prometheus Requests",
        "--statsd.listen-udp",
    );
}
