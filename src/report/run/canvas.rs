//! Standard error as a surface to draw on, for indicatif.

use std::fmt;
use std::io;
use std::sync::Arc;

use indicatif::TermLike;

use crate::report::Printer;

/// Draws through the printer, which alone writes to standard error.
pub(super) struct Canvas(Arc<Printer>);

impl Canvas {
    pub(super) fn new(printer: &Arc<Printer>) -> Self {
        Self(Arc::clone(printer))
    }

    /// Columns and lines; those of an old terminal where nobody tells.
    pub(super) fn size() -> (u16, u16) {
        terminal_size::terminal_size_of(io::stderr())
            .map_or((80, 24), |(width, height)| (width.0, height.0))
    }

    /// A control sequence (ECMA-48) with a count; a count of 0 would mean 1.
    fn move_cursor(&self, count: usize, direction: char) {
        if count > 0 {
            self.0.draw(&format!("\u{1b}[{count}{direction}"));
        }
    }
}

impl fmt::Debug for Canvas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canvas").finish_non_exhaustive()
    }
}

/// Errors are the printer's business: a terminal that has gone away does not stop the work.
impl TermLike for Canvas {
    fn width(&self) -> u16 {
        Self::size().0
    }

    fn height(&self) -> u16 {
        Self::size().1
    }

    fn move_cursor_up(&self, count: usize) -> io::Result<()> {
        self.move_cursor(count, 'A');
        Ok(())
    }

    fn move_cursor_down(&self, count: usize) -> io::Result<()> {
        self.move_cursor(count, 'B');
        Ok(())
    }

    fn move_cursor_right(&self, count: usize) -> io::Result<()> {
        self.move_cursor(count, 'C');
        Ok(())
    }

    fn move_cursor_left(&self, count: usize) -> io::Result<()> {
        self.move_cursor(count, 'D');
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.draw(&format!("{text}\n"));
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.draw(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.draw("\r\u{1b}[2K");
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}
