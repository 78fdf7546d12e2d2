//! What a finished program left behind.

use std::time::Duration;

/// The output and the cost of one finished program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output, verbatim unless [`Output::omitted`] says otherwise.
    pub stdout: Vec<u8>,
    /// Standard error, likewise.
    pub stderr: Vec<u8>,
    /// Bytes left out in the middle of a stream that grew over the limit; a line in the text marks the place.
    pub omitted: u64,
    /// The largest resident set, in bytes, of any single process of the tree that was waited for. Known on Unix.
    ///
    /// Linux counts what the child shared with us between fork and exec, so this is never below our own peak.
    pub peak_memory: Option<u64>,
    /// From start to end, by a monotonic clock.
    pub elapsed: Duration,
}

impl Output {
    /// Standard output as text, with what is not UTF-8 replaced.
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text, with what is not UTF-8 replaced.
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}
