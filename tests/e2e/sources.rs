//! A release is compiled from the files of its commit.
#![cfg(unix)]

use std::fs;

use crate::support::project::{Project, Run};

const HEAD: &str = "[build]\ntargets = ['linux/amd64']\n";

fn ignore(project: &Project, names: &str) {
    fs::write(project.path(".git/info/exclude"), names).unwrap();
}

/// `check` warns of it, and `--release` refuses it before anything is compiled.
#[track_caller]
fn refused(project: &Project, text: &str) -> Run {
    project
        .run(&["check"])
        .ends_with(0)
        .says(&format!("warning: {text}"));
    let run = project.run(&["build", "--release"]).ends_with(3);
    run.says(&format!("error: {text}"))
}

#[test]
fn files_that_git_ignores_are_no_part_of_a_release() {
    let project = Project::hello();
    ignore(&project, "zz_gen.go\nlogo.txt\ndefault.pgo\nbig.go\n");
    project.write(
        "embed.go",
        "package main\n\nimport _ \"embed\"\n\n//go:embed logo.txt\nvar logo string\n",
    );
    project.write("logo.txt", "logo\n");
    project.write(
        "zz_gen.go",
        "package main\n\nfunc init() { println(\"extra\") }\n",
    );
    project.manifest(HEAD);
    refused(
        &project,
        "`logo.txt`, `zz_gen.go` are compiled in and are not part of the commit",
    );
    project.manifest(&format!("{HEAD}generated = ['*_gen.go', 'logo.txt']\n"));
    project.run(&["check"]).ends_with(0);
    fs::remove_file(project.path("zz_gen.go")).unwrap();
    project.write("default.pgo", "x");
    refused(
        &project,
        "`default.pgo` is compiled in and is not part of the commit",
    );
}

#[test]
fn a_file_that_git_does_not_look_at_is_no_part_of_a_release() {
    let project = Project::hello();
    project.manifest(HEAD);
    for (set, unset) in [
        ("--assume-unchanged", "--no-assume-unchanged"),
        ("--skip-worktree", "--no-skip-worktree"),
    ] {
        project.git(&["update-index", set, "main.go"]);
        project.write(
            "main.go",
            "package main\n\nfunc main() { println(\"other\") }\n",
        );
        refused(
            &project,
            "`main.go` differs from the commit, and git was told not to look at it",
        );
        project.git(&["update-index", unset, "main.go"]);
        project.git(&["checkout", "--", "main.go"]);
    }
}

#[test]
fn folders_outside_the_repository_are_no_part_of_a_release() {
    let project = Project::hello();
    let library = project.beside("library");
    fs::create_dir(&library).unwrap();
    fs::write(
        library.join("go.mod"),
        "module example.com/library\n\ngo 1.21\n",
    )
    .unwrap();
    fs::write(library.join("a.go"), "package library\n\nconst A = 1\n").unwrap();
    project.write(
        "main.go",
        "package main\n\nimport \"example.com/library\"\n\nfunc main() { println(library.A) }\n",
    );
    project.write(
        "go.mod",
        "module example.com/hello\n\ngo 1.21\n\nrequire example.com/library v0.0.0\n\nreplace example.com/library => ../library\n",
    );
    project.manifest(HEAD);
    refused(&project, "`example.com/library` is compiled from");

    let project = Project::hello();
    fs::write(project.beside("go.work"), "go 1.21\n\nuse ./project\n").unwrap();
    project.manifest(HEAD);
    refused(&project, "the workspace `").says("env = { GOWORK = \"off\" }");
    project.manifest("[build]\ntargets = ['linux/amd64']\nenv = { GOWORK = 'off' }\n");
    project.run(&["build", "--release"]).ends_with(0);
}

#[test]
fn a_program_does_not_contain_the_release_before_it() {
    let project = Project::hello();
    project.write(
        "embed.go",
        "package main\n\nimport \"embed\"\n\n//go:embed all:web\nvar files embed.FS\n",
    );
    project.write("web/index.html", "x\n");
    project.manifest(HEAD);
    project.run(&["build", "--release"]).ends_with(0);
    project
        .run(&["build", "--release", "--out", "web/out"])
        .ends_with(3)
        .says("`example.com/hello` embeds the output folder");
}

#[test]
fn what_a_hook_makes_is_looked_at_too() {
    let project = Project::hello();
    ignore(&project, "made_gen.go\n");
    let hook = "[[hooks.before]]\nrun = ['sh', '-c', 'echo package main > made_gen.go']\n";
    project.manifest(&format!("{HEAD}{hook}"));
    project
        .run(&["build", "--release"])
        .ends_with(3)
        .says("`made_gen.go` is compiled in and is not part of the commit");
    fs::remove_file(project.path("made_gen.go")).unwrap();
    project.manifest(&format!("{HEAD}generated = ['made_gen.go']\n{hook}"));
    project.run(&["build", "--release"]).ends_with(0);
}
