//! The fragments for IIS: every section, element, attribute and value is one of the schemas'.

use std::collections::BTreeMap;

use crate::fixture::config;
use crate::folder::{EVERYTHING, HOSTILE, files, schema};
use crate::iis_schema::{Schema, Settings};
use crate::support::root;
use crate::xml::{elements, paths};

fn iis_schema() -> Option<Schema> {
    let arr = root().join("tests/handover/arr_schema.xml");
    let iis = schema("iis/IIS_schema.xml")?;
    Some(Schema::read(&[
        &iis,
        &schema("iis/rewrite_schema.xml")?,
        &arr,
    ]))
}

fn fragment(name: &str) -> Option<Settings> {
    let (_, files) = files("Contoso Orders", &config(EVERYTHING));
    Some(iis_schema()?.of_fragment(&files[name]))
}

#[test]
fn the_fragment_has_farm_rules_site_and_pool() {
    let Some(settings) = fragment("iis/applicationHost.xml") else {
        return;
    };
    for (path, value) in [
        ("webFarms[orders][orders-blue-1.internal].enabled", "true"),
        (
            "webFarms[orders][orders-blue-1.internal].applicationRequestRouting.httpPort",
            "8080",
        ),
        ("webFarms[orders][orders-green-1.internal].enabled", "false"),
        (
            "webFarms[orders].applicationRequestRouting.healthCheck.url",
            "http://orders/healthz",
        ),
        (
            "webFarms[orders].applicationRequestRouting.protocol.cache.enabled",
            "false",
        ),
        (
            "webFarms[orders].applicationRequestRouting.protocol.preserveHostHeader",
            "true",
        ),
        (
            "webFarms[orders].applicationRequestRouting.protocol.reverseRewriteHostInResponseHeaders",
            "false",
        ),
        (
            "webFarms[orders].applicationRequestRouting.protocol.includePortInXForwardedFor",
            "false",
        ),
        (
            "webFarms[orders].applicationRequestRouting.protocol.minResponseBuffer",
            "0",
        ),
        (
            "webFarms[orders].applicationRequestRouting.loadBalancing.algorithm",
            "WeightedRoundRobin",
        ),
        (
            "orders:system.webServer/security/requestFiltering.requestLimits.maxAllowedContentLength",
            "4294967295",
        ),
        (
            "orders:system.webServer/security/requestFiltering.allowDoubleEscaping",
            "true",
        ),
        ("system.webServer/proxy.enabled", "true"),
        (
            "system.webServer/rewrite/globalRules[orders /].action.url",
            "http://orders/{R:0}",
        ),
        (
            "system.webServer/rewrite/globalRules[orders to https].action.type",
            "Redirect",
        ),
        (
            "system.applicationHost/applicationPools[orders].startMode",
            "AlwaysRunning",
        ),
        (
            "system.applicationHost/applicationPools[orders].processModel.idleTimeout",
            "00:00:00",
        ),
        (
            "system.applicationHost/sites[orders][/].applicationPool",
            "orders",
        ),
    ] {
        assert_eq!(
            settings.get(path).map(String::as_str),
            Some(value),
            "{path}\n{settings:#?}"
        );
    }
}

#[test]
fn the_site_has_the_same_rules_as_the_server() {
    let (Some(server), Some(site)) = (
        fragment("iis/applicationHost.xml"),
        fragment("iis/web.config"),
    ) else {
        return;
    };
    let rules = |settings: &Settings, section: &str| {
        let of_section = settings.iter().filter_map(|(path, value)| {
            Some((path.strip_prefix(section)?.to_owned(), value.clone()))
        });
        of_section.collect::<Settings>()
    };
    let global = rules(&server, "system.webServer/rewrite/globalRules");
    assert!(!global.is_empty());
    assert_eq!(rules(&site, "system.webServer/rewrite/rules"), global);
}

#[test]
fn several_services_get_a_farm_and_a_rule_each() {
    let Some(schema) = iis_schema() else { return };
    let tables = config(
        "iis = { farm = \"gate\" }\nroute = [{ service = \"Orders\", prefix = \"/orders/\" }, \
         { service = \"Stock\", host = \"stock.example\" }]",
    );
    let services = [
        crate::fixture::service("Orders", 8080),
        crate::fixture::service("Stock", 8090),
    ];
    let model = gorelease::deploy::build(
        &crate::fixture::release("1.0.0", Vec::new()),
        &tables,
        &services,
    );
    let iis = model.proxy.iis.as_ref().expect("IIS");
    let settings = schema.of_fragment(&gorelease::deploy::iis::application_host(&model, iis));
    let rule = |name: &str, what: &str| {
        settings[&format!("system.webServer/rewrite/globalRules[{name}].{what}")].clone()
    };
    assert_eq!(rule("orders /orders/", "match.url"), "^orders/.*");
    assert_eq!(
        rule("orders /orders/", "action.url"),
        "http://gate-Orders-http/{R:0}"
    );
    assert_eq!(
        rule("orders stock.example/", "action.url"),
        "http://gate-Stock-http/{R:0}"
    );
    let condition = "conditions[{HTTP_HOST};^stock\\.example(:\\d+)?$].input";
    assert_eq!(rule("orders stock.example/", condition), "{HTTP_HOST}");
}

/// The fragment's rules as `(name, conditions, target)`, for the site of this table.
fn rules(iis: &str) -> Vec<(String, BTreeMap<String, String>, String)> {
    let tables = config(&format!("iis = {{ farm = \"orders\", {iis} }}"));
    let (_, files) = files("Contoso Orders", &tables);
    let mut rules = Vec::new();
    for (path, attributes) in elements(&files["iis/applicationHost.xml"]) {
        let within = path.iter().any(|name| name == "globalRules");
        match path.last().map(String::as_str) {
            Some("rule") => {
                rules.push((attributes["name"].clone(), BTreeMap::new(), String::new()))
            }
            Some("add") if within => {
                let (_, conditions, _) = rules.last_mut().expect("a rule");
                conditions.insert(attributes["input"].clone(), attributes["pattern"].clone());
            }
            Some("action") => rules.last_mut().expect("a rule").2 = attributes["url"].clone(),
            _ => {}
        }
    }
    rules
}

#[test]
fn a_rule_takes_the_requests_of_its_own_site_only() {
    let taken = |iis: &str, requests: &[(&str, bool)]| {
        let rules = rules(iis);
        let (_, conditions, _) = rules.last().expect("a rule");
        let pattern = regex::Regex::new(&conditions["{SERVER_PORT}:{HTTP_HOST}"]).expect("regular");
        for (request, expected) in requests {
            assert_eq!(
                pattern.is_match(request),
                *expected,
                "{request} by {pattern}"
            );
        }
    };
    taken(
        "port = 8080",
        &[
            ("8080:any.example:8080", true),
            ("80:any.example", false),
            ("18080:any.example", false),
        ],
    );
    taken(
        "tls = { subject = \"CN=shop.example\", host = \"shop.example\" }",
        &[
            // The redirect takes it.
            ("80:any.example", false),
            ("443:shop.example", true),
            ("443:shop.example:443", true),
            // A site of its own on the same port, told apart by its name.
            ("443:other.example", false),
            ("443:shopxexample", false),
            ("443:shop.example.evil", false),
            ("8443:shop.example", false),
        ],
    );
}

#[test]
fn the_service_is_told_by_which_scheme_a_request_came() {
    let told = |iis: &str| {
        let tables = config(&format!("iis = {{ farm = \"orders\", {iis} }}"));
        let (_, files) = files("Contoso Orders", &tables);
        let mut told = Vec::new();
        for (path, attributes) in elements(&files["iis/applicationHost.xml"]) {
            let within = path.iter().any(|name| name == "globalRules");
            match path.last().map(String::as_str) {
                Some("add") if within && attributes["input"].starts_with("{SERVER_PORT}:") => {
                    told.push((attributes["pattern"].clone(), String::new()));
                }
                Some("set") => told.last_mut().expect("a rule").1 = attributes["value"].clone(),
                _ => {}
            }
        }
        told
    };
    let pair = |pattern: &str, scheme: &str| (pattern.to_owned(), scheme.to_owned());
    let tls = pair(r"^443:shop\.example(:\d+)?$", "https");
    let table = |more: &str| {
        format!("tls = {{ subject = \"CN=shop.example\", host = \"shop.example\"{more} }}")
    };
    assert_eq!(told("port = 8080"), [pair("^8080:", "http")]);
    assert_eq!(told(&table("")), std::slice::from_ref(&tls));
    assert_eq!(
        told(&table(", redirect = false")),
        [tls, pair("^80:", "http")]
    );
}

#[test]
fn the_redirect_is_of_the_sites_port_and_keeps_the_port_for_tls() {
    let redirect = |iis: &str| rules(iis).into_iter().next().expect("a redirect");
    let tls = "subject = \"CN=shop.example\", host = \"shop.example\"";
    let (name, conditions, target) =
        redirect(&format!("port = 8080, tls = {{ {tls}, port = 8443 }}"));
    assert_eq!(name, "orders to https");
    assert_eq!(target, "https://shop.example:8443/{R:1}");
    assert_eq!(conditions["{SERVER_PORT}"], "^8080$");
    assert_eq!(conditions["{HTTPS}"], "^OFF$");
    let (_, _, target) = redirect(&format!("tls = {{ {tls} }}"));
    assert_eq!(target, "https://shop.example/{R:1}");
}

#[test]
fn no_name_breaks_out_of_its_quotes() {
    let (_, plain) = files("Contoso Orders", &config(EVERYTHING));
    for site in HOSTILE {
        let mut tables = config(EVERYTHING);
        tables.iis.as_mut().expect("IIS").site = Some(site.to_owned());
        let (_, files) = files(site, &tables);
        for name in ["iis/applicationHost.xml", "iis/web.config"] {
            assert_eq!(paths(&files[name]), paths(&plain[name]), "{site} in {name}");
        }
        let sites: Vec<String> = elements(&files["iis/applicationHost.xml"])
            .into_iter()
            .filter(|(path, _)| path.last().is_some_and(|name| name == "site"))
            .map(|(_, attributes)| attributes["name"].clone())
            .collect();
        assert_eq!(sites, [site]);
    }
}
