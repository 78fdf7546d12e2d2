use std::io;
use std::path::PathBuf;

/// Why a database could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// A text has a character that the database's code page lacks.
    #[error("`{character}` in `{text}` is not in code page {code_page}")]
    Character {
        /// The first such character.
        character: char,
        /// The whole text.
        text: String,
        /// The code page's number.
        code_page: u16,
    },
    /// A text is longer than the string pool's 16-bit length.
    #[error("a text of {0} bytes does not fit into a database (at most 65535)")]
    TextTooLong(usize),
    /// A number is outside of its column's type.
    #[error("{value} does not fit into `{table}.{column}`")]
    Number {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The number.
        value: i32,
    },
    /// A value's kind is not its column's.
    #[error("a value in `{table}.{column}` is of the wrong kind")]
    Kind {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A stream's name is longer than a compound file allows.
    #[error("the stream name `{0}` is too long")]
    StreamName(String),
    /// A file that becomes a stream could not be read.
    #[error("cannot read `{path}`")]
    Source {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The compound file could not be written.
    #[error("cannot write the stream `{stream}`")]
    Write {
        /// The stream's name; empty for the file as a whole.
        stream: String,
        /// Why.
        source: io::Error,
    },
    /// The file could not be read as a database.
    #[error("cannot read the {part}")]
    Read {
        /// What was read.
        part: String,
        /// Why.
        source: io::Error,
    },
}
