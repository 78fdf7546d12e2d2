//! What `verify` finds inside a Windows Installer package.

use std::fs;

use serde_json::Value;

use crate::bench::{edit, find, name_of, read, refit, refit_metadata};
use crate::support::project::Project;
use crate::support::require_tool;

/// A package is all there is: the executable in its cabinet is held against records and documents.
#[test]
fn the_executable_inside_a_package_is_verified() {
    let (Some(_), Some(_)) = (require_tool("go"), require_tool("git")) else {
        return;
    };
    let project = Project::hello();
    project.manifest(
        "[project]\nname = 'hello'\ntitle = 'Hello'\nmanufacturer = 'Contoso Ltd'\n\
         [build]\ntargets = ['windows/amd64']\n[package]\nwindows = ['msi']\n[sbom]\n",
    );
    project.run(&["build"]).ends_with(0);
    let dist = project.path("dist");
    let metadata = read(&dist.join("artifacts.json"));
    let change = |name: &str, change: &dyn Fn(&mut Value)| {
        edit(&dist.join(name), |text| {
            let mut json: Value = serde_json::from_str(&text).unwrap();
            change(&mut json);
            format!("{json:#}\n")
        });
    };
    let package = name_of(&find(&dist, ".msi"));
    let record = |change_record: &dyn Fn(&mut Value)| {
        change("artifacts.json", &|json: &mut Value| {
            let artifacts = json["artifacts"].as_array_mut().unwrap();
            let artifact = artifacts
                .iter_mut()
                .find(|it| it["name"] == package.as_str())
                .unwrap();
            change_record(&mut artifact["binaries"][0]);
        });
        refit_metadata(&dist);
    };
    let restore = || {
        fs::write(dist.join("artifacts.json"), &metadata).unwrap();
        refit_metadata(&dist);
    };
    let says = |word: &str| drop(project.run(&["verify"]).ends_with(5).says(word));
    record(&|binary| binary["sha256"] = "0".repeat(64).into());
    says(&format!(
        "{package}: hello.exe: is not the executable that was recorded"
    ));
    restore();
    record(&|binary| binary["path"] = "other.exe".into());
    says(&format!("{package}: does not hold `other.exe`"));
    restore();
    record(&|binary| binary["file-version"] = "9.9.9.9".into());
    says(&format!(
        "{package}: hello.exe: its file version is 1.2.3.65535, not 9.9.9.9"
    ));
    restore();
    record(&|binary| binary["go-version"] = "go1.1".into());
    says("the Go version in it is ");
    restore();
    project.run(&["verify"]).ends_with(0);
    let document = name_of(&find(&dist, ".cdx.json"));
    change(&document, &|json: &mut Value| {
        let evil = serde_json::json!({ "type": "library", "name": "example.com/evil", "version": "v1.0.0" });
        json["components"].as_array_mut().unwrap().push(evil);
    });
    refit(&dist, &document);
    says(&format!(
        "{document}: lists `example.com/evil v1.0.0`, which is not in the executable"
    ));
}
