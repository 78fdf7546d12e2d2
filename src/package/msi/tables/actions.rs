//! CustomAction: what no standard action does, through programs that every Windows has.

use super::draft::{Component, Draft, KeyPath};
use super::files::{installed_component, installed_file};
use super::product::FIREWALL_FEATURE;
use crate::package::msi::formatted::escape;
use crate::package::msi::model::{FirewallProfile, FirewallRule, Folder, Package};
use crate::package::msi::names::identifier;
use crate::package::msi::properties::{port_property, product_key};
use crate::service::Service;
use crate::service::sc::quoted;

/// A program in a folder of the table Directory.
const PROGRAM: i32 = 34;
pub(super) const CONTINUE: i32 = 64;
const ROLLBACK: i32 = 256;
const DEFERRED: i32 = 1024;
/// As SYSTEM, not as the user who started the installation.
const NO_IMPERSONATE: i32 = 2048;

/// Between MsiConfigureServices (5850) and StartServices (5900).
const FIRST_SEQUENCE: i32 = 5851;
/// How many numbers there are between these two.
pub(in crate::package::msi) const ROOM: usize = 48;
/// What a firewall rule takes of them: it is cleared, undone and added.
pub(in crate::package::msi) const NUMBERS_OF_RULE: usize = 3;
/// Before StopServices (1900): what is rolled back is undone from the end, so this comes last, when the service is
/// back.
const FIRST_RESTORE: i32 = 1601;
/// Between DeleteServices (2000) and RemoveRegistryValues (2600).
const FIRST_REMOVAL: i32 = 2050;

/// How many numbers a service takes.
pub(in crate::package::msi) fn numbers_of_service(service: &Service) -> usize {
    usize::from(!service.recovery.restart_after_ms.is_empty())
}

/// Whether there are actions that run a program of Windows.
pub(super) fn needs_system_folder(package: &Package) -> bool {
    package
        .services
        .iter()
        .any(|service| numbers_of_service(service) > 0)
        || !package.firewall.is_empty()
        || super::purge::has_folders(package)
}

/// An action that runs a program of Windows as SYSTEM.
pub(super) struct Program<'a> {
    pub(super) action: &'a str,
    /// What its type has beside "deferred, not impersonated".
    pub(super) kind: i32,
    /// The program and its arguments; the program's name ends with the quote that its folder opens.
    pub(super) command: &'a str,
    pub(super) condition: &'a str,
    pub(super) sequence: i32,
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
pub(super) fn run(draft: &mut Draft, package: &Package, program: &Program) {
    let folder = package.product.architecture.system();
    let target = format!("\"[{folder}]{}", program.command);
    let kind = PROGRAM | DEFERRED | NO_IMPERSONATE | program.kind;
    draft.push(
        "CustomAction",
        [
            program.action.into(),
            kind.into(),
            folder.into(),
            target.into(),
        ],
    );
    draft.push(
        "InstallExecuteSequence",
        [
            program.action.into(),
            program.condition.into(),
            program.sequence.into(),
        ],
    );
}

/// Restarts after failures: the table MsiServiceConfigFailureActions does not work (Windows Installer SDK, its remarks).
/// A removal that is taken back brings the service back, but not its restarts.
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
    let component = installed_component(&service.image());
    let number = next(sequence);
    let mut act = |verb: &str, kind: i32, condition: &str, sequence: i32| {
        let program = Program {
            action: &identifier(verb, &service.name),
            kind: CONTINUE | kind,
            command: &command,
            condition,
            sequence,
        };
        run(draft, package, &program);
    };
    act("Recovery_", 0, &format!("${component} = 3"), number);
    let removed = format!("${component} = 2");
    act("RecoveryRestore_", ROLLBACK, &removed, restore(number));
}

/// A rule as a component of the optional feature: deleted by its name before it is added, when an
/// installation is rolled back, and when it is removed; added again when a removal is rolled back.
fn firewall(
    draft: &mut Draft,
    package: &Package,
    rule: &FirewallRule,
    service: &Service,
    sequence: &mut i32,
) {
    let name = format!("{}-{}", service.name, rule.port);
    let component = firewall_component(draft, package, &name);
    // A rule's name must not have a pipe ([MS-FASP] 2.2.37, FW_RULE).
    let title = service.title.replace('|', "/");
    let rule_name = quoted(&escape(&format!("{title} ({})", rule.port)));
    let delete = format!("netsh.exe\" advfirewall firewall delete rule name={rule_name}");
    let add = add_command(package, rule, service, &rule_name);
    let present = format!("${component} = 3");
    let absent = format!("${component} = 2");
    let [clear, undo, create] = [(); NUMBERS_OF_RULE].map(|()| next(sequence));
    let remove = FIRST_REMOVAL + create - FIRST_SEQUENCE;
    let undone = CONTINUE | ROLLBACK;
    for (verb, kind, command, condition, sequence) in [
        ("FirewallClear_", CONTINUE, &delete, &present, clear),
        ("FirewallUndo_", undone, &delete, &present, undo),
        ("FirewallAdd_", 0, &add, &present, create),
        ("FirewallRestore_", undone, &add, &absent, restore(create)),
        ("FirewallRemove_", CONTINUE, &delete, &absent, remove),
    ] {
        let program = Program {
            action: &identifier(verb, &name),
            kind,
            command,
            condition,
            sequence,
        };
        run(draft, package, &program);
    }
}

/// The component of a rule, whose key is a value in the registry.
fn firewall_component(draft: &mut Draft, package: &Package, name: &str) -> String {
    let component = identifier("C_", &format!("Firewall.{name}"));
    let key = format!("{}\\Firewall", product_key(package));
    let value = identifier("V_", &format!("{key}\\{name}"));
    draft.registry(&value, &key, name, "1", &component);
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
    component
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
        installed_file(&service.image()),
        quoted(&escape(&service.name)),
        port_property(package, service, &rule.port),
        profiles.join(","),
    )
}

/// Where what undoes a removal stands, for an action of an installation.
fn restore(sequence: i32) -> i32 {
    FIRST_RESTORE + sequence - FIRST_SEQUENCE
}

fn next(sequence: &mut i32) -> i32 {
    *sequence += 1;
    *sequence
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::msi::build::outline;
    use crate::package::msi::fixture::package;

    #[test]
    fn the_name_of_a_firewall_rule_has_no_pipe() {
        let mut package = package();
        package.services[0].title = "Orders | new".to_owned();
        package.firewall = vec![FirewallRule {
            service: package.services[0].name.clone(),
            port: "http".to_owned(),
            profiles: vec![FirewallProfile::Domain],
            remote_addresses: Vec::new(),
        }];
        let database = outline(&package);
        let table = database.table("CustomAction").unwrap();
        let targets: Vec<&str> = table
            .rows
            .iter()
            .map(|row| table.text(row, "Target"))
            .filter(|target| target.contains("netsh.exe"))
            .collect();
        assert_eq!(targets.len(), 5);
        let named = |target: &&str| target.contains("name=\"Orders / new (http)\"");
        assert!(targets.iter().all(named), "{targets:?}");
    }
}
