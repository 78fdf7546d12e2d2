//! What a Windows Installer package takes for a silent installation, for the hand-over.

use crate::deploy::model::{Parameter, ParameterKind};
use crate::package::msi::{Folder, Package, outline};
use crate::service::property::Secrecy;

/// The parameters, folders first, then as their names sort.
pub(super) fn of(package: &Package) -> Vec<Parameter> {
    let database = outline(package);
    let names = database
        .property("SecureCustomProperties")
        .unwrap_or_default();
    let mut parameters: Vec<Parameter> = names
        .split(';')
        .filter_map(|name| parameter(package, name))
        .collect();
    parameters.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    parameters
}

/// A property that people set; none for those in which the package notes what it found.
fn parameter(package: &Package, name: &str) -> Option<Parameter> {
    let (kind, default) = if Folder::ALL.iter().any(|folder| folder.property() == name) {
        (ParameterKind::Folder, None)
    } else if let Some(own) = package.properties.iter().find(|own| own.name == name) {
        let default = match own.secrecy {
            Secrecy::Open => own.default.clone(),
            Secrecy::Secret => None,
        };
        (ParameterKind::Own, default)
    } else if name == "NOSTART" {
        (ParameterKind::NoStart, None)
    } else if let Some(port) = port(package, name) {
        (ParameterKind::Port, Some(port.to_string()))
    } else if name.ends_with("_ACCOUNT") {
        (ParameterKind::Account, None)
    } else if name.ends_with("_PASSWORD") {
        (ParameterKind::Password, None)
    } else {
        return None;
    };
    Some(Parameter {
        name: name.to_owned(),
        kind,
        default,
    })
}

/// The number of the port that `HTTP_PORT` or `ORDERS_HTTP_PORT` sets.
fn port(package: &Package, name: &str) -> Option<u16> {
    let stem = name.strip_suffix("_PORT")?;
    package.services.iter().find_map(|service| {
        let port = |port: &&crate::service::model::Port| {
            let port = upper(&port.name);
            stem == port || stem == format!("{}_{port}", upper(&service.name))
        };
        service.ports.iter().find(port).map(|port| port.port)
    })
}

/// As public properties are written.
fn upper(name: &str) -> String {
    let legal = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_uppercase(),
        false => '_',
    };
    name.chars().map(legal).collect()
}
