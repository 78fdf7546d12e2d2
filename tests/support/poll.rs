//! Waiting by asking, never by a fixed sleep.

use std::time::{Duration, Instant};

/// How often a condition is asked.
const INTERVAL: Duration = Duration::from_millis(50);

/// Asks until there is an answer, or fails with `what` after `timeout`.
pub fn until<T>(what: &str, timeout: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(
            start.elapsed() < timeout,
            "waited {timeout:?} in vain for {what}"
        );
        std::thread::sleep(INTERVAL);
    }
}
