//! What would stop `go build` is told by `check`, in the go tool's own words and with the hint for its real cause.

use std::fs;

use crate::support::project::Project;

const MAIN: &str = "package main\n\nfunc main() {}\n";

/// A module with these files, and what `check` prints about it.
fn checked(files: &[(&str, &str)], code: i32) -> String {
    let project = Project::empty();
    project.write("go.mod", "module example.com/m\n\ngo 1.21\n");
    for (name, text) in files {
        project.write(name, text);
    }
    project.git(&["init", "--quiet", "--initial-branch=main"]);
    project.commit("first", Some("v1.2.3"));
    let run = project.run(&["check"]).ends_with(code);
    run.stderr.replace(project.root().to_str().unwrap(), "ROOT")
}

/// The whole text for one program `./cmd/x` with these lines in its file, built for Windows and Linux.
fn program(source: &str) -> String {
    checked(
        &[
            ("cmd/x/main.go", source),
            (
                "release.toml",
                "[build]\ntargets = ['windows/amd64', 'linux/amd64']\n[[binary]]\nname = 'x'\nmain = './cmd/x'\n",
            ),
        ],
        3,
    )
}

#[test]
fn what_go_refuses_is_said_with_its_cause() {
    insta::assert_snapshot!(program("package main\n\nimport \"C\"\n\nfunc main() {}\n"), @r#"
    error: package `./cmd/x`: build constraints exclude all Go files in cmd/x
     --> release.toml:5:8
      |
    5 | main = './cmd/x'
      |        ^^^^^^^^^
      |
      = hint: it needs cgo: set `cgo = true` in `[build]` or in a `[[build.override]]`, with a C compiler for each target
    "#);
    insta::assert_snapshot!(program("//go:build pro\n\npackage main\n\nfunc main() {}\n"), @r#"
    error: package `./cmd/x`: build constraints exclude all Go files in cmd/x
     --> release.toml:5:8
      |
    5 | main = './cmd/x'
      |        ^^^^^^^^^
      |
      = hint: add the build tag: `tags = ["pro"]` in its `[[binary]]` or in `[build]`
    "#);
    insta::assert_snapshot!(program("//go:build windows\n\npackage main\n\nfunc main() {}\n"), @r#"
    error: package `./cmd/x`: build constraints exclude all Go files in cmd/x (linux/amd64)
     --> release.toml:5:8
      |
    5 | main = './cmd/x'
      |        ^^^^^^^^^
      |
      = hint: it is not for this target: leave the target out with `targets` in its `[[binary]]`, or with `exclude` in `[build]`
    "#);
    insta::assert_snapshot!(program("package main\n\nimport _ \"embed\"\n\n//go:embed dist\nvar x string\n\nfunc main() {}\n"), @r#"
    error: cmd/x/main.go:5:12: pattern dist: no matching files found
     --> release.toml:5:8
      |
    5 | main = './cmd/x'
      |        ^^^^^^^^^
      |
      = hint: create the files before the build, for example in a `[[hooks.before]]`
    "#);
    insta::assert_snapshot!(program("package main\n\nimport _ \"golang.org/x/sys/unix\"\n\nfunc main() {}\n"), @r#"
    error: cmd/x/main.go:3:8: no required module provides package golang.org/x/sys/unix
    hint: run `go mod tidy`, and commit go.mod and go.sum
    "#);
    insta::assert_snapshot!(program("package main\n\nfunc main() { x := }\n"), @r#"
    error: cmd/x/main.go:3:20: expected operand, found '}'
    "#);
    insta::assert_snapshot!(program("package main\n"), @r#"
    error: package `./cmd/x` has no `func main()`
     --> release.toml:5:8
      |
    5 | main = './cmd/x'
      |        ^^^^^^^^^
    "#);
}

#[test]
fn a_file_that_is_not_utf8_is_said_with_its_line() {
    let project = Project::hello();
    let source = [
        b"package main\n\nfunc main() {}\n\n// ",
        &[0xfc_u8][..],
        b"\n",
    ]
    .concat();
    fs::write(project.path("main.go"), source).unwrap();
    project
        .run(&["check"])
        .ends_with(3)
        .says("main.go:5: the file is not UTF-8");
}

#[test]
fn directories_and_packages_that_go_refuses_are_said() {
    let other = checked(
        &[
            ("a.go", MAIN),
            ("b.go", "package other\n"),
            ("release.toml", "[build]\ntargets = ['linux/amd64']\n"),
        ],
        3,
    );
    insta::assert_snapshot!(other, @r#"
    error: package `.`: found packages main (a.go) and other (b.go) in .
    hint: keep one package in each directory, and move the other files
    "#);
    let dash = checked(
        &[
            ("cmd/-x/a.go", MAIN),
            ("release.toml", "[build]\ntargets = ['linux/amd64']\n"),
        ],
        3,
    );
    insta::assert_snapshot!(dash, @r#"
    error: package `./cmd/-x`: invalid input directory name "-x"
    hint: rename the directory: go refuses names that begin with `-`
    "#);
    let importer = "package main\n\nimport _ \"example.com/m/c\"\n\nfunc main() {}\n";
    let deep = checked(
        &[
            ("main.go", importer),
            ("c/c.go", "package c\n\nimport \"C\"\n"),
            ("release.toml", "[build]\ntargets = ['linux/amd64']\n"),
        ],
        3,
    );
    insta::assert_snapshot!(deep, @r#"
    error: package `./c`, imported by `.`: build constraints exclude all Go files in c
    hint: it needs cgo: set `cgo = true` in `[build]` or in a `[[build.override]]`, with a C compiler for each target
    "#);
}

#[test]
fn what_a_hook_may_yet_make_is_a_warning() {
    let text = checked(
        &[
            (
                "main.go",
                "package main\n\nimport _ \"embed\"\n\n//go:embed web\nvar x string\n\nfunc main() {}\n",
            ),
            (
                "release.toml",
                "[build]\ntargets = ['linux/amd64']\n[[hooks.before]]\nrun = ['make', 'web']\n",
            ),
        ],
        0,
    );
    insta::assert_snapshot!(text, @r#"
    warning: main.go:5:12: pattern web: no matching files found (before the hooks have run)
    hint: create the files before the build, for example in a `[[hooks.before]]`

    m 1.2.3: release; 1 target, 3 files
    note: programs found: m
    nothing stands against a build
    "#);
}

#[test]
fn linker_flags_are_read_as_the_linker_reads_them() {
    let main = "package main\n\nimport _ \"example.com/m/internal/build\"\n\nconst name = \"m\"\n\nvar (\n\tversion = \"dev\"\n\tdate = now()\n)\n\nfunc now() string { return \"\" }\n\nfunc main() {}\n";
    let text = checked(
        &[
            ("main.go", main),
            (
                "internal/build/build.go",
                "package build\n\nvar Version, Commit string\n",
            ),
            (
                "release.toml",
                "[build]\ntargets = ['windows/amd64', 'linux/amd64']\nldflags = [\n\
                 \"-X main.version={{ version }}\",\n\
                 \"-X 'example.com/m/internal/build.Version=a b'\",\n\
                 \"-X example.com/m/internal/build.Comit=1\",\n\
                 \"-X example.com/m.version=1\",\n\
                 \"-X example.com/m/build.Version=1\",\n\
                 \"-X main.name=1\",\n\
                 \"-X main.date=1\",\n]\n",
            ),
        ],
        0,
    );
    insta::assert_snapshot!(text, @r#"
    warning: `-X example.com/m/internal/build.Comit` sets nothing: the package has no such variable
     --> release.toml:6:1
      |
    6 | "-X example.com/m/internal/build.Comit=1",
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = hint: did you mean `example.com/m/internal/build.Commit`?

    warning: `-X example.com/m.version` sets nothing
     --> release.toml:7:1
      |
    7 | "-X example.com/m.version=1",
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = hint: write `main.version`: the linker calls the package of a program `main`

    warning: `-X example.com/m/build.Version` sets nothing: no program contains the package
     --> release.toml:8:1
      |
    8 | "-X example.com/m/build.Version=1",
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = hint: the linker ignores a name that it does not find

    warning: `-X` cannot set `main.name`: it is a constant, not a variable
     --> release.toml:9:1
      |
    9 | "-X main.name=1",
      | ^^^^^^^^^^^^^^^^
      |
      = hint: `-X` sets only string variables without a computed value

    warning: `-X` cannot set `main.date`: it gets its value from a call when the program starts
      --> release.toml:10:1
       |
    10 | "-X main.date=1",
       | ^^^^^^^^^^^^^^^^
       |
       = hint: `-X` sets only string variables without a computed value

    5 warnings
    m 1.2.3: release; 2 targets, 4 files
    note: programs found: m
    nothing stands against a build
    "#);
    let text = checked(
        &[
            ("main.go", main),
            (
                "internal/build/build.go",
                "package build\n\nvar Version, Commit string\n",
            ),
            (
                "release.toml",
                "[build]\ntargets = ['linux/amd64']\nldflags = ['-s -X main.version=Jane Doe']\n",
            ),
        ],
        3,
    );
    insta::assert_snapshot!(text, @r#"
    error: `Doe` after `-X main.version=Jane` is not a flag of the linker; a value with spaces needs quotes: `'main.version=Jane Doe'`
     --> release.toml:3:12
      |
    3 | ldflags = ['-s -X main.version=Jane Doe']
      |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn programs_for_build_tags_and_other_systems_are_right() {
    let manifest = "[build]\ntargets = ['freebsd/amd64', 'linux/amd64']\n\
        [[binary]]\nname = 'pro'\nmain = './cmd/pro'\ntags = ['pro']\n\
        [[binary]]\nname = 'bsd'\nmain = './cmd/bsd'\ntargets = ['freebsd/*']\n\
        [[binary]]\nname = 'tool'\nmain = './cmd/a'\ntargets = ['linux/*']\n\
        [[binary]]\nname = 'tool'\nmain = './cmd/b'\ntargets = ['freebsd/*']\n";
    let tagged = "//go:build pro\n\npackage main\n\nfunc main() {}\n";
    checked(
        &[
            ("cmd/pro/main.go", tagged),
            ("cmd/bsd/main_freebsd.go", MAIN),
            ("cmd/a/main.go", MAIN),
            ("cmd/b/main.go", MAIN),
            ("release.toml", manifest),
        ],
        0,
    );
}

#[test]
fn the_environment_of_the_manifest_counts_for_every_question() {
    let project = Project::hello();
    fs::write(project.beside("go.work"), "go 1.21\n\nuse ./nosuch\n").unwrap();
    let said = project.run(&["check"]).ends_with(3).stderr;
    insta::assert_snapshot!(said.replace(project.beside("").to_str().unwrap(), "ABOVE/"), @r#"
    error: go list -m failed with exit code 1: go: cannot load module ../nosuch listed in go.work file: open ../nosuch/go.mod: no such file or directory
    hint: correct the go.work file, or set `env = { GOWORK = "off" }` in `[build]`
    "#);
    project.manifest("[build]\nenv = { GOWORK = 'off' }\n");
    project.run(&["check"]).ends_with(0);
}

#[test]
fn a_workspace_above_that_does_not_use_the_module_is_said() {
    let project = Project::hello();
    fs::create_dir(project.beside("other")).unwrap();
    fs::write(
        project.beside("other/go.mod"),
        "module example.com/other\n\ngo 1.21\n",
    )
    .unwrap();
    fs::write(project.beside("go.work"), "go 1.21\n\nuse ./other\n").unwrap();
    let said = project.run(&["check"]).ends_with(3).stderr;
    insta::assert_snapshot!(said, @r#"
    error: current directory is contained in a module that is not one of the workspace modules listed in go.work. You can add the module to the workspace using: go work use .
    hint: the go.work above does not use this module: set `env = { GOWORK = "off" }` in `[build]`, or run `go work use .`
    "#);
    let said = project.run(&["init"]).ends_with(3).stderr;
    insta::assert_snapshot!(said, @r#"
    compiling once for each system, to see where the programs can be built (--no-compile skips it)
    error: current directory is contained in a module that is not one of the workspace modules listed in go.work. You can add the module to the workspace using: go work use .
    hint: the go.work above does not use this module: set `env = { GOWORK = "off" }` in `[build]`, or run `go work use .`
    "#);
}

#[test]
fn the_programs_do_not_depend_on_the_machine() {
    let text = checked(
        &[
            ("cmd/cli/main.go", MAIN),
            ("cmd/svc/main_windows.go", MAIN),
            ("cmd/mac/main_darwin.go", MAIN),
            ("tools/gen/main.go", MAIN),
        ],
        0,
    );
    insta::assert_snapshot!(text, @r#"
    m 1.2.3: release; 6 targets, 8 files
    note: no release.toml: everything is inferred; `gorelease init` writes one
    note: programs found: cli, mac, svc
    note: not taken for programs: ./tools/gen (in a directory `tools`)
    note: `mac` is not built for linux/amd64, linux/arm64, windows/amd64, windows/arm64: its build constraints exclude all files there
    note: `svc` is not built for darwin/amd64, darwin/arm64, linux/amd64, linux/arm64: its build constraints exclude all files there
    nothing stands against a build
    "#);
}

#[test]
fn modules_of_a_workspace_and_nested_ones_are_not_forgotten() {
    let nested = ("cmd/tool/go.mod", "module example.com/tool\n\ngo 1.21\n");
    let text = checked(
        &[
            nested,
            ("cmd/tool/main.go", MAIN),
            ("lib.go", "package m\n"),
        ],
        3,
    );
    insta::assert_snapshot!(text, @r#"
    error: the project has no main package
    hint: there are programs in the modules `cmd/tool`: use `-C cmd/tool`, or name them with `dir` and `main` in a `[[binary]]`
    "#);
    let text = checked(
        &[
            ("go.work", "go 1.21\n\nuse (\n\t.\n\t./server\n)\n"),
            ("contrib/demo/main.go", MAIN),
            ("server/go.mod", "module example.com/m/server\n\ngo 1.21\n"),
            ("server/main.go", MAIN),
        ],
        0,
    );
    insta::assert_snapshot!(text, @r#"
    m 1.2.3: release; 6 targets, 8 files
    note: no release.toml: everything is inferred; `gorelease init` writes one
    note: programs found: server
    note: not taken for programs: ./contrib/demo (in a directory `contrib`)
    nothing stands against a build
    "#);
}
