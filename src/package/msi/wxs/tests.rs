//! The generated source against WiX's own schema.

use std::path::Path;
use std::process::Command;

use super::{Dialect, Limit, limits, source};
use crate::package::msi::fixture::package;
use crate::package::msi::model::{Architecture, FirewallProfile, FirewallRule, Package, Shortcut};
use crate::service::Symbolic;

/// A package with every kind of row.
fn full() -> Package {
    let mut package = package();
    package.product.icon = Some("orders.ico".into());
    package.shortcuts = vec![Shortcut {
        name: "Contoso Orders".to_owned(),
        target: "orders-api.exe".to_owned(),
        arguments: Symbolic::literal("--version"),
        description: "Shows the version".to_owned(),
    }];
    package.firewall = vec![FirewallRule {
        service: "OrdersApi".to_owned(),
        port: "http".to_owned(),
        profiles: vec![FirewallProfile::Domain],
        remote_addresses: vec!["10.0.0.0/8".to_owned()],
    }];
    package
}

#[test]
fn wix_source_is_valid_by_the_schema() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/schemas/wix/wix.xsd");
    let required = std::env::var_os("GORELEASE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    let found = schema.exists() && which::which("xmllint").is_ok();
    if !found {
        assert!(!required, "xmllint or WiX's schema is missing");
        println!("skipped: xmllint or WiX's schema is missing");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut native = full();
    native.product.architecture = Architecture::X86;
    for (number, package) in [package(), full(), native].into_iter().enumerate() {
        let file = folder.path().join(format!("{number}.wxs"));
        std::fs::write(&file, source(&package, Dialect::Wix4)).unwrap();
        let output = Command::new("xmllint")
            .args(["--noout", "--schema"])
            .arg(&schema)
            .arg(&file)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn wixl_is_told_what_it_cannot_do() {
    let mut package = full();
    package.product.architecture = Architecture::Arm64;
    let all = [
        Limit::Arm64,
        Limit::AccessLists,
        Limit::ServiceConfiguration,
        Limit::Environment,
        Limit::KeptFiles,
        Limit::Programs,
        Limit::ProgressTexts,
        Limit::SecureProperties,
    ];
    assert_eq!(limits(&package), all);
}
