//! The runner against real processes.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{Cancel, Invocation, ProcessError, Runner, Secret};

fn sh(script: &str) -> Invocation {
    Invocation::new("sh", "the script").args(["-c", script])
}

fn run(script: &str) -> Result<super::Output, ProcessError> {
    Runner::default().run(&sh(script))
}

/// Whether a process is there and no zombie.
fn is_alive(pid: &str) -> bool {
    let output = std::process::Command::new("ps")
        .args(["-o", "stat=", "-p", pid])
        .output()
        .unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

fn eventually(condition: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        if condition() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    condition()
}

/// The number that a script has written to `file`.
fn pid_in(file: &Path) -> String {
    assert!(eventually(|| {
        std::fs::read_to_string(file).is_ok_and(|text| text.ends_with('\n'))
    }));
    std::fs::read_to_string(file).unwrap().trim().to_owned()
}

#[test]
fn keeps_both_streams_and_measures() {
    let output = run("echo out; echo err >&2").unwrap();
    assert_eq!(output.stdout, b"out\n");
    assert_eq!(output.stderr, b"err\n");
    assert_eq!(output.omitted, 0);
    assert!(output.peak_memory.unwrap() > 100 << 10);
    assert!(output.elapsed > Duration::ZERO);
}

#[test]
fn peak_memory_covers_grandchildren() {
    let grow = "head -c 200000000 /dev/zero | tail -c 200000000 | wc -c";
    let output = run(&format!("sh -c '{grow}'")).unwrap();
    assert!(output.peak_memory.unwrap() > 190 << 20);
}

#[test]
fn environment_directory_and_input_are_passed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let invocation = sh("pwd; echo \"[$GREETING][$HOME][$PIN]\"; cat")
        .cwd(&folder)
        .env("GREETING", "hello")
        .secret_env("PIN", Secret::new("4711"))
        .env_remove("HOME")
        .stdin("typed");
    let text = Runner::default().read(&invocation).unwrap();
    assert_eq!(
        text,
        format!("{}\n[hello][][4711]\ntyped", folder.display())
    );
}

#[test]
fn input_is_empty_by_default() {
    assert_eq!(run("cat").unwrap().stdout, b"");
}

#[test]
fn input_that_nobody_reads_is_no_error() {
    let big = vec![b'x'; 1 << 20];
    Runner::default().run(&sh("exit 0").stdin(big)).unwrap();
}

#[test]
fn large_output_on_both_streams_does_not_block() {
    let output = run("head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero").unwrap();
    assert_eq!(output.stdout.len(), 3_000_000);
    assert_eq!(output.stderr.len(), 3_000_000);
}

#[test]
fn output_beyond_the_limit_is_cut_and_not_parsed() {
    let endless = sh("head -c 17000000 /dev/zero; echo end");
    let output = Runner::default().run(&endless).unwrap();
    assert!(output.omitted > 0 && output.stdout.ends_with(b"end\n"));
    let error = Runner::default().read(&endless).unwrap_err();
    assert!(matches!(error, ProcessError::Unreadable { .. }), "{error}");
}

#[test]
fn failure_carries_the_output_verbatim() {
    let error = run("echo partial; echo 'main.go:3: broken' >&2; exit 3").unwrap_err();
    assert_eq!(error.to_string(), "the script failed with exit code 3");
    let output = error.output().unwrap();
    assert_eq!(output.stdout, b"partial\n");
    assert_eq!(output.stderr, b"main.go:3: broken\n");
}

#[test]
fn what_is_missing_is_named() {
    let error = Runner::default()
        .run(&Invocation::new("/nowhere/program", "nothing"))
        .unwrap_err();
    assert!(matches!(error, ProcessError::NotFound { .. }), "{error}");
    assert!(error.hint().unwrap().contains("/nowhere/program"));

    let error = Runner::default()
        .run(&sh("true").cwd("/nowhere/folder"))
        .unwrap_err();
    assert!(matches!(error, ProcessError::NoDirectory { .. }), "{error}");
}

#[test]
fn signals_are_told_from_lack_of_memory() {
    let error = run("kill -SEGV $$").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the script was ended by signal 11 (SIGSEGV)"
    );
    for script in [
        "kill -KILL $$",
        "echo 'go build: /go/compile: signal: killed' >&2; exit 1",
    ] {
        let error = run(script).unwrap_err();
        assert!(matches!(error, ProcessError::OutOfMemory { .. }), "{error}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn what_a_program_leaves_behind_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let started = Instant::now();
    run(&format!("sleep 60 & echo $! > '{}'", file.display())).unwrap();
    assert!(started.elapsed() < Duration::from_secs(10));
    let pid = pid_in(&file);
    assert!(eventually(|| !is_alive(&pid)));
}

#[test]
fn cancel_ends_the_whole_tree() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let runner = Runner::default();
    let script = sh(&format!(
        "sh -c 'sleep 60 & echo $! > \"{}\"; wait'; true",
        file.display()
    ));
    let other = runner.clone();
    let thread = std::thread::spawn(move || other.run(&script));
    let pid = pid_in(&file);
    assert!(is_alive(&pid));
    runner.cancel().cancel();
    let error = thread.join().unwrap().unwrap_err();
    assert!(matches!(error, ProcessError::Cancelled { .. }), "{error}");
    assert!(eventually(|| !is_alive(&pid)));
}

#[test]
fn a_tree_that_ignores_requests_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let runner = Runner::default();
    let script = sh(&format!(
        "trap '' INT TERM; echo $$ > '{}'; while :; do sleep 1; done",
        file.display()
    ));
    let other = runner.clone();
    let thread = std::thread::spawn(move || other.run(&script));
    pid_in(&file);
    runner.cancel().cancel();
    let error = thread.join().unwrap().unwrap_err();
    assert!(matches!(error, ProcessError::Cancelled { .. }), "{error}");
}

#[test]
fn nothing_starts_after_a_cancellation() {
    let cancel = Cancel::new();
    cancel.cancel();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("made");
    let error = Runner::new(cancel.clone())
        .run(&sh(&format!("touch '{}'", file.display())))
        .unwrap_err();
    assert!(matches!(error, ProcessError::Cancelled { .. }), "{error}");
    assert!(cancel.is_cancelled() && !file.exists());
}

#[test]
fn a_cancellation_races_with_no_start() {
    for delay in 0..20 {
        let runner = Runner::default();
        let started = Instant::now();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| runner.run(&sh("sleep 60"))))
                .collect();
            std::thread::sleep(Duration::from_micros(delay * 150));
            runner.cancel().cancel();
            for thread in threads {
                let error = thread.join().unwrap().unwrap_err();
                assert!(matches!(error, ProcessError::Cancelled { .. }), "{error}");
            }
        });
        assert!(started.elapsed() < Duration::from_secs(20));
    }
}
