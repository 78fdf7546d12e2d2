//! A compilation that is killed for its memory, played by a go tool that kills itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::support::project::{Project, Run, finished};

/// A go tool that runs `script` before each build.
fn go_with(project: &Project, script: &str) -> PathBuf {
    let go = which::which("go").unwrap();
    let file = project.beside("go");
    let text = format!(
        "#!/bin/sh\nif [ \"$1\" = build ]; then\n{script}\nfi\nexec '{}' \"$@\"\n",
        go.display()
    );
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    file
}

fn build_with(project: &Project, go: &PathBuf) -> Run {
    let args = ["build", "--jobs", "2", "--memory", "64GB"];
    let output = project.command(&args).env("GORELEASE_GO", go).output();
    finished(output.unwrap())
}

#[test]
fn it_is_named_and_tried_again_alone() {
    let project = Project::hello();
    project.manifest("[build]\ntargets = ['linux/amd64', 'windows/amd64']\n");
    // From this run on it is known what a compilation takes, so that the next one begins with two at once.
    let counting = go_with(&project, ":");
    build_with(&project, &counting).ends_with(0);
    // The first waits for the second to run beside it, and then is killed; the second does not end before that was
    // noticed, so that the first has company.
    let script = "wait_for() { for i in $(seq 200); do \"$@\" && return; sleep 0.1; done; }\n\
        two_run() { [ $(ls -d ../running-* | wc -l) -gt 1 ]; }\n\
        has_killer() { [ -s ../killer ]; }\n\
        is_gone() { ! kill -0 $(cat ../killer) 2>/dev/null; }\n\
        touch ../running-$$\n\
        if mkdir ../killed 2>/dev/null; then echo $$ > ../killer; wait_for two_run; kill -9 $$; fi\n\
        wait_for has_killer; wait_for is_gone; sleep 1";
    let killing = go_with(&project, script);
    build_with(&project, &killing)
        .ends_with(0)
        .says("was stopped for lack of memory")
        .says("once more, alone");
    assert_eq!(project.results().len(), 4, "{:?}", project.results());
    project.run(&["verify"]).ends_with(0);
}

#[test]
fn alone_it_is_a_failure_with_a_hint() {
    let project = Project::hello();
    project.manifest("[build]\ntargets = ['linux/amd64']\n");
    let go = go_with(&project, "kill -9 $$");
    let run = build_with(&project, &go).ends_with(1).says("memory");
    assert!(run.stderr.contains("hint"), "{}", run.stderr);
    assert!(project.results().is_empty());
}
