//! What the system sends when the program is to end: Ctrl-C, and on Unix SIGTERM, SIGHUP and SIGQUIT too.

use std::io;
use std::time::Duration;

use super::Cancel;

/// What the program ends with when it does not end by itself after an interrupt.
const EXIT_CODE: i32 = 130;

/// How long it may take to end by itself: longer than [`Cancel`] takes to kill what does not listen.
const PATIENCE: Duration = Duration::from_secs(5);

/// From now on, an interrupt cancels. A second one ends the program at once, as does a long wait.
///
/// # Errors
/// When the system takes no handler.
pub fn on_interrupt(cancel: &Cancel) -> io::Result<()> {
    let cancel = cancel.clone();
    let hang_up = HangUp::now();
    ctrlc::set_handler(move || {
        if cancel.is_interrupted() {
            std::process::exit(EXIT_CODE);
        }
        cancel.interrupt();
        // What reads a large file does not look up in between. What it leaves, the next run clears away.
        std::thread::spawn(|| {
            std::thread::sleep(PATIENCE);
            std::process::exit(EXIT_CODE);
        });
    })
    .map_err(io::Error::other)?;
    hang_up.keep();
    quit_as_interrupt();
    Ok(())
}

/// Ctrl-\\ ends the programs that were started, too. A core dump of ours would help nobody.
#[cfg(unix)]
fn quit_as_interrupt() {
    extern "C" fn interrupt(_: libc::c_int) {
        // SAFETY: `raise` may be called in a signal handler (POSIX, async-signal-safe functions).
        unsafe { libc::raise(libc::SIGINT) };
    }
    let handler: extern "C" fn(libc::c_int) = interrupt;
    // SAFETY: the handler does nothing but what a handler may; a SIGQUIT that is ignored stays so.
    unsafe {
        if libc::signal(libc::SIGQUIT, handler as libc::sighandler_t) == libc::SIG_IGN {
            libc::signal(libc::SIGQUIT, libc::SIG_IGN);
        }
    }
}

#[cfg(not(unix))]
fn quit_as_interrupt() {}

/// What SIGHUP does; `nohup` has it ignored, and so it must stay.
struct HangUp {
    #[cfg(unix)]
    is_ignored: bool,
}

#[cfg(unix)]
impl HangUp {
    fn now() -> Self {
        let mut action = std::mem::MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: without a new action, `sigaction` only fills in the old one, whole when it returns 0.
        let is_ignored = unsafe {
            libc::sigaction(libc::SIGHUP, std::ptr::null(), action.as_mut_ptr()) == 0
                && action.assume_init().sa_sigaction == libc::SIG_IGN
        };
        Self { is_ignored }
    }

    fn keep(&self) {
        if self.is_ignored {
            // SAFETY: `SIG_IGN` is no handler that could run.
            unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) };
        }
    }
}

#[cfg(not(unix))]
impl HangUp {
    fn now() -> Self {
        Self {}
    }

    fn keep(&self) {}
}
