//! What is wrong with a package before anything is built, in words of the manifest.

use std::collections::{BTreeMap, BTreeSet};

use super::build::outline;
use super::identity::braced;
use super::model::{Folder, Package, Product};
use super::properties::{Use, remembered, use_of};
use super::tables::actions;
use super::validate::{Finding, validate};
use crate::format::file_name;
use crate::service::Symbolic;
use crate::service::model::{Account, SidType};
use crate::service::names::folder;

/// The greatest number in `File.Sequence`.
const MAX_FILES: usize = 32_767;

/// Public properties with a meaning of their own: ours, and Windows Installer's that a manifest must not take over.
const RESERVED: &[&str] = &[
    "ADOPT",
    "NOSTART",
    "PURGE",
    "RESET",
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

/// How names begin in which the package keeps what it finds on the server.
const RESERVED_STARTS: &[&str] = &["SAVED", "EARLIER_", "SERVICE1_", "MSI"];

/// What a problem is about, so that its place in the manifest can be found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
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
    /// An environment variable of the machine, by its name.
    Environment(String),
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
    texts(package, &mut problems);
    files(package, &mut problems);
    services(package, &mut problems);
    properties(package, &mut problems);
    links(package, &mut problems);
    title(package, &mut problems);
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

/// A text of the package: whose, which, and how many UTF-16 units of it fit.
type Text = (Subject, &'static str, String, usize);

/// Texts that are too long, or that the language's code page cannot hold.
fn texts(package: &Package, problems: &mut Problems) {
    let product = &package.product;
    let code_page = product.code_page();
    let mut told = BTreeSet::new();
    for (subject, what, text, longest) in all_texts(package) {
        // Titles and descriptions are the defaults of others: each text is told once.
        if let Some(character) = code_page.missing(&text)
            && told.insert(text.clone())
        {
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
    for variable in &package.environment {
        let subject = Subject::Environment(variable.name.clone());
        add(
            subject,
            "environment",
            &variable.value.canonical(),
            usize::MAX,
        );
    }
    for property in &package.properties {
        let subject = Subject::Property(property.name.clone());
        let default = property.default.as_deref().unwrap_or_default();
        add(subject, "default", default, usize::MAX);
    }
    texts
}

/// The title is also the name of the product's folders.
fn title(package: &Package, problems: &mut Problems) {
    let name = folder(&package.product.title);
    if let Err(refusal) = file_name::check(&name) {
        let message = format!("the title cannot be the name of a folder: `{name}` {refusal}");
        problems.add(
            Subject::Title,
            message,
            "set `title` in `[project]` to another one",
        );
    }
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
            if let Err(refusal) = file_name::check(part) {
                let message = format!("`{part}` in `{}` {refusal}", file.path);
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
        let name = property.name.as_str();
        if RESERVED.contains(&name) || RESERVED_STARTS.iter().any(|start| name.starts_with(start)) {
            let message = format!("the property `{}` has a meaning of its own", property.name);
            problems.add(subject(), message, "use another name");
        }
        let default = property.default.as_deref().unwrap_or_default();
        let in_quotes = use_of(package, property) == Use::Argument
            && (default.contains('"') || default.ends_with('\\'));
        if in_quotes || (use_of(package, property) != Use::Registry && default.starts_with('#')) {
            let message = format!("the package would refuse the default `{default}` of `{name}`");
            let hint = "it must not begin with `#`, and as an argument of a program without a host not contain a quotation mark or end with a backslash";
            problems.add(subject(), message, hint);
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
        if let Err(refusal) = file_name::check(&shortcut.name) {
            let message = format!(
                "the name `{}` of a Start menu entry {refusal}",
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
    let settled = actions::early(package);
    if settled > actions::EARLY_ROOM {
        problems.add(
            Subject::Package,
            format!("the package has more properties, ports and services than fit: they take {settled} steps before the launch conditions, of {}", actions::EARLY_ROOM),
            "leave properties out, or make two packages",
        );
    }
}

/// Whatever else Windows Installer would not take: seldom, and so in its own words.
fn remaining_rules(package: &Package, problems: &mut Problems) {
    for finding in findings(package) {
        problems.add(
            subject_of(package, &finding),
            format!("the package would break a rule of Windows Installer: {finding}"),
            "use a shorter or simpler value there",
        );
    }
}

fn findings(package: &Package) -> Vec<Finding> {
    let mut database = outline(package);
    database.summary.revision = braced(package.product.upgrade_code);
    validate(&database)
}

/// What in the manifest is the reason for a finding: that without which it is not there.
fn subject_of(package: &Package, finding: &Finding) -> Subject {
    let gone = |changed: &Package| !findings(changed).contains(finding);
    let without = |change: &dyn Fn(&mut Package)| {
        let mut changed = package.clone();
        change(&mut changed);
        gone(&changed)
    };
    for (index, rule) in package.firewall.iter().enumerate() {
        if without(&|package| drop(package.firewall.remove(index))) {
            return Subject::Firewall(rule.service.clone(), rule.port.clone());
        }
    }
    for (index, shortcut) in package.shortcuts.iter().enumerate() {
        if without(&|package| drop(package.shortcuts.remove(index))) {
            return Subject::Shortcut(shortcut.name.clone());
        }
    }
    for (index, variable) in package.environment.iter().enumerate() {
        if without(&|package| drop(package.environment.remove(index))) {
            return Subject::Environment(variable.name.clone());
        }
    }
    for (index, property) in package.properties.iter().enumerate() {
        if without(&|package| drop(package.properties.remove(index))) {
            return Subject::Property(property.name.clone());
        }
    }
    for (index, service) in package.services.iter().enumerate() {
        if without(&|package| drop(package.services.remove(index))) {
            return Subject::Service(service.name.clone());
        }
    }
    let product = |change: &dyn Fn(&mut Product)| without(&|package| change(&mut package.product));
    if product(&|product| product.title = "T".to_owned()) {
        Subject::Title
    } else if product(&|product| product.manufacturer = "M".to_owned()) {
        Subject::Manufacturer
    } else if product(&|product| product.description = String::new()) {
        Subject::Description
    } else {
        Subject::Package
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::package;
    use super::super::model::*;
    use super::*;
    use crate::service::model::{HostMode, Port};

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
            "is the name of a device",
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
        // One for the start type, one for the restarts, and three for each rule.
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
    fn rules_without_words_of_their_own_have_their_place() {
        let long = "x".repeat(300);
        type Change<'a> = &'a dyn Fn(&mut Package);
        let cases: [(Change, &str, Subject); 5] = [
            (
                &|package| {
                    package.services[0].host = HostMode::Native;
                    package.services[0].environment.clear();
                    package.services[0].arguments = vec![Symbolic::literal(&long)];
                },
                "ServiceInstall[S_OrdersApi].Arguments",
                Subject::Service("OrdersApi".to_owned()),
            ),
            (
                &|package| package.services[0].depends_on = vec!["d".repeat(80); 5],
                "ServiceInstall[S_OrdersApi].Dependencies",
                Subject::Service("OrdersApi".to_owned()),
            ),
            (
                &|package| package.services[0].event_source = "e".repeat(250),
                "Registry[",
                Subject::Service("OrdersApi".to_owned()),
            ),
            (
                &|package| package.environment[0].name = long.clone(),
                "Environment[",
                Subject::Environment(long.clone()),
            ),
            (
                &|package| {
                    package.shortcuts = vec![Shortcut {
                        name: "Orders".to_owned(),
                        target: "orders-api.exe".to_owned(),
                        arguments: Symbolic::literal(&long),
                        description: String::new(),
                    }];
                },
                "Shortcut[N_Orders].Arguments",
                Subject::Shortcut("Orders".to_owned()),
            ),
        ];
        for (change, place, subject) in cases {
            let mut package = package();
            change(&mut package);
            let found = problems(&package);
            let is_there = found
                .iter()
                .any(|one| one.message.contains(place) && one.subject == subject);
            assert!(is_there, "{place}: {found:#?}");
        }
    }

    #[test]
    fn a_text_outside_of_the_code_page_is_told_once() {
        let mut package = package();
        package.product.title = "订单".to_owned();
        package.services[0].title = "订单".to_owned();
        package.product.description = "订单".to_owned();
        let found = problems(&package);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].subject, Subject::Title);
    }

    #[test]
    fn a_title_that_is_no_folder_has_its_place() {
        let mut package = package();
        package.product.title = "CON".to_owned();
        let found = problems(&package);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].subject, Subject::Title);
    }

    #[test]
    fn a_default_that_the_package_itself_would_refuse_is_refused() {
        for default in ["#x", "a\"b", "C:\\x\\"] {
            let mut package = package();
            package.services[0].host = HostMode::Native;
            package.services[0].arguments =
                vec![Symbolic::parse("--x={{ property.TOKEN }}").unwrap()];
            package.properties[0].default = Some(default.to_owned());
            let found = problems(&package);
            assert_eq!(
                found[0].subject,
                Subject::Property("TOKEN".to_owned()),
                "{default}"
            );
            // In the registry any text is right.
            package.services[0].host = HostMode::Inject;
            assert_eq!(problems(&package), [], "{default}");
        }
    }
}
