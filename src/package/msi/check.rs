//! What is wrong with a package before anything is built, in words of the manifest.

use std::collections::BTreeMap;

use super::build::outline;
use super::identity::braced;
use super::model::{Folder, Package, PropertyCheck};
use super::names::refused_name;
use super::properties::remembered;
use super::tables::actions;
use super::validate::validate;
use crate::service::Symbolic;
use crate::service::model::{Account, SidType};
use crate::version::windows::{FileVersion, ProductVersion};

/// The greatest number in `File.Sequence`.
const MAX_FILES: usize = 32_767;

/// Public properties with a meaning of their own: ours, and Windows Installer's that a manifest must not take over.
const RESERVED: &[&str] = &[
    "NOSTART",
    "PURGE",
    "OSBUILD",
    "INSTALLEDVERSION",
    "INSTALLEDORDINAL",
    "OLDERFOUND",
    "NEWERFOUND",
    "ACTION",
    "ADDDEFAULT",
    "ADDLOCAL",
    "ADDSOURCE",
    "ADVERTISE",
    "ALLUSERS",
    "INSTALLLEVEL",
    "PATCH",
    "REBOOT",
    "REINSTALL",
    "REINSTALLMODE",
    "REMOVE",
    "ROOTDRIVE",
    "TARGETDIR",
    "TRANSFORMS",
    "UPGRADINGPRODUCTCODE",
];

/// What a problem is about, so that its place in the manifest can be found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The version.
    Version,
    /// The product's title.
    Title,
    /// The manufacturer.
    Manufacturer,
    /// The product's description.
    Description,
    /// A file, by its path in its folder.
    File(String),
    /// A service, by its name.
    Service(String),
    /// A public property, by its name.
    Property(String),
    /// A Start menu entry, by its name.
    Shortcut(String),
    /// A firewall rule, by service and port.
    Firewall(String, String),
    /// The package as a whole.
    Package,
}

/// Something wrong with a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackageProblem {
    /// What it is about.
    pub subject: Subject,
    /// What is wrong: lower-case, no final period.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
}

/// Everything that is wrong, sorted.
pub fn problems(package: &Package) -> Vec<PackageProblem> {
    let mut problems = Problems(Vec::new());
    version(package, &mut problems);
    texts(package, &mut problems);
    files(package, &mut problems);
    services(package, &mut problems);
    properties(package, &mut problems);
    links(package, &mut problems);
    room(package, &mut problems);
    if problems.0.is_empty() {
        remaining_rules(package, &mut problems);
    }
    problems.0.sort();
    problems.0
}

struct Problems(Vec<PackageProblem>);

impl Problems {
    fn add(&mut self, subject: Subject, message: impl Into<String>, hint: impl Into<String>) {
        let hint = Some(hint.into()).filter(|hint: &String| !hint.is_empty());
        self.0.push(PackageProblem {
            subject,
            message: message.into(),
            hint,
        });
    }
}

fn version(package: &Package, problems: &mut Problems) {
    let version = &package.product.version;
    let errors = [
        ProductVersion::of(version).err(),
        FileVersion::of_snapshot(version).err(),
    ];
    if let Some(error) = errors.into_iter().flatten().next() {
        problems.add(Subject::Version, error.to_string(), error.hint());
    }
}

/// A text of the package: whose, which, and how many UTF-16 units of it fit.
type Text = (Subject, &'static str, String, usize);

/// Texts that are too long, or that the language's code page cannot hold.
fn texts(package: &Package, problems: &mut Problems) {
    let product = &package.product;
    let code_page = product.code_page();
    for (subject, what, text, longest) in all_texts(package) {
        if let Some(character) = code_page.missing(&text) {
            let message = format!(
                "`{character}` in the {what} is not in code page {}, which a package in {} has",
                code_page.number(),
                product.language.tag()
            );
            problems.add(
                subject.clone(),
                message,
                "set `language` in `[msi]` to that of the texts",
            );
        }
        let length = text.encode_utf16().count();
        if length > longest {
            let message = format!("the {what} has {length} characters, at most {longest} fit");
            problems.add(subject, message, "shorten it");
        }
    }
}

fn all_texts(package: &Package) -> Vec<Text> {
    let product = &package.product;
    let mut texts = Vec::new();
    let mut add = |subject: Subject, what, text: &str, longest| {
        texts.push((subject, what, text.to_owned(), longest));
    };
    add(Subject::Title, "title", &product.title, 200);
    add(
        Subject::Manufacturer,
        "manufacturer",
        &product.manufacturer,
        200,
    );
    add(
        Subject::Description,
        "description",
        &product.description,
        1000,
    );
    for service in &package.services {
        let subject = || Subject::Service(service.name.clone());
        add(subject(), "name", &service.name, 80);
        add(subject(), "title", &service.title, 250);
        add(subject(), "description", &service.description, 255);
        for argument in &service.arguments {
            add(subject(), "arguments", &argument.canonical(), usize::MAX);
        }
        for (_, value) in &service.environment {
            add(subject(), "environment", &value.canonical(), usize::MAX);
        }
    }
    for file in &package.files {
        let subject = Subject::File(file.path.clone());
        add(subject, "file's path", &file.path, 240);
    }
    for shortcut in &package.shortcuts {
        let subject = || Subject::Shortcut(shortcut.name.clone());
        add(subject(), "name", &shortcut.name, 100);
        add(subject(), "description", &shortcut.description, 255);
    }
    for property in &package.properties {
        let subject = Subject::Property(property.name.clone());
        let default = property.default.as_deref().unwrap_or_default();
        add(subject, "default", default, usize::MAX);
    }
    texts
}

fn files(package: &Package, problems: &mut Problems) {
    let count = package.files.len();
    if count > MAX_FILES {
        let message = format!("the package has {count} files, Windows Installer takes {MAX_FILES}");
        problems.add(
            Subject::Package,
            message,
            "put them into an archive, and that into the package",
        );
    }
    let mut places: BTreeMap<(Folder, String), &str> = BTreeMap::new();
    for file in &package.files {
        for part in file.path.split('/') {
            if let Some(why) = refused_name(part) {
                let message = format!(
                    "`{part}` in `{}` cannot be a name on Windows: {why}",
                    file.path
                );
                problems.add(
                    Subject::File(file.path.clone()),
                    message,
                    "give it another name with `to`",
                );
            }
        }
        let place = (file.folder, file.path.to_uppercase());
        if let Some(other) = places.insert(place, &file.path) {
            let message = format!("`{}` and `{other}` are the same file on Windows", file.path);
            problems.add(
                Subject::File(file.path.clone()),
                message,
                "give one of them another name with `to`",
            );
        }
    }
}

fn services(package: &Package, problems: &mut Problems) {
    let mut names = BTreeMap::new();
    for service in &package.services {
        let subject = || Subject::Service(service.name.clone());
        if names.insert(service.name.to_lowercase(), ()).is_some() {
            problems.add(
                subject(),
                format!("there are two services called `{}`", service.name),
                "",
            );
        }
        if service.name.is_empty() || service.name.contains(['/', '\\']) {
            problems.add(
                subject(),
                format!("`{}` cannot be a service's name", service.name),
                "without slashes",
            );
        }
        let image = service.image();
        if !package
            .files
            .iter()
            .any(|file| file.folder == Folder::Install && file.path.eq_ignore_ascii_case(&image))
        {
            let message = format!(
                "the executable `{image}` of the service `{}` is not in the package",
                service.name
            );
            problems.add(
                subject(),
                message,
                "add its binary to `binaries` in `[msi]`",
            );
        }
        let other_account = matches!(service.account, Account::GroupManaged(_) | Account::User(_));
        if other_account && service.sid_type == SidType::None {
            let message = "with an account of its own the service needs its service SID, which the folders' access lists name";
            problems.add(subject(), message, "set `sid-type = \"unrestricted\"`");
        }
        if service.arguments.iter().any(Symbolic::is_empty) {
            let message = format!(
                "an empty argument of the service `{}` cannot be kept in the registry",
                service.name
            );
            problems.add(subject(), message, "");
        }
    }
}

fn properties(package: &Package, problems: &mut Problems) {
    for property in &package.properties {
        let subject = || Subject::Property(property.name.clone());
        let legal = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let starts = property
            .name
            .starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
        if !starts || !property.name.chars().all(legal) || property.name.len() > 60 {
            let message = format!("`{}` cannot be a public property", property.name);
            problems.add(
                subject(),
                message,
                "capital letters, digits and `_`, at most 60, no digit first",
            );
        }
        if RESERVED.contains(&property.name.as_str()) {
            let message = format!("the property `{}` has a meaning of its own", property.name);
            problems.add(subject(), message, "use another name");
        }
        if let PropertyCheck::Number { least, greatest } = &property.check
            && least > greatest
        {
            problems.add(
                subject(),
                format!("no number is from {least} to {greatest}"),
                "",
            );
        }
        if let PropertyCheck::OneOf(values) = &property.check
            && values.iter().any(|value| value.contains('"'))
        {
            problems.add(subject(), "a value must not have a quote", "");
        }
    }
    let mut names = BTreeMap::new();
    for remembered in remembered(package) {
        if names.insert(remembered.property.clone(), ()).is_some() {
            let message = format!(
                "`{}` is the name of a port, folder or account already",
                remembered.property
            );
            problems.add(
                Subject::Property(remembered.property),
                message,
                "use another name",
            );
        }
    }
}

fn links(package: &Package, problems: &mut Problems) {
    for shortcut in &package.shortcuts {
        let known = |file: &super::model::PackageFile| {
            file.folder == Folder::Install && file.path.eq_ignore_ascii_case(&shortcut.target)
        };
        if !package.files.iter().any(known) {
            let message = format!(
                "the Start menu entry `{}` is for `{}`, which is not in the package",
                shortcut.name, shortcut.target
            );
            problems.add(Subject::Shortcut(shortcut.name.clone()), message, "");
        }
        if let Some(why) = refused_name(&shortcut.name) {
            let message = format!(
                "`{}` cannot be the name of a Start menu entry: {why}",
                shortcut.name
            );
            problems.add(Subject::Shortcut(shortcut.name.clone()), message, "");
        }
    }
    for rule in &package.firewall {
        let service = package
            .services
            .iter()
            .find(|service| service.name == rule.service);
        let port =
            service.is_some_and(|service| service.ports.iter().any(|port| port.name == rule.port));
        if !port || rule.profiles.is_empty() {
            let message = format!(
                "the firewall rule needs a profile, and a port `{}` of a service `{}`",
                rule.port, rule.service
            );
            problems.add(
                Subject::Firewall(rule.service.clone(), rule.port.clone()),
                message,
                "",
            );
        }
    }
}

/// Services with restarts and firewall rules need actions of their own, whose place in the sequence is limited.
fn room(package: &Package, problems: &mut Problems) {
    let services = package.services.iter().map(|service| {
        let subject = Subject::Service(service.name.clone());
        (subject, actions::numbers_of_service(service))
    });
    let rules = package.firewall.iter().map(|rule| {
        let subject = Subject::Firewall(rule.service.clone(), rule.port.clone());
        (subject, actions::NUMBERS_OF_RULE)
    });
    let mut taken = 0;
    for (subject, numbers) in services.chain(rules) {
        taken += numbers;
        if taken > actions::ROOM {
            problems.add(
                subject,
                "the package has more services with restarts and firewall rules than fit between two steps of an installation",
                format!(
                    "of {} places a service takes 1, a rule {}: leave rules out, or make two packages",
                    actions::ROOM,
                    actions::NUMBERS_OF_RULE
                ),
            );
            return;
        }
    }
}

/// Whatever else Windows Installer would not take: seldom, and so in its own words.
fn remaining_rules(package: &Package, problems: &mut Problems) {
    let mut database = outline(package);
    database.summary.revision = braced(package.product.upgrade_code);
    for finding in validate(&database) {
        problems.add(
            Subject::Package,
            format!("the package would break a rule of Windows Installer: {finding}"),
            "",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::package;
    use super::super::model::*;
    use super::*;
    use crate::service::model::Port;

    #[track_caller]
    fn problem(change: impl FnOnce(&mut Package), part: &str) {
        let mut package = package();
        change(&mut package);
        let problems = problems(&package);
        assert!(
            problems
                .iter()
                .any(|problem| problem.message.contains(part)),
            "{part}: {problems:#?}"
        );
    }

    #[test]
    fn a_sound_package_has_no_problem() {
        assert_eq!(problems(&package()), []);
    }

    #[test]
    fn brackets_and_braces_are_letters_like_others() {
        let mut package = package();
        package.product.title = "Orders [beta] {x}".to_owned();
        package.product.manufacturer = "[C]".to_owned();
        package.services[0].title = "Orders [b] {c}".to_owned();
        package.services[0].description = "{d} [e".to_owned();
        assert_eq!(problems(&package), []);
    }

    #[test]
    fn versions() {
        problem(
            |package| package.product.version = "2026.8.1".parse().unwrap(),
            "major 2026 is over 255",
        );
    }

    #[test]
    fn texts_outside_of_the_code_page_are_named_with_their_place() {
        problem(
            |package| package.product.title = "订单".to_owned(),
            "`订` in the title is not in code page 1252",
        );
        problem(
            |package| package.services[0].description = "x".repeat(256),
            "256 characters, at most 255",
        );
    }

    #[test]
    fn file_names() {
        problem(
            |package| package.files[1].path = "docs/con.txt".to_owned(),
            "reserves it for a device",
        );
        problem(
            |package| package.files[1].path = "docs./x".to_owned(),
            "ends with a dot",
        );
        problem(
            |package| {
                let mut again = package.files[1].clone();
                again.path = again.path.to_uppercase();
                package.files.push(again);
            },
            "are the same file on Windows",
        );
        problem(
            |package| {
                let file = package.files[1].clone();
                let numbered = |number| PackageFile {
                    path: format!("f{number}"),
                    ..file.clone()
                };
                package.files.extend((0..33_000).map(numbered));
            },
            "Windows Installer takes 32767",
        );
    }

    #[test]
    fn services_and_properties() {
        problem(
            |package| package.services[0].binary = "other".to_owned(),
            "`other.exe` of the service",
        );
        problem(
            |package| {
                package.services[0].account = Account::GroupManaged(r"D\x$".to_owned());
                package.services[0].sid_type = SidType::None;
            },
            "needs its service SID",
        );
        problem(
            |package| package.properties[0].name = "Token".to_owned(),
            "cannot be a public property",
        );
        problem(
            |package| package.properties[0].name = "NOSTART".to_owned(),
            "has a meaning of its own",
        );
        problem(
            |package| package.properties[0].name = "HTTP_PORT".to_owned(),
            "name of a port",
        );
        let rule = FirewallRule {
            service: "OrdersApi".to_owned(),
            port: "metrics".to_owned(),
            profiles: vec![FirewallProfile::Domain],
            remote_addresses: vec![],
        };
        problem(
            |package| package.firewall.push(rule),
            "the firewall rule needs",
        );
    }

    #[test]
    fn more_actions_than_fit_before_the_services_start() {
        let with = |count: usize| {
            let mut package = package();
            let name = package.services[0].name.clone();
            package.services[0].ports = (0..count)
                .map(|number| Port {
                    name: format!("p{number}"),
                    port: 1_000 + u16::try_from(number).unwrap(),
                })
                .collect();
            package.services[0].health = None;
            package.services[0].arguments = Vec::new();
            package.firewall = (0..count)
                .map(|number| FirewallRule {
                    service: name.clone(),
                    port: format!("p{number}"),
                    profiles: vec![FirewallProfile::Domain],
                    remote_addresses: Vec::new(),
                })
                .collect();
            package
        };
        // One for the restarts, and three for each rule.
        let most = with(15);
        assert_eq!(problems(&most), []);
        let sequence = outline(&most);
        let table = sequence.table("InstallExecuteSequence").unwrap();
        let mut numbers: Vec<i32> = table
            .rows
            .iter()
            .map(|row| table.number(row, "Sequence").unwrap())
            .collect();
        numbers.sort_unstable();
        assert!(
            numbers.windows(2).all(|pair| pair[0] < pair[1]),
            "{numbers:?}"
        );

        let found = problems(&with(16));
        assert_eq!(
            found[0].subject,
            Subject::Firewall("OrdersApi".to_owned(), "p15".to_owned())
        );
        assert!(
            found[0].message.contains("more services with restarts"),
            "{found:?}"
        );
    }

    #[test]
    fn rules_without_words_of_their_own_are_found_as_well() {
        problem(
            |package| package.services[0].recovery.restart_after_ms = vec![60_000; 40],
            "CustomAction[Recovery_OrdersApi].Target: it has",
        );
    }
}
