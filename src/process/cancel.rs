//! One token that ends every running process tree.

use std::collections::BTreeMap;
use std::io;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::platform::{self, Pipes, Running, Urgency};
use crate::error::{ExitCode, Failure};

/// What a tree is asked with, in turn, and how long it may take each time. The go command removes its temporary
/// folder on an interrupt, but not on SIGTERM.
const ESCALATION: [(Urgency, Duration); 3] = [
    (Urgency::Interrupt, Duration::from_millis(1500)),
    (Urgency::Terminate, Duration::from_millis(1500)),
    (Urgency::Kill, Duration::ZERO),
];

/// A shared token: clones stand for the same thing. Once cancelled, it stays so.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Told whenever a tree has ended.
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    cancelled: bool,
    interrupted: bool,
    next: u64,
    running: BTreeMap<u64, Running>,
}

/// Why [`Cancel::spawn`] started nothing.
pub(super) enum NotStarted {
    Cancelled,
    Io(io::Error),
}

impl Cancel {
    /// A token that nothing has cancelled yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether [`Cancel::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.state().cancelled
    }

    /// Fails once it is cancelled: answers of programs that were ended must not be taken for answers.
    ///
    /// # Errors
    /// With the exit code of an interruption.
    pub fn check(&self) -> Result<(), Failure> {
        match self.is_cancelled() {
            true => Err(Failure::new(ExitCode::Interrupted, "interrupted")),
            false => Ok(()),
        }
    }

    /// Whether [`Cancel::interrupt`] was called: the user, or whoever runs us, wants the end.
    pub fn is_interrupted(&self) -> bool {
        self.state().interrupted
    }

    /// Cancels, and remembers that it was asked for from outside, which [`Cancel::is_interrupted`] then tells.
    pub fn interrupt(&self) {
        self.state().interrupted = true;
        self.cancel();
    }

    /// Asks every running process tree to end, and lets none start any more.
    ///
    /// Returns at once; a tree that does not end within three seconds is killed. Safe to call from the thread of
    /// a Ctrl-C handler, and more than once.
    pub fn cancel(&self) {
        let mut state = self.state();
        if std::mem::replace(&mut state.cancelled, true) || state.running.is_empty() {
            return;
        }
        drop(state);
        let shared = self.clone();
        let escalation = std::thread::Builder::new()
            .name("cancel".to_owned())
            .spawn(move || shared.escalate());
        if escalation.is_err() {
            self.stop_all(Urgency::Kill);
        }
    }

    /// Starts `command`, unless cancelled. The lock is held over the start, so that a cancellation either comes
    /// before it, or finds the child in the list.
    pub(super) fn spawn(
        &self,
        command: Command,
    ) -> Result<(Registered<'_>, Running, Pipes), NotStarted> {
        let mut state = self.state();
        if state.cancelled {
            return Err(NotStarted::Cancelled);
        }
        let (running, pipes) = platform::spawn(command).map_err(NotStarted::Io)?;
        let id = state.next;
        state.next += 1;
        state.running.insert(id, running.clone());
        Ok((Registered { cancel: self, id }, running, pipes))
    }

    fn escalate(&self) {
        for (urgency, patience) in ESCALATION {
            self.stop_all(urgency);
            if self.wait_until_idle(patience) {
                return;
            }
        }
    }

    fn stop_all(&self, urgency: Urgency) {
        for running in self.state().running.values() {
            running.stop(urgency);
        }
    }

    /// Whether nothing runs any more, after at most `patience`.
    fn wait_until_idle(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let mut state = self.state();
        while !state.running.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self
                .shared
                .ended
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running tree's place in the list; dropping it strikes the tree off, after which no signal is sent to it.
pub(super) struct Registered<'a> {
    cancel: &'a Cancel,
    id: u64,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.cancel.state().running.remove(&self.id);
        self.cancel.shared.ended.notify_all();
    }
}
