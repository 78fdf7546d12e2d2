//! A whole release with a Chocolatey package, made by gorelease and read by Python's zipfile.

use serde_json::json;

use crate::support::project::Project;
use crate::support::python::read;
use crate::support::require_tool;

const MANIFEST: &str = r#"
[project]
name = "orders"
title = "Contoso Orders"
manufacturer = "Contoso Ltd"

[build]
targets = ["windows/amd64"]

[[binary]]
name = "orders"
main = "."

[[service]]
binary = "orders"
name = "Orders"
args = ["{{ port.http }}"]
ports = [{ name = "http", port = 8080 }]

[package]
windows = ["msi"]

[[msi.property]]
name = "REGION"
default = "eu"

[deploy]
mode = "msi"
[deploy.chocolatey]
[deploy.winget]
identifier = "Contoso.Orders"
url = "https://example.com/{{ file }}"
license = "MIT"
"#;

const READ: &str = r#"
import hashlib, json, sys, zipfile
with zipfile.ZipFile(json.load(sys.stdin)) as package:
    assert package.testzip() is None
    print(json.dumps({name: hashlib.sha256(package.read(name)).hexdigest() for name in package.namelist()}))
"#;

#[test]
fn the_finished_package_holds_what_chocolatey_reads() {
    let (Some(_), Some(python)) = (require_tool("go"), require_tool("python3")) else {
        return;
    };
    let project = Project::hello();
    project.manifest(MANIFEST);
    project.run(&["build"]).ends_with(0);
    let name = "orders_1.2.3_windows_amd64";
    let folder = project.path(&format!("dist/deploy/{name}"));
    let package = project.path(&format!("dist/{name}.nupkg"));
    let Some(found) = read(&python, READ, &json!(package).to_string()) else {
        return;
    };
    let names: Vec<&String> = found.as_object().expect("entries").keys().collect();
    let msi = format!("tools/{name}.msi");
    assert_eq!(
        names,
        [
            "[Content_Types].xml",
            "_rels/.rels",
            "orders.nuspec",
            "tools/LICENSE.txt",
            "tools/VERIFICATION.txt",
            "tools/chocolateyinstall.ps1",
            "tools/chocolateyuninstall.ps1",
            &msi,
        ]
    );
    let text = std::fs::read_to_string(folder.join("deployment.json")).expect("deployment.json");
    let model: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let artifact = &model["artifacts"][0];
    assert_eq!(found[&msi], artifact["sha256"]);
    let verification =
        std::fs::read_to_string(folder.join("automation/chocolatey/tools/VERIFICATION.txt"));
    assert!(
        verification
            .expect("the text")
            .contains(found[&msi].as_str().expect("a digest"))
    );
    assert!(!project.path(&format!("dist/deploy/{name}.parts")).exists());
    assert_published(&project, name);
    // What msiexec takes is the package's own list.
    let parameters = artifact["parameters"].as_array().expect("parameters");
    let parameters: Vec<&str> = parameters
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(
        parameters,
        [
            "CONFIGDIR",
            "DATADIR",
            "INSTALLDIR",
            "LOGDIR",
            "HTTP_PORT",
            "SERVICE_ACCOUNT",
            "SERVICE_PASSWORD",
            "NOSTART",
            "REGION",
        ]
    );
    assert_eq!(artifact["product_version"], "1.2.3");
    project.run(&["verify", "dist"]).ends_with(0);
}

/// The files that the checksum file lists, and it, are everything at the top of `dist/` but the report; alone in a
/// download folder they pass `sha256sum` and `verify`.
fn assert_published(project: &Project, name: &str) {
    let dist = project.path("dist");
    let sums = std::fs::read_to_string(dist.join("SHA256SUMS")).expect("SHA256SUMS");
    let mut published: Vec<&str> = sums
        .lines()
        .filter_map(|line| Some(line.split_once("  ")?.1))
        .collect();
    published.push("SHA256SUMS");
    published.sort_unstable();
    let entries = std::fs::read_dir(&dist).expect("dist").flatten();
    let mut top: Vec<String> = entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && name != "report.html")
        .collect();
    top.sort();
    assert_eq!(published, top);
    for expected in [
        format!("{name}_deployment.zip"),
        format!("{name}.nupkg"),
        format!("{name}.msi"),
    ] {
        assert!(top.contains(&expected), "{expected}: {top:?}");
    }
    let download = project.beside("download");
    std::fs::create_dir(&download).expect("a folder");
    for file in &published {
        std::fs::copy(dist.join(file), download.join(file)).expect("a copy");
    }
    let check = std::process::Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "SHA256SUMS"])
        .current_dir(&download)
        .output()
        .expect("sha256sum");
    assert!(check.status.success(), "{check:?}");
    let verify = |code| {
        project
            .run(&["verify", &download.display().to_string()])
            .ends_with(code)
    };
    verify(0);
    // The unpacked folder is there whole or not at all.
    std::fs::create_dir_all(download.join("deploy").join(name)).expect("a folder");
    verify(5);
}
