//! Reading a child's output without ever blocking it and without keeping more than a fixed amount.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What is kept of each end of a stream.
const KEPT_EACH_END: usize = 8 << 20;

/// How long a stream may stay open after the child has ended, held by a process that left the child's group.
const LINGER: Duration = Duration::from_secs(2);

/// A stream's first and last bytes.
#[derive(Debug)]
struct Ends {
    limit: usize,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    omitted: u64,
}

impl Ends {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            head: Vec::new(),
            tail: VecDeque::new(),
            omitted: 0,
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        let room = (self.limit - self.head.len()).min(bytes.len());
        let (head, rest) = bytes.split_at(room);
        self.head.extend_from_slice(head);
        self.tail.extend(rest);
        let excess = self.tail.len().saturating_sub(self.limit);
        self.tail.drain(..excess);
        self.omitted += excess as u64;
    }

    fn take(&mut self) -> (Vec<u8>, u64) {
        let mut all = std::mem::take(&mut self.head);
        if self.omitted > 0 {
            all.extend_from_slice(
                format!("\n[... {} bytes left out ...]\n", self.omitted).as_bytes(),
            );
        }
        all.extend(std::mem::take(&mut self.tail));
        (all, self.omitted)
    }
}

/// A stream being read on a thread of its own.
pub(super) struct Capture {
    ends: Arc<Mutex<Ends>>,
    /// Disconnected when the stream has ended.
    open: Receiver<()>,
}

impl Capture {
    /// Begins to read `stream` to its end.
    pub(super) fn start(mut stream: impl Read + Send + 'static) -> Self {
        let ends = Arc::new(Mutex::new(Ends::new(KEPT_EACH_END)));
        let (while_open, open) = mpsc::channel();
        let shared = Arc::clone(&ends);
        std::thread::spawn(move || {
            let _while_open = while_open;
            let mut chunk = [0; 16 << 10];
            loop {
                match stream.read(&mut chunk) {
                    Ok(0) => break,
                    Ok(length) => lock(&shared).push(&chunk[..length]),
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    // A broken pipe says no more than its end does: the exit status tells the story.
                    Err(_) => break,
                }
            }
        });
        Self { ends, open }
    }

    /// What was read, once the stream has ended, and the number of bytes left out.
    ///
    /// To be called when the child has ended. A daemon that the child left behind may hold the stream open for ever:
    /// it is waited for shortly, then what came is returned and the thread is left to end with the daemon.
    pub(super) fn finish(self) -> (Vec<u8>, u64) {
        let _ = self.open.recv_timeout(LINGER);
        lock(&self.ends).take()
    }
}

fn lock(ends: &Mutex<Ends>) -> std::sync::MutexGuard<'_, Ends> {
    ends.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_everything_up_to_the_limit() {
        let mut ends = Ends::new(4);
        ends.push(b"abc");
        ends.push(b"defgh");
        assert_eq!(ends.take(), (b"abcdefgh".to_vec(), 0));
    }

    #[test]
    fn keeps_both_ends_beyond_it_and_says_how_much_is_missing() {
        let mut ends = Ends::new(4);
        for chunk in b"abcdefghijkl".chunks(5) {
            ends.push(chunk);
        }
        let (text, omitted) = ends.take();
        assert_eq!(omitted, 4);
        assert_eq!(text, b"abcd\n[... 4 bytes left out ...]\nijkl");
    }
}
