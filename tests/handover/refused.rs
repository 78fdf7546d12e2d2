//! What `gorelease check` says of mistakes in the `[deploy]` tables: each with its line and a hint.

use gorelease::schema::Document;
use serde_json::Value;

use crate::support::project::Project;
use crate::support::root;

const SERVICES: &str = r#"
[[service]]
binary = "hello"
name = "Orders"
args = ["{{ port.http }}"]
ports = [{ name = "http", port = 8080 }]
health = { http = "/healthz", port = "http" }

[[service]]
binary = "hello"
name = "Stock"
args = ["{{ port.http }}"]
ports = [{ name = "http", port = 8090 }]
"#;

const BASE: &str =
    "[build]\ntargets = [\"windows/amd64\"]\n\n[[binary]]\nname = \"hello\"\nmain = \".\"\n";

/// Fails unless the manifest is refused at the first line that has `mark`, with this message and a hint.
fn refused(project: &Project, manifest: &str, mark: &str, message: &str) {
    let line = manifest.lines().position(|line| line.contains(mark));
    let line = line.unwrap_or_else(|| panic!("no line has {mark}")) + 1;
    project.write("release.toml", manifest);
    let run = project.run(&["check"]).ends_with(3);
    let blocks: Vec<&str> = run.stderr.split("\nerror: ").collect();
    let found = blocks.iter().any(|block| {
        block.contains(message)
            && block.contains(&format!("release.toml:{line}:"))
            && block.contains("hint: ")
    });
    assert!(
        found,
        "no `{message}` at line {line} with a hint in\n{}\n{manifest}",
        run.stderr
    );
}

/// A place that is no key would be taken for the table around it, and nobody would notice.
#[test]
fn every_place_of_a_mistake_is_a_key() {
    let schema = Document::Manifest.schema();
    let sources = root().join("src/deploy");
    let quoted = regex::Regex::new(r#""(deploy(?:\.[a-z][^" ]*)?|\{path\}\.[a-z-]+)""#).unwrap();
    let mut seen = 0;
    for source in ["", "_automation", "_front", "_server"] {
        let source = std::fs::read_to_string(sources.join(format!("check{source}.rs"))).unwrap();
        for found in quoted.captures_iter(&source) {
            let path = found[1].replace("{path}", "deploy.route[{index}]");
            assert!(is_key(&schema, &schema, &path), "`{path}` is no key");
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
    assert!(!is_key(&schema, &schema, "deploy.rollout.step"));
}

/// Whether `path` leads through the tables of a schema.
fn is_key(schema: &Value, table: &Value, path: &str) -> bool {
    let (key, rest) = path.split_once('.').unwrap_or((path, ""));
    let (key, is_list) = match key.split_once('[') {
        Some((key, _)) => (key, true),
        None => (key, false),
    };
    let property = &table["properties"][key];
    let value = if is_list {
        &property["items"]
    } else {
        property
    };
    // An optional table is a reference or null.
    let reference = value["$ref"]
        .as_str()
        .or(value["anyOf"][0]["$ref"].as_str());
    let inner = reference.and_then(|reference| schema.pointer(reference.strip_prefix('#')?));
    !value.is_null() && (rest.is_empty() || is_key(schema, inner.unwrap_or(value), rest))
}

#[test]
fn mistakes_are_told_with_line_and_hint() {
    let project = Project::hello();
    let tables = |text: &str| format!("{BASE}{SERVICES}\n[deploy]\n{text}");
    for (text, mark, message) in [
        (
            "[deploy.instances]\ncount = 11",
            "[deploy.instances]",
            "would both have port 8090",
        ),
        (
            "[deploy.instances]\ncount = 2\nport-step = 60000",
            "deploy.instances",
            "the last instance of `Orders` would have port 68080",
        ),
        (
            "[deploy.rollout]\nstrategy = \"canary\"\nsteps = [5, 50, 25, 100]",
            "steps =",
            "the shares must rise",
        ),
        (
            "[deploy.rollout]\nsteps = [5, 50]",
            "steps =",
            "the shares must rise",
        ),
        (
            "[deploy.iis]\nport = 80",
            "deploy.iis",
            "`deploy.iis` has no `farm`",
        ),
        (
            "[deploy.iis]\nfarm = \"\"",
            "farm =",
            "the farm needs a name",
        ),
        (
            "[deploy.firewall]\nprofiles = [\"domain\"]",
            "deploy.firewall",
            "`deploy.firewall` has no `remote`",
        ),
        (
            "[deploy.firewall]\nremote = []",
            "remote =",
            "open to everybody",
        ),
        (
            "[deploy.server]\ntime-zone = \"Europe/Berlin\"",
            "time-zone =",
            "unknown time zone",
        ),
        (
            "languages = [\"de\"]",
            "languages =",
            "unknown language `de`",
        ),
        (
            "[deploy.server.address]\ninterface = \"Ethernet\"\naddress = \"10.0.0.5/24\"\ngateway = \"10.0.1.1\"",
            "gateway =",
            "outside the subnet of `10.0.0.5/24`",
        ),
        (
            "[deploy.server]\ncomputer-name = \"a-name-that-is-too-long\"",
            "computer-name =",
            "is no computer name",
        ),
        (
            "[deploy.server.address]\ninterface = \"E\"\naddress = \"10.0.0.5/24\"\ndns = [\"ns1\"]",
            "dns =",
            "`ns1` is no address",
        ),
        (
            "nginx.port = 8080\n[[deploy.route]]\nservice = \"Orders\"",
            "nginx.port",
            "port 8080 belongs to `Orders` (http) already",
        ),
        ("[deploy.nginx]\nport = 70000", "port = 70000", "70000"),
        (
            "[deploy.chocolatey]\nid = \"orders api\"",
            "id =",
            "is no package id",
        ),
        (
            "[deploy.scoop]\nurl = \"orders.zip\"\nhomepage = \"https://example.com\"\nlicense = \"MIT\"",
            "url =",
            "invalid URL `orders.zip`",
        ),
        (
            "[deploy.scoop]\nurl = \"https://example.com/{{ verison }}/{{ file }}\"\nhomepage = \"https://example.com\"\nlicense = \"MIT\"",
            "url =",
            "unknown template variable `verison`",
        ),
        (
            "[deploy.scoop]\nurl = \"https://example.com/{{ file }}\"\nlicense = \"MIT\"",
            "[deploy.scoop]",
            "a Scoop manifest needs a homepage",
        ),
        (
            "iis = { farm = \"orders\", max-body-size = \"5GiB\" }\n[[deploy.route]]\nservice = \"Orders\"",
            "max-body-size",
            "IIS cannot set this limit",
        ),
    ] {
        let manifest = tables(text);
        refused(&project, &manifest, mark, message);
    }
}

/// The address of a release names it, and a service that a proxy asks is there when Windows has started.
#[test]
fn addresses_are_templates_and_a_service_behind_a_proxy_does_not_wait() {
    let project = Project::hello();
    let plan = |text: &str| {
        let services = SERVICES.replace("name = \"Stock\"", "name = \"Stock\"\ntitle = \"Stock\"");
        project.write("release.toml", &format!("{BASE}{services}\n{text}"));
        project
            .run(&["plan", "--format", "json"])
            .ends_with(0)
            .stdout
    };
    let scoop = "[deploy.scoop]\nurl = \"https://example.com/{{ name }}/v{{ version }}/{{ file }}\"\nhomepage = \"https://example.com\"\nlicense = \"MIT\"\n";
    let alone = plan(&format!("[deploy]\n{scoop}"));
    assert!(!alone.contains("{{ version }}"), "{alone}");
    let address = regex::Regex::new(r"https://example\.com/\w+/v\d[^/]*/\{\{ file \}\}").unwrap();
    assert!(address.is_match(&alone), "{alone}");
    let starts = |plan: &str, kind: &str| plan.matches(&format!("\"start\": \"{kind}\"")).count();
    assert_eq!(starts(&alone, "auto"), 0);
    // Only the service that a route names.
    let front = plan("[deploy.iis]\nfarm = \"gate\"\n[[deploy.route]]\nservice = \"Orders\"\n");
    assert!(
        starts(&front, "auto") > 0 && starts(&front, "delayed") > 0,
        "{front}"
    );
}

#[test]
fn ports_and_probes_of_services_are_told_with_line_and_hint() {
    let project = Project::hello();
    let both = format!("{BASE}{}\n[deploy]\n", SERVICES.replace("8090", "8080"));
    project.write("release.toml", &both);
    let run = project.run(&["check"]).ends_with(3);
    assert!(
        run.stderr.contains("8080") && run.stderr.contains("hint: "),
        "{}",
        run.stderr
    );
    let out_of_range = format!("{BASE}{}\n[deploy]\n", SERVICES.replace("8090", "70000"));
    refused(
        &project,
        &out_of_range,
        "70000",
        "`service.ports.port` is out of range",
    );
    let gateway = "[deploy.rollout]\nstrategy = \"blue-green\"\n[deploy.iis]\nfarm = \"gate\"\n\
                   [[deploy.route]]\nservice = \"Orders\"\n[[deploy.route]]\nservice = \"Stock\"\nprefix = \"/stock/\"\n";
    let health = "ports = [{ name = \"http\", port = 8081 }]\nhealth = { http = \"/healthz\", port = \"http\" }";
    let overlapping = SERVICES.replace("ports = [{ name = \"http\", port = 8090 }]", health);
    refused(
        &project,
        &format!("{BASE}{overlapping}\n{gateway}"),
        "[deploy.rollout]",
        "`Stock-blue` (http) and `Orders-green` (http) would both have port 8081",
    );
    let blind = SERVICES.replace("health = { http = \"/healthz\", port = \"http\" }\n", "");
    let blind = format!(
        "{BASE}{blind}\n[deploy.rollout]\nstrategy = \"canary\"\n[deploy.iis]\nfarm = \"orders\"\n[[deploy.route]]\nservice = \"Orders\"\n"
    );
    refused(
        &project,
        &blind,
        "strategy =",
        "no service has a health check",
    );
}
