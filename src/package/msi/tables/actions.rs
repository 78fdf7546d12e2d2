//! CustomAction: what no standard action does, through programs that every Windows has.

use super::draft::{Component, Draft, KeyPath};
use super::files::{installed_component, installed_file};
use super::product::FIREWALL_FEATURE;
use super::searches::kept_start;
use crate::package::msi::formatted::escape;
use crate::package::msi::model::{FirewallProfile, FirewallRule, Folder, Package};
use crate::package::msi::names::identifier;
use crate::package::msi::properties::{about_service, port_property, product_key};
use crate::service::Service;
use crate::service::model::Listener;
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

/// How many numbers a service takes: for its start type, and for its restarts.
pub(in crate::package::msi) fn numbers_of_service(service: &Service) -> usize {
    1 + usize::from(!service.recovery.restart_after_ms.is_empty())
}

/// How many actions settle properties before the launch conditions.
pub(in crate::package::msi) fn early(package: &Package) -> usize {
    let mut draft = Draft::default();
    super::searches::add(&mut draft, package);
    super::conditions::add(&mut draft, package);
    draft.rows("CustomAction").len()
}

pub(in crate::package::msi) use super::sequences::EARLY_ROOM;

/// Whether there are actions that run a program of Windows.
pub(super) fn needs_system_folder(package: &Package) -> bool {
    // A service has folders.
    !package.firewall.is_empty() || super::purge::has_folders(package)
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
        start_type(draft, package, service, &mut sequence);
        recovery(draft, package, service, &mut sequence);
    }
    for (index, rule) in package.firewall.iter().enumerate() {
        let mut services = package.services.iter();
        if let Some(service) = services.find(|service| service.name == rule.service) {
            firewall(draft, package, (index + 1, rule), service, &mut sequence);
        }
    }
}

/// Gives the start type back that an administrator chose: `ServiceInstall` has a number, in which nothing can be filled in.
fn start_type(draft: &mut Draft, package: &Package, service: &Service, sequence: &mut i32) {
    let kept = kept_start(package, service);
    let command = format!(
        "sc.exe\" config {} start= [{kept}]",
        quoted(&escape(&service.name))
    );
    let component = installed_component(&service.image());
    let program = Program {
        action: &identifier("KeepStart_", &service.name),
        kind: CONTINUE,
        command: &command,
        condition: &format!("{kept} AND ${component} = 3"),
        sequence: next(sequence),
    };
    run(draft, package, &program);
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
    // A target has room for 255 characters, a property for any number.
    let list = about_service(package, service, "Restarts");
    draft.push("Property", [list.as_str().into(), actions.join("/").into()]);
    let command = format!(
        "sc.exe\" failure {} reset= {} actions= [{list}]",
        quoted(&escape(&service.name)),
        recovery.reset_after_seconds,
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
    (number, rule): (usize, &FirewallRule),
    service: &Service,
    sequence: &mut i32,
) {
    let name = format!("{}-{}", service.name, rule.port);
    let component = firewall_component(draft, package, &name);
    let rule_name = format!("Firewall{number}Name");
    draft.push(
        "Property",
        [rule_name.as_str().into(), rule_title(service, rule).into()],
    );
    let delete = format!("netsh.exe\" advfirewall firewall delete rule name=\"[{rule_name}]\"");
    let matches = format!("Firewall{number}Match");
    draft.push(
        "Property",
        [matches.as_str().into(), literal_match(rule, service).into()],
    );
    let add = add_command(package, rule, service, [&rule_name, &matches]);
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
            condition: None,
            key_path: KeyPath::Registry(&value),
            feature: FIREWALL_FEATURE,
        },
    );
    component
}

/// The name of a rule. It must not have a pipe ([MS-FASP] 2.2.37, FW_RULE), and stands between quotation marks in a
/// command line of `cmd.exe`, which expands percent signs.
fn rule_title(service: &Service, rule: &FirewallRule) -> String {
    format!("{} ({})", service.title, rule.port)
        .replace('|', "/")
        .replace('"', "'")
        .replace('%', "_")
}

/// What a rule matches, as far as it is known already. A rule for a service matches only processes that have the
/// service's SID in their token.
fn literal_match(rule: &FirewallRule, service: &Service) -> String {
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
    let own = if service.has_service_sid() {
        format!(" service=\"{}\"", service.name)
    } else {
        String::new()
    };
    format!(
        "dir=in action=allow protocol=TCP{own} profile={} remoteip={remote}",
        profiles.join(",")
    )
}

/// A port that was remembered as REG_DWORD has a mark before it (`#8080`), which `for` takes away.
fn add_command(
    package: &Package,
    rule: &FirewallRule,
    service: &Service,
    [name, matches]: [&str; 2],
) -> String {
    let program = match service.listener() {
        Some(Listener::Installed(file)) if has_file(package, &file) => {
            format!(" program=\"[#{}]\"", installed_file(&file))
        }
        Some(Listener::Elsewhere(path)) => format!(" program=\"{}\"", escape(&path)),
        Some(Listener::Installed(_)) | None => String::new(),
    };
    format!(
        "cmd.exe\" /d /c for /f \"delims=#\" %p in (\"[{}]\") do netsh.exe advfirewall firewall add rule name=\"[{name}]\" \
         [{matches}] localport=%p{program}",
        port_property(package, service, &rule.port),
    )
}

fn has_file(package: &Package, name: &str) -> bool {
    package
        .files
        .iter()
        .any(|file| file.folder == Folder::Install && file.path.eq_ignore_ascii_case(name))
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
    use crate::format::msi::Database;
    use crate::package::msi::build::outline;
    use crate::package::msi::check::problems;
    use crate::package::msi::fixture::package;
    use crate::service::Symbolic;
    use crate::service::model::{Account, HostMode, SidType};

    fn with_rule(change: impl FnOnce(&mut Package)) -> Package {
        let mut package = package();
        package.firewall = vec![FirewallRule {
            service: package.services[0].name.clone(),
            port: "http".to_owned(),
            profiles: vec![FirewallProfile::Domain, FirewallProfile::Private],
            remote_addresses: Vec::new(),
        }];
        change(&mut package);
        package
    }

    fn target(database: &Database, action: &str) -> String {
        let table = database.table("CustomAction").unwrap();
        let mut rows = table.rows.iter();
        let row = rows.find(|row| table.text(row, "Action").starts_with(action));
        table.text(row.unwrap(), "Target").to_owned()
    }

    #[test]
    fn the_name_of_a_firewall_rule_has_no_pipe_and_nothing_that_a_command_line_takes_apart() {
        let package = with_rule(|package| {
            package.services[0].title = "Orders | 100% \"new\"".to_owned();
        });
        let database = outline(&package);
        let name = database.property("Firewall1Name").unwrap();
        assert_eq!(name, "Orders / 100_ 'new' (http)");
        let rules = ["Clear", "Undo", "Add", "Restore", "Remove"];
        for verb in rules {
            let target = target(&database, &format!("Firewall{verb}_"));
            assert!(target.contains("name=\"[Firewall1Name]\""), "{target}");
        }
    }

    #[test]
    fn a_rule_names_the_program_that_listens_and_nothing_that_cannot_match() {
        let file = |package: &mut Package, name: &str| {
            let mut file = package.files[0].clone();
            file.path = name.to_owned();
            package.files.push(file);
        };
        let wrapper = |package: &mut Package, program: &str| {
            package.services[0].host = HostMode::Wrapper;
            package.services[0].program = Some(Symbolic::parse(program).unwrap());
            file(package, "orders-api-service.exe");
        };
        type Change<'a> = &'a dyn Fn(&mut Package);
        let cases: [(Change, &str, &str); 6] = [
            (
                &|_| {},
                " program=\"[#F_orders_api.exe",
                " service=\"OrdersApi\"",
            ),
            (
                &|package| wrapper(package, r"{{ install_dir }}\orders-api.exe"),
                " program=\"[#F_orders_api.exe",
                " service=\"OrdersApi\"",
            ),
            (
                &|package| wrapper(package, r"C:\Java\bin\java.exe"),
                r#" program="C:\Java\bin\java.exe""#,
                " service=\"OrdersApi\"",
            ),
            (
                &|package| wrapper(package, r"{{ data_dir }}\java.exe"),
                "",
                " service=\"OrdersApi\"",
            ),
            (
                &|package| package.services[0].sid_type = SidType::None,
                " program=\"[#F_orders_api.exe",
                " service=\"OrdersApi\"",
            ),
            (
                &|package| {
                    package.services[0].sid_type = SidType::None;
                    package.services[0].account = Account::LocalService;
                },
                " program=\"[#F_orders_api.exe",
                "",
            ),
        ];
        for (number, (change, program, service)) in cases.into_iter().enumerate() {
            let database = outline(&with_rule(change));
            let add = target(&database, "FirewallAdd_");
            let matches = database.property("Firewall1Match").unwrap();
            let is_there = |text: &str, part: &str, key: &str| match part {
                "" => !text.contains(key),
                part => text.contains(part),
            };
            assert!(is_there(&add, program, "program="), "{number}: {add}");
            assert!(
                is_there(matches, service, "service="),
                "{number}: {matches}"
            );
        }
    }

    #[test]
    fn long_texts_fit_into_commands() {
        let package = with_rule(|package| {
            let service = &mut package.services[0];
            service.title = "T".repeat(200);
            service.recovery.restart_after_ms = vec![60_000; 40];
            package.firewall[0].remote_addresses = (0..60)
                .map(|number| format!("10.0.{number}.0/24"))
                .collect();
        });
        assert_eq!(problems(&package), []);
    }
}
