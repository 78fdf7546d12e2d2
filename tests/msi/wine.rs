//! Installation under Wine: what its engine does with our packages. What it does not implement
//! (MsiServiceConfig, access lists, the restoring of an old product) is for Windows itself.

use std::fs;
use std::path::Path;

use crate::bed::{Bed, KEY, PARAMETERS, PRODUCT, SERVICE, WINDOWS};
use crate::support::http;
use crate::support::wine::State;

#[test]
fn a_service_is_installed_configured_started_and_removed() {
    let Some(bed) = Bed::new("msi-install") else {
        return;
    };
    let port = http::free_port();
    let msi = bed.package("1.4.2");
    bed.install(&msi, &[&format!("HTTP_PORT={port}"), "GREETING=moin"]);
    bed.answers(port, "moin 1.4.2");

    let image = bed.value(KEY, "ImagePath").unwrap();
    assert!(
        image.ends_with("orders-api.exe --gorelease-service=OrdersApi")
            || image.ends_with("orders-api.exe\" --gorelease-service=OrdersApi"),
        "{image}"
    );
    assert_eq!(
        bed.value(KEY, "ObjectName").unwrap(),
        r"NT SERVICE\OrdersApi"
    );
    let settings = |name| bed.wine.registry_value(PARAMETERS, name).unwrap();
    let text = |text: &str| ("REG_SZ".to_owned(), text.to_owned());
    assert_eq!(
        settings("InstallDirectory"),
        text(r"C:\Program Files\Contoso Orders\")
    );
    assert_eq!(
        settings("ConfigDirectory"),
        text(r"C:\ProgramData\Contoso Orders\config\")
    );
    assert_eq!(
        settings("HealthUrl"),
        text("http://127.0.0.1:{{ port.http }}/healthz")
    );
    assert_eq!(settings("LogFile"), text(r"{{ log_dir }}\OrdersApi.log"));
    assert_eq!(
        settings("StopTimeoutMilliseconds"),
        ("REG_DWORD".to_owned(), "0x4e20".to_owned())
    );
    let arguments = settings("Arguments");
    assert_eq!(arguments.0, "REG_MULTI_SZ");
    assert_eq!(
        arguments.1,
        r"--config\0{{ config_dir }}\orders.toml\0--listen\0127.0.0.1:{{ port.http }}"
    );
    assert_eq!(
        settings("Environment").1,
        r"ORDERS_DATA={{ data_dir }}\0GREETING={{ property.GREETING }}"
    );
    let source = r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\OrdersApi";
    let message_file = bed.wine.registry_value(source, "EventMessageFile").unwrap();
    assert_eq!(
        message_file,
        (
            "REG_EXPAND_SZ".to_owned(),
            r"%SystemRoot%\System32\EventCreate.exe".to_owned()
        )
    );
    for folder in ["config", "data", "logs"] {
        assert!(
            bed.wine
                .path(&format!(r"C:\ProgramData\Contoso Orders\{folder}"))
                .is_dir(),
            "{folder}"
        );
    }

    bed.uninstall(&msi);
    assert!(bed.wine.service_status(SERVICE).is_none());
    assert!(!bed.wine.registry_key_exists(KEY));
    assert!(!bed.wine.registry_key_exists(source));
    assert!(!bed.wine.registry_key_exists(PRODUCT));
    assert!(!bed.wine.path(r"C:\Program Files\Contoso Orders").exists());
    let left = files_below(&bed.wine.path(r"C:\ProgramData\Contoso Orders"));
    assert_eq!(left, ["config/orders.toml"], "only what was marked to keep");
}

/// All files below a folder, by their relative paths.
fn files_below(folder: &Path) -> Vec<String> {
    let entries = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_file());
    let mut paths: Vec<String> = files
        .map(|entry| {
            entry
                .path()
                .strip_prefix(folder)
                .unwrap()
                .display()
                .to_string()
        })
        .collect();
    paths.sort();
    paths
}

#[test]
fn a_removal_with_purge_takes_everything() {
    let Some(bed) = Bed::new("msi-purge") else {
        return;
    };
    let port = format!("HTTP_PORT={}", http::free_port());
    let first = bed.package("1.4.2");
    // One folder elsewhere, so that it is the installed place that goes.
    bed.install(&first, &[&port, "NOSTART=1", r"DATADIR=C:\elsewhere\data"]);
    let data = bed.wine.path(r"C:\elsewhere\data");
    fs::create_dir_all(data.join("a/b")).unwrap();
    fs::write(data.join("a/b/orders.db"), "data").unwrap();
    let home = bed.wine.path(r"C:\ProgramData\Contoso Orders");
    fs::write(home.join("logs/OrdersApi.log"), "log").unwrap();

    // An upgrade is a removal as well, and must not take anything, whatever it is given.
    let second = bed.package("1.5.0");
    bed.install(&second, &["NOSTART=1", "PURGE=1"]);
    assert!(data.join("a/b/orders.db").exists());
    assert!(home.join("config/orders.toml").exists());

    let (code, log) = bed.wine.msiexec(&["/x", &second, "PURGE=1"]);
    assert_eq!(code, 0, "{log}");
    assert!(!data.exists(), "{:?}", files_below(&data));
    assert!(!home.exists(), "{:?}", files_below(&home));
    // Nothing but what is the product's own.
    assert!(bed.wine.path(r"C:\elsewhere").exists());
}

#[test]
fn an_upgrade_keeps_configuration_and_remembers_properties() {
    let Some(bed) = Bed::new("msi-upgrade") else {
        return;
    };
    let port = http::free_port();
    let first = bed.package("1.4.2-rc.1");
    bed.install(&first, &[&format!("HTTP_PORT={port}"), "GREETING=moin"]);
    bed.answers(port, "moin 1.4.2-rc.1");
    let configuration = bed
        .wine
        .path(r"C:\ProgramData\Contoso Orders\config\orders.toml");
    fs::write(&configuration, "# edited\n").unwrap();

    for version in ["1.4.2-rc.2", "1.4.2", "1.5.0"] {
        let next = bed.package(version);
        bed.install(&next, &[]);
        bed.answers(port, &format!("moin {version}"));
        assert_eq!(
            fs::read_to_string(&configuration).unwrap(),
            "# edited\n",
            "{version}"
        );
    }
    // The command line wins over what is remembered.
    let last = bed.package("1.6.0");
    bed.install(&last, &["GREETING=hi"]);
    bed.answers(port, "hi 1.6.0");
    for older in ["1.5.0", "1.4.2-rc.1"] {
        bed.refused(&bed.package(older), &[]);
        bed.answers(port, "hi 1.6.0");
    }
    bed.uninstall(&last);
    assert_eq!(fs::read_to_string(&configuration).unwrap(), "# edited\n");
}

#[test]
fn the_way_back_among_pre_releases_is_refused() {
    let Some(bed) = Bed::new("msi-order") else {
        return;
    };
    let port = format!("HTTP_PORT={}", http::free_port());
    bed.install(&bed.package("1.4.2-rc.2"), &[&port, "NOSTART=1"]);
    bed.refused(&bed.package("1.4.2-rc.1"), &[]);
    bed.install(&bed.package("1.4.2"), &["NOSTART=1"]);
    bed.refused(&bed.package("1.4.2-rc.3"), &[]);
    assert_eq!(
        bed.wine.service_status(SERVICE).unwrap().state,
        State::Stopped
    );
}

#[test]
fn wrong_values_are_refused_and_nothing_is_left() {
    let Some(bed) = Bed::new("msi-values") else {
        return;
    };
    let msi = bed.package("1.4.2");
    for value in ["HTTP_PORT=0", "HTTP_PORT=65536", "HTTP_PORT=http"] {
        bed.refused(&msi, &[value]);
    }
    bed.refused(&msi, &[r"SERVICE_ACCOUNT=CONTOSO\orders"]);
    bed.wine
        .set_registry_value(WINDOWS, "CurrentBuildNumber", "REG_SZ", "9600");
    bed.refused(&msi, &[]);
    assert!(bed.wine.service_status(SERVICE).is_none());
    assert!(!bed.wine.path(r"C:\Program Files\Contoso Orders").exists());

    // The same with right values, so that it was the values.
    bed.wine
        .set_registry_value(WINDOWS, "CurrentBuildNumber", "REG_SZ", "17763");
    bed.install(&msi, &["HTTP_PORT=65535", "NOSTART=1"]);
}

#[test]
fn a_service_that_does_not_start_rolls_a_first_installation_back() {
    let Some(bed) = Bed::new("msi-rollback") else {
        return;
    };
    let msi = bed.package("1.4.2");
    let port = format!("HTTP_PORT={}", http::free_port());
    let (code, log) = bed.wine.msiexec(&["/i", &msi, "GREETING=fail", &port]);
    assert_ne!(code, 0, "{log}");
    assert!(
        log.contains("Action start") && log.contains(": StartServices."),
        "{log}"
    );
    assert!(bed.wine.service_status(SERVICE).is_none());
    assert!(
        !bed.wine
            .path(r"C:\Program Files\Contoso Orders\orders-api.exe")
            .exists()
    );
    assert!(!bed.wine.registry_key_exists(PRODUCT));
}

#[test]
fn a_repair_brings_back_what_was_lost() {
    let Some(bed) = Bed::new("msi-repair") else {
        return;
    };
    let port = http::free_port();
    let msi = bed.package("1.4.2");
    bed.install(&msi, &[&format!("HTTP_PORT={port}")]);
    bed.answers(port, "hello 1.4.2");
    let readme = bed
        .wine
        .path(r"C:\Program Files\Contoso Orders\docs\guide\Read me first.txt");
    fs::remove_file(&readme).unwrap();
    // What `/fa` means; Wine does not know that option for an installed product.
    let (code, log) = bed
        .wine
        .msiexec(&["/i", &msi, "REINSTALL=ALL", "REINSTALLMODE=amus"]);
    assert_eq!(code, 0, "{log}");
    assert_eq!(fs::read(&readme).unwrap(), b"read me");
    bed.answers(port, "hello 1.4.2");
}
