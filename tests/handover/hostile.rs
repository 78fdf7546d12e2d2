//! Any title and any name through the generators: what comes back from a reader is what went in.

use gorelease::deploy::Config;
use proptest::prelude::*;
use serde_json::Value;

use crate::fixture::config;
use crate::folder::{Files, PACKAGE, files, package_files};
use crate::xml::elements;

/// A text of one line, as the manifest takes it: no control characters.
fn title() -> impl Strategy<Value = String> {
    let hostile = prop::sample::select(vec![
        "'", "\"", "`", "$(x)", "%PATH%", "&", "<", "]]>", "{{ x }}", "{% x %}", "\\", ": ", " #",
        "|", "[x]", "订单", "‘", "\u{2028}", "--", "- ",
    ]);
    let part = prop_oneof![hostile.prop_map(str::to_owned), "\\PC{1,4}"];
    prop::collection::vec(part, 1..6).prop_map(|parts| {
        let text: String = parts.concat();
        text.chars()
            .filter(|c| !('\u{fffe}'..='\u{ffff}').contains(c))
            .collect()
    })
}

fn slots(title: &str, tables: &str) -> Files {
    files(title, &config(tables)).1
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn manifests_give_the_title_back(title in title()) {
        let (model, files) = package_files(&title, &config(PACKAGE));
        let locale = yaml(&files["automation/winget/Contoso.Orders.locale.en-US.yaml"]);
        prop_assert_eq!(&locale["PackageName"], &title);
        let installer = yaml(&files["automation/winget/Contoso.Orders.installer.yaml"]);
        prop_assert_eq!(&installer["Installers"][0]["AppsAndFeaturesEntries"][0]["DisplayName"], &title);
        let read: gorelease::deploy::Deployment = serde_json::from_str(&files["deployment.json"]).expect("JSON");
        prop_assert_eq!(read, model);
        elements(&files["automation/chocolatey/orders.nuspec"]);
    }

    #[test]
    fn documents_give_the_title_back(title in title()) {
        let files = slots(&title, "ansible = {}\ndsc = {}\nfirewall = { remote = \"any\" }\napplocker = {}");
        let dsc: Value = serde_json::from_str(&files["automation/deployment.dsc.config.json"]).expect("JSON");
        prop_assert_eq!(&dsc["metadata"]["product"], &title);
        let name = dsc["resources"]
            .as_array()
            .expect("resources")
            .iter()
            .find_map(|resource| resource["properties"]["DisplayName"].as_str())
            .expect("a rule");
        // A text that begins with a bracket stands behind a second one; a firewall rule has no pipe.
        let shown = name.strip_prefix('[').filter(|_| title.starts_with('[')).unwrap_or(name);
        prop_assert_eq!(shown, format!("{} (http)", title.replace('|', "/")));
        let play = yaml(&files["automation/ansible.yml"]);
        let plain = title.replace("{{", "{ {").replace("{%", "{ %").replace("{#", "{ #");
        prop_assert_eq!(&play[0]["name"], &format!("Deploy {plain} 1.4.2"));
        let names: Vec<String> = elements(&files["applocker.xml"])
            .into_iter()
            .filter_map(|(_, attributes)| attributes.get("Name").cloned())
            .collect();
        prop_assert!(names.contains(&format!("{title} 1.4.2: orders.exe")), "{:?}", names);
    }

    #[test]
    fn a_site_of_any_name_stays_in_its_attribute(site in title()) {
        let mut tables: Config = config(r#"iis = { farm = "orders" }"#);
        tables.iis.as_mut().expect("IIS").site = Some(site.clone());
        let (_, files) = files("Contoso Orders", &tables);
        let named = |(path, attributes): (Vec<String>, std::collections::BTreeMap<String, String>)| {
            (path.last().map(String::as_str) == Some("site")).then(|| attributes["name"].clone())
        };
        let sites: Vec<String> = elements(&files["iis/applicationHost.xml"]).into_iter().filter_map(named).collect();
        prop_assert_eq!(sites, [site]);
    }
}
