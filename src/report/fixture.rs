//! Streams that remember, for tests.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::{Printer, Style};

/// A printer and what it wrote.
pub(super) struct Recorded {
    pub(super) printer: Arc<Printer>,
    stdout: Memory,
    stderr: Memory,
}

impl Recorded {
    pub(super) fn new(style: Style) -> Self {
        let (stdout, stderr) = (Memory::default(), Memory::default());
        let printer = Arc::new(Printer::new(style, stdout.clone(), stderr.clone()));
        Self {
            printer,
            stdout,
            stderr,
        }
    }

    pub(super) fn stdout(&self) -> String {
        self.stdout.text()
    }

    pub(super) fn stderr(&self) -> String {
        self.stderr.text()
    }
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
