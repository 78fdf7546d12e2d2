//! Controls of the service's own: settings and the log file, while the program runs.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::program;
use crate::registration::{Place, log, register, service, wait_for_log};
use crate::support::wine::{Finished, State, Wine};

const PATIENCE: Duration = Duration::from_secs(120);
/// SERVICE_CONTROL_PARAMCHANGE.
const PARAMETERS_CHANGED: &str = "6";
const OPEN_LOG_AGAIN: &str = "128";
const ROTATE_LOG: &str = "129";
const UNKNOWN: &str = "200";

/// The program that sends what Wine's `sc.exe` cannot.
pub struct Control<'w> {
    wine: &'w Wine,
    program: String,
}

impl<'w> Control<'w> {
    pub fn new(wine: &'w Wine) -> Option<Self> {
        let program = program::build(&program::source("control"), "control", &[])?;
        Some(Self {
            wine,
            program: wine.windows_path(&program),
        })
    }

    pub fn run(&self, arguments: &[&str]) -> Finished {
        self.wine.run(&self.program, arguments)
    }

    fn send(&self, service: &str, codes: &[&str]) {
        self.run(&[&["send", service], codes].concat()).success();
    }

    /// How many handles the service's process has open.
    fn handles(&self, service: &str) -> i64 {
        let count = self.run(&["handles", service]).success().stdout;
        count.trim().parse().expect("a number")
    }
}

fn log_file(wine: &Wine, name: &str, extension: &str) -> PathBuf {
    wine.path(&format!(r"C:\services\{name}\logs\{name}.log{extension}"))
}

#[test]
fn the_log_file_is_rotated_and_opened_again_on_request() {
    let (Some(wine), Some(program)) = (Wine::new("control-log"), program::endings()) else {
        return;
    };
    let Some(control) = Control::new(&wine) else {
        return;
    };
    register(
        &wine,
        &service("Logs", &["select"]),
        &Place::new("Logs"),
        &program,
    );
    wine.start_service("Logs");
    wine.wait_for("Logs", State::Running, PATIENCE);
    wait_for_log(&wine, &Place::new("Logs"), "Logs", "waiting for ever");

    control.send("Logs", &[ROTATE_LOG]);
    wait_for_log(
        &wine,
        &Place::new("Logs"),
        "Logs",
        "event 4 information: log file rotated",
    );
    let closed = fs::read_to_string(log_file(&wine, "Logs", ".1")).expect("the closed file");
    assert!(closed.contains("waiting for ever"), "{closed}");

    fs::rename(
        log_file(&wine, "Logs", ""),
        log_file(&wine, "Logs", ".away"),
    )
    .expect("moved");
    control.send("Logs", &[OPEN_LOG_AGAIN]);
    wait_for_log(
        &wine,
        &Place::new("Logs"),
        "Logs",
        "event 4 information: log file opened again",
    );

    let before = log(&wine, &Place::new("Logs"), "Logs");
    control.send("Logs", &[UNKNOWN]);
    assert_eq!(log(&wine, &Place::new("Logs"), "Logs"), before);

    let before = control.handles("Logs");
    let codes = [OPEN_LOG_AGAIN, ROTATE_LOG, PARAMETERS_CHANGED].repeat(30);
    control.send("Logs", &codes);
    let after = control.handles("Logs");
    assert!(after - before < 20, "{before} handles grow to {after}");
    wine.stop_in_order("Logs");
}

#[test]
fn changed_settings_are_read_again_and_wrong_ones_are_not_used() {
    let (Some(wine), Some(program)) = (Wine::new("control-settings"), program::endings()) else {
        return;
    };
    let Some(control) = Control::new(&wine) else {
        return;
    };
    let mut patient = service("Patient", &["ignore"]);
    patient.stop_timeout_ms = 1_800_000;
    register(&wine, &patient, &Place::new("Patient"), &program);
    wine.start_service("Patient");
    wine.wait_for("Patient", State::Running, PATIENCE);

    let key = r"HKLM\SYSTEM\CurrentControlSet\Services\Patient\Parameters";
    let set = |text| wine.set_registry_value(key, "StopTimeoutMilliseconds", "REG_SZ", text);
    set("700");
    control.send("Patient", &[PARAMETERS_CHANGED]);
    wait_for_log(
        &wine,
        &Place::new("Patient"),
        "Patient",
        "event 4 information: settings of the log",
    );
    set("soon");
    control.send("Patient", &[PARAMETERS_CHANGED]);
    wait_for_log(
        &wine,
        &Place::new("Patient"),
        "Patient",
        "event 10 warning: the changed settings are wrong and not used: setting StopTimeoutMilliseconds",
    );

    wine.stop_in_order("Patient");
    wait_for_log(
        &wine,
        &Place::new("Patient"),
        "Patient",
        "did not stop within 700ms",
    );
}
