//! Job objects of Windows.

use std::io;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use process_wrap::std::{ChildWrapper, CommandWrap, JobObject};

/// How firmly a tree is asked to end. A job knows one way only; the go command's temporary folder then stays behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// The job is terminated.
    Interrupt,
    /// The job is terminated.
    Terminate,
    /// The job is terminated.
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
    /// Not measured here.
    pub(super) peak_memory: Option<u64>,
}

/// A child and the job object that holds its whole tree.
#[derive(Debug, Clone)]
pub(super) struct Running {
    child: Arc<Mutex<Box<dyn ChildWrapper>>>,
}

/// Starts `command` in a job object of its own.
pub(super) fn spawn(command: Command) -> io::Result<(Running, Pipes)> {
    let mut child = CommandWrap::from(command).wrap(JobObject).spawn()?;
    let pipes = Pipes {
        stdin: child.stdin().take(),
        stdout: child.stdout().take(),
        stderr: child.stderr().take(),
    };
    let child = Arc::new(Mutex::new(child));
    Ok((Running { child }, pipes))
}

impl Running {
    /// Terminates the job. One that has ended is no error.
    pub(super) fn stop(&self, _urgency: Urgency) {
        let _ = self.lock().start_kill();
    }

    /// Blocks until the child has ended. It looks again and again, because waiting would hold the lock that
    /// [`Running::stop`] needs.
    pub(super) fn wait(&self) -> io::Result<()> {
        const LONGEST: Duration = Duration::from_millis(20);
        let mut pause = Duration::from_millis(1);
        while self.lock().try_wait()?.is_none() {
            std::thread::sleep(pause);
            pause = (pause * 2).min(LONGEST);
        }
        Ok(())
    }

    /// Ends what is left of the job and takes the child's exit status.
    pub(super) fn reap(&self) -> io::Result<Ended> {
        let mut child = self.lock();
        let _ = child.start_kill();
        Ok(Ended {
            status: child.wait()?,
            peak_memory: None,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Box<dyn ChildWrapper>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
