use super::*;
use crate::report::fixture::{self, Recorded};
use crate::report::{Github, Style, Verbosity};

fn run(style: Style, events: fn(&Plan) -> Vec<Event>) -> Recorded {
    let recorded = Recorded::new(style);
    let plan = fixture::plan();
    follow(&recorded.printer, &fixture::channel(events(&plan)), &plan);
    recorded
}

#[test]
fn lines_tell_each_step_and_end_in_a_table() {
    let recorded = run(Style::default(), fixture::good_run);
    insta::assert_snapshot!(recorded.stderr(), @r"
    orders-api 1.4.2: release; 3 targets, 7 steps
      1/7  darwin/arm64   compiling         5.2 s
      2/7  darwin/arm64   packing zip       310 ms
      3/7  linux/amd64    compiling         4.1 s
      4/7  linux/amd64    packing zip       reused
      5/7  windows/amd64  compiling         12.3 s
      6/7  windows/amd64  packing zip       700 ms
      7/7  release        hashing           reused
      artifact                              size    time
      orders-api_1.4.2_darwin_arm64.zip   4.2 MB  310 ms
      orders-api_1.4.2_linux_amd64.zip    4.2 MB  reused
      orders-api_1.4.2_windows_amd64.zip  4.2 MB  310 ms
      SHA256SUMS                          4.2 MB  310 ms
    done in 14.2 s: 4 files (16.9 MB) in `dist`, all opened again and right
    ");
    assert_eq!(recorded.stdout(), "");
}

#[test]
fn verbose_lines_tell_beginnings_and_memory() {
    let style = Style {
        verbosity: Verbosity::Verbose,
        ..Style::default()
    };
    let text = run(style, fixture::good_run).stderr();
    let lines: Vec<&str> = text.lines().skip(1).take(4).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    0/7  darwin/arm64   compiling         begins  (build darwin/arm64)
    1/7  darwin/arm64   compiling         5.2 s  (build darwin/arm64, 8.2 MB, 412.0 MB memory)
    1/7  darwin/arm64   packing zip       begins  (pack darwin/arm64)
    2/7  darwin/arm64   packing zip       310 ms  (pack darwin/arm64, 8.2 MB)
    ");
}

#[test]
fn a_failure_comes_last_with_the_output_of_the_compiler() {
    let recorded = run(Style::default(), fixture::bad_run);
    insta::assert_snapshot!(recorded.stderr(), @r"
    orders-api 1.4.2: release; 3 targets, 7 steps
      1/7  darwin/arm64   compiling         5.2 s
      2/7  linux/amd64    compiling         failed
    error: `go build` for linux/amd64 failed
      # example.com/orders
      ./main.go:7:2: undefined: fmt
    ");
}

#[test]
fn quiet_shows_failures_alone() {
    let style = Style {
        verbosity: Verbosity::Quiet,
        progress: Progress::None,
        ..Style::default()
    };
    assert_eq!(run(style.clone(), fixture::good_run).stderr(), "");
    let text = run(style, fixture::bad_run).stderr();
    assert!(text.starts_with("error: `go build`"), "{text}");
}

#[test]
fn json_is_an_event_a_line() {
    let style = Style {
        stdout: Stdout::Events,
        progress: Progress::None,
        ..Style::default()
    };
    let plan = fixture::plan();
    let recorded = run(style, fixture::good_run);
    let text = recorded.stdout();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), fixture::good_run(&plan).len());
    let schema = jsonschema::validator_for(&crate::schema::Document::Events.schema()).unwrap();
    for line in &lines {
        assert!(schema.is_valid(line), "{line}");
    }
    assert!(!schema.is_valid(&serde_json::json!({ "event": "done" })));
    assert_eq!(lines[0]["event"], "planned");
    assert_eq!(lines[2]["elapsed"], 5.2);
    assert_eq!(recorded.stderr(), "");
}

#[test]
fn github_gets_a_group_for_each_target() {
    let style = Style {
        progress: Progress::Groups,
        github: Some(Github::default()),
        ..Style::default()
    };
    insta::assert_snapshot!(run(style, fixture::bad_run).stderr(), @r"
    orders-api 1.4.2: release; 3 targets, 7 steps
    ::group::darwin/arm64
      1/7  darwin/arm64   compiling         5.2 s
    ::endgroup::
    ::group::linux/amd64
      2/7  linux/amd64    compiling         failed
    ::endgroup::
    error: `go build` for linux/amd64 failed
      # example.com/orders
      ./main.go:7:2: undefined: fmt
    ::error title=linux/amd64::`go build` for linux/amd64 failed
    ");
}

#[test]
fn github_gets_a_summary_and_outputs() {
    let folder = tempfile::tempdir().unwrap();
    let github = Github {
        workspace: None,
        summary: Some(folder.path().join("summary")),
        output: Some(folder.path().join("output")),
    };
    let style = Style {
        progress: Progress::Groups,
        github: Some(github.clone()),
        ..Style::default()
    };
    run(style.clone(), fixture::bad_run);
    assert!(!github.output.clone().unwrap().exists());
    run(style, fixture::good_run);
    let read = |path: Option<std::path::PathBuf>| std::fs::read_to_string(path.unwrap()).unwrap();
    assert_eq!(
        read(github.summary).matches("## orders-api 1.4.2").count(),
        2
    );
    assert!(read(github.output).starts_with("version<<gorelease_"));
}

#[test]
fn a_drawing_is_taken_away_before_the_table() {
    let style = Style {
        progress: Progress::Drawn,
        ..Style::default()
    };
    let text = run(style, fixture::good_run).stderr();
    let (drawing, rest) = text.rsplit_once('\u{1b}').unwrap();
    assert!(drawing.contains("compiling"), "{drawing:?}");
    assert!(drawing.contains("7 steps"), "{drawing:?}");
    assert!(rest.contains("SHA256SUMS"), "{rest:?}");
}

#[test]
fn a_failure_that_was_shown_is_not_shown_again() {
    let recorded = run(Style::default(), fixture::bad_run);
    let failure = crate::error::Failure::failed("`go build` for linux/amd64 failed");
    recorded.printer.failure(&failure);
    let text = recorded.stderr();
    assert_eq!(text.matches("error:").count(), 1, "{text}");
}
