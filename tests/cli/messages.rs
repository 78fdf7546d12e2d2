//! Messages as people see them, whole.
//!
//! `SNAPSHOTS=overwrite cargo test --test cli` writes the expected texts anew.

use snapbox::{assert_data_eq, str};

use crate::support::project::Project;

/// What `check` says of a manifest that is wrong.
fn refused(manifest: &str) -> String {
    refused_in(&Project::hello(), manifest)
}

fn refused_in(project: &Project, manifest: &str) -> String {
    project.manifest(manifest);
    let run = project.run(&["check"]).ends_with(3);
    assert_eq!(run.stdout, "");
    assert!(!project.path("dist").exists());
    run.stderr
}

#[test]
fn syntax() {
    assert_data_eq!(
        refused("[project\nname = \n"),
        str![[r#"
error: unclosed table, expected `]`
 --> release.toml:1:9
  |
1 | [project
  |         ^
  |
  = hint: release.toml is TOML: https://toml.io/en/v1.0.0


"#]]
    );
}

#[test]
fn wrong_types() {
    let text = refused("[project]\nname = 3\n[build]\ntargets = 'all'\ncgo = 'yes'\n");
    assert_data_eq!(
        text,
        str![[r#"
error: `project.name` has the wrong type
 --> release.toml:2:8
  |
2 | name = 3
  |        ^ this is an integer, expected a string
  |
  = hint: a text stands in quotes: `"..."`

error: `build.targets` has the wrong type
 --> release.toml:4:11
  |
4 | targets = 'all'
  |           ^^^^^ this is a string, expected a list
  |
  = hint: a list stands in brackets: `["...", "..."]`

error: `build.cgo` has the wrong type
 --> release.toml:5:7
  |
5 | cgo = 'yes'
  |       ^^^^^ this is a string, expected true or false
  |
  = hint: write `true` or `false`, without quotes

3 errors

"#]]
    );
}

#[test]
fn unknown_keys() {
    assert_data_eq!(
        refused("[biuld]\n[build]\ntaregts = []\n"),
        str![[r#"
error: unknown key `biuld`
 --> release.toml:1:2
  |
1 | [biuld]
  |  ^^^^^ unknown
  |
  = hint: did you mean `build`?

error: unknown key `taregts` in `build`
 --> release.toml:3:1
  |
3 | taregts = []
  | ^^^^^^^ unknown
  |
  = hint: did you mean `targets`?

2 errors

"#]]
    );
}

#[test]
fn unknown_systems_and_variants() {
    let text = refused(
        "[build]\ntargets = ['linx/amd64', 'windows/amd46', 'linux/amd64/v9', 'linux/s390x/7']\n",
    );
    assert_data_eq!(
        text,
        str![[r#"
error: unknown GOOS `linx`
 --> release.toml:2:12
  |
2 | targets = ['linx/amd64', 'windows/amd46', 'linux/amd64/v9', 'linux/s390x/7']
  |            ^^^^^^^^^^^^
  |
  = hint: did you mean `linux`?

error: Go has no `amd46` for `windows`
 --> release.toml:2:26
  |
2 | targets = ['linx/amd64', 'windows/amd46', 'linux/amd64/v9', 'linux/s390x/7']
  |                          ^^^^^^^^^^^^^^^
  |
  = hint: did you mean `windows/amd64`?

error: `v9` is no GOAMD64
 --> release.toml:2:43
  |
2 | targets = ['linx/amd64', 'windows/amd46', 'linux/amd64/v9', 'linux/s390x/7']
  |                                           ^^^^^^^^^^^^^^^^
  |
  = hint: did you mean `v1`? known: v1, v2, v3, v4

error: `s390x` has no variants
 --> release.toml:2:61
  |
2 | targets = ['linx/amd64', 'windows/amd46', 'linux/amd64/v9', 'linux/s390x/7']
  |                                                             ^^^^^^^^^^^^^^^
  |
  = hint: write `linux/s390x`

4 errors

"#]]
    );
}

#[test]
fn a_main_package_that_is_none() {
    let project = Project::hello();
    project.write("lib/lib.go", "package lib\n");
    let text = refused_in(
        &project,
        "[build]\ntargets = ['linux/amd64']\n[[binary]]\nname = 'a'\nmain = './lib'\n[[binary]]\nname = 'b'\nmain = './nope'\n",
    );
    assert_data_eq!(
        text,
        str![[r#"
error: `./lib` is package `lib`, not a program
 --> release.toml:5:8
  |
5 | main = './lib'
  |        ^^^^^^^ needs `package main`
  |
  = hint: main packages here: .

error: there is no package `./nope`: stat [..]: directory not found
 --> release.toml:8:8
  |
8 | main = './nope'
  |        ^^^^^^^^
  |
  = hint: main packages here: .

2 errors

"#]]
    );
}

#[test]
fn a_template_variable_that_is_none() {
    let text =
        refused("[build]\ntargets = ['linux/amd64']\nldflags = ['-X main.v={{ verion }}']\n");
    assert_data_eq!(
        text,
        str![[r#"
error: unknown template variable `verion`
 --> release.toml:3:26
  |
3 | ldflags = ['-X main.v={{ verion }}']
  |                          ^^^^^^
  |
  = hint: did you mean `version`?


"#]]
    );
}

#[test]
fn names_that_no_file_may_have() {
    let text = refused(&format!(
        "[[binary]]\nname = 'a/b'\nmain = '.'\n[[binary]]\nname = '{}'\nmain = '.'\n",
        "a".repeat(300)
    ));
    assert_data_eq!(
        text,
        str![[r#"
error: the binary's name has the character `/`, which Windows does not allow in names
 --> release.toml:2:8
  |
2 | name = 'a/b'
  |        ^^^^^
  |
  = hint: it becomes a file's name

error: the binary's name is too long
 --> release.toml:5:8
  |
5 | ... = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^...^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ at most 100 characters

2 errors

"#]]
    );
}

#[test]
fn a_file_that_is_not_there_at_all() {
    let run = Project::hello()
        .run(&["check", "--manifest", "other.toml"])
        .ends_with(3);
    assert_data_eq!(
        run.stderr,
        str![[r#"
error: could not read `[..]/project/other.toml`: no such file or folder
hint: `gorelease init` writes a first manifest; --manifest names another one

"#]]
    );
}

#[test]
fn targets_and_binaries_of_the_command_line_that_are_not_there() {
    let project = Project::hello();
    project.manifest("[build]\ntargets = ['linux/amd64']\n");
    let run = project
        .run(&["check", "--target", "windoes/*"])
        .ends_with(3);
    assert_data_eq!(
        run.stderr,
        str![[r#"
error: `--target windoes/*` matches no target of this project
hint: its targets: linux/amd64


"#]]
    );
    let run = project.run(&["check", "--binary", "nope"]).ends_with(3);
    assert_data_eq!(
        run.stderr,
        str![[r#"
error: `--binary nope` is no binary of this project
hint: its binaries: hello


"#]]
    );
}
