//! CustomAction: what no standard action does, through programs that every Windows has.

use super::draft::{Component, Draft, KeyPath};
use super::files::{installed_component, installed_file};
use super::product::FIREWALL_FEATURE;
use crate::package::msi::formatted::{escape, quoted};
use crate::package::msi::model::{FirewallProfile, FirewallRule, Folder, Package};
use crate::package::msi::names::identifier;
use crate::package::msi::properties::{image, port_property, product_key};
use crate::service::Service;

/// A program in a folder of the table Directory.
const PROGRAM: i32 = 34;
const CONTINUE: i32 = 64;
const ROLLBACK: i32 = 256;
const DEFERRED: i32 = 1024;
/// As SYSTEM, not as the user who started the installation.
const NO_IMPERSONATE: i32 = 2048;

/// Between MsiConfigureServices (5850) and StartServices (5900).
const FIRST_SEQUENCE: i32 = 5851;

/// Whether there are actions that run a program of Windows.
pub(super) fn needs_system_folder(package: &Package) -> bool {
    let restarts = |service: &Service| !service.recovery.restart_after_ms.is_empty();
    package.services.iter().any(restarts) || !package.firewall.is_empty()
}

pub(super) fn add(draft: &mut Draft, package: &Package) {
    let mut sequence = FIRST_SEQUENCE;
    for service in &package.services {
        recovery(draft, package, service, &mut sequence);
    }
    let named = package.firewall.iter().filter_map(|rule| {
        let service = package
            .services
            .iter()
            .find(|service| service.name == rule.service)?;
        Some((rule, service))
    });
    for (rule, service) in named {
        firewall(draft, package, rule, service, &mut sequence);
    }
}

/// A command of a program of Windows as a custom action.
fn run(
    draft: &mut Draft,
    package: &Package,
    action: &str,
    kind: i32,
    command: &str,
    when: (&str, i32),
) {
    let folder = package.product.architecture.system();
    let target = format!("\"[{folder}]{command}");
    let kind = PROGRAM | DEFERRED | NO_IMPERSONATE | kind;
    draft.push(
        "CustomAction",
        [action.into(), kind.into(), folder.into(), target.into()],
    );
    let (condition, sequence) = when;
    draft.push(
        "InstallExecuteSequence",
        [action.into(), condition.into(), sequence.into()],
    );
}

/// Restarts after failures: the table MsiServiceConfigFailureActions does not work (Windows Installer SDK, its remarks).
fn recovery(draft: &mut Draft, package: &Package, service: &Service, sequence: &mut i32) {
    let recovery = &service.recovery;
    if recovery.restart_after_ms.is_empty() {
        return;
    }
    let actions: Vec<String> = recovery
        .restart_after_ms
        .iter()
        .map(|delay| format!("restart/{delay}"))
        .collect();
    let command = format!(
        "sc.exe\" failure {} reset= {} actions= {}",
        quoted(&escape(&service.name)),
        recovery.reset_after_seconds,
        actions.join("/")
    );
    let condition = format!("${} = 3", installed_component(&image(service)));
    let action = identifier("Recovery_", &service.name);
    run(
        draft,
        package,
        &action,
        CONTINUE,
        &command,
        (&condition, next(sequence)),
    );
}

/// A rule as a component of the optional feature: deleted by its name before it is added, when an
/// installation is rolled back, and when it is removed.
fn firewall(
    draft: &mut Draft,
    package: &Package,
    rule: &FirewallRule,
    service: &Service,
    sequence: &mut i32,
) {
    let name = format!("{}-{}", service.name, rule.port);
    let component = identifier("C_", &format!("Firewall.{name}"));
    let key = format!("{}\\Firewall", product_key(package));
    let value = identifier("V_", &format!("{key}\\{name}"));
    draft.registry(&value, &key, &name, "1", &component);
    draft.component(
        package,
        &Component {
            key: &component,
            identity: &format!("firewall {name}"),
            directory: Folder::Install.property(),
            attributes: 0,
            key_path: KeyPath::Registry(&value),
            feature: FIREWALL_FEATURE,
        },
    );
    let rule_name = quoted(&escape(&format!("{} ({})", service.title, rule.port)));
    let delete = format!("netsh.exe\" advfirewall firewall delete rule name={rule_name}");
    let present = format!("${component} = 3");
    let absent = format!("${component} = 2");
    let mut act = |verb: &str, kind: i32, command: &str, when: (&str, i32)| {
        run(
            draft,
            package,
            &identifier(verb, &name),
            kind,
            command,
            when,
        );
    };
    act(
        "FirewallClear_",
        CONTINUE,
        &delete,
        (&present, next(sequence)),
    );
    act(
        "FirewallUndo_",
        CONTINUE | ROLLBACK,
        &delete,
        (&present, next(sequence)),
    );
    let add = add_command(package, rule, service, &rule_name);
    act("FirewallAdd_", 0, &add, (&present, next(sequence)));
    act(
        "FirewallRemove_",
        CONTINUE,
        &delete,
        (&absent, 2050 + (*sequence - FIRST_SEQUENCE)),
    );
}

fn add_command(package: &Package, rule: &FirewallRule, service: &Service, name: &str) -> String {
    let profile = |profile: &FirewallProfile| match profile {
        FirewallProfile::Domain => "domain",
        FirewallProfile::Private => "private",
        FirewallProfile::Public => "public",
    };
    let profiles: Vec<&str> = rule.profiles.iter().map(profile).collect();
    let remote = if rule.remote_addresses.is_empty() {
        "localsubnet".to_owned()
    } else {
        rule.remote_addresses.join(",")
    };
    format!(
        "netsh.exe\" advfirewall firewall add rule name={name} dir=in action=allow program=\"[#{}]\" \
         service={} protocol=TCP localport=[{}] profile={} remoteip={remote}",
        installed_file(&image(service)),
        quoted(&escape(&service.name)),
        port_property(package, service, &rule.port),
        profiles.join(","),
    )
}

fn next(sequence: &mut i32) -> i32 {
    *sequence += 1;
    *sequence
}
