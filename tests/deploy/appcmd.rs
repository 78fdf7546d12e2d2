//! Every call of `appcmd.exe` that a deployment makes, checked against the schemas of IIS and compared with the fragment
//! that the hand-over has for review.

use gorelease::deploy::build;
use gorelease::deploy::iis::application_host;

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

#[test]
fn every_call_is_in_the_schemas_and_makes_what_the_fragment_says() {
    let (Some(schema), Some(world)) = (schema(), World::new(Edition::Core)) else {
        return;
    };
    let tables = config(&format!(
        "rollout = {{ strategy = \"blue-green\", probes = 1, probe-interval = \"20ms\" }}\n\
         iis = {{ farm = \"gate\", timeout = \"90s\", websocket = true, tls = {{ thumbprint = \"{}\", host = \"shop.example\" }} }}\n\
         route = [{{ service = \"Orders\", prefix = \"/orders/\" }}, {{ service = \"Stock\", host = \"stock.example\" }}]",
        "ab".repeat(20)
    ));
    let services = [
        service("Orders", free_ports(2)),
        service("Stock", free_ports(2)),
    ];
    let first = world.hand_over("1.0.0", "ok", &tables, &services);
    let (mut settings, mut done) = (Settings::new(), 0);
    world.expect(&first, &["Install"], 0);
    replay(&world, &schema, &mut settings, &mut done);
    let model = build(&release("1.0.0", Vec::new()), &tables, &services);
    let front = model.proxy.iis.as_ref().expect("IIS");
    let mut fragment = schema.of_fragment(&application_host(&model, front));
    // The variable of the drive, which the script has filled in.
    for value in fragment.values_mut() {
        *value = value.replace("%SystemDrive%", "C:");
    }
    let other = |path: &&String| settings.get(*path) != fragment.get(*path);
    let different: Vec<&String> = settings
        .keys()
        .chain(fragment.keys())
        .filter(other)
        .collect();
    assert!(different.is_empty(), "not the same: {different:#?}");

    // An upgrade shifts weights by calls of the same form.
    world.expect(&first, &["Uninstall", "-Purge"], 0);
    replay(&world, &schema, &mut settings, &mut done);
    // All that is left of it are the proxy's settings, as they were before.
    let left: Vec<&String> = settings
        .keys()
        .filter(|path| !path.starts_with("system.webServer/proxy"))
        .collect();
    assert_eq!(left, Vec::<&String>::new());
    assert_eq!(settings["system.webServer/proxy.timeout"], "00:05:00");
}
