//! The example project from its manifest to a running service.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::project::{example, release};
use crate::support::wine::{State, Wine};
use crate::support::{http, poll, require_tool};

const SERVICE: &str = "HelloService";
const PATIENCE: Duration = Duration::from_secs(90);

#[test]
fn the_example_installs_answers_upgrades_and_goes() {
    let Some(_) = require_tool("go") else { return };
    let Some(wine) = Wine::new("msi-example") else {
        return;
    };
    let windows = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
    wine.set_registry_value(windows, "CurrentBuildNumber", "REG_SZ", "17763");
    let folder = tempfile::tempdir().unwrap();
    let project = example(folder.path());
    let port = http::free_port();
    let answers = || {
        wine.wait_for(SERVICE, State::Running, PATIENCE);
        let (status, _) = poll::until("the service's answer", PATIENCE, || {
            http::get(port, "/healthz")
        });
        assert_eq!(status, 200);
    };
    let install = |msi: &Path, properties: &[&str]| {
        let (code, log) = wine.msiexec(&[&["/i", &wine.windows_path(msi)], properties].concat());
        assert_eq!(code, 0, "{log}");
    };

    let first = release(&project, "1.4.2-rc.1", None);
    install(&first, &[&format!("HTTP_PORT={port}")]);
    answers();
    let configuration = wine.path(r"C:\ProgramData\Hello Service\config\hello.json");
    let edited = format!("{}\n", fs::read_to_string(&configuration).unwrap());
    fs::write(&configuration, &edited).unwrap();

    let second = folder.path().join("second.msi");
    fs::rename(release(&project, "1.4.2", None), &second).unwrap();
    install(&second, &[]);
    answers();
    assert_eq!(fs::read_to_string(&configuration).unwrap(), edited);

    let (code, log) = wine.msiexec(&["/x", &wine.windows_path(&second)]);
    assert_eq!(code, 0, "{log}");
    assert!(wine.service_status(SERVICE).is_none());
    assert!(!wine.path(r"C:\Program Files\Hello Service").exists());
    assert!(configuration.exists());
}
