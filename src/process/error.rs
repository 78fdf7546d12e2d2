//! Why a program did not do its work.

use std::io;
use std::path::PathBuf;

use super::output::Output;
use crate::error::io_word;

/// A program that could not be started, or did not end well. `summary` is the invocation's.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The executable is not there.
    #[error("{summary}: program `{}` not found", program.display())]
    NotFound {
        /// The invocation's summary.
        summary: String,
        /// What was to be run.
        program: PathBuf,
    },
    /// The program is a script whose interpreter is not there.
    #[error("{summary}: the interpreter of `{}` was not found", program.display())]
    NoInterpreter {
        /// The invocation's summary.
        summary: String,
        /// What was to be run.
        program: PathBuf,
        /// The script's first line, which names the interpreter.
        first_line: String,
    },
    /// The working directory is not there.
    #[error("{summary}: working directory `{}` not found", directory.display())]
    NoDirectory {
        /// The invocation's summary.
        summary: String,
        /// The directory.
        directory: PathBuf,
    },
    /// The system refused to start it.
    #[error("{summary}: cannot start `{}`: {}", program.display(), io_word(source))]
    Spawn {
        /// The invocation's summary.
        summary: String,
        /// What was to be run.
        program: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// It was started, but its end could not be awaited.
    #[error("{summary}: cannot wait for `{}`", program.display())]
    Wait {
        /// The invocation's summary.
        summary: String,
        /// What was run.
        program: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// It ended with an exit code other than 0.
    #[error("{summary} failed with exit code {code}")]
    Failed {
        /// The invocation's summary.
        summary: String,
        /// The exit code.
        code: i32,
        /// What it wrote, verbatim.
        output: Box<Output>,
    },
    /// A signal ended it, and not ours.
    #[error("{summary} was ended by {}", signal_name(*signal))]
    Killed {
        /// The invocation's summary.
        summary: String,
        /// The signal's number.
        signal: i32,
        /// What it wrote, verbatim.
        output: Box<Output>,
    },
    /// It, or a process below it, was killed or gave up for lack of memory.
    #[error("{summary} was stopped for lack of memory")]
    OutOfMemory {
        /// The invocation's summary.
        summary: String,
        /// What it wrote, verbatim.
        output: Box<Output>,
    },
    /// Its output was to be read, but is not text or is longer than what is kept.
    #[error("{summary}: {problem}")]
    Unreadable {
        /// The invocation's summary.
        summary: String,
        /// What is wrong with the output.
        problem: String,
    },
    /// It was not started, or was ended, because the work was cancelled.
    #[error("{summary} was cancelled")]
    Cancelled {
        /// The invocation's summary.
        summary: String,
    },
}

/// Whether a limit of the process or the system was reached, not anything of the program.
#[cfg(unix)]
fn exhausted(error: &io::Error) -> bool {
    let limits = [libc::EMFILE, libc::ENFILE, libc::EAGAIN, libc::ENOMEM];
    error
        .raw_os_error()
        .is_some_and(|code| limits.contains(&code))
}

#[cfg(not(unix))]
fn exhausted(_: &io::Error) -> bool {
    false
}

impl ProcessError {
    /// Without what the program wrote to its standard output, which may be a secret.
    #[must_use]
    pub fn without_stdout(mut self) -> Self {
        match &mut self {
            Self::Failed { output, .. }
            | Self::Killed { output, .. }
            | Self::OutOfMemory { output, .. } => output.stdout.clear(),
            Self::NotFound { .. }
            | Self::NoInterpreter { .. }
            | Self::NoDirectory { .. }
            | Self::Spawn { .. }
            | Self::Wait { .. }
            | Self::Unreadable { .. }
            | Self::Cancelled { .. } => {}
        }
        self
    }

    /// What the program wrote before it failed, where there is any.
    pub fn output(&self) -> Option<&Output> {
        match self {
            Self::Failed { output, .. }
            | Self::Killed { output, .. }
            | Self::OutOfMemory { output, .. } => Some(output),
            Self::NotFound { .. }
            | Self::NoInterpreter { .. }
            | Self::NoDirectory { .. }
            | Self::Spawn { .. }
            | Self::Wait { .. }
            | Self::Unreadable { .. }
            | Self::Cancelled { .. } => None,
        }
    }

    /// The way out, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { program, .. } => Some(format!(
                "install `{}` or add its folder to PATH",
                program.display()
            )),
            Self::NoInterpreter { first_line, .. } if first_line.ends_with('\r') => Some(
                "the script has CR LF line ends, which belong to the interpreter's name: convert it to LF".to_owned(),
            ),
            Self::NoInterpreter { first_line, .. } => Some(format!(
                "install what its first line names: `{}`",
                first_line.trim_end()
            )),
            Self::Spawn { source, .. } => Some(match source.kind() {
                io::ErrorKind::PermissionDenied => "make the file executable".to_owned(),
                _ if exhausted(source) => {
                    "too many files or processes are open: raise the limits (`ulimit -n`, `ulimit -u`), or lower `--jobs`"
                        .to_owned()
                }
                _ => "is it a program for this system and processor, or a script with a `#!` line?"
                    .to_owned(),
            }),
            Self::OutOfMemory { .. } => Some(
                "close other programs, raise the container's memory limit, or lower `--jobs`"
                    .to_owned(),
            ),
            Self::NoDirectory { .. }
            | Self::Wait { .. }
            | Self::Failed { .. }
            | Self::Killed { .. }
            | Self::Unreadable { .. }
            | Self::Cancelled { .. } => None,
        }
    }

    /// The error for a program that ended with `code`.
    pub(super) fn failed(summary: String, code: i32, output: Output) -> Self {
        let output = Box::new(output);
        if ran_out_of_memory(code, &output.stderr) {
            Self::OutOfMemory { summary, output }
        } else {
            Self::Failed {
                summary,
                code,
                output,
            }
        }
    }
}

/// Whether an exit code and the standard error speak of a lack of memory.
///
/// The go command reports a compiler or linker that the kernel killed as `signal: killed`; the Go runtime and the
/// system say "out of memory" and "cannot allocate memory"; a shell reports SIGKILL of what it ran as 128 + 9.
fn ran_out_of_memory(code: i32, stderr: &[u8]) -> bool {
    const WORDS: [&str; 3] = [
        ": signal: killed",
        "fatal error: runtime: out of memory",
        ": cannot allocate memory",
    ];
    let text = String::from_utf8_lossy(stderr);
    code == 137
        || text
            .lines()
            .any(|line| WORDS.iter().any(|w| line.contains(w)))
}

/// `signal 11 (SIGSEGV)`, or the bare number when the name says nothing to most people.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => return format!("signal {signal}"),
    };
    format!("signal {signal} ({name})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_a_lack_of_memory() {
        let go = b"# example.com/big\ngo build example.com/big: /usr/local/go/pkg/tool/linux_amd64/link: signal: killed\n";
        assert!(ran_out_of_memory(1, go));
        assert!(ran_out_of_memory(
            2,
            b"fatal error: runtime: out of memory\n"
        ));
        assert!(ran_out_of_memory(
            1,
            b"fork/exec /go/compile: cannot allocate memory\n"
        ));
        assert!(ran_out_of_memory(137, b""));
        assert!(!ran_out_of_memory(1, b"./main.go:3:1: undefined: killed\n"));
    }
}
