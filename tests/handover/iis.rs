//! The fragments for IIS: every section, element, attribute and value is one of the schemas'.

use crate::fixture::config;
use crate::folder::{EVERYTHING, HOSTILE, files, schema};
use crate::iis_schema::{Schema, Settings};
use crate::support::root;
use crate::xml::elements;

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
        ("system.webServer/proxy.preserveHostHeader", "true"),
        ("system.webServer/proxy.includePortInXForwardedFor", "false"),
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

#[test]
fn no_name_breaks_out_of_its_quotes() {
    let paths = |text: &str| {
        elements(text)
            .into_iter()
            .map(|(path, _)| path)
            .collect::<Vec<_>>()
    };
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
