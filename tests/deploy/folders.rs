//! Folders that were there before, and runs that must leave none behind.

use serde_json::json;

use crate::fixture::{config, service};
use crate::support::http::free_ports;
use crate::world::{Edition, World};

const ROOT: &str = r"C:\ProgramData\Contoso Orders";
const SOMEBODY: &str = "S-1-5-21-1-2-3-1001";

#[test]
fn a_folder_that_a_user_made_first_is_taken_over_or_refused() {
    let Some(world) = World::new(Edition::Desktop) else {
        return;
    };
    let services = [service("Orders", free_ports(1))];
    let folder = world.hand_over("1.0.0", "ok", &config(""), &services);
    let data = world.path(r"ProgramData\Contoso Orders\data");
    std::fs::create_dir_all(&data).expect("a folder");
    let theirs = json!({ "owner": SOMEBODY, "protected": true, "entries": { (SOMEBODY): "F" } });
    let child = format!(r"{ROOT}\data");
    world.change_state(|state| {
        state["acls"] = json!({ (ROOT): theirs.clone(), (child.clone()): theirs.clone() });
    });

    #[cfg(unix)]
    {
        let link = data.join("elsewhere");
        std::os::unix::fs::symlink("/etc", &link).expect("a link");
        let refused = world.expect(&folder, &["Install"], 1).text;
        assert!(refused.contains("has a link in it: elsewhere"), "{refused}");
        std::fs::remove_file(link).expect("the link");
    }
    let record = world.path(r"ProgramData\Contoso Orders\deploy\installed.json");
    std::fs::create_dir_all(record.parent().expect("a parent")).expect("a folder");
    std::fs::write(&record, "{}").expect("a record");
    let refused = world.expect(&folder, &["Install"], 1).text;
    assert!(
        refused.contains("has the state of a deployment in it"),
        "{refused}"
    );
    assert_eq!(world.state()["acls"][ROOT], theirs, "nothing was changed");
    std::fs::remove_dir_all(record.parent().expect("a parent")).expect("the folder");

    world.expect(&folder, &["Install"], 0);
    for path in [ROOT, &child] {
        let acl = world.state()["acls"][path].clone();
        assert_eq!(acl["owner"], "S-1-5-32-544", "{path}: {acl}");
        assert!(acl["entries"][SOMEBODY].is_null(), "{path}: {acl}");
    }
    let again = world.expect(&folder, &["Install", "-Json"], 0).json();
    assert_eq!(again["changes"], 0, "{again}");
}

#[test]
fn what_is_refused_or_only_shown_leaves_no_folder() {
    let Some(world) = World::new(Edition::Core) else {
        return;
    };
    let folder = world.hand_over(
        "1.0.0",
        "ok",
        &config(""),
        &[service("Orders", free_ports(1))],
    );
    let before = world.snapshot();
    for (arguments, code) in [
        (&["Upgrade"][..], 2),
        (&["Rollback"], 2),
        (&["Collect"], 2),
        (&["Uninstall"], 0),
        (&["Uninstall", "-Purge"], 0),
        (&["Install", "-WhatIf"], 0),
    ] {
        let outcome = world.expect(&folder, arguments, code);
        assert!(!outcome.text.contains("Transcript"), "{}", outcome.text);
        assert_eq!(world.snapshot(), before, "{arguments:?}");
    }
    let narrow = world.run_text(
        &folder,
        "$env:PROCESSOR_ARCHITEW6432 = 'AMD64'; try { & $Deploy Install } finally { $env:PROCESSOR_ARCHITEW6432 = $null }",
    );
    assert_eq!(narrow.code, Some(2), "{}", narrow.text);
    assert!(narrow.text.contains("Sysnative"), "{}", narrow.text);
    assert_eq!(world.snapshot(), before);
}
