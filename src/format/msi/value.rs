use std::path::PathBuf;

/// Where a stream's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Bytes in memory.
    Bytes(Vec<u8>),
    /// A file, copied without being held in memory.
    File(PathBuf),
}

/// One cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number; the column says whether of 16 or 32 bits.
    Number(i32),
    /// A text; an empty one is stored as nothing.
    Text(String),
    /// A stream beside the tables, named after the table and the row's key.
    Stream(Source),
}

impl Value {
    /// The text, when there is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Number(_) | Self::Stream(_) => None,
        }
    }

    /// The number, when there is one.
    pub fn as_number(&self) -> Option<i32> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Null | Self::Text(_) | Self::Stream(_) => None,
        }
    }

    /// Whether nothing will be stored.
    pub fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::Number(_) | Self::Stream(_) => false,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(number)
    }
}

impl From<Source> for Value {
    fn from(source: Source) -> Self {
        Self::Stream(source)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
