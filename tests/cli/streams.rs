//! What goes where: data to standard output, talk to standard error, and what programs read.

use std::fs;
#[cfg(target_os = "linux")]
use std::process::Stdio;

use serde_json::Value;

use crate::support::project::{Project, finished};

fn hello() -> Project {
    let project = Project::hello();
    project.manifest("[build]\ntargets = ['linux/amd64', 'windows/amd64']\n");
    project
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn without_a_terminal_there_are_plain_lines() {
    let run = hello().run(&["build"]).ends_with(0);
    assert_eq!(run.stdout, "");
    assert!(!run.stderr.contains(['\u{1b}', '\r']), "{:?}", run.stderr);
    assert!(
        run.stderr.contains("windows/amd64  compiling"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("\ndone in "), "{}", run.stderr);
}

#[test]
fn quiet_says_nothing_when_all_is_well() {
    let run = hello().run(&["build", "--quiet"]).ends_with(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
}

#[test]
fn json_lines_are_events_of_the_published_schema() {
    let run = hello().run(&["build", "--format", "json"]).ends_with(0);
    let schema = gorelease::schema::Document::Events.schema();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let events = lines(&run.stdout);
    for event in &events {
        assert!(schema.is_valid(event), "{event}");
    }
    let kind = |event: &Value| event["event"].as_str().unwrap().to_owned();
    assert_eq!(kind(&events[0]), "planned");
    assert_eq!(kind(events.last().unwrap()), "done");
    assert_eq!(run.stderr, "");
}

#[test]
fn json_tells_the_place_of_a_problem() {
    let project = Project::hello();
    project.manifest("[build]\ntaregts = []\n");
    let run = project.run(&["check", "--format", "json"]).ends_with(3);
    let problem = &lines(&run.stdout)[0];
    assert_eq!(problem["event"], "problem");
    assert_eq!(
        (&problem["line"], &problem["column"]),
        (&2.into(), &1.into())
    );
    run.says("did you mean `targets`?");
}

#[test]
fn the_plan_is_of_the_published_schema() {
    let run = hello().run(&["plan", "--format", "json"]).ends_with(0);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    let schema = gorelease::schema::Document::Plan.schema();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = schema
        .iter_errors(&plan)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn github_gets_groups_annotations_a_summary_and_outputs() {
    let project = hello();
    let (summary, output) = (project.beside("summary"), project.beside("output"));
    let run = |args: &[&str]| {
        let mut command = project.command(args);
        command
            .env("GITHUB_ACTIONS", "true")
            .env(
                "GITHUB_WORKSPACE",
                fs::canonicalize(project.root()).unwrap(),
            )
            .env("GITHUB_STEP_SUMMARY", &summary)
            .env("GITHUB_OUTPUT", &output);
        finished(command.output().unwrap())
    };
    run(&["build"])
        .ends_with(0)
        .says("::group::linux/amd64\n")
        .says("\n::endgroup::\n");
    let text = fs::read_to_string(&summary).unwrap();
    assert!(text.starts_with("## hello 1.2.3\n"), "{text}");
    assert_eq!(text.matches("| linux/amd64 |").count(), 1, "{text}");
    let outputs = fs::read_to_string(&output).unwrap();
    assert!(outputs.contains("\n1.2.3\n"), "{outputs}");
    assert!(outputs.contains("\n[\"SHA256SUMS\","), "{outputs}");

    project.manifest("[build]\ntaregts = []\n");
    run(&["check"]).ends_with(3).says(
        "::error file=release.toml,line=2,col=1,endLine=2,endColumn=8::unknown key `taregts`",
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_goes_away_is_no_error_and_a_full_disk_is_one() {
    let project = hello();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = project.command(&["plan"]).stdout(writer).output().unwrap();
    finished(output).ends_with(0);
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = project
        .command(&["plan"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    finished(output)
        .ends_with(1)
        .says("could not write to standard output: the disk is full");
}

#[test]
fn the_page_lies_beside_the_results() {
    let project = hello();
    project.run(&["build"]).ends_with(0);
    let page = fs::read_to_string(project.path("dist/report.html")).unwrap();
    assert!(page.contains("hello_1.2.3_windows_amd64.zip"));
    project.run(&["verify"]).ends_with(0);
}
