//! The one place that runs programs.

use std::ffi::OsString;
use std::io::{self, Read as _, Write};
use std::path::PathBuf;
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::time::Instant;

use super::cancel::{Cancel, NotStarted};
use super::capture::Capture;
use super::error::ProcessError;
use super::invocation::Invocation;
use super::output::Output;
use super::secret::{Secret, hidden_variables};

/// Variables that point git at another repository than the folder's own. A git hook sets them, and a release made
/// from a hook must not follow them, whichever program calls git in the end.
const REPOSITORY_VARIABLES: [&str; 7] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
];

/// Runs invocations, as many at once as there are threads that call it, until its [`Cancel`] is cancelled.
#[derive(Debug, Clone, Default)]
pub struct Runner {
    cancel: Cancel,
}

impl Runner {
    /// A runner whose programs end when `cancel` is cancelled.
    pub fn new(cancel: Cancel) -> Self {
        Self { cancel }
    }

    /// The token that ends what this runner runs.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Runs the program to its end.
    ///
    /// Its standard input is empty unless given, its output is kept (the first and last 8 MiB of each stream), and
    /// nothing of its process group outlives it.
    ///
    /// # Errors
    /// When it cannot be started, ends with another code than 0, is killed, or the token is cancelled.
    pub fn run(&self, invocation: &Invocation) -> Result<Output, ProcessError> {
        let started = Instant::now();
        let (registered, running, mut pipes) = self
            .cancel
            .spawn(command(invocation))
            .map_err(|reason| not_started(invocation, reason))?;
        let stdout = pipes.stdout.take().map(Capture::start);
        let stderr = pipes.stderr.take().map(Capture::start);
        feed(pipes.stdin.take(), invocation.stdin.clone());

        let waited = running.wait();
        // Struck off the list before it is reaped: from then on its number may be another process's.
        drop(registered);
        let ended = waited
            .and_then(|()| running.reap())
            .map_err(|source| ProcessError::Wait {
                summary: invocation.summary.clone(),
                program: invocation.program.clone(),
                source,
            })?;

        let (stdout, stdout_omitted) = stdout.map(Capture::finish).unwrap_or_default();
        let (stderr, stderr_omitted) = stderr.map(Capture::finish).unwrap_or_default();
        let output = Output {
            stdout,
            stderr,
            omitted: stdout_omitted + stderr_omitted,
            peak_memory: ended.peak_memory,
            elapsed: started.elapsed(),
        };
        self.judge(invocation, ended.status, output)
    }

    /// Runs the program and returns its whole standard output as text, without the white space at its end.
    ///
    /// # Errors
    /// As [`Runner::run`], and when the output is not UTF-8 or too long to be kept whole.
    pub fn read(&self, invocation: &Invocation) -> Result<String, ProcessError> {
        let output = self.run(invocation)?;
        let unreadable = |problem: String| ProcessError::Unreadable {
            summary: invocation.summary.clone(),
            problem,
        };
        if output.omitted > 0 {
            return Err(unreadable(format!(
                "its output is {} bytes too long to be read",
                output.omitted
            )));
        }
        let mut text = String::from_utf8(output.stdout)
            .map_err(|_| unreadable("its output is not UTF-8 text".to_owned()))?;
        text.truncate(text.trim_end().len());
        Ok(text)
    }

    fn judge(
        &self,
        invocation: &Invocation,
        status: ExitStatus,
        output: Output,
    ) -> Result<Output, ProcessError> {
        let summary = invocation.summary.clone();
        if status.success() {
            return Ok(output);
        }
        if self.cancel.is_cancelled() {
            return Err(ProcessError::Cancelled { summary });
        }
        Err(match status.code() {
            Some(code) => ProcessError::failed(summary, code, output),
            None => ended_by_signal(summary, status, output),
        })
    }
}

#[cfg(unix)]
fn ended_by_signal(summary: String, status: ExitStatus, output: Output) -> ProcessError {
    use std::os::unix::process::ExitStatusExt;
    let output = Box::new(output);
    match status.signal().unwrap_or_default() {
        // The kernel kills for memory with SIGKILL; we do only when cancelled, and nobody else does as a rule.
        libc::SIGKILL => ProcessError::OutOfMemory { summary, output },
        signal => ProcessError::Killed {
            summary,
            signal,
            output,
        },
    }
}

#[cfg(windows)]
fn ended_by_signal(summary: String, _status: ExitStatus, output: Output) -> ProcessError {
    ProcessError::Killed {
        summary,
        signal: 0,
        output: Box::new(output),
    }
}

fn command(invocation: &Invocation) -> Command {
    let mut command = Command::new(program(invocation));
    command.args(&invocation.args);
    for name in REPOSITORY_VARIABLES {
        command.env_remove(name);
    }
    for name in hidden_variables() {
        command.env_remove(name);
    }
    for (name, value) in &invocation.env {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    for (name, value) in &invocation.secret_env {
        command.env(name, os_string(value));
    }
    if let Some(directory) = &invocation.cwd {
        command.current_dir(directory);
    }
    let stdin = match invocation.stdin {
        Some(_) => Stdio::piped(),
        None => Stdio::null(),
    };
    command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A relative path counts from the working directory of the program: the systems differ in what they take it from.
fn program(invocation: &Invocation) -> PathBuf {
    let is_path = invocation.program.components().count() > 1;
    match &invocation.cwd {
        Some(directory) if is_path => directory.join(&invocation.program),
        _ => invocation.program.clone(),
    }
}

#[cfg(unix)]
fn os_string(secret: &Secret) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(secret.expose().to_owned())
}

#[cfg(windows)]
fn os_string(secret: &Secret) -> OsString {
    String::from_utf8_lossy(secret.expose()).into_owned().into()
}

/// Writes a program's input on a thread of its own, since it may write before it has read everything.
fn feed(stdin: Option<ChildStdin>, bytes: Option<Secret>) {
    if let (Some(mut stdin), Some(bytes)) = (stdin, bytes) {
        std::thread::spawn(move || {
            // A program that ends without reading its input has its own exit status to explain it.
            let _ = stdin.write_all(bytes.expose());
        });
    }
}

/// The first line of the program when that is there: the system says "not found" of a script's interpreter, too.
fn script(invocation: &Invocation) -> Option<String> {
    let path = program(invocation);
    let path = match path.components().count() {
        1 => which::which(&path).ok()?,
        _ => path,
    };
    let mut head = Vec::new();
    crate::format::input::open(&path)
        .ok()?
        .take(256)
        .read_to_end(&mut head)
        .ok()?;
    let line = head.split(|byte| *byte == b'\n').next()?;
    Some(String::from_utf8_lossy(line).into_owned())
}

fn not_started(invocation: &Invocation, reason: NotStarted) -> ProcessError {
    let summary = invocation.summary.clone();
    let program = invocation.program.clone();
    match (reason, &invocation.cwd) {
        (NotStarted::Cancelled, _) => ProcessError::Cancelled { summary },
        // The system gives the same error for a missing directory as for a missing program.
        (NotStarted::Io(_), Some(directory)) if !directory.is_dir() => ProcessError::NoDirectory {
            summary,
            directory: directory.clone(),
        },
        (NotStarted::Io(source), _) if source.kind() == io::ErrorKind::NotFound => {
            match script(invocation) {
                Some(first_line) => ProcessError::NoInterpreter {
                    summary,
                    program,
                    first_line,
                },
                None => ProcessError::NotFound { summary, program },
            }
        }
        (NotStarted::Io(source), _) => ProcessError::Spawn {
            summary,
            program,
            source,
        },
    }
}
