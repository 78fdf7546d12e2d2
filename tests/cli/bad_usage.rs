//! What is wrong with the command line, or with the folder that a command is given.

use crate::support::project::{Project, finished};

/// The arguments, the exit code, the message, and the way out.
type Case<'a> = (&'a [&'a str], i32, &'a str, &'a str);

const CASES: &[Case] = &[
    (
        &["biuld"],
        2,
        "unrecognized subcommand 'biuld'",
        "a similar subcommand exists: 'build'",
    ),
    (
        &["build", "--targt", "host"],
        2,
        "unexpected argument '--targt'",
        "a similar argument exists: '--target'",
    ),
    (
        &["build", "--memory", "lots"],
        2,
        "invalid value 'lots'",
        "a size looks like 512MB or 6GB",
    ),
    (
        &["build", "--version", "1"],
        2,
        "invalid value '1'",
        "a semantic version looks like 1.4.2",
    ),
    (
        &["build", "--skip", "zpi"],
        2,
        "invalid value 'zpi'",
        "possible values: archive, binary, msi",
    ),
    (
        &["build", "--snapshot", "1.0.0", "--release"],
        2,
        "cannot be used with '--release'",
        "Usage:",
    ),
    (
        &["build", "--format", "github-matrix"],
        2,
        "is for `gorelease plan` alone",
        "--format json",
    ),
    (
        &["init", "--format", "json"],
        2,
        "this command prints no JSON",
        "leave `--format json` out",
    ),
    (
        &["completions", "bash", "--format", "json"],
        2,
        "this command prints no JSON",
        "leave `--format json` out",
    ),
    (
        &["scaffold", "service", "--format", "json"],
        2,
        "this command prints no JSON",
        "leave `--format json` out",
    ),
    (
        &["-C", "nope", "build"],
        2,
        "could not go to `nope`: no such file or folder",
        "-C names the folder of the project",
    ),
    (
        &["-C", "main.go", "build"],
        2,
        "`main.go` is no folder",
        "-C names the folder of the project",
    ),
    (
        &["build", "--skip", "archive,zpi"],
        2,
        "invalid value 'zpi'",
        "possible values: archive, binary, msi",
    ),
    (
        &["inspect", "nope.msi"],
        1,
        "no such file or folder",
        "check that the file exists",
    ),
    (
        &["build", "--target", "hots"],
        3,
        "`--target hots` matches no target",
        "its targets: ",
    ),
    (
        &["build", "--skip", "archive"],
        3,
        "there is nothing to make",
        "check --target, --binary and --skip",
    ),
    (
        &["verify", "nope"],
        5,
        "no such file or folder",
        "`gorelease build` makes a release",
    ),
    (
        &["merge", "nope"],
        1,
        "could not look at",
        "`gorelease build` has filled",
    ),
    (
        &["sbom", "nope"],
        2,
        "from `nope`: no such file or folder",
        "check that the file exists",
    ),
    (
        &["sbom", "main.go"],
        2,
        "not an ELF, PE or Mach-O executable",
        "",
    ),
];

#[test]
fn each_has_its_message_its_way_out_and_its_exit_code() {
    let project = Project::hello();
    for (args, code, message, way_out) in CASES {
        let run = project.run(args).ends_with(*code).says(message);
        assert!(run.stderr.contains(way_out), "{args:?}\n{}", run.stderr);
        assert!(!run.stderr.contains("os error"), "{}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    assert!(project.results().is_empty());
}

#[test]
fn paths_are_meant_from_the_folder_that_c_names() {
    let project = Project::hello();
    let run = |args: &[&str]| {
        let mut command = project.command(&[&["-C", "project"], args].concat());
        finished(command.current_dir(project.beside("")).output().unwrap())
    };
    run(&["sbom", "main.go"])
        .ends_with(2)
        .says("from `project/main.go`: not an ELF");
    run(&["inspect", "nope.msi"])
        .ends_with(1)
        .says("`project/nope.msi`");
    run(&["verify", "nope"])
        .ends_with(5)
        .says("`project/nope/artifacts.json`");
    run(&["merge", "nope"]).ends_with(1).says("`project/nope`");
    run(&["check", "--manifest", "nope.toml"])
        .ends_with(3)
        .says("project/nope.toml`");
    run(&["man", "pages"]).ends_with(0);
    run(&["completions", "fish", "pages"]).ends_with(0);
    assert!(project.path("pages/gorelease.1").is_file());
    assert!(project.path("pages/gorelease.fish").is_file());
}

#[test]
fn a_folder_without_a_program_is_said_before_anything_else() {
    let project = Project::empty();
    for command in ["check", "plan", "build", "init"] {
        let run = project
            .run(&[command])
            .ends_with(3)
            .says("is in no Go module")
            .says("go mod init");
        assert!(!run.stderr.contains("no version"), "{}", run.stderr);
    }
    project.write("go.mod", "module example.com/library\n\ngo 1.21\n");
    project.write("library.go", "package library\n");
    for command in ["check", "plan", "build"] {
        project
            .run(&[command])
            .ends_with(3)
            .says("the project has no main package")
            .says("one that needs build tags is named with `main` and `tags`");
    }
    assert!(project.results().is_empty());
}
