//! The same commit gives the same programs, whatever the shell and `go env -w` say.

use std::process::Command;

use crate::support::project::{Project, finished};

/// What `go version -m` prints of a program.
fn build_information(project: &Project, name: &str) -> String {
    let output = Command::new("go")
        .args(["version", "-m"])
        .arg(project.path("dist").join(name))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn variables_of_the_machine_do_not_reach_a_program() {
    let project = Project::hello();
    project.manifest(
        "[build]\ntargets = ['linux/amd64']\nldflags = []\n[package]\nlinux = ['binary']\n",
    );
    let file = project.beside("go-env");
    std::fs::write(&file, "GOAMD64=v3\nGOEXPERIMENT=nogreenteagc\n").unwrap();
    let build = project
        .command(&["build", "--release"])
        .envs([
            ("GOENV", file.to_str().unwrap()),
            ("GOFLAGS", "-ldflags=-X=main.version=evil -p=1 -tags=pro"),
            ("GO386", "softfloat"),
            ("GOWORK", "/nonexistent/go.work"),
            ("GO111MODULE", "off"),
        ])
        .output();
    let run = finished(build.unwrap()).ends_with(0);
    let run = run.says("ignoring `GO386=softfloat`, `GOWORK=/nonexistent/go.work`, `GOAMD64=v3`, `GOEXPERIMENT=nogreenteagc`");
    run.says("ignoring `-ldflags=-X=main.version=evil`, `-tags=pro` of GOFLAGS");
    let name = "hello_1.2.3_linux_amd64";
    let information = build_information(&project, name);
    assert!(information.contains("GOAMD64=v1"), "{information}");
    for word in ["GOEXPERIMENT", "-ldflags", "-tags"] {
        assert!(!information.contains(word), "{word}: {information}");
    }
    let output = Command::new(project.path("dist").join(name))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "hello none\n");
}

#[test]
fn what_the_manifest_sets_is_in_program_and_record() {
    let project = Project::hello();
    project.manifest(
        "[build]\ntargets = ['linux/amd64/v3']\nenv = { GOEXPERIMENT = 'nogreenteagc' }\n\
         [package]\nlinux = ['binary']\n",
    );
    project.run(&["build", "--release"]).ends_with(0);
    let name = "hello_1.2.3_linux_amd64_v3";
    let information = build_information(&project, name);
    let record = std::fs::read_to_string(project.path("dist/artifacts.json")).unwrap();
    for (variable, value) in [("GOAMD64", "v3"), ("GOEXPERIMENT", "nogreenteagc")] {
        assert!(
            information.contains(&format!("{variable}={value}")),
            "{information}"
        );
        assert!(
            record.contains(&format!("\"{variable}\": \"{value}\"")),
            "{record}"
        );
    }
}
