//! Hand-over folders as the tests want them, and the published schemas.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gorelease::deploy::model::{Artifact, Deployment, Parameter, ParameterKind, Role};
use gorelease::deploy::{Config, build, generate};
use serde_json::Value;

pub use crate::fixture::HOSTILE;
use crate::fixture::{artifact, config, release, service};
use crate::support::{root, skip};

/// Every table that goes with slots.
pub const EVERYTHING: &str = r#"
languages = ["en", "zh-CN"]
support = "support@contoso.example"
rollout = { strategy = "canary" }
instances = { count = 2 }
firewall = { remote = ["10.0.0.0/8"] }
iis = { farm = "orders", websocket = true, tls = { subject = "CN=shop.example", host = "shop.example" } }
nginx = { platform = "linux", upstream = "10.0.0.5", server-name = "shop.example" }
applocker = {}
ansible = {}
dsc = {}
scoop = { url = "https://example.com/{{ file }}", homepage = "https://example.com/orders", license = "MIT" }
group-policy = { environment = { ORDERS_MODE = "live" } }
[server]
features = ["Web-Server", "RSAT-AD-PowerShell"]
computer-name = "ORDERS01"
domain = "corp.example"
time-zone = "China Standard Time"
time-sources = ["ntp1.corp.example", "10.0.0.3"]
[server.address]
interface = "Ethernet"
address = "10.0.0.5/24"
gateway = "10.0.0.1"
dns = ["10.0.0.2", "10.0.0.3"]
"#;

/// Every table that goes with a package.
pub const PACKAGE: &str = r#"
mode = "msi"
languages = ["en", "zh-CN"]
winget = { identifier = "Contoso.Orders", url = "https://example.com/{{ file }}", license = "MIT" }
chocolatey = { homepage = "https://example.com", license-url = "https://example.com/licence", tags = ["orders", "service"] }
applocker = {}
"#;

/// The generated files by path.
pub type Files = BTreeMap<String, String>;

/// A folder with programs.
pub fn files(title: &str, tables: &Config) -> (Deployment, Files) {
    let artifacts = vec![
        artifact("programs/orders.exe", Role::Program),
        artifact("config/Orders/orders.toml", Role::Config),
    ];
    generated(title, tables, artifacts)
}

/// A folder with a package.
pub fn package_files(title: &str, tables: &Config) -> (Deployment, Files) {
    let mut package = artifact("packages/orders.msi", Role::Package);
    package.product_code = Some("{11111111-1111-1111-1111-111111111111}".to_owned());
    package.upgrade_code = Some("{22222222-2222-2222-2222-222222222222}".to_owned());
    package.product_version = Some("1.4.2".to_owned());
    package.parameters = vec![Parameter {
        name: "HTTP_PORT".to_owned(),
        kind: ParameterKind::Port,
        default: Some("8080".to_owned()),
    }];
    generated(title, tables, vec![package])
}

fn generated(title: &str, tables: &Config, artifacts: Vec<Artifact>) -> (Deployment, Files) {
    let mut release = release("1.4.2", artifacts);
    release.product.title = title.to_owned();
    let mut orders = service("Orders", 8080);
    orders.title = title.to_owned();
    orders.description = title.to_owned();
    let model = build(&release, tables, &[orders]);
    let files = generate(&model, tables);
    let files = files.into_iter().map(|file| (file.path, file.text));
    (model, files.collect())
}

/// A published schema beside the repository, or none when the test has to be skipped.
pub fn schema(name: &str) -> Option<PathBuf> {
    let path = root().join("../shared/schemas").join(name);
    if path.is_file() {
        Some(path)
    } else {
        skip(&format!("the schema {name} is not beside the repository"))
    }
}

/// Fails when the document breaks the JSON schema; gives none when that is missing.
pub fn follows(document: &Value, schema_name: &str) -> Option<()> {
    let text = std::fs::read_to_string(schema(schema_name)?).expect("the schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
    Some(())
}

#[test]
fn only_what_was_asked_for_is_generated() {
    let (_, files) = files("Contoso Orders", &config(""));
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "Deploy.ps1",
            "HANDOVER.html",
            "HANDOVER.md",
            "deployment.json",
            "security.md"
        ]
    );
}

#[test]
fn each_table_adds_its_files() {
    let added = |text: &str, mode: &str| {
        let plain = config(mode);
        let tables = config(&format!("{mode}\n{text}"));
        let make = |tables: &Config| match mode {
            "" => files("Contoso Orders", tables).1,
            _ => package_files("Contoso Orders", tables).1,
        };
        let before = make(&plain);
        let names = make(&tables).into_keys();
        names
            .filter(|name| !before.contains_key(name))
            .collect::<Vec<_>>()
    };
    let msi = r#"mode = "msi""#;
    for (text, mode, expected) in [
        (
            r#"iis = { farm = "orders" }"#,
            "",
            vec!["iis/applicationHost.xml", "iis/web.config"],
        ),
        (
            "nginx = {}",
            "",
            vec!["nginx/server.conf", "nginx/upstream.conf"],
        ),
        (
            r#"nginx = { platform = "linux" }"#,
            "",
            vec!["nginx/orders.conf", "nginx/orders.upstream.conf"],
        ),
        (
            "applocker = {}",
            "",
            vec!["Set-AppLocker.ps1", "applocker.xml"],
        ),
        (
            "group-policy = {}",
            "",
            vec!["group-policy/policy.lgpo.txt", "group-policy/policy.reg"],
        ),
        ("ansible = {}", "", vec!["automation/ansible.yml"]),
        (
            "dsc = {}",
            "",
            vec!["automation/deployment.dsc.config.json"],
        ),
        (
            r#"scoop = { url = "https://x/{{ file }}", homepage = "https://x", license = "MIT" }"#,
            "",
            vec!["automation/orders.json"],
        ),
        (
            r#"winget = { identifier = "A.B", url = "https://x/{{ file }}", license = "MIT" }"#,
            msi,
            vec![
                "automation/winget/A.B.installer.yaml",
                "automation/winget/A.B.locale.en-US.yaml",
                "automation/winget/A.B.yaml",
            ],
        ),
        (
            "chocolatey = {}",
            msi,
            vec![
                "automation/chocolatey/orders.nuspec",
                "automation/chocolatey/tools/VERIFICATION.txt",
                "automation/chocolatey/tools/chocolateyinstall.ps1",
                "automation/chocolatey/tools/chocolateyuninstall.ps1",
            ],
        ),
        (r#"firewall = { remote = "any" }"#, "", vec![]),
    ] {
        assert_eq!(added(text, mode), expected, "{text}");
    }
}
