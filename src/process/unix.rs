//! Process groups, signals and resource usage of Unix.

use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus};

/// How firmly a tree is asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGKILL.
    Kill,
}

/// The ends of a child's streams.
pub(super) struct Pipes {
    pub(super) stdin: Option<ChildStdin>,
    pub(super) stdout: Option<ChildStdout>,
    pub(super) stderr: Option<ChildStderr>,
}

/// How a child ended.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// Bytes.
    pub(super) peak_memory: Option<u64>,
}

/// A child and the process group that it leads. The number is ours until [`Running::reap`].
#[derive(Debug, Clone)]
pub(super) struct Running {
    pid: libc::pid_t,
}

/// Starts `command` as the leader of a new process group.
pub(super) fn spawn(mut command: Command) -> io::Result<(Running, Pipes)> {
    command.process_group(0);
    let mut child = command.spawn()?;
    let pid = libc::pid_t::try_from(child.id())
        .map_err(|_| io::Error::other("process id out of range"))?;
    let pipes = Pipes {
        stdin: child.stdin.take(),
        stdout: child.stdout.take(),
        stderr: child.stderr.take(),
    };
    Ok((Running { pid }, pipes))
}

impl Running {
    /// Sends the group a signal. A group without members is no error: it has ended, which is what was asked for.
    pub(super) fn stop(&self, urgency: Urgency) {
        let signal = match urgency {
            Urgency::Interrupt => libc::SIGINT,
            Urgency::Terminate => libc::SIGTERM,
            Urgency::Kill => libc::SIGKILL,
        };
        // SAFETY: `killpg` takes plain numbers. The leader has not been reaped, so its number is nobody else's.
        unsafe { libc::killpg(self.pid, signal) };
    }

    /// Blocks until the leader has ended, and leaves it unreaped, so that its number stays taken.
    pub(super) fn wait(&self) -> io::Result<()> {
        let id = libc::id_t::try_from(self.pid).map_err(io::Error::other)?;
        retry(|| {
            // SAFETY: all zeroes is a valid `siginfo_t`, and the pointer is to a live one.
            unsafe {
                let mut info: libc::siginfo_t = std::mem::zeroed();
                libc::waitid(libc::P_PID, id, &mut info, libc::WEXITED | libc::WNOWAIT)
            }
        })
        .map(drop)
    }

    /// Kills what is left of the group and takes the leader's exit status. To be called once, after
    /// [`Running::wait`] and when nobody can call [`Running::stop`] any more.
    pub(super) fn reap(&self) -> io::Result<Ended> {
        self.stop(Urgency::Kill);
        let mut status = 0;
        // SAFETY: all zeroes is a valid `rusage`.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: both pointers are to live values of the right types.
        retry(|| unsafe { libc::wait4(self.pid, &mut status, 0, &mut usage) })?;
        Ok(Ended {
            status: ExitStatus::from_raw(status),
            peak_memory: u64::try_from(usage.ru_maxrss)
                .ok()
                .map(|rss| rss * MAXRSS_UNIT),
        })
    }
}

/// The unit of `ru_maxrss` in bytes: kibibytes but on Apple's systems, getrusage(2).
const MAXRSS_UNIT: u64 = if cfg!(target_vendor = "apple") {
    1
} else {
    1024
};

/// Repeats a call that a signal interrupted.
fn retry(mut call: impl FnMut() -> libc::c_int) -> io::Result<libc::c_int> {
    loop {
        let result = call();
        if result != -1 {
            return Ok(result);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}
