//! Ctrl-C, kill -9, and two runs at once: the earlier release stays whole.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::project::{Project, finished};

/// A project whose compilation waits in a hook until it is told to go on.
fn slow() -> Project {
    let project = Project::hello();
    project.manifest("[build]\ntargets = ['linux/amd64']\n");
    project.run(&["build"]).ends_with(0);
    project.manifest(
        "[build]\ntargets = ['linux/amd64']\n\
         [[hooks.before]]\nrun = ['sh', '-c', 'echo $$ > ../started; sleep 600']\n",
    );
    project
}

fn start(project: &Project) -> Child {
    let child = project
        .command(&["build"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while fs::read_to_string(project.beside("started")).map_or(true, |text| !text.ends_with('\n')) {
        assert!(Instant::now() < end, "the hook did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

fn hook_runs(project: &Project) -> bool {
    let pid = fs::read_to_string(project.beside("started")).unwrap();
    Command::new("kill")
        .args(["-0", pid.trim()])
        .stderr(Stdio::null())
        .status()
        .unwrap()
        .success()
}

#[test]
fn an_interrupt_ends_the_children_and_leaves_the_earlier_release() {
    let project = slow();
    let before = project.results();
    let child = start(&project);
    let stopped = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(stopped.success());
    finished(child.wait_with_output().unwrap())
        .ends_with(130)
        .says("interrupted");
    assert!(!hook_runs(&project));
    assert_eq!(project.results(), before);
    project.run(&["verify"]).ends_with(0);
    let left: Vec<_> = fs::read_dir(project.beside("cache/runs"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_second_run_is_refused_and_a_killed_one_leaves_no_trace() {
    let project = slow();
    let mut child = start(&project);
    project
        .run(&["build"])
        .ends_with(1)
        .says("another run is working");
    child.kill().unwrap();
    child.wait().unwrap();
    let hook = fs::read_to_string(project.beside("started")).unwrap();
    Command::new("kill")
        .args(["-9", hook.trim()])
        .status()
        .unwrap();
    project.manifest("[build]\ntargets = ['linux/amd64']\n");
    project.run(&["build"]).ends_with(0);
    assert!(
        !project.path("dist/.new").exists()
            || fs::read_dir(project.path("dist/.new"))
                .unwrap()
                .next()
                .is_none()
    );
    project.run(&["verify"]).ends_with(0);
}
