//! Manifests for winget and Scoop.

use serde_json::Value;

use crate::fixture::config;
use crate::folder::{EVERYTHING, HOSTILE, PACKAGE, files, follows, package_files};
use crate::support::python::yaml_to_json;

#[test]
fn winget_manifests_follow_their_published_schemas() {
    for title in HOSTILE.iter().chain(&["Contoso Orders"]) {
        let (_, files) = package_files(title, &config(PACKAGE));
        for (suffix, kind) in [
            ("", "version"),
            (".locale.en-US", "defaultLocale"),
            (".installer", "installer"),
        ] {
            let text = &files[&format!("automation/winget/Contoso.Orders{suffix}.yaml")];
            let Some(document) = yaml_to_json(text) else {
                return;
            };
            let schema = format!("winget/manifest.{kind}.1.12.0.json");
            if follows(&document, &schema).is_none() {
                return;
            }
            if kind == "defaultLocale" {
                assert_eq!(document["PackageName"], *title);
                assert_eq!(document["ShortDescription"], "Takes orders and keeps them");
                assert_eq!(document["PackageUrl"], "https://example.com");
            }
            if kind == "installer" {
                let installer = &document["Installers"][0];
                assert_eq!(installer["InstallerUrl"], "https://example.com/orders.msi");
                let entry = &installer["AppsAndFeaturesEntries"][0];
                assert_eq!(
                    (&entry["DisplayVersion"], &entry["DisplayName"]),
                    (&"1.4.2".into(), &(*title).into())
                );
            }
        }
    }
}

#[test]
fn the_scoop_manifest_follows_its_published_schema() {
    for title in HOSTILE.iter().chain(&["Contoso Orders"]) {
        let (_, files) = files(title, &config(EVERYTHING));
        let document: Value = serde_json::from_str(&files["automation/orders.json"]).expect("JSON");
        if follows(&document, "scoop/schema.json").is_none() {
            return;
        }
        assert_eq!(document["description"], "Takes orders and keeps them");
        assert_eq!(document["homepage"], "https://example.com/orders");
        let download = &document["architecture"]["64bit"];
        let file = "https://example.com/orders_1.4.2_windows_amd64.zip";
        assert_eq!(download["url"], serde_json::json!([file]));
        assert_eq!(download["hash"], serde_json::json!(["ef".repeat(32)]));
        assert_eq!(
            document["bin"],
            serde_json::json!([r"orders_1.4.2_windows_amd64\orders.exe"])
        );
    }
}
