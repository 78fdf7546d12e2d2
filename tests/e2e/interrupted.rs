//! Ctrl-C, kill -9, and two runs at once: the earlier release stays whole.

use std::fs;
use std::io::{BufRead, BufReader};
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
    wait_for_hook(project, &mut project.command(&["build"]))
}

fn wait_for_hook(project: &Project, command: &mut Command) -> Child {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    wait_until_started(project);
    child
}

fn wait_until_started(project: &Project) {
    let end = Instant::now() + Duration::from_secs(60);
    while fs::read_to_string(project.beside("started")).map_or(true, |text| !text.ends_with('\n')) {
        assert!(Instant::now() < end, "the hook did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
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

fn signal(name: &str, child: &Child) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// Ctrl-C, `docker stop` and `timeout`, and a terminal that is closed.
#[test]
fn an_interrupt_ends_the_children_and_leaves_the_earlier_release() {
    let project = slow();
    let before = project.results();
    for name in ["-INT", "-TERM", "-HUP", "-QUIT"] {
        let child = start(&project);
        signal(name, &child);
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
        fs::remove_file(project.beside("started")).unwrap();
    }
}

/// Answers of programs that were ended are no answers: no command takes them for what the project is like.
#[cfg(unix)]
#[test]
fn an_interrupt_while_the_project_is_looked_at_is_an_interrupt_of_every_command() {
    let project = Project::hello();
    let go = which::which("go").unwrap();
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *list*-e*|*list*-json*) echo $$ > {}; exec sleep 600;; esac\nexec {} \"$@\"\n",
        project.beside("started").display(),
        go.display()
    );
    let stand_in = project.beside("go");
    fs::write(&stand_in, script).unwrap();
    fs::set_permissions(
        &stand_in,
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    project.manifest("[[service]]\nbinary = 'hello'\n[deploy]\n");
    for args in [
        &["build"][..],
        &["check"],
        &["plan"],
        &["doctor"],
        &["init", "--force"],
    ] {
        let mut command = project.command(args);
        command.env("GORELEASE_GO", &stand_in);
        let child = wait_for_hook(&project, &mut command);
        signal("-INT", &child);
        let run = finished(child.wait_with_output().unwrap())
            .ends_with(130)
            .says("interrupted");
        assert!(!run.stderr.contains("go list"), "{args:?}: {}", run.stderr);
        assert_eq!(
            run.stderr.matches("error: ").count(),
            1,
            "{args:?}: {}",
            run.stderr
        );
        assert!(run.stdout.is_empty(), "{args:?}: {}", run.stdout);
        assert!(project.results().is_empty());
        fs::remove_file(project.beside("started")).unwrap();
    }
}

/// `nohup` lets a program outlive its terminal.
#[test]
fn an_ignored_hang_up_stays_ignored() {
    let project = slow();
    let mut command = Command::new("nohup");
    let build = project.command(&["build"]);
    command.arg(build.get_program()).args(build.get_args());
    command.current_dir(build.get_current_dir().unwrap());
    command.envs(
        build
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let child = wait_for_hook(&project, &mut command);
    signal("-HUP", &child);
    std::thread::sleep(Duration::from_millis(300));
    assert!(hook_runs(&project));
    signal("-INT", &child);
    finished(child.wait_with_output().unwrap()).ends_with(130);
}

#[test]
fn an_interrupt_after_a_failure_is_an_interrupt() {
    let project = slow();
    project.manifest(
        "[build]\ntargets = ['linux/amd64']\n\
         [[binary]]\nname = 'one'\n[[binary.hooks.before]]\nrun = ['false']\n\
         [[binary]]\nname = 'two'\nmain = '.'\n[[binary.hooks.before]]\n\
         run = ['sh', '-c', 'while ! [ -e ../failed ]; do sleep 0.02; done; echo $$ > ../started; sleep 600']\n",
    );
    let mut command = project.command(&["build", "--keep-going", "--format", "json"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("\"event\":\"failed\"")));
    fs::write(project.beside("failed"), "").unwrap();
    wait_until_started(&project);
    signal("-INT", &child);
    finished(child.wait_with_output().unwrap())
        .ends_with(130)
        .says("interrupted");
}

#[test]
fn waiting_for_another_run_is_told_and_can_be_interrupted() {
    let project = slow();
    let first = start(&project);
    let second = project
        .command(&["build", "--out", "elsewhere"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(1));
    signal("-INT", &second);
    finished(second.wait_with_output().unwrap())
        .ends_with(130)
        .says("another run compiles the same programs");
    project
        .run(&["cache", "clean"])
        .ends_with(1)
        .says("another run uses the cache");
    signal("-INT", &first);
    finished(first.wait_with_output().unwrap()).ends_with(130);
    project.run(&["cache", "clean"]).ends_with(0);
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
