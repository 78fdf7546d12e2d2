//! Files as projects have them.

use super::*;

fn text(other: &Other) -> String {
    let mut lines = vec![format!(
        "project {:?} env {:?}",
        other.project, other.allow_env
    )];
    for program in &other.programs {
        lines.push(format!("{program:?}"));
    }
    for part in &other.not_used {
        lines.push(format!("{}: {}", part.line, part.what));
    }
    lines.join("\n")
}

#[test]
fn a_file_of_goreleaser() {
    let yaml = r#"version: 2
project_name: acme
before:
  hooks:
    - go mod tidy
builds:
  - id: ctl
    main: ./cmd/ctl/main.go
    binary: acmectl
    env: [CGO_ENABLED=0, GOEXPERIMENT=jsonv2, "TOKEN={{ .Env.TOKEN }}"]
    goos: [linux, windows]
    flags: [-trimpath, -tags=netgo, -race]
    ldflags:
      - -s -w -X example.com/acme/internal/version.Version={{.Version}}
      - -X main.built={{ .Now.Format "2006" }}
  - dir: agent
    main: .
    tags: [pro]
    env:
      - CGO_ENABLED=1
  - id: rust
    builder: rust
archives:
  - formats: [zip]
"#;
    insta::assert_snapshot!(text(&Other::read(".goreleaser.yaml", yaml).unwrap()), @r#"
    project Some("acme") env {"TOKEN"}
    OtherProgram { name: Some("acmectl"), folder: "cmd/ctl", tags: ["netgo"], ldflags: ["-s -w -X example.com/acme/internal/version.Version={{ version }}"], flags: [], env: {"GOEXPERIMENT": "jsonv2", "TOKEN": "{{ env.TOKEN }}"}, line: 7 }
    OtherProgram { name: None, folder: "agent", tags: ["pro"], ldflags: [], flags: [], env: {}, line: 16 }
    3: `before`
    11: `goos` of a build
    12: `flags`: -race
    15: `ldflags`: -X main.built={{ .Now.Format "2006" }}
    20: `CGO_ENABLED=1`: set `cgo = true` in `[build]`, and `cc` for each target in a `[[build.override]]`
    21: the build `rust`
    23: `archives`
    "#);
}

#[test]
fn a_file_of_promu() {
    let yaml = r#"go:
    version: 1.25
repository:
    path: github.com/acme/exporter
build:
    binaries:
        - name: exporter
          path: ./cmd/exporter
    flags: -a -tags 'netgo static'
    ldflags: |
        -X github.com/prometheus/common/version.Version={{.Version}}
        -X {{repoPath}}/version.Revision={{.Revision}}
        -X github.com/prometheus/common/version.BuildUser={{user}}@{{host}}
tarball:
    files: [LICENSE]
"#;
    insta::assert_snapshot!(text(&Other::read(".promu.yml", yaml).unwrap()), @r#"
    project None env {}
    OtherProgram { name: Some("exporter"), folder: "cmd/exporter", tags: ["netgo", "static"], ldflags: ["-X github.com/prometheus/common/version.Version={{ version }}", "-X github.com/acme/exporter/version.Revision={{ commit }}"], flags: [], env: {}, line: 7 }
    2: `go.version`
    10: `build.ldflags`: -X github.com/prometheus/common/version.BuildUser={{user}}@{{host}}: {{user}}
    14: `tarball`
    "#);
}

#[test]
fn a_file_that_is_no_yaml_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Other::find(folder.path()), None);
    std::fs::write(folder.path().join(".goreleaser.yml"), "a: [").unwrap();
    let other = Other::find(folder.path()).unwrap();
    assert!(other.programs.is_empty());
    assert!(
        other.not_used[0].what.starts_with("all of it: "),
        "{other:?}"
    );
}
