//! `install.ps1`, `uninstall.ps1` and `service.json` of the zip for Windows.
//!
//! As with [`super::script`], the scripts are the same for every project and read everything from the file beside
//! them, so no name can break out of a quotation. They are put together from the parts of `Deploy.ps1`.

use serde::Serialize;

use super::build::{Release, build};
use super::build_service;
use super::config::Config;
use super::model::{Locations, Mode, Origin, Product, Rollout, SCHEMA_VERSION, Service};
use crate::service;

/// The file with everything that the scripts need to know.
pub const DATA_FILE: &str = "service.json";
/// The script that installs.
pub const INSTALL_FILE: &str = "install.ps1";
/// The script that removes.
pub const UNINSTALL_FILE: &str = "uninstall.ps1";

macro_rules! install_part {
    ($name:literal) => {
        include_str!(concat!("../../templates/install/", $name))
    };
}

macro_rules! shared_part {
    ($name:literal) => {
        include_str!(concat!("../../templates/deploy/script/", $name))
    };
}

/// What both scripts are made of, between their heads and their ends.
const SHARED: &[&str] = &[
    install_part!("05-state.ps1"),
    shared_part!("10-output.ps1"),
    shared_part!("20-native.ps1"),
    shared_part!("30-manifest.ps1"),
    shared_part!("35-file.ps1"),
    shared_part!("35-property.ps1"),
    shared_part!("50-service.ps1"),
    shared_part!("52-kept.ps1"),
    shared_part!("55-system.ps1"),
    shared_part!("60-probe.ps1"),
    install_part!("60-unit.ps1"),
];

/// The script that installs, with the line ends of Windows.
pub fn install_script() -> String {
    script(
        install_part!("00-install.ps1"),
        &[install_part!("90-install.ps1")],
    )
}

/// The script that removes, with the line ends of Windows.
pub fn uninstall_script() -> String {
    script(
        install_part!("00-uninstall.ps1"),
        &[install_part!("90-uninstall.ps1")],
    )
}

fn script(head: &str, end: &[&str]) -> String {
    let text = [head, &SHARED.concat(), &end.concat()].concat();
    text.replace('\n', "\r\n")
}

/// What the scripts read.
#[derive(Debug, Serialize)]
struct Installation<'a> {
    schema_version: u32,
    product: &'a Product,
    locations: &'a Locations,
    services: &'a [Service],
    rollout: &'a Rollout,
    /// The files of the program, for their removal.
    files: &'a [String],
}

/// The text of [`DATA_FILE`]; `files` are the names of the files beside it.
///
/// # Errors
/// Never for values of these types; the serialiser's own error all the same.
pub fn install_data(
    product: &Product,
    services: &[service::Service],
    files: &[String],
) -> Result<String, serde_json::Error> {
    let release = Release {
        product: product.clone(),
        origin: Origin::default(),
        artifacts: Vec::new(),
        archives: Vec::new(),
    };
    // One instance at fixed places, as a package has it.
    let config = Config {
        mode: Mode::Msi,
        ..Config::default()
    };
    let mut deployment = build(&release, &config, services);
    // The scripts give each folder below it a list of its own.
    deployment.locations.data = build_service::directory(deployment.locations.data.path, None);
    let installation = Installation {
        schema_version: SCHEMA_VERSION,
        product: &deployment.product,
        locations: &deployment.locations,
        services: &deployment.services,
        rollout: &deployment.rollout,
        files,
    };
    serde_json::to_string_pretty(&installation).map(|text| text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::fixture::service;

    #[test]
    fn the_data_has_one_instance_at_fixed_places() {
        let product = Product {
            name: "orders".to_owned(),
            title: "Orders: API".to_owned(),
            version: "1.2.3".to_owned(),
            manufacturer: "Contoso".to_owned(),
            architecture: "amd64".to_owned(),
        };
        let text = install_data(&product, &[service()], &["orders.exe".to_owned()]).unwrap();
        let data: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(data["locations"]["version"], r"%ProgramFiles%\Orders_ API");
        let instances = &data["services"][0]["instances"];
        assert_eq!(instances.as_array().unwrap().len(), 1);
        assert_eq!(instances[0]["service_name"], "OrdersApi");
    }

    #[test]
    fn the_scripts_are_ascii() {
        // Windows PowerShell 5.1 reads a script without byte-order mark in the ANSI code page.
        assert!(install_script().is_ascii() && uninstall_script().is_ascii());
    }
}
