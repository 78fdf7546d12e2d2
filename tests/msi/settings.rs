//! What operators set under Wine: values of every kind, what an upgrade remembers, and what is refused.

use gorelease::package::msi::Package;
use gorelease::service::model::{HostMode, StartType};
use gorelease::service::property::{Accepts, Arguments, Property};

use crate::bed::{Bed, KEY, PARAMETERS, PRODUCT, SERVICE};
use crate::fixture::symbolic;
use crate::support::http;
use crate::support::wine::State;

const SERVICES: &str = r"HKLM\SYSTEM\CurrentControlSet\Services";

/// A second service, with a port of the same name.
fn with_admin_service(package: &mut Package) {
    let mut admin = package.services[0].clone();
    let mut program = package.files[0].clone();
    admin.binary = "admin-api".to_owned();
    program.path = "admin-api.exe".to_owned();
    package.files.push(program);
    admin.name = "AdminApi".to_owned();
    admin.title = "Contoso Admin".to_owned();
    admin.event_source = "AdminApi".to_owned();
    admin.start = StartType::Manual;
    admin.ports[0].port = 7070;
    package.services.insert(0, admin);
}

#[test]
fn settings_stay_when_titles_and_services_change_their_names() {
    let Some(bed) = Bed::new("msi-renamed") else {
        return;
    };
    let port = http::free_port();
    bed.install(
        &bed.package("1.0.0"),
        &[
            &format!("HTTP_PORT={port}"),
            "GREETING=moin",
            r"DATADIR=C:\Big\data",
            r"INSTALLDIR=C:\Apps\orders",
        ],
    );
    bed.answers(port, "moin 1.0.0");
    let check = |service: &str, version: &str| {
        let parameters = format!(r"{SERVICES}\{service}\Parameters");
        let value = |name: &str| bed.value(&parameters, name);
        assert_eq!(
            value("DataDirectory").as_deref(),
            Some(r"C:\Big\data\"),
            "{version}"
        );
        assert_eq!(
            value("InstallDirectory").as_deref(),
            Some(r"C:\Apps\orders\"),
            "{version}"
        );
        let own = |key: &str, name: &str| bed.value(&format!(r"{parameters}\{key}"), name);
        assert_eq!(
            own("Properties", "GREETING").as_deref(),
            Some("moin"),
            "{version}"
        );
        own("Ports", "http").unwrap()
    };
    // Another service comes first in the list: the property of the port has another name now.
    let second = bed.changed("1.1.0", |package| {
        package.product.title = "Fabrikam Orders".to_owned();
        package.product.manufacturer = "Fabrikam".to_owned();
        with_admin_service(package);
    });
    bed.install(&second, &[]);
    bed.answers(port, "moin 1.1.0");
    assert_eq!(check(SERVICE, "1.1.0"), port.to_string());
    assert_eq!(check("AdminApi", "1.1.0"), "7070");

    // Only one of them is left, under another name.
    let third = bed.changed("1.2.0", |package| {
        package.services[0].name = "SalesApi".to_owned();
        package.services[0].renamed_from = vec![SERVICE.to_owned()];
    });
    // An administrator's start type goes with the service.
    bed.wine.set_registry_value(KEY, "Start", "REG_DWORD", "3");
    bed.install(&third, &[]);
    let state = bed.wine.service_status("SalesApi").unwrap().state;
    assert_eq!(state, State::Stopped);
    assert_eq!(check("SalesApi", "1.2.0"), port.to_string());
    assert!(bed.wine.service_status(SERVICE).is_none());

    // What is not the default of its time.
    bed.install(&bed.package("1.3.0"), &["RESET=GREETING;DATADIR"]);
    bed.answers(port, "hello 1.3.0");
    let data = bed.value(PARAMETERS, "DataDirectory").unwrap();
    assert!(data.starts_with(r"C:\ProgramData"), "{data}");
}

/// Values that something on the way could take for more than text.
const VALUES: [(&str, &str); 10] = [
    ("NUMBER_SIGN", "#ops"),
    ("DIGITS", "#5"),
    ("TWO_SIGNS", "##ops"),
    ("BINARY", "#xff"),
    ("EXPANDABLE", "#%PATH%"),
    ("VARIABLE", "%PATH%"),
    ("BRACKETS", "[ProductName]"),
    ("BRACES", "{a}[b]{c"),
    ("WORDS", "a, b;c=d 'e' f"),
    ("BACKSLASH", r"C:\x\"),
];

#[test]
fn values_are_texts_whatever_is_in_them() {
    let Some(bed) = Bed::new("msi-texts") else {
        return;
    };
    let package = |version: &str| {
        bed.changed(version, |package| {
            for (name, _) in VALUES {
                package.properties.push(Property::new(name));
                let text = symbolic(&format!("{{{{ property.{name} }}}}"));
                package.services[0]
                    .environment
                    .push((name.to_owned(), text));
            }
            package.properties.push(Property {
                default: Some("#none".to_owned()),
                ..Property::new("DEFAULT")
            });
            let text = symbolic("{{ property.DEFAULT }}");
            package.services[0]
                .environment
                .push(("DEFAULT".to_owned(), text));
        })
    };
    let given: Vec<String> = VALUES
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut arguments: Vec<&str> = given.iter().map(String::as_str).collect();
    arguments.push("NOSTART=1");
    bed.install(&package("1.0.0"), &arguments);
    let check = |version: &str| {
        let keys = [
            format!(r"{PARAMETERS}\Properties"),
            format!(r"{PRODUCT}\Properties"),
        ];
        for key in &keys {
            for (name, value) in VALUES.iter().chain([&("DEFAULT", "#none")]) {
                let found = bed.wine.registry_value(key, name);
                let expected = Some(("REG_SZ".to_owned(), (*value).to_owned()));
                assert_eq!(found, expected, "{name} of {version} in {key}");
            }
        }
    };
    check("1.0.0");
    for version in ["1.1.0", "1.2.0"] {
        bed.install(&package(version), &["NOSTART=1"]);
        check(version);
    }
}

#[test]
fn a_native_service_gets_what_was_given_and_nothing_else() {
    let Some(bed) = Bed::new("msi-native") else {
        return;
    };
    let package = |version: &str| {
        bed.changed(version, |package| {
            let service = &mut package.services[0];
            service.host = HostMode::Native;
            service.environment.clear();
            let arguments = [
                "run",
                "--channel={{ property.CHANNEL }}",
                "{{ arguments.EXTRA }}",
                "end",
            ];
            service.arguments = arguments.map(symbolic).to_vec();
            package.properties.push(Property::new("CHANNEL"));
            package.properties.push(Property {
                arguments: Arguments::Split,
                ..Property::new("EXTRA")
            });
        })
    };
    let image = || {
        let image = bed.value(KEY, "ImagePath").unwrap();
        let (_, arguments) = image.split_once("orders-api.exe").unwrap();
        arguments.trim_start_matches('"').to_owned()
    };
    let first = package("1.0.0");
    for refused in ["CHANNEL=#ops", r"CHANNEL=C:\x\"] {
        bed.refused(&first, &[refused]);
    }
    bed.install(&first, &["NOSTART=1"]);
    assert_eq!(image(), " run end");
    let given = ["NOSTART=1", "CHANNEL=a b", "EXTRA=--list=cpu,net -v"];
    bed.install(&package("1.1.0"), &given);
    let expected = r#" run "--channel=a b" --list=cpu,net -v end"#;
    assert_eq!(image(), expected);
    bed.install(&package("1.2.0"), &["NOSTART=1"]);
    assert_eq!(image(), expected);
}

#[test]
fn settings_of_an_installed_product_are_changed_by_a_repair_and_checked_as_at_first() {
    let Some(bed) = Bed::new("msi-maintain") else {
        return;
    };
    let package = |version: &str| {
        bed.changed(version, |package| {
            package.properties.push(Property {
                accepts: Accepts::OneOf {
                    values: ["info", "debug", "#ff"].map(str::to_owned).to_vec(),
                },
                default: Some("info".to_owned()),
                ..Property::new("LEVEL")
            });
        })
    };
    let first = package("1.0.0");
    for wrong in [
        "LEVEL=wrong",
        "LEVEL=info|debug",
        "LEVEL=Info",
        "LEVEL=##ff",
    ] {
        bed.refused(&first, &[wrong]);
    }
    let (one, other) = (http::free_port(), http::free_port());
    bed.install(&first, &[&format!("HTTP_PORT={one}"), "LEVEL=#ff"]);
    bed.answers(one, "hello 1.0.0");
    for wrong in [
        "HTTP_PORT=abc",
        "HTTP_PORT=#80",
        "LEVEL=wrong",
        r"SERVICE_ACCOUNT=CONTOSO\orders",
    ] {
        bed.refused(&first, &["REINSTALL=ALL", wrong]);
    }
    // Without REINSTALL Windows would ignore the value.
    bed.refused(&first, &[&format!("HTTP_PORT={other}")]);
    bed.answers(one, "hello 1.0.0");
    bed.install(&first, &["REINSTALL=ALL", &format!("HTTP_PORT={other}")]);
    bed.answers(other, "hello 1.0.0");

    // A port that somebody wrote as a number is the same port.
    let third = http::free_port();
    bed.wine.set_registry_value(
        &format!(r"{PARAMETERS}\Ports"),
        "http",
        "REG_DWORD",
        &third.to_string(),
    );
    for version in ["1.1.0", "1.2.0"] {
        bed.install(&package(version), &[]);
        bed.answers(third, &format!("hello {version}"));
    }
    let level = bed.value(&format!(r"{PRODUCT}\Properties"), "LEVEL");
    assert_eq!(level.as_deref(), Some("#ff"));
    bed.uninstall(&package("1.2.0"));
    assert!(!bed.wine.registry_key_exists(PRODUCT));
}

#[test]
fn a_foreign_service_stays_and_a_start_type_of_an_administrator_too() {
    let Some(bed) = Bed::new("msi-foreign") else {
        return;
    };
    let msi = bed.package("1.0.0");
    bed.wine.create_service(SERVICE, r"C:\Other\other.exe");
    bed.refused(&msi, &["NOSTART=1"]);
    assert_eq!(
        bed.value(KEY, "ImagePath").as_deref(),
        Some(r"C:\Other\other.exe")
    );
    let port = format!("HTTP_PORT={}", http::free_port());
    bed.install(&msi, &["ADOPT=1", "NOSTART=1", &port]);

    // Wine's sc.exe cannot change a start type, so a registry value stands for it.
    bed.wine.set_registry_value(KEY, "Start", "REG_DWORD", "4");
    let (code, log) = bed.wine.msiexec(&["/i", &bed.package("1.1.0")]);
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("KeepStart_OrdersApi"), "{log}");
    let status = bed.wine.service_status(SERVICE).unwrap();
    assert_eq!(status.state, State::Stopped);
}
