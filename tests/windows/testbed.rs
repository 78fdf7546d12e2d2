//! The test bed itself: what the other tests rely on.

use crate::support::wine::{State, Wine};

#[test]
fn service_manager_answers_and_registry_round_trips() {
    let Some(wine) = Wine::new("testbed") else {
        return;
    };
    wine.create_service("Bed", r#""C:\a b\x.exe" --gorelease-service=Bed"#);
    let status = wine.service_status("Bed").expect("the service");
    assert_eq!(
        (status.state, status.win32_exit_code),
        (State::Stopped, 1077)
    );
    let key = r"HKLM\SYSTEM\CurrentControlSet\Services\Bed";
    let image = wine
        .registry_value(key, "ImagePath")
        .expect("the image path");
    assert_eq!(image.1, r#""C:\a b\x.exe" --gorelease-service=Bed"#);
    wine.set_registry_value(
        &format!(r"{key}\Parameters"),
        "Instance",
        "REG_SZ",
        "blue green",
    );
    let value = wine.registry_value(&format!(r"{key}\Parameters"), "Instance");
    assert_eq!(value, Some(("REG_SZ".to_owned(), "blue green".to_owned())));
    wine.delete_service("Bed");
    assert!(!wine.registry_key_exists(key));
}

#[test]
fn paths_translate_both_ways() {
    let Some(wine) = Wine::new("paths") else {
        return;
    };
    let path = wine.path(r"C:\Program Files\x.exe");
    assert_eq!(wine.windows_path(&path), r"C:\Program Files\x.exe");
    assert_eq!(
        wine.windows_path(std::path::Path::new("/etc/hosts")),
        r"Z:\etc\hosts"
    );
}
