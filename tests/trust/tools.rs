//! The tools that a release was made with are recorded, and another version is told when it is built again.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::support::project::Project;
use crate::support::require_tool;

fn recorded(project: &Project) -> Value {
    let text = fs::read(project.path("dist/artifacts.json")).unwrap();
    let metadata: Value = serde_json::from_slice(&text).unwrap();
    metadata["tools"].clone()
}

#[test]
fn a_release_of_nothing_but_go_was_made_with_no_further_tool() {
    let Some(_) = require_tool("go") else { return };
    let project = Project::hello();
    project.manifest("[build]\ntargets = ['linux/amd64']\n");
    project.run(&["build"]).ends_with(0);
    assert_eq!(recorded(&project), Value::Null);
}

#[test]
fn a_compiler_in_another_version_is_told_by_a_rebuild() {
    let Some(_) = require_tool("go") else { return };
    let project = Project::hello();
    let compiler = project.beside("sample-cc");
    let is_now = |version: &str| {
        let script = format!("#!/bin/sh\necho \"sample-cc $0 ({version})\"\n");
        fs::write(&compiler, script).unwrap();
        fs::set_permissions(&compiler, fs::Permissions::from_mode(0o755)).unwrap();
    };
    is_now("1.2.3");
    project.manifest(&format!(
        "[build]\ntargets = ['linux/amd64']\ncgo = true\ncc = '{}'\n",
        compiler.display()
    ));
    project.run(&["build"]).ends_with(0);
    let one = json!([{ "name": "sample-cc", "version": "1.2.3" }]);
    assert_eq!(recorded(&project), one);
    project.run(&["verify", "--rebuild", "--yes"]).ends_with(0);
    is_now("1.2.4");
    project
        .run(&["verify", "--rebuild", "--yes"])
        .ends_with(5)
        .says("artifacts.json: made with sample-cc 1.2.3, here is 1.2.4");
}
