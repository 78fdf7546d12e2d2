//! Manifests that `init` writes for small modules, and what is built with them.

use std::fs;

use crate::support::project::{Project, finished};

const MAIN: &str = "package main\n\nfunc main() {}\n";

/// A module with these files, committed and tagged; the manifest stays out of the commit, so that it does not change it.
fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::empty();
    project.write("go.mod", "module example.com/acme/orders\n\ngo 1.21\n");
    for (name, text) in files {
        project.write(name, text);
    }
    project.git(&["init", "--quiet", "--initial-branch=main"]);
    fs::write(project.path(".git/info/exclude"), "release.toml\ndist/\n").unwrap();
    project.commit("first", Some("v1.2.3"));
    project
}

/// What `init` says and writes, without the comments and the parts that are the same for every module.
fn init(project: &Project) -> String {
    let run = project.run(&["init", "--no-compile"]).ends_with(0);
    let said = run.stderr.replace(project.root().to_str().unwrap(), "ROOT");
    let text = fs::read_to_string(project.path("release.toml")).unwrap();
    let start = text.find("[build]").unwrap();
    let end = text.find("# Windows runs").unwrap_or(text.len());
    format!("{said}---\n{}", &text[start..end])
}

#[test]
fn a_written_manifest_builds_the_same_bytes_as_none() {
    let source = "package main\n\nvar version, commit, date = \"dev\", \"none\", \"unknown\"\n\n\
        func main() { println(version, commit, date) }\n";
    let project = project(&[
        ("main.go", source),
        ("LICENSE", "MIT\n"),
        ("README.md", "# x\n"),
    ]);
    let build = || {
        project
            .run(&[
                "build",
                "--target",
                "windows/amd64",
                "--target",
                "linux/amd64",
            ])
            .ends_with(0);
        let packed = project
            .results()
            .into_iter()
            .filter(|name| name.starts_with("orders"));
        packed
            .map(|name| {
                (
                    fs::read(project.path(&format!("dist/{name}"))).unwrap(),
                    name,
                )
            })
            .collect::<Vec<_>>()
    };
    let inferred = build();
    assert_eq!(inferred.len(), 2);
    project.run(&["init", "--no-compile"]).ends_with(0);
    let text = fs::read_to_string(project.path("release.toml")).unwrap();
    assert!(!text.contains("\nldflags"), "{text}");
    assert!(text.starts_with("#:schema https://"), "{text}");
    assert!(inferred == build(), "{text}");
}

#[test]
fn variables_of_imported_packages_are_filled_in() {
    let main = "package main\n\nimport \"example.com/acme/orders/internal/version\"\n\nfunc main() { println(version.Version, version.Commit) }\n";
    let version = "package version\n\nvar (\n\tVersion = \"dev\"\n\tCommit  string\n)\n";
    let unused = "package unused\n\nvar Version string\n";
    let project = project(&[
        ("main.go", main),
        ("internal/version/version.go", version),
        ("internal/unused/unused.go", unused),
    ]);
    insta::assert_snapshot!(init(&project), @r#"
    wrote `ROOT/release.toml`
    note: no manufacturer is known; until `manufacturer` is set it is `acme`
    orders for 6 targets; next: `gorelease build --target host`
    warning: git ignores `ROOT/release.toml`: add `!/release.toml` to .gitignore, or other machines do not get it
    ---
    [build]
    targets = [
        "windows/amd64",
        "windows/arm64",
        "linux/amd64",
        "linux/arm64",
        "darwin/amd64",
        "darwin/arm64",
    ]
    # "-s" and "-w" strip debug information, "-X" fills in variables.
    ldflags = [
        "-s",
        "-w",
        "-X main.version={{ version }}",
        "-X main.commit={{ commit }}",
        "-X main.date={{ commit_date }}",
        "-X example.com/acme/orders/internal/version.Commit={{ commit }}",
        "-X example.com/acme/orders/internal/version.Version={{ version }}",
    ]

    [[binary]]
    name = "orders"
    main = "."
    "#);
    let text = fs::read_to_string(project.path("release.toml")).unwrap();
    project.write(
        "release.toml",
        &text.replace("[\"tar.gz\"]", "[\"binary\"]"),
    );
    project.run(&["build", "--target", "host"]).ends_with(0);
    let mut results = project.results().into_iter();
    let program = results.find(|name| name.starts_with("orders")).unwrap();
    let output = std::process::Command::new(project.path(&format!("dist/{program}")))
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stderr).unwrap();
    let (version, commit) = printed.trim().split_once(' ').unwrap();
    assert_eq!((version, commit.len()), ("1.2.3", 40), "{printed}");
}

#[test]
fn helpers_are_left_out_and_said() {
    let project = project(&[
        ("cmd/orders/main.go", MAIN),
        (
            "api/api.go",
            "package api\n\n//go:generate go run ../mk -o x.go\n",
        ),
        ("mk/main.go", MAIN),
        ("contrib/demo/main.go", MAIN),
        ("test_all/main.go", MAIN),
    ]);
    insta::assert_snapshot!(init(&project), @r#"
    wrote `ROOT/release.toml`
    left out: `./contrib/demo`: in a directory `contrib`
    left out: `./mk`: run by `//go:generate` in api/api.go
    left out: `./test_all`: in a directory `test_all`
    note: no manufacturer is known; until `manufacturer` is set it is `acme`
    orders for 6 targets; next: `gorelease build --target host`
    warning: git ignores `ROOT/release.toml`: add `!/release.toml` to .gitignore, or other machines do not get it
    ---
    [build]
    targets = [
        "windows/amd64",
        "windows/arm64",
        "linux/amd64",
        "linux/arm64",
        "darwin/amd64",
        "darwin/arm64",
    ]
    # Without `ldflags`, debug information is stripped, and main.version, main.commit and main.date are filled in.
    # ldflags = ["-s", "-w", "-X main.version={{ version }}"]

    [[binary]]
    name = "orders"
    main = "./cmd/orders"

    # Left out, since they seem to be no programs for users:
    #   ./contrib/demo: in a directory `contrib`
    #   ./mk: run by `//go:generate` in api/api.go
    #   ./test_all: in a directory `test_all`
    "#);
}

#[test]
fn a_configuration_of_goreleaser_says_what_the_programs_are() {
    let yaml = "version: 2\nproject_name: shop\nbefore:\n  hooks: [go mod tidy]\nbuilds:\n  - main: ./tools/ctl\n    binary: shopctl\n    tags: [pro]\n    ldflags:\n      - -s -w -X main.version={{.Version}}\n      - -X main.built={{ .Now.Format \"2006\" }}\n  - main: .\n    env: [CGO_ENABLED=0, GOEXPERIMENT=jsonv2]\narchives:\n  - formats: [zip]\n";
    let tagged = "//go:build pro\n\npackage main\n\nvar version string\n\nfunc main() { println(version) }\n";
    let project = project(&[
        (".goreleaser.yaml", yaml),
        ("main.go", MAIN),
        ("tools/ctl/main.go", tagged),
        ("cmd/other/main.go", MAIN),
    ]);
    insta::assert_snapshot!(init(&project), @r#"
    wrote `ROOT/release.toml`
    left out: `./cmd/other`: not among the builds of .goreleaser.yaml
    not used: .goreleaser.yaml:3: `before`
    not used: .goreleaser.yaml:11: `ldflags`: -X main.built={{ .Now.Format "2006" }}
    not used: .goreleaser.yaml:14: `archives`
    note: no manufacturer is known; until `manufacturer` is set it is `acme`
    orders, shopctl for 6 targets; next: `gorelease build --target host`
    warning: git ignores `ROOT/release.toml`: add `!/release.toml` to .gitignore, or other machines do not get it
    ---
    [build]
    targets = [
        "windows/amd64",
        "windows/arm64",
        "linux/amd64",
        "linux/arm64",
        "darwin/amd64",
        "darwin/arm64",
    ]
    # Without `ldflags`, debug information is stripped, and main.version, main.commit and main.date are filled in.
    # ldflags = ["-s", "-w", "-X main.version={{ version }}"]

    [[binary]]
    name = "orders"
    main = "."
    env = { "GOEXPERIMENT" = "jsonv2" }

    [[binary]]
    name = "shopctl"
    main = "./tools/ctl"
    ldflags = ["-s -w -X main.version={{ version }}"]
    tags = ["pro"]

    # Left out, since they seem to be no programs for users:
    #   ./cmd/other: not among the builds of .goreleaser.yaml

    # Not used of .goreleaser.yaml:
    #   line 3: `before`
    #   line 11: `ldflags`: -X main.built={{ .Now.Format "2006" }}
    #   line 14: `archives`
    "#);
    project.run(&["check"]).ends_with(0);
}

#[test]
fn a_repository_that_git_refuses_is_said_and_no_version_is_fixed() {
    let project = project(&[("main.go", MAIN)]);
    // Git's own switch for its tests of this case: git, setup.c.
    let output = project
        .command(&["init", "--no-compile"])
        .env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
        .output()
        .unwrap();
    finished(output)
        .ends_with(0)
        .says("git could not be asked")
        .says("another user owns it");
    let text = fs::read_to_string(project.path("release.toml")).unwrap();
    assert!(text.contains("\nversion = \"git\"\n"), "{text}");
    assert!(
        text.contains("# When this was written, git could not be asked"),
        "{text}"
    );
}

#[test]
fn a_dry_run_says_what_the_real_run_does() {
    let project = project(&[("main.go", MAIN)]);
    project.run(&["init", "--no-compile"]).ends_with(0);
    let dry = project.run(&["init", "--github", "--dry-run"]).ends_with(0);
    assert!(
        dry.stderr
            .contains("release.toml` is there already and would be left alone"),
        "{}",
        dry.stderr
    );
    assert!(
        dry.stderr.contains("would write `") && !dry.stdout.contains("[[binary]]"),
        "{}",
        dry.stderr
    );
    project
        .run(&["init", "--github"])
        .ends_with(0)
        .says("left alone")
        .says("wrote `");
    let dry = project.run(&["init", "--github", "--dry-run"]).ends_with(0);
    assert!(
        dry.stderr.contains("release.yml` is up to date"),
        "{}",
        dry.stderr
    );
}
