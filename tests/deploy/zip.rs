//! `install.ps1` and `uninstall.ps1` of the zip on the small Windows: what stays from run to run, and what a new version drops.

use serde_json::json;

use crate::fixture::service;
use crate::support::http::free_ports;
use crate::world::{Edition, Folder, World};

fn install(world: &World, zip: &Folder, arguments: &[&str]) -> String {
    world
        .script(&zip.path.join("install.ps1"), arguments, 0)
        .text
}

#[test]
fn a_later_run_finds_the_folder_and_the_shared_rights() {
    let Some(world) = World::new(Edition::Desktop) else {
        return;
    };
    let before = world.snapshot();
    let port = free_ports(2);
    let plain = |name: &str, port| {
        let mut service = service(name, port);
        service.config.clear();
        service
    };
    let zip = world.zip(
        "1.0.0",
        &[plain("Orders", port), plain("Mail", port + 1)],
        &[],
    );
    install(&world, &zip, &["-InstallDirectory", r"C:\Apps\Orders"]);
    assert_eq!(world.running(), ["Mail", "Orders"]);
    let again = install(&world, &zip, &[]);
    assert!(again.contains("nothing had to be changed"), "{again}");

    world.set_service_value("Mail", "Start", "DWord", json!(3));
    let next = world.zip(
        "1.1.0",
        &[plain("Orders", port), plain("Mail", port + 1)],
        &[],
    );
    install(&world, &next, &[]);
    assert_eq!(world.service_value("Mail", "Start"), 3);
    let image = world.service_value("Orders", "ImagePath").to_string();
    assert!(image.contains(r"C:\\Apps\\Orders\\orders.exe"), "{image}");
    let program = std::fs::read_to_string(world.path(r"Apps\Orders\orders.exe")).expect("it");
    assert!(program.contains("1.1.0"), "{program}");

    let own = world.path(r"Apps\Orders\uninstall.ps1");
    world.script(&own, &["-Purge"], 0);
    std::fs::remove_dir_all(world.path("Apps")).expect("the parent of the folder");
    assert_eq!(world.snapshot(), before);
}

/// Services and files of the former version: the process of one that was stopped still holds the executable for a while.
#[test]
fn what_the_new_zip_drops_or_renames_is_removed() {
    let Some(world) = World::new(Edition::Core) else {
        return;
    };
    let port = free_ports(3);
    let mut orders = service("Orders", port);
    let mut mail = service("Mail", port + 1);
    let mut shop = service("Shop", port);
    for service in [&mut orders, &mut mail, &mut shop] {
        service.config.clear();
    }
    shop.title = orders.title.clone();
    shop.renamed_from = vec!["Orders".to_owned()];
    let old = world.zip("1.0.0", &[orders, mail], &["helper.dll", "LICENSE"]);
    let new = world.zip("1.1.0", &[shop], &["LICENSE"]);
    install(&world, &old, &["-Port", &format!("http={}", port + 2)][..0]);
    world.set_service_value(r"Orders\Parameters\Ports", "http", "DWord", json!(port + 2));
    world.change_state(|state| state["linger"] = json!(0.8));
    for name in ["Orders", "Mail"] {
        // Started again, so that their processes linger.
        assert_eq!(world.native(&["sc", "stop", name].map(str::to_owned)), 0);
        assert_eq!(world.native(&["sc", "start", name].map(str::to_owned)), 0);
    }
    install(&world, &new, &[]);
    assert_eq!(world.running(), ["Shop"]);
    assert_eq!(world.registered(), ["Shop"]);
    let ports = r"HKLM\SYSTEM\CurrentControlSet\Services\Shop\Parameters\Ports";
    assert_eq!(
        world.registry()[ports]["http"]["value"],
        (port + 2).to_string()
    );
    assert_eq!(world.service_value("Shop", "DisplayName"), "Contoso Orders");
    let folder = world.path(r"Program Files\Contoso Orders");
    assert!(!folder.join("helper.dll").exists() && folder.join("LICENSE").exists());
    let again = install(&world, &new, &[]);
    assert!(again.contains("nothing had to be changed"), "{again}");
    world.script(&folder.join("uninstall.ps1"), &[], 0);
    assert!(!folder.exists());
    assert_eq!(world.registered(), Vec::<String>::new());
}
