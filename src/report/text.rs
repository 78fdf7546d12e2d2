//! Numbers, names and tables as people read them.

use std::path::Path;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

/// A number of bytes in decimal units: `812 B`, `12.3 kB`, `4.7 MB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    // In tenths of a unit, rounded at every step as the last one would be.
    let mut unit = 0;
    let mut scale: u64 = 1000;
    while unit + 1 < UNITS.len() && tenths(bytes, scale) >= 10_000 {
        scale = scale.saturating_mul(1000);
        unit += 1;
    }
    let tenths = tenths(bytes, scale);
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

fn tenths(bytes: u64, scale: u64) -> u64 {
    let tenth = scale / 10;
    bytes / tenth + u64::from(bytes % tenth >= tenth / 2)
}

/// A time span: `85 ms`, `12.3 s`, `2 min 05 s`, `1 h 02 min`.
pub fn duration(time: Duration) -> String {
    let milliseconds = time.as_millis();
    if milliseconds < 1000 {
        return format!("{milliseconds} ms");
    }
    let tenths = (milliseconds + 50) / 100;
    if tenths < 600 {
        return format!("{}.{} s", tenths / 10, tenths % 10);
    }
    let seconds = (milliseconds + 500) / 1000;
    if seconds < 3600 {
        return format!("{} min {:02} s", seconds / 60, seconds % 60);
    }
    let minutes = (seconds + 30) / 60;
    format!("{} h {:02} min", minutes / 60, minutes % 60)
}

/// `1 file`, `3 files`: a count with its noun, whose plural is made with an s.
pub fn count(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

/// Text of others without what would steer a terminal: no escape sequence, no control character but newline and tab.
pub fn clean(text: &str) -> String {
    anstream::adapter::strip_str(text)
        .to_string()
        .replace("\r\n", "\n")
        .chars()
        .map(|character| match character {
            '\n' | '\t' => character,
            // The bidirectional controls can make a line read as another one.
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
            other if other.is_control() => char::REPLACEMENT_CHARACTER,
            other => other,
        })
        .collect()
}

/// [`clean`], and on one line.
pub fn clean_line(text: &str) -> String {
    clean(text).replace(['\n', '\t'], " ")
}

/// A path as people look for it: relative to the current folder when it lies in it.
pub fn path(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let inside = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    let inside = inside.filter(|inside| !inside.as_os_str().is_empty());
    let path = inside.as_deref().unwrap_or(path);
    clean_line(&path.display().to_string())
}

/// What a text means, which decides its colour; a text must be understood without it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// Something that matters, such as a heading.
    Strong,
    /// Something beside the point.
    Faint,
    /// It went well.
    Good,
    /// Look at it.
    Warning,
    /// It is wrong.
    Bad,
    /// The way out.
    Hint,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warning => AnsiColor::Yellow.on_default().bold(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Hint => AnsiColor::Cyan.on_default().bold(),
        }
    }

    /// The text in this tone's colour, with escape sequences; the printer takes them out where they do not belong.
    pub fn paint(self, text: &str) -> String {
        let style = self.style();
        format!("{style}{text}{style:#}")
    }
}

/// On which side a column is flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A cell of a [`Table`].
#[derive(Debug, Clone, Default)]
pub struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A text with a tone.
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self {
            text: clean_line(&text.into()),
            tone,
        }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text, Tone::Plain)
    }
}

/// Rows in aligned columns. Its cells may hold hostile text; it is cleaned.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<Align>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these headings.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let heading = |(title, _): &(&str, Align)| Cell::new(*title, Tone::Faint);
        Self {
            columns: columns.iter().map(|(_, align)| *align).collect(),
            rows: vec![columns.iter().map(heading).collect()],
        }
    }

    /// A table without headings.
    pub fn bare(columns: &[Align]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; what it has too few of stays empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The lines, indented by two, each with its end; with escape sequences for the tones.
    pub fn render(&self) -> String {
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|column| {
                let width = |row: &Vec<Cell>| row.get(column).map_or(0, |cell| cell.text.width());
                self.rows.iter().map(width).max().unwrap_or_default()
            })
            .collect();
        self.rows
            .iter()
            .map(|row| self.render_row(row, &widths))
            .collect()
    }

    fn render_row(&self, row: &[Cell], widths: &[usize]) -> String {
        let last = row.iter().rposition(|cell| !cell.text.is_empty());
        let mut line = String::new();
        for (index, cell) in row.iter().take(last.map_or(0, |last| last + 1)).enumerate() {
            let gap = " ".repeat(widths[index] - cell.text.width());
            let painted = match cell.tone {
                Tone::Plain => cell.text.clone(),
                tone => tone.paint(&cell.text),
            };
            line.push_str("  ");
            match self.columns[index] {
                Align::Left if Some(index) == last => line.push_str(&painted),
                Align::Left => line.extend([painted, gap]),
                Align::Right => line.extend([gap, painted]),
            }
        }
        line + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_decimal() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (12_345, "12.3 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (4_700_000, "4.7 MB"),
            (5_000_000_000, "5.0 GB"),
            (u64::MAX, "18446.7 PB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn durations_have_the_unit_that_fits() {
        let cases = [
            (0, "0 ms"),
            (85, "85 ms"),
            (1000, "1.0 s"),
            (12_340, "12.3 s"),
            (59_960, "1 min 00 s"),
            (125_000, "2 min 05 s"),
            (3_599_600, "1 h 00 min"),
            (3_720_000, "1 h 02 min"),
        ];
        for (milliseconds, text) in cases {
            assert_eq!(duration(Duration::from_millis(milliseconds)), text);
        }
    }

    #[test]
    fn a_table_is_aligned_by_what_is_seen() {
        let mut table = Table::new(&[
            ("name", Align::Left),
            ("size", Align::Right),
            ("", Align::Left),
        ]);
        table.row(["日本語.zip".into(), "1.0 MB".into(), "new".into()]);
        table.row(["a".into(), "10 B".into()]);
        let text = anstream::adapter::strip_str(&table.render()).to_string();
        insta::assert_snapshot!(text, @r"
          name          size
          日本語.zip  1.0 MB  new
          a             10 B
        ");
    }

    #[test]
    fn text_of_others_cannot_steer_the_terminal() {
        assert_eq!(
            clean("a\x1b[31mb\x1b]0;title\x07c\r\nd\u{85}"),
            "abc\nd\u{fffd}"
        );
        assert_eq!(clean("\u{202e}gpj.exe"), "\u{fffd}gpj.exe");
        let mut table = Table::bare(&[Align::Left]);
        table.row(["two\nlines\x1b[2J".into()]);
        assert_eq!(table.render(), "  two lines\n");
    }

    proptest::proptest! {
        #[test]
        fn nothing_steers_the_terminal(text in "(\\PC|[\\x00-\\x1f\\x7f-\u{9f}\u{202a}-\u{202e}\u{2066}-\u{2069}]){0,40}") {
            let bad = |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
            proptest::prop_assert!(!clean_line(&text).contains(bad), "{:?}", clean_line(&text));
            proptest::prop_assert!(!clean(&text).replace(['\n', '\t'], "").contains(bad));
        }
    }
}
