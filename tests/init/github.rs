//! Workflows and actions against GitHub's published schemas, actionlint and zizmor.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use gorelease::init::{self, Action, Draft, Program, Survey, System, Workflow};
use gorelease::project::{Facts, Package};
use serde_json::Value;

use crate::support;

const ACTIONLINT: &str = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

/// The workflow that `gorelease init --github` writes.
fn generated(action: &Action, runners: &[String]) -> String {
    let program = Program {
        package: Package {
            import_path: "example.com/orders".to_owned(),
            dir: "/project".into(),
            ..Package::default()
        },
        systems: System::ALL.into(),
        errors: [].into(),
        other: None,
    };
    let survey = Survey {
        programs: vec![program],
        auxiliary: Vec::new(),
        broken: Vec::new(),
        sources: Vec::new(),
    };
    let mut facts = Facts::example();
    if let Ok(git) = &mut facts.git {
        // The project is then a folder of the repository, which has more lines in the workflow.
        git.root = "/".into();
    }
    let draft = Draft::new(&facts, &survey, None).unwrap();
    init::workflow(&Workflow::new(&draft, action.clone(), runners)).unwrap()
}

/// The workflow that releases gorelease itself: from the same text, with a runner for each of its systems.
fn own() -> String {
    let runners = [
        "ubuntu-latest",
        "ubuntu-24.04-arm",
        "macos-15-intel",
        "macos-latest",
        "windows-latest",
    ];
    let workflow = Workflow {
        name: "gorelease".to_owned(),
        tag_prefix: "v".to_owned(),
        go_version_file: String::new(),
        folder: String::new(),
        runners: runners.map(str::to_owned).into(),
        action: Action::Local,
    };
    init::workflow(&workflow).unwrap()
}

#[test]
fn the_own_release_workflow_is_the_generated_one() {
    let path = support::root().join(".github/workflows/release.yml");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, own()).unwrap();
    }
    assert!(
        read(&path) == own(),
        "release.yml is stale: run `UPDATE_GOLDEN=1 cargo test --test init`"
    );
}

/// Each foreign action is pinned by one commit everywhere, with its version as a comment.
#[test]
fn actions_are_pinned_by_one_commit_each() {
    let mut texts: Vec<String> = files(".github/workflows", "yml")
        .iter()
        .map(|path| read(path))
        .collect();
    texts.extend(
        ["action.yml", ".github/actions/rust/action.yml"]
            .map(|path| read(&support::root().join(path))),
    );
    texts.extend(all_generated());
    texts.extend(documented());
    let mut pins: BTreeMap<String, String> = BTreeMap::new();
    for line in texts.iter().flat_map(|text| text.lines()) {
        let Some((_, uses)) = line.split_once("uses: ") else {
            continue;
        };
        if uses.starts_with("./") || uses.contains("/gorelease@") {
            continue;
        }
        let (action, pin) = uses.split_once('@').expect(uses);
        let (commit, version) = pin.split_once(" # v").expect(uses);
        assert!(
            commit.len() == 40 && commit.bytes().all(|c| c.is_ascii_hexdigit()),
            "{uses}"
        );
        assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{uses}");
        let first = pins
            .entry(action.to_owned())
            .or_insert_with(|| pin.to_owned());
        assert_eq!(first, pin, "{action}");
    }
    assert!(pins.len() >= 5, "{pins:?}");
}

/// A commit, as careful projects pin actions.
const PINNED: &str = "contoso/gorelease@0123456789abcdef0123456789abcdef01234567";

/// The workflow with a pinned action.
#[cfg(unix)]
pub fn generated_pinned() -> String {
    generated(&PINNED.parse().unwrap(), &[])
}

/// With the published action, one that is compiled from its checkout, a pinned one, and one on several runners.
fn all_generated() -> [String; 4] {
    let [source, pinned] = ["contoso/gorelease@main", PINNED].map(|action| action.parse().unwrap());
    let several = ["ubuntu-latest".to_owned(), "macos-latest".to_owned()];
    [
        generated(&Action::default(), &[]),
        generated(&source, &[]),
        generated(&pinned, &[]),
        generated(&pinned, &several),
    ]
}

#[test]
fn the_guide_and_the_workflow_name_the_action_of_cargo_toml() {
    let action = Action::default().to_string();
    let text = read(&support::root().join("docs/github-actions.md"));
    let uses: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- uses: "))
        .filter(|uses| uses.contains("/gorelease@"))
        .collect();
    assert!(uses.len() >= 4, "{uses:?}");
    assert!(uses.iter().all(|uses| *uses == action), "{uses:?}");

    let [published, source, pinned, _] = all_generated();
    assert!(published.contains(&format!("uses: {action}\n")));
    assert!(pinned.contains(&format!("uses: {PINNED}\n")) && !pinned.contains("version: source"));
    assert!(!published.contains("version: source"));
    assert!(source.contains("uses: contoso/gorelease@main\n"));
    assert!(source.contains("version: source"));
}

/// The jobs that the guide shows, as whole workflows.
fn documented() -> Vec<String> {
    let text = read(&support::root().join("docs/github-actions.md"));
    text.split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .filter(|block| block.starts_with("jobs:"))
        .map(|block| format!("on: push\n{block}"))
        .collect()
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(support::root().join(folder)).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect()
}

fn assert_valid(schema: &str, documents: &[(String, String)]) {
    let path = support::root().join("../shared/schemas").join(schema);
    let Ok(text) = std::fs::read_to_string(&path) else {
        support::skip::<()>(&format!("the schema `{schema}` is not at hand"));
        return;
    };
    let schema: Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, text) in documents {
        let problems: Vec<String> = validator
            .iter_errors(&yaml(text))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{name}: {problems:#?}");
    }
}

#[test]
fn workflows_are_valid() {
    let mut documents: Vec<(String, String)> = files(".github/workflows", "yml")
        .iter()
        .map(|path| (path.display().to_string(), read(path)))
        .collect();
    assert!(documents.len() >= 2);
    let generated = all_generated().map(|text| ("generated".to_owned(), text));
    documents.extend(generated);
    assert!(!documented().is_empty());
    documents.extend(
        documented()
            .into_iter()
            .map(|text| ("guide".to_owned(), text)),
    );
    assert_valid("github-workflow.json", &documents);
}

#[test]
fn actions_are_valid() {
    let paths = ["action.yml", ".github/actions/rust/action.yml"];
    let documents = paths.map(|path| (path.to_owned(), read(&support::root().join(path))));
    assert_valid("github-action.json", &documents);
}

/// The workflows hand inputs to the action by name, which no schema can check.
#[test]
fn inputs_of_the_action_exist() {
    let action = yaml(&read(&support::root().join("action.yml")));
    let known = action["inputs"].as_object().unwrap();
    let mut texts: Vec<String> = files(".github/workflows", "yml")
        .iter()
        .map(|path| read(path))
        .collect();
    texts.extend(all_generated());
    texts.extend(documented());
    let mut seen = 0;
    for text in texts {
        let workflow = yaml(&text);
        let jobs = workflow["jobs"].as_object().unwrap().values();
        for step in jobs.flat_map(|job| job["steps"].as_array().unwrap()) {
            let uses = step["uses"].as_str().unwrap_or_default();
            if uses == "./" || uses.contains("/gorelease@") {
                seen += 1;
                for input in step["with"].as_object().unwrap().keys() {
                    assert!(known.contains_key(input), "{input}");
                }
            }
        }
    }
    assert!(seen >= 3);
}

/// The workflows of the repository and all that are generated with a pinned action, which zizmor asks for.
#[test]
fn zizmor_finds_nothing() {
    let Some(python) = support::python::python("zizmor", &["zizmor==1.32.0"]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let [_, _, pinned, several] = all_generated();
    let mut paths = files(".github/workflows", "yml");
    paths.extend(
        [
            "action.yml",
            ".github/actions/rust/action.yml",
            ".github/dependabot.yml",
        ]
        .map(|path| support::root().join(path)),
    );
    for (name, text) in [("pinned.yml", pinned), ("several.yml", several)] {
        let path = folder.path().join(".github/workflows").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        paths.push(path);
    }
    let output = Command::new(python.with_file_name("zizmor"))
        .args([
            "--offline",
            "--no-progress",
            "--persona",
            "pedantic",
            "--config",
        ])
        .arg(support::root().join(".github/zizmor.yml"))
        .args(paths)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn actionlint_finds_nothing() {
    let Some(actionlint) = actionlint() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut paths = files(".github/workflows", "yml");
    for (number, text) in documented().into_iter().chain(all_generated()).enumerate() {
        let path = folder.path().join(format!("{number}.yml"));
        std::fs::write(&path, text).unwrap();
        paths.push(path);
    }
    let output = Command::new(actionlint)
        .args(["-no-color", "-oneline"])
        .args(paths)
        .current_dir(support::root())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
}

/// The installed actionlint, or one made from the Go proxy.
fn actionlint() -> Option<PathBuf> {
    if let Ok(path) = which::which("actionlint") {
        return Some(path);
    }
    let bin = support::cache().join("bin");
    let file = bin.join(format!("actionlint{}", std::env::consts::EXE_SUFFIX));
    if !file.is_file() {
        let output = Command::new(support::require_tool("go")?)
            .args(["install", ACTIONLINT])
            .env("GOBIN", &bin)
            .env("GOFLAGS", "")
            .output()
            .unwrap();
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr);
            return support::skip(&format!("actionlint cannot be installed: {reason}"));
        }
    }
    Some(file)
}
