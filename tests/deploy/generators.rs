//! Every generated file, read by somebody else's reader; hostile names in all of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use gorelease::deploy::model::{Deployment, Role};
use gorelease::deploy::{Config, build, generate};
use serde_json::Value;

use crate::fixture::{artifact, config, release, service};
use crate::support::python::python;

const EVERYTHING: &str = r#"
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
scoop = { url = "https://example.com/{{ file }}", homepage = "https://example.com", license = "MIT" }
"#;

/// Titles that try to break out of quotes.
pub const HOSTILE: [&str; 6] = [
    "Contoso's \"Orders\"",
    "$(Stop-Canary) `Stop-Canary`",
    "%PATH% & Stop-Canary",
    "]]><x/><!--",
    "订单 服务 ‘q’",
    "{{ orders }} {% x %} | *b*",
];

fn files(title: &str, tables: &Config) -> (Deployment, BTreeMap<String, String>) {
    let mut artifacts = vec![artifact("programs/orders.exe", Role::Program)];
    artifacts.push(artifact("config/Orders/orders.toml", Role::Config));
    let mut release = release("1.4.2", artifacts);
    release.product.title = title.to_owned();
    let mut orders = service("Orders", 8080);
    orders.title = title.to_owned();
    orders.description = title.to_owned();
    let model = build(&release, tables, &[orders]);
    let files = generate(&model, tables);
    (
        model,
        files
            .into_iter()
            .map(|file| (file.path, file.text))
            .collect(),
    )
}

/// A schema or a tool beside the repository or on the PATH; skips with a word, or fails when tools are required.
fn required<T>(what: &str, found: Option<T>) -> Option<T> {
    if found.is_none() {
        let required =
            std::env::var_os("GORELEASE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
        assert!(!required, "{what} is missing");
        println!("skipped: {what} is missing");
    }
    found
}

fn schema(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/schemas")
        .join(name);
    required(name, path.is_file().then_some(path))
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
fn json_documents_follow_their_published_schemas() {
    for title in ["Contoso Orders", HOSTILE[0], HOSTILE[4]] {
        let (_, files) = files(title, &config(EVERYTHING));
        for (name, schema_name) in [
            ("automation/orders.json", "scoop/schema.json"),
            (
                "automation/deployment.dsc.config.json",
                "dsc/config-document.v3.1.0.json",
            ),
        ] {
            let Some(path) = schema(schema_name) else {
                return;
            };
            let schema: Value =
                serde_json::from_str(&std::fs::read_to_string(path).expect("the schema"))
                    .expect("JSON");
            let validator = jsonschema::validator_for(&schema).expect("a schema");
            let document: Value = serde_json::from_str(&files[name]).expect("JSON");
            assert!(
                validator.is_valid(&document),
                "{name}: {:?}",
                validator.iter_errors(&document).next()
            );
        }
    }
}

/// Every element of an XML text, with its attributes; fails on what is not well-formed.
fn elements(text: &str) -> Vec<(Vec<String>, BTreeMap<String, String>)> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut path = Vec::new();
    let mut found = Vec::new();
    loop {
        let event = reader
            .read_event()
            .unwrap_or_else(|error| panic!("{error}: {text}"));
        let (start, empty) = match &event {
            Event::Start(start) => (Some(start), false),
            Event::Empty(start) => (Some(start), true),
            Event::End(_) => {
                path.pop();
                (None, false)
            }
            Event::Eof => break,
            _ => (None, false),
        };
        let Some(start) = start else { continue };
        path.push(start.name().as_ref().to_owned());
        let attributes = start.attributes().map(|attribute| {
            let attribute = attribute.expect("an attribute");
            let value = quick_xml::escape::unescape(&attribute.value)
                .expect("a value")
                .into_owned();
            (attribute.key.as_ref().to_owned(), value)
        });
        found.push((path.clone(), attributes.collect()));
        if empty {
            path.pop();
        }
    }
    assert!(path.is_empty(), "unclosed: {path:?}");
    found
}

#[test]
fn xml_is_well_formed_and_keeps_hostile_names_in_their_quotes() {
    let (_, plain) = files("Contoso Orders", &config(EVERYTHING));
    for title in HOSTILE {
        let (_, files) = files(title, &config(EVERYTHING));
        for name in ["applocker.xml", "iis/applicationHost.xml"] {
            let paths = |text: &str| {
                elements(text)
                    .into_iter()
                    .map(|(path, _)| path)
                    .collect::<Vec<_>>()
            };
            assert_eq!(
                paths(&files[name]),
                paths(&plain[name]),
                "{title} in {name}"
            );
        }
        let names: Vec<String> = elements(&files["applocker.xml"])
            .into_iter()
            .filter_map(|(_, attributes)| attributes.get("Name").cloned())
            .collect();
        assert!(
            names.contains(&format!("{title} 1.4.2: orders.exe")),
            "{names:?}"
        );
    }
}

#[test]
fn applocker_rules_have_ids_of_their_own_and_cover_services() {
    let (_, files) = files("Contoso Orders", &config(EVERYTHING));
    let rules = elements(&files["applocker.xml"]);
    let ids: Vec<&String> = rules
        .iter()
        .filter_map(|(_, attributes)| attributes.get("Id"))
        .collect();
    let mut unique = ids.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(ids.len(), unique.len());
    let modes: Vec<&String> = rules
        .iter()
        .filter(|(path, _)| path.len() == 2)
        .filter_map(|(_, attributes)| attributes.get("EnforcementMode"))
        .collect();
    assert_eq!(modes, ["AuditOnly", "AuditOnly", "AuditOnly"]);
    let hashes: Vec<&String> = rules
        .iter()
        .filter_map(|(_, attributes)| attributes.get("Data"))
        .collect();
    assert!(
        hashes[0].starts_with("0xCDCD"),
        "the Authenticode digest, not the file's: {hashes:?}"
    );
    assert!(
        rules
            .iter()
            .any(|(path, _)| path.last().is_some_and(|name| name == "RedstoneExtensions"))
    );
}

/// The attributes that an IIS schema file knows, by section path: `system.webServer/proxy` -> element names and attributes.
fn known_attributes(schema: &str) -> Vec<String> {
    elements(schema)
        .into_iter()
        .filter(|(path, _)| path.last().is_some_and(|name| name == "attribute"))
        .filter_map(|(_, attributes)| attributes.get("name").cloned())
        .collect()
}

#[test]
fn iis_fragments_use_attributes_that_the_schemas_know() {
    let (Some(iis), Some(rewrite)) = (
        schema("iis/IIS_schema.xml"),
        schema("iis/rewrite_schema.xml"),
    ) else {
        return;
    };
    let read = |path: PathBuf| {
        std::fs::read_to_string(path)
            .expect("a schema")
            .trim_start_matches('\u{feff}')
            .to_owned()
    };
    let mut known = known_attributes(&read(iis));
    known.extend(known_attributes(&read(rewrite)));
    // Application Request Routing's own, whose schema is not public: its documentation lists them.
    let routing = [
        "preserveHostHeader",
        "reverseRewriteHostInResponseHeaders",
        "includePortInXForwardedFor",
        "responseBufferLimit",
        "address",
        "weight",
        "httpPort",
        "url",
        "interval",
        "timeout",
        "statusCodeMatch",
        "enabled",
        "name",
    ];
    let (_, files) = files("Contoso Orders", &config(EVERYTHING));
    for (path, attributes) in elements(&files["iis/applicationHost.xml"]) {
        let own = path
            .iter()
            .any(|name| name == "webFarms" || name == "proxy");
        for name in attributes.keys() {
            let fine = if own {
                routing.contains(&name.as_str())
            } else {
                known.contains(name)
            };
            assert!(fine, "{} has no attribute {name}", path.join("/"));
        }
    }
    // The farm's slots: blue serves, green waits.
    let servers: Vec<String> = elements(&files["iis/applicationHost.xml"])
        .into_iter()
        .filter(|(path, _)| path.last().is_some_and(|name| name == "server"))
        .map(|(_, attributes)| format!("{} {}", attributes["address"], attributes["enabled"]))
        .collect();
    assert_eq!(servers.len(), 4);
    assert_eq!(servers[0], "orders-blue-1.internal true");
    assert_eq!(servers[2], "orders-green-1.internal false");
}

#[test]
fn nginx_accepts_its_configuration() {
    let Some(nginx) = required(
        "nginx",
        Path::new("/usr/sbin/nginx")
            .is_file()
            .then_some("/usr/sbin/nginx"),
    ) else {
        return;
    };
    for title in HOSTILE {
        let (_, files) = files(title, &config(EVERYTHING));
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().display().to_string();
        std::fs::write(
            folder.path().join("orders.upstream.conf"),
            &files["nginx/upstream.conf"],
        )
        .expect("a file");
        std::fs::write(
            folder.path().join("orders.conf"),
            files["nginx/server.conf"].replace("listen 80;", "listen 28080;"),
        )
        .expect("a file");
        let text = format!(
            "pid {home}/pid;\nerror_log {home}/log;\nevents {{}}\nhttp {{ access_log off; include orders.conf; }}\n"
        );
        std::fs::write(folder.path().join("nginx.conf"), text).expect("a file");
        let output = Command::new(nginx)
            .args(["-t", "-p", &home, "-c", &format!("{home}/nginx.conf")])
            .output()
            .expect("nginx");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn ansible_lint_accepts_the_playbook() {
    // The package ansible carries the collection ansible.windows, against which the linter checks modules.
    let Some(python) = python("ansible", &["ansible-lint", "ansible"]) else {
        return;
    };
    let lint = python.with_file_name("ansible-lint");
    for title in ["Contoso Orders", HOSTILE[0], HOSTILE[5]] {
        let (_, files) = files(title, &config(EVERYTHING));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ansible.yml");
        std::fs::write(&path, &files["automation/ansible.yml"]).expect("a file");
        let mut command = Command::new(&lint);
        if let Some(folder) = lint.parent() {
            let path = std::env::var("PATH").unwrap_or_default();
            command.env("PATH", format!("{}:{path}", folder.display()));
        }
        let output = command
            .args(["--offline", "--profile", "production", "-q"])
            .arg(&path)
            .current_dir(folder.path())
            .output()
            .expect("ansible-lint");
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn pages_say_the_same_in_both_languages() {
    let (model, files) = files("Contoso Orders", &config(EVERYTHING));
    for name in [
        "HANDOVER.html",
        "HANDOVER.zh-CN.html",
        "HANDOVER.md",
        "HANDOVER.zh-CN.md",
    ] {
        let text = &files[name];
        for instance in &model.services[0].instances {
            assert!(
                text.contains(&instance.service_name),
                "{} in {name}",
                instance.service_name
            );
        }
        for fact in ["1.4.2", "8080", "Deploy.ps1 Rollback", "1618"] {
            assert!(text.contains(fact), "{fact} in {name}");
        }
    }
    let tables = |name: &str| files[name].matches("<tr>").count();
    assert_eq!(tables("HANDOVER.html"), tables("HANDOVER.zh-CN.html"));
    assert!(files["HANDOVER.zh-CN.html"].contains("交付说明"));
    for rule in &model.firewall {
        assert!(files["security.md"].contains(&rule.name), "{}", rule.name);
    }
}

/// Writes the pages for a look in a browser: `GORELEASE_PAGES=folder cargo test --test deploy pages_for_a_look`.
#[test]
fn pages_for_a_look() {
    let Some(folder) = std::env::var_os("GORELEASE_PAGES").map(PathBuf::from) else {
        return;
    };
    for (name, text) in files("Contoso Orders", &config(EVERYTHING)).1 {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
}

/// A YAML text as JSON, read by PyYAML or by `GORELEASE_PYTHON`'s.
fn yaml_to_json(text: &str) -> Option<Value> {
    let python = std::env::var_os("GORELEASE_PYTHON").unwrap_or_else(|| "python3".into());
    let mut child = Command::new(python)
        .args([
            "-c",
            "import sys, json, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))",
        ])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .ok()?;
    std::io::Write::write_all(&mut child.stdin.take()?, text.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

#[test]
fn winget_manifests_follow_their_published_schemas() {
    let tables = config(
        "mode = \"msi\"\nwinget = { identifier = \"Contoso.Orders\", url = \"https://example.com/{{ file }}\", license = \"MIT\" }",
    );
    let mut package = artifact("packages/orders.msi", Role::Package);
    package.product_code = Some("{11111111-1111-1111-1111-111111111111}".to_owned());
    package.upgrade_code = Some("{22222222-2222-2222-2222-222222222222}".to_owned());
    for title in ["Contoso Orders", HOSTILE[0], HOSTILE[4]] {
        let mut release = release("1.4.2", vec![package.clone()]);
        release.product.title = title.to_owned();
        let model = build(&release, &tables, &[service("Orders", 8080)]);
        let files: BTreeMap<String, String> = generate(&model, &tables)
            .into_iter()
            .map(|file| (file.path, file.text))
            .collect();
        for (suffix, kind) in [
            ("", "version"),
            (".locale.en-US", "defaultLocale"),
            (".installer", "installer"),
        ] {
            let Some(path) = schema(&format!("winget/manifest.{kind}.1.12.0.json")) else {
                return;
            };
            let text = &files[&format!("automation/winget/Contoso.Orders{suffix}.yaml")];
            let Some(document) = required("Python's yaml", yaml_to_json(text)) else {
                return;
            };
            let schema: Value =
                serde_json::from_str(&std::fs::read_to_string(path).expect("the schema"))
                    .expect("JSON");
            let validator = jsonschema::validator_for(&schema).expect("a schema");
            assert!(
                validator.is_valid(&document),
                "{kind}: {:?}\n{text}",
                validator.iter_errors(&document).next()
            );
            assert!(suffix != ".locale.en-US" || document["PackageName"] == *title);
        }
    }
}
