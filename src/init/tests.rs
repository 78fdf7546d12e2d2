//! Drafts and their texts; whole modules are built by the end-to-end tests.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Draft, Program, Survey, System, Workflow, manifest, workflow};
use crate::project::mains::{Auxiliary, Why};
use crate::project::{Facts, Module, Package, Problem, ProblemKind};

fn package(import_path: &str, dir: &str) -> Package {
    Package {
        import_path: import_path.to_owned(),
        name: "main".to_owned(),
        dir: dir.into(),
        ..Package::default()
    }
}

fn program(import_path: &str, dir: &str, systems: &[System]) -> Program {
    Program {
        package: package(import_path, dir),
        systems: systems.iter().copied().collect(),
        errors: BTreeMap::new(),
        other: None,
    }
}

fn survey() -> Survey {
    Survey {
        programs: vec![
            program("example.com/orders", "/project", &System::ALL),
            program(
                "example.com/orders/cmd/eventlog",
                "/project/cmd/eventlog",
                &[System::Windows],
            ),
            Program {
                systems: BTreeSet::new(),
                errors: [(
                    System::Linux,
                    "# example.com/orders/cmd/old\n/project/cmd/old/main.go:3:2: undefined: x\n"
                        .to_owned(),
                )]
                .into(),
                ..program("example.com/orders/cmd/old", "/project/cmd/old", &[])
            },
        ],
        auxiliary: vec![Auxiliary {
            package: package("example.com/orders/examples/a", "/project/examples/a"),
            why: Why::Folder("examples".to_owned()),
        }],
        broken: Vec::new(),
        sources: Vec::new(),
    }
}

fn draft(facts: &Facts, survey: &Survey) -> Draft {
    Draft::new(facts, survey, None).unwrap()
}

/// The manifest's text, which must be right.
fn checked(draft: &Draft) -> String {
    let text = manifest(draft).unwrap();
    let (manifest, problems) = crate::manifest::parse(&text);
    assert!(
        manifest.is_some() && problems.is_empty(),
        "{text}\n{problems:#?}"
    );
    text
}

#[test]
fn a_first_manifest() {
    insta::assert_snapshot!(checked(&draft(&Facts::example(), &survey())));
}

/// What is proposed in a comment must be right as well, once the comment signs are gone.
#[test]
fn the_proposed_service_is_right() {
    let text = checked(&draft(&Facts::example(), &survey()));
    let start = text.find("# [[service]]").unwrap();
    let end = start + text[start..].find("\n\n").unwrap();
    let service = text[start..end].replace("# ", "");
    let text = format!("{}{service}{}", &text[..start], &text[end..]);
    let (manifest, problems) = crate::manifest::parse(&text);
    assert!(
        manifest.is_some() && problems.is_empty(),
        "{text}\n{problems:#?}"
    );
}

#[test]
fn a_first_workflow() {
    let mut facts = Facts::example();
    let first = draft(&facts, &survey());
    insta::assert_snapshot!(workflow(&Workflow::new(&first, Action::default(), &[])).unwrap());
    if let Ok(git) = &mut facts.git {
        git.root = "/".into();
    }
    let text = workflow(&Workflow::new(
        &draft(&facts, &survey()),
        Action::default(),
        &[],
    ))
    .unwrap();
    assert!(
        text.contains("tags: [\"project/v[0-9]+.[0-9]+.[0-9]+*\"]"),
        "{text}"
    );
    assert!(
        text.contains("go-version-file: \"project/go.mod\""),
        "{text}"
    );
    assert!(text.contains("directory: \"project\""), "{text}");
}

#[test]
fn without_git_the_version_stands_in_the_manifest() {
    let mut facts = Facts::example();
    facts.git = Err(Problem::new(ProblemKind::NoRepository, "none"));
    assert!(checked(&draft(&facts, &survey())).contains("\nversion = \"0.1.0\"\n"));
    facts.git = Err(Problem::new(ProblemKind::NoCommit, "none"));
    assert!(checked(&draft(&facts, &survey())).contains("\nversion = \"git\"\n"));
}

#[test]
fn programs_of_a_workspace_say_where_their_modules_are() {
    let mut facts = Facts::example();
    let mut survey = survey();
    survey.programs.truncate(1);
    let dir = std::path::PathBuf::from("/project/tools/über \"x\"");
    survey.programs[0].package.dir = dir.join("cmd");
    survey.programs[0].package.module = Some(Module {
        path: "example.com/tools".to_owned(),
        version: None,
        main: true,
        dir: Some(dir),
        go_version: None,
        replace: None,
    });
    if let Ok(modules) = &mut facts.modules {
        modules.main.clear();
        modules.workspace = Some("/project/go.work".into());
    }
    let draft = draft(&facts, &survey);
    assert_eq!(draft.name, "project");
    assert_eq!(draft.go_version_file, "go.work");
    let binary = &draft.binaries[0];
    assert_eq!(binary.dir.as_deref(), Some("tools/über \"x\""));
    assert_eq!(binary.main, "./cmd");
    checked(&draft);
}

#[test]
fn owner_and_page_come_from_the_module_path() {
    let mut facts = Facts::example();
    if let Ok(modules) = &mut facts.modules {
        modules.main[0].path = "github.com/contoso/orders/v3".to_owned();
    }
    facts.git = Err(Problem::new(ProblemKind::NoRepository, "none"));
    let draft = draft(&facts, &survey());
    assert_eq!(draft.name, "orders");
    assert_eq!(draft.manufacturer.as_deref(), Some("contoso"));
    assert_eq!(
        draft.homepage.as_deref(),
        Some("https://github.com/contoso/orders")
    );
}

#[test]
fn a_library_has_no_manifest() {
    assert_eq!(
        Draft::new(&Facts::example(), &Survey::default(), None),
        None
    );
}

#[test]
fn where_nothing_compiles_all_systems_are_left() {
    let mut survey = survey();
    survey.programs.drain(..2);
    let draft = draft(&Facts::example(), &survey);
    assert_eq!(draft.targets.len(), 6);
    let text = checked(&draft);
    assert!(
        text.contains("# ./cmd/old does not compile: cmd/old/main.go:3:2: undefined: x"),
        "{text}"
    );
}

#[test]
fn the_compiler_tells_where_a_program_runs() {
    use super::Compile;
    use crate::process::{Runner, ToolFinder};

    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let write = |name: &str, text: &str| {
        let file = root.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    let main = "package main\n\nfunc main() {}\n";
    write("go.mod", "module example.com/m\n\ngo 1.22\n");
    write("cmd/all/main.go", main);
    write("cmd/win/main_windows.go", main);
    write(
        "cmd/c/main.go",
        "package main\n\nimport \"C\"\n\nfunc main() {}\n",
    );
    write("examples/e/main.go", main);
    write(
        "sys/sys.go",
        "package sys\n\nimport \"syscall\"\n\nvar Kill = syscall.Kill\n",
    );
    write(
        "cmd/unix/main.go",
        "package main\n\nimport \"example.com/m/sys\"\n\nfunc main() { sys.Kill(1, 2) }\n",
    );
    let runner = Runner::default();
    let facts = Facts::gather(&runner, &ToolFinder::from_env(), &root, &[], &[].into());
    let survey = Survey::gather(&facts, &runner, Compile::Yes, None).unwrap();
    let draft = draft(&facts, &survey);
    let targets = |name: &str| {
        let mut all = draft.binaries.iter();
        all.find(|binary| binary.name == name)
            .unwrap()
            .targets
            .clone()
    };
    assert_eq!(targets("all"), None);
    assert_eq!(targets("win").unwrap(), ["windows/*"]);
    assert_eq!(targets("unix").unwrap(), ["linux/*", "darwin/*"]);
    assert_eq!(draft.unbuilt.len(), 1, "{draft:#?}");
    assert_eq!(draft.unbuilt[0].main, "./cmd/c");
    assert_eq!(
        draft.unbuilt[0].reason,
        "it needs cgo: set `cgo = true` in `[build]`, with a C compiler for each target"
    );
    assert_eq!(draft.auxiliary[0].main, "./examples/e");
    checked(&draft);
}
