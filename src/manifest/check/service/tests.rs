use crate::manifest::parse;
use crate::service::model::{Account, HostMode, StartType};

/// The problems of a manifest with these lines in `[[service]]`: the message, and the text at its place.
fn problems(lines: &str) -> Vec<(String, String)> {
    let text = format!("[[service]]\nbinary = 'orders'\n{lines}\n");
    let (_, problems) = parse(&text);
    let at = |span: Option<std::ops::Range<usize>>| {
        span.map_or(String::new(), |span| text[span].to_owned())
    };
    let sorted = problems.sorted().into_iter();
    sorted
        .map(|problem| (problem.message, at(problem.span)))
        .collect()
}

#[test]
fn every_mistake_has_its_place() {
    for (lines, message, place) in [
        (
            "name = 'a/b'",
            "the service's name has the character `/`",
            "'a/b'",
        ),
        (
            "renamed-from = ['a/b']",
            "the former name has the character `/`",
            "'a/b'",
        ),
        (
            "renamed-from = ['Orders']",
            "the former name `Orders` is the name of a service",
            "'Orders'",
        ),
        (
            "renamed-from = ['Old', 'OLD']",
            "duplicate former name `OLD`",
            "'OLD'",
        ),
        (
            "name = 'spooler'",
            "`Spooler` is a service of Windows",
            "'spooler'",
        ),
        ("host = 'injct'", "unknown host mode `injct`", "'injct'"),
        ("start = 'boot'", "unknown start type `boot`", "'boot'"),
        ("sid-type = 'all'", "unknown SID type `all`", "'all'"),
        ("account = 'root'", "unknown account `root`", "'root'"),
        ("stop-timeout = '0s'", "`0s` is out of range", "'0s'"),
        ("stop-timeout = 'soon'", "`soon` is no time", "'soon'"),
        ("log = { rotate-at = '1B' }", "`1B` is out of range", "'1B'"),
        (
            "log = { rotate-at = '3GB' }",
            "`3GB` is out of range",
            "'3GB'",
        ),
        ("log = { keep = 5000 }", "`keep` is out of range", "5000"),
        (
            "depends-on = ['orders']",
            "a service cannot depend on itself",
            "'orders'",
        ),
        ("depends-on = ['Tcpi']", "unknown service `Tcpi`", "'Tcpi'"),
        (
            "privileges = ['SeChangeNotify']",
            "unknown privilege `SeChangeNotify`",
            "'SeChangeNotify'",
        ),
        (
            "ports = [{ name = 'HTTP', port = 80 }]",
            "`HTTP` cannot be a port's name",
            "'HTTP'",
        ),
        (
            "ports = [{ name = 'http', port = 0 }]",
            "port 0 is none",
            "0",
        ),
        ("health = { http = '/x' }", "`health` has no `port`", "'/x'"),
        (
            "health = { port = 'http' }",
            "there is no port `http`",
            "'http'",
        ),
        (
            "ports = [{ name = 'a', port = 1 }]\nhealth = { http = 'x y' }",
            "`x y` is no path of a URL",
            "'x y'",
        ),
        (
            "recovery = { restart-after = ['2d'] }",
            "`2d` is out of range",
            "'2d'",
        ),
        (
            "config = [{ from = '../x' }]",
            "the path `../x` leaves the project",
            "'../x'",
        ),
        (
            "config = [{ from = 'x', name = 'a/b' }]",
            "the file's name has the character `/`",
            "'a/b'",
        ),
        (
            "env = { 'A=B' = 'x' }",
            "`A=B` cannot be the name of a variable",
            "'x'",
        ),
    ] {
        let found = problems(lines);
        let is_there = found
            .iter()
            .any(|(text, at)| text.starts_with(message) && at == place);
        assert!(is_there, "{lines}: {found:?}");
    }
}

#[test]
fn an_unknown_dependency_that_is_near_to_none_is_a_warning() {
    let (manifest, problems) =
        parse("[[service]]\nbinary = 'x'\ndepends-on = ['ContosoLicensing', 'dnscache']\n");
    assert!(manifest.is_some());
    assert_eq!(problems.sorted().len(), 1);
}

#[test]
fn two_services_of_one_name_or_port_are_refused() {
    let text = "[[service]]\nbinary = 'a'\nname = 'Orders'\nports = [{ name = 'x', port = 80 }]\n\
                [[service]]\nbinary = 'b'\nname = 'ORDERS'\nports = [{ name = 'y', port = 80 }]\n";
    let found: Vec<String> = parse(text)
        .1
        .sorted()
        .into_iter()
        .map(|problem| problem.message)
        .collect();
    assert_eq!(
        found,
        [
            "the service `ORDERS` is there twice",
            "the port `80` is there twice"
        ]
    );
}

#[test]
fn defaults_are_safe() {
    let (manifest, _) = parse("[[service]]\nbinary = 'orders'\nstop-timeout = '25s'\n");
    let table = manifest.unwrap().services.remove(0);
    let model = table.model;
    assert!(table.host.is_none());
    assert_eq!(
        (model.name.as_str(), model.host),
        ("orders", HostMode::Inject)
    );
    assert_eq!(
        (model.account, model.start),
        (Account::Virtual, StartType::Delayed)
    );
    assert_eq!(
        (model.stop_timeout_ms, model.preshutdown_timeout_ms),
        (25_000, 35_000)
    );
    assert_eq!(model.recovery.restart_after_ms, [5_000, 30_000, 60_000]);
}
