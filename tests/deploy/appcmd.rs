//! Every call of `appcmd.exe` that a deployment makes, checked against the schemas of IIS and compared with the fragment
//! that the hand-over has for review.

use gorelease::deploy::iis::application_host;
use gorelease::deploy::{Config, build};
use gorelease::service::Service;

use crate::fixture::{config, release, service};
use crate::iis_schema::{Schema, Settings};
use crate::support::http::free_ports;
use crate::support::{root, skip};
use crate::world::{Edition, World};

fn schema() -> Option<Schema> {
    let shared = root().join("../shared/schemas/iis");
    if !shared.is_dir() {
        return skip("the schemas of IIS are not beside the repository");
    }
    Some(Schema::read(&[
        &shared.join("IIS_schema.xml"),
        &shared.join("rewrite_schema.xml"),
        &root().join("tests/handover/arr_schema.xml"),
    ]))
}

/// Carries out the calls made so far on the settings; those made before are left out.
fn replay(world: &World, schema: &Schema, settings: &mut Settings, done: &mut usize) {
    let state = world.state();
    let calls = state["calls"].as_array().cloned().unwrap_or_default();
    for call in &calls[*done..] {
        let words: Vec<&str> = call
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|word| word.as_str())
            .collect();
        if words[0] == "appcmd" {
            schema.call(&words[1..], settings);
        }
    }
    *done = calls.len();
}

/// Two services behind a site with more settings of its own and of TLS.
fn tables(site: &str, tls: &str) -> Config {
    config(&format!(
        "rollout = {{ strategy = \"blue-green\", probes = 1, probe-interval = \"20ms\", drain = \"50ms\" }}\n\
         iis = {{ farm = \"gate\", {site} timeout = \"90s\", websocket = true, tls = {{ thumbprint = \"{}\", {tls} }} }}\n\
         route = [{{ service = \"Orders\", prefix = \"/orders/\" }}, {{ service = \"Stock\", host = \"stock.example\" }}]",
        "ab".repeat(20)
    ))
}

/// What the fragment for review says, with the drive that the script has filled in.
fn fragment(schema: &Schema, tables: &Config, services: &[Service]) -> Settings {
    let model = build(&release("1.0.0", Vec::new()), tables, services);
    let front = model.proxy.iis.as_ref().expect("IIS");
    let mut fragment = schema.of_fragment(&application_host(&model, front));
    for value in fragment.values_mut() {
        *value = value.replace("%SystemDrive%", "C:");
    }
    fragment
}

fn different<'a>(one: &'a Settings, other: &'a Settings) -> Vec<&'a String> {
    one.keys()
        .chain(other.keys())
        .filter(|path| one.get(*path) != other.get(*path))
        .collect()
}

fn nothing_but_the_proxy_as_it_was() -> Settings {
    let enabled = "system.webServer/proxy.enabled".to_owned();
    Settings::from([(enabled, "false".to_owned())])
}

#[test]
fn every_call_is_in_the_schemas_and_makes_what_the_fragment_says() {
    let (Some(schema), Some(world)) = (schema(), World::new(Edition::Core)) else {
        return;
    };
    let tables = tables("", "host = \"shop.example\"");
    let services = [
        service("Orders", free_ports(2)),
        service("Stock", free_ports(2)),
    ];
    let first = world.hand_over("1.0.0", "ok", &tables, &services);
    let (mut settings, mut done) = (Settings::new(), 0);
    world.expect(&first, &["Install"], 0);
    replay(&world, &schema, &mut settings, &mut done);
    let fragment = fragment(&schema, &tables, &services);
    assert_eq!(different(&settings, &fragment), Vec::<&String>::new());

    world.expect(&first, &["Uninstall", "-Purge"], 0);
    replay(&world, &schema, &mut settings, &mut done);
    assert_eq!(settings, nothing_but_the_proxy_as_it_was());
}

#[test]
fn other_ports_and_names_take_the_place_of_the_former_ones() {
    let (Some(schema), Some(world)) = (schema(), World::new(Edition::Core)) else {
        return;
    };
    let services = [
        service("Orders", free_ports(2)),
        service("Stock", free_ports(2)),
    ];
    let former = tables("", "host = \"shop.example\"");
    let later = tables("port = 8081,", "host = \"store.example\", port = 8443");
    let first = world.hand_over("1.0.0", "ok", &former, &services);
    let second = world.hand_over("1.1.0", "ok", &later, &services);
    let (mut settings, mut done) = (Settings::new(), 0);
    world.expect(&first, &["Install"], 0);
    world.expect(&second, &["Upgrade"], 0);
    replay(&world, &schema, &mut settings, &mut done);
    let fragment = fragment(&schema, &later, &services);
    let mut different = different(&settings, &fragment);
    // The slots have changed places.
    different.retain(|path| !path.starts_with("webFarms"));
    assert_eq!(different, Vec::<&String>::new());

    world.expect(&second, &["Uninstall", "-Purge"], 0);
    replay(&world, &schema, &mut settings, &mut done);
    assert_eq!(settings, nothing_but_the_proxy_as_it_was());
}
