//! ServiceInstall, ServiceControl, MsiServiceConfig.

use super::draft::Draft;
use super::files::installed_component;
use super::settings::starter;
use crate::format::msi::Value;
use crate::package::msi::formatted::{command_line, escape};
use crate::package::msi::model::Package;
use crate::package::msi::names::identifier;
use crate::package::msi::properties::{
    account_property, is_hosted, password_property, symbol_property,
};
use crate::service::Service;
use crate::service::model::{SidType, StartType};
use crate::service::sc::quoted;

pub(super) fn add(draft: &mut Draft, package: &Package) {
    for service in &package.services {
        install(draft, package, service);
        control(draft, service);
        configuration(draft, service);
    }
}

fn install(draft: &mut Draft, package: &Package, service: &Service) {
    const OWN_PROCESS: i32 = 16;
    const ERROR_NORMAL: i32 = 1;
    /// The installation fails when the service cannot be installed.
    const VITAL: i32 = 0x8000;
    let start = match service.start {
        StartType::Auto | StartType::Delayed => 2,
        StartType::Manual => 3,
        StartType::Disabled => 4,
    };
    let description = Some(service.description.as_str()).filter(|text| !text.is_empty());
    draft.push(
        "ServiceInstall",
        [
            identifier("S_", &service.name).into(),
            escape(&service.name).into(),
            escape(&service.title).into(),
            OWN_PROCESS.into(),
            start.into(),
            (ERROR_NORMAL | VITAL).into(),
            Value::Null,
            dependencies(service).into(),
            format!("[{}]", account_property(package, service)).into(),
            format!("[{}]", password_property(package, service)).into(),
            arguments(package, service).into(),
            installed_component(&service.image()).into(),
            description.into(),
        ],
    );
}

/// `A[~]B[~][~]`.
fn dependencies(service: &Service) -> Option<String> {
    let all: String = service
        .depends_on
        .iter()
        .map(|name| format!("{}[~]", escape(name)))
        .collect();
    (!all.is_empty()).then(|| format!("{all}[~]"))
}

/// What follows the executable in the image path.
fn arguments(package: &Package, service: &Service) -> String {
    if is_hosted(service) {
        let argument = escape(&Service::host_argument(&service.name));
        return if argument.contains(' ') {
            quoted(&argument)
        } else {
            argument
        };
    }
    command_line(&service.arguments, &package.properties, &|symbol| {
        symbol_property(package, Some(service), symbol)
    })
}

/// One row stops and removes, another one starts: what happens when is told apart by the sequence's conditions, and by the
/// component of the row that starts.
fn control(draft: &mut Draft, service: &Service) {
    const START_AT_INSTALL: i32 = 0x01;
    const STOP_AT_INSTALL: i32 = 0x02;
    const STOP_AT_REMOVAL: i32 = 0x20;
    const DELETE_AT_REMOVAL: i32 = 0x80;
    const WAIT: i32 = 1;
    let mut push = |key: String, events: i32, component: String| {
        draft.push(
            "ServiceControl",
            [
                key.into(),
                escape(&service.name).into(),
                events.into(),
                Value::Null,
                WAIT.into(),
                component.into(),
            ],
        );
    };
    push(
        identifier("Stop_", &service.name),
        STOP_AT_INSTALL | STOP_AT_REMOVAL | DELETE_AT_REMOVAL,
        installed_component(&service.image()),
    );
    push(
        identifier("Start_", &service.name),
        START_AT_INSTALL,
        starter(service),
    );
}

/// What `ServiceInstall` has no columns for (Windows Installer 5.0).
fn configuration(draft: &mut Draft, service: &Service) {
    const DELAYED_START: i32 = 3;
    const FAILURE_FLAG: i32 = 4;
    const SID_TYPE: i32 = 5;
    const PRIVILEGES: i32 = 6;
    const PRESHUTDOWN: i32 = 7;
    const AT_INSTALL_AND_REINSTALL: i32 = 1 | 4;
    let mut values = vec![(PRESHUTDOWN, service.preshutdown_timeout_ms.to_string())];
    if service.start == StartType::Delayed {
        values.push((DELAYED_START, "1".to_owned()));
    }
    if !service.recovery.restart_after_ms.is_empty() {
        values.push((FAILURE_FLAG, "1".to_owned()));
    }
    match service.sid_type {
        SidType::None => {}
        kind @ (SidType::Unrestricted | SidType::Restricted) => {
            values.push((SID_TYPE, kind.number().to_string()))
        }
    }
    if !service.privileges.is_empty() {
        values.push((
            PRIVILEGES,
            service
                .privileges
                .iter()
                .map(|name| format!("{name}[~]"))
                .collect(),
        ));
    }
    for (kind, argument) in values {
        draft.push(
            "MsiServiceConfig",
            [
                identifier("M_", &format!("{}.{kind}", service.name)).into(),
                escape(&service.name).into(),
                AT_INSTALL_AND_REINSTALL.into(),
                kind.into(),
                argument.into(),
                installed_component(&service.image()).into(),
            ],
        );
    }
}
