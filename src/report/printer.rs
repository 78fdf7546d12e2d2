//! The two streams of the process: data on standard output, talk on standard error.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _, Write};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use serde::Serialize;

use super::options::{Environment, Options, Stdout, Style, Verbosity};
use super::summary::FailureSummary;
use super::text::Tone;
use super::{diagnostic, github, json};
use crate::error::{Failure, io_word};
use crate::manifest::Source;
use crate::problem::Problems;
use crate::process::masked;

/// Writes for people and programs; everything that the process says goes through here.
pub struct Printer {
    style: Style,
    stdout: Mutex<Sink>,
    stderr: Mutex<Sink>,
    /// The manifest, whose lines problems show.
    source: Mutex<Option<Source>>,
    /// The failures that were shown, so that none is shown twice.
    shown: Mutex<BTreeSet<String>>,
}

/// A stream, until it fails.
struct Sink {
    stream: Box<dyn Write + Send>,
    error: Option<io::Error>,
}

impl Sink {
    fn new(stream: impl Write + Send + 'static) -> Mutex<Self> {
        Mutex::new(Self {
            stream: Box::new(stream),
            error: None,
        })
    }

    fn write(&mut self, text: &str) {
        if self.error.is_none() {
            let written = self.stream.write_all(masked(text).as_bytes());
            self.error = written.and_then(|()| self.stream.flush()).err();
        }
    }
}

impl Printer {
    /// The printer of this process.
    pub fn of_process(options: &Options) -> Self {
        let style = Style::resolve(options, &Environment::of_process());
        // AutoStream makes the escape sequences work on old Windows consoles.
        Self::new(
            style,
            anstream::AutoStream::always(io::stdout()),
            anstream::AutoStream::always(io::stderr()),
        )
    }

    /// A printer on these streams.
    pub fn new(
        style: Style,
        stdout: impl Write + Send + 'static,
        stderr: impl Write + Send + 'static,
    ) -> Self {
        Self {
            style,
            stdout: Sink::new(stdout),
            stderr: Sink::new(stderr),
            source: Mutex::default(),
            shown: Mutex::default(),
        }
    }

    /// From now on, problems show the lines of this manifest.
    pub fn set_source(&self, source: Option<Source>) {
        *lock(&self.source) = source;
    }

    /// How things are written.
    pub fn style(&self) -> &Style {
        &self.style
    }

    /// Writes what the user asked for to standard output, with its own line ends; escape sequences go if they do not
    /// belong there. An error is kept for [`Printer::finish`].
    pub fn data(&self, text: &str) {
        let text = adapt(text, self.style.color_stdout);
        lock(&self.stdout).write(&text);
    }

    /// Writes a value as one line of JSON to standard output.
    pub fn json_line(&self, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(line) => lock(&self.stdout).write(&(line + "\n")),
            Err(error) => lock(&self.stdout).error = Some(error.into()),
        }
    }

    /// Writes a value as indented JSON to standard output.
    pub fn json(&self, value: &impl Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => lock(&self.stdout).write(&(text + "\n")),
            Err(error) => lock(&self.stdout).error = Some(error.into()),
        }
    }

    /// Says something on standard error, with its own line ends; not when quiet, nor beside JSON.
    pub fn talk(&self, text: &str) {
        if self.style.verbosity > Verbosity::Quiet && self.style.stdout == Stdout::Data {
            self.say(text);
        }
    }

    /// Asks on standard error, and waits for an answer while `goes_on`; no terminal answers no.
    pub fn confirm(&self, question: &str, goes_on: &dyn Fn() -> bool) -> bool {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return false;
        }
        self.say(&format!("{question} [y/N] "));
        let (sender, answer) = mpsc::channel();
        // A thread of its own: an interrupt does not end the wait for a line.
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = io::stdin().read_line(&mut line);
            sender.send(read.map(|_| line).unwrap_or_default())
        });
        while goes_on() {
            match answer.recv_timeout(Duration::from_millis(50)) {
                Ok(line) => return matches!(line.trim().to_lowercase().as_str(), "y" | "yes"),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return false,
            }
        }
        false
    }

    /// Says something on standard error that only `-v` wants to hear.
    pub fn detail(&self, text: &str) {
        if self.style.verbosity == Verbosity::Verbose {
            self.talk(text);
        }
    }

    /// Warns, unless quiet.
    pub fn warning(&self, message: &str) {
        if self.style.verbosity > Verbosity::Quiet {
            self.say(&diagnostic::warning(message));
            self.command(|_| github::annotation(github::Level::Warning, None, message));
        }
    }

    /// Shows the problems of a manifest or project. Warnings are shown even when quiet if errors are beside them.
    pub fn problems(&self, problems: &Problems) {
        if problems.is_empty() {
            return;
        }
        let source = lock(&self.source).clone();
        let source = source.as_ref();
        if self.style.stdout == Stdout::Events {
            json::problems(problems, source)
                .iter()
                .for_each(|line| self.json_line(line));
        }
        if problems.is_ok() && self.style.verbosity == Verbosity::Quiet {
            return;
        }
        self.say(&diagnostic::problems(problems, source));
        self.command(|github| github::problems(github, problems, source));
    }

    /// Shows why a command failed; nothing that was shown before.
    pub fn failure(&self, failure: &Failure) {
        self.problems(&failure.problems);
        if failure.message.is_empty() || !self.note_shown(&failure.message) {
            return;
        }
        if self.style.stdout == Stdout::Events {
            self.json_line(&json::failure(failure));
        }
        self.error(failure, None);
    }

    /// Shows a failure's message, detail and hint, with a title for the annotation.
    fn error(&self, failure: &Failure, title: Option<&str>) {
        self.say(&diagnostic::message(
            &failure.message,
            failure.detail.as_deref(),
            failure.hint.as_deref(),
        ));
        self.command(|_| github::annotation(github::Level::Error, title, &failure.message));
    }

    /// Shows why a step failed; as an event, programs know it already.
    pub(super) fn failed_step(&self, failed: &FailureSummary, title: Option<&str>) {
        self.note_shown(&failed.failure.message);
        self.error(&failed.failure, title);
    }

    /// The text in a tone's colour, if standard error has colours.
    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        match self.style.color_stderr {
            true => tone.paint(text),
            false => text.to_owned(),
        }
    }

    /// Whether this message was not shown before.
    fn note_shown(&self, message: &str) -> bool {
        lock(&self.shown).insert(message.to_owned())
    }

    /// Writes commands to the GitHub Actions runner, if there is one.
    pub(super) fn command(&self, commands: impl FnOnce(&super::Github) -> String) {
        if let Some(github) = &self.style.github {
            lock(&self.stderr).write(&commands(github));
        }
    }

    /// Writes to standard error as it is: what is drawn.
    pub(super) fn draw(&self, text: &str) {
        lock(&self.stderr).write(text);
    }

    /// Writes to standard error.
    pub(super) fn say(&self, text: &str) {
        let text = adapt(text, self.style.color_stderr);
        let text = match &self.style.github {
            Some(_) => github::harmless(&text),
            None => text,
        };
        lock(&self.stderr).write(&text);
    }

    /// Whether all data could be written. A reader that has gone away is no error.
    ///
    /// # Errors
    /// The first error of standard output.
    pub fn finish(&self) -> Result<(), Failure> {
        match lock(&self.stdout).error.take() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::failed(
                format!("could not write to standard output: {}", io_word(&error)),
            )),
            _ => Ok(()),
        }
    }
}

fn adapt(text: &str, color: bool) -> String {
    match color {
        true => text.to_owned(),
        false => anstream::adapter::strip_str(text).to_string(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;
    use crate::report::fixture::Recorded;

    #[test]
    fn data_and_talk_go_their_own_ways() {
        let recorded = Recorded::new(Style::default());
        recorded.printer.data("data\n");
        recorded.printer.talk("\u{1b}[1mtalk\u{1b}[0m\n");
        recorded.printer.warning("odd");
        assert_eq!(recorded.stdout(), "data\n");
        assert_eq!(recorded.stderr(), "talk\nwarning: odd\n");
    }

    #[test]
    fn quiet_leaves_errors() {
        let recorded = Recorded::new(Style {
            verbosity: Verbosity::Quiet,
            ..Style::default()
        });
        recorded.printer.talk("talk\n");
        recorded.printer.warning("odd");
        recorded.printer.failure(&Failure::failed("it broke"));
        assert_eq!(recorded.stderr(), "error: it broke\n");
    }

    #[test]
    fn a_failure_is_shown_once() {
        let recorded = Recorded::new(Style::default());
        for _ in 0..2 {
            recorded.printer.failure(&Failure::failed("it broke"));
        }
        assert_eq!(recorded.stderr(), "error: it broke\n");
    }

    #[test]
    fn json_has_problems_and_failures_as_lines_and_people_still_read_them() {
        let recorded = Recorded::new(Style {
            stdout: Stdout::Events,
            ..Style::default()
        });
        let source = Source {
            path: "release.toml".into(),
            text: "[build]\nx = 1\n".to_owned(),
        };
        recorded.printer.set_source(Some(source));
        let mut problems = Problems::default();
        problems.push(Problem::error("unknown key `x`").at(8..9));
        recorded.printer.failure(&Failure::manifest(problems));
        recorded
            .printer
            .failure(&Failure::failed("it broke").hint("mend it"));
        insta::assert_snapshot!(recorded.stdout(), @r#"
            {"event":"problem","severity":"error","message":"unknown key `x`","file":"release.toml","line":2,"column":1,"end-line":2,"end-column":2}
            {"event":"failure","code":1,"message":"it broke","hint":"mend it"}
            "#);
        assert!(recorded.stderr().contains("unknown key `x`"));
    }

    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_goes_away_is_no_error_and_a_full_disk_is_one() {
        for (kind, right) in [
            (io::ErrorKind::BrokenPipe, true),
            (io::ErrorKind::StorageFull, false),
        ] {
            let printer = Printer::new(Style::default(), Broken(kind), io::sink());
            printer.data("x\n");
            assert_eq!(printer.finish().is_ok(), right, "{kind:?}");
        }
    }
}
