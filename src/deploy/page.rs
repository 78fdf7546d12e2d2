//! A page of sections, written as HTML or as Markdown: what [`super::handover`] and [`super::security`] fill.

use std::fmt::Write;

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The language, as in HTML's `lang`.
    pub language: &'static str,
    /// The title.
    pub title: String,
    /// One line below it, if any: what tells this page from another one.
    pub summary: String,
    /// The heading of the list of sections; no list without one.
    pub contents: String,
    /// The sections.
    pub sections: Vec<Section>,
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What a link to it is called: lower-case ASCII letters.
    pub id: &'static str,
    /// The heading.
    pub heading: String,
    /// What is below it.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// Commands or file text.
    Code(String),
    /// A table: its head and its rows.
    Table(Vec<String>, Vec<Vec<Cell>>),
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A name, path or value, shown as it is.
    Code(String),
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A name, path or value.
    pub fn code(text: impl Into<String>) -> Self {
        Self::Code(text.into())
    }
}

/// One page of A4, readable on a screen; no script, nothing from elsewhere.
const STYLE: &str = "\
body{font:14px/1.5 'Segoe UI','Microsoft YaHei','Noto Sans CJK SC',sans-serif;color:#1b1f24;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem;border-bottom:3px solid #0a5fb4;padding-bottom:.3rem}h2{font-size:1.1rem;color:#0a5fb4;margin:1.6rem 0 .4rem}\
nav{font-size:13px}nav b,nav a{margin-right:.8rem;white-space:nowrap}a{color:#0a5fb4}.summary{color:#57606a}\
table{border-collapse:collapse;width:100%;margin:.4rem 0}th,td{border:1px solid #c8ced5;padding:.25rem .5rem;text-align:left;vertical-align:top}\
th{background:#eef3f8}code,pre{font:13px/1.45 Consolas,'Cascadia Mono',monospace;overflow-wrap:anywhere}\
pre{background:#f5f7f9;border:1px solid #d9dfe5;padding:.5rem .7rem;white-space:pre-wrap}\
@page{margin:14mm}@media print{body{margin:0;padding:0;max-width:none;font-size:9pt}code,pre{font-size:8.5pt}h1{font-size:16pt}nav{display:none}\
h2{margin:1rem 0 .3rem;font-size:1rem;break-after:avoid}th,td{padding:.1rem .4rem}tr,pre{break-inside:avoid}p{margin:.4rem 0}}";

impl Page {
    /// A whole HTML document.
    pub fn html(&self) -> String {
        let title = html(&self.title);
        let mut text = format!(
            "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
             <body>\n<h1>{title}</h1>\n",
            self.language
        );
        if !self.summary.is_empty() {
            let _ = writeln!(text, "<p class=\"summary\">{}</p>", html(&self.summary));
        }
        if !self.contents.is_empty() {
            let _ = write!(text, "<nav><b>{}</b>", html(&self.contents));
            for section in &self.sections {
                let heading = html(&section.heading);
                let _ = write!(text, " <a href=\"#{}\">{heading}</a>", section.id);
            }
            text.push_str("</nav>\n");
        }
        for section in &self.sections {
            let heading = html(&section.heading);
            let _ = writeln!(text, "<h2 id=\"{}\">{heading}</h2>", section.id);
            for block in &section.blocks {
                block_html(&mut text, block);
            }
        }
        text.push_str("</body>\n</html>\n");
        text
    }

    /// CommonMark with tables.
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n", markdown(&self.title));
        if !self.summary.is_empty() {
            let _ = write!(text, "\n{}\n", markdown(&self.summary));
        }
        if !self.contents.is_empty() {
            text.push('\n');
            for section in &self.sections {
                let heading = markdown(&section.heading);
                let _ = writeln!(text, "- [{heading}](#{})", section.id);
            }
        }
        for section in &self.sections {
            // Viewers make anchors of headings in ways of their own; this one is there in all of them.
            let anchor = if self.contents.is_empty() {
                String::new()
            } else {
                format!("<a id=\"{}\"></a>", section.id)
            };
            let heading = markdown(&section.heading);
            let _ = write!(text, "\n## {anchor}{heading}\n");
            for block in &section.blocks {
                block_markdown(&mut text, block);
            }
        }
        text
    }
}

fn block_html(text: &mut String, block: &Block) {
    match block {
        Block::Text(words) => {
            let _ = writeln!(text, "<p>{}</p>", html(words));
        }
        Block::Code(code) => {
            let _ = writeln!(text, "<pre>{}</pre>", html(code));
        }
        Block::Table(head, rows) => {
            text.push_str("<table>\n<thead><tr>");
            for cell in head {
                let _ = write!(text, "<th>{}</th>", html(cell));
            }
            text.push_str("</tr></thead>\n<tbody>\n");
            for row in rows {
                text.push_str("<tr>");
                for cell in row {
                    let _ = match cell {
                        Cell::Text(words) => write!(text, "<td>{}</td>", html(words)),
                        Cell::Code(code) => write!(text, "<td><code>{}</code></td>", html(code)),
                    };
                }
                text.push_str("</tr>\n");
            }
            text.push_str("</tbody>\n</table>\n");
        }
    }
}

fn block_markdown(text: &mut String, block: &Block) {
    match block {
        Block::Text(words) => {
            let _ = write!(text, "\n{}\n", markdown(words));
        }
        Block::Code(code) => {
            let fence = fence(code, 3);
            let _ = write!(text, "\n{fence}\n{}\n{fence}\n", code.trim_end());
        }
        Block::Table(head, rows) => {
            let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
            text.push('\n');
            text.push_str(&line(head.iter().map(|cell| markdown(cell)).collect()));
            text.push_str(&line(head.iter().map(|_| "---".to_owned()).collect()));
            for row in rows {
                text.push_str(&line(row.iter().map(cell_markdown).collect()));
            }
        }
    }
}

fn cell_markdown(cell: &Cell) -> String {
    match cell {
        Cell::Text(words) => markdown(words),
        Cell::Code(code) if code.is_empty() => String::new(),
        Cell::Code(code) => {
            let fence = fence(code, 1);
            let pad = if code.starts_with('`') || code.ends_with('`') {
                " "
            } else {
                ""
            };
            // A bar ends the cell even inside code (GitHub Flavored Markdown, 4.10).
            format!(
                "{fence}{pad}{}{pad}{fence}",
                one_line(code).replace('|', "\\|")
            )
        }
    }
}

/// Backticks, more than any run of them in the text.
fn fence(text: &str, least: usize) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(least.max(longest + 1))
}

fn one_line(text: &str) -> String {
    text.split(['\n', '\r']).collect::<Vec<_>>().join(" ")
}

/// Text for the content and the quoted attributes of HTML and XML 1.0, which has no place for control characters.
pub(super) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(c),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Words for Markdown: every character that could mean something is escaped.
fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        if "\\`*_[]<>|#&~".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_stays_text() {
        let hostile = r#"<b>&"x" `y` | [z](w) ]]>"#;
        let rows = vec![vec![Cell::text(hostile), Cell::code(hostile)]];
        let page = Page {
            language: "en",
            title: hostile.to_owned(),
            summary: String::new(),
            contents: String::new(),
            sections: vec![Section {
                id: "one",
                heading: hostile.to_owned(),
                blocks: vec![Block::Table(vec![hostile.to_owned()], rows)],
            }],
        };
        assert!(!page.html().contains("<b>") && !page.html().contains("]]>"));
        let markdown = page.markdown();
        assert!(markdown.contains(r"\[z\](w)"), "{markdown}");
        let row = markdown.lines().last().expect("a row").replace(r"\|", "");
        assert_eq!(row.matches('|').count(), 3, "{row}");
    }
}
