//! Names of archive members: relative, portable, below the folder into which somebody unpacks.
//!
//! What holds for every archive is in [`check_name`]; what is added where Windows unpacks, in [`check_windows_name`]; which
//! names exclude each other, in [`Names`].

use std::collections::BTreeMap;

use thiserror::Error;

use crate::format::file_name::{self, Refusal};

/// The longest component that the common file systems take, in bytes.
const LONGEST_COMPONENT: usize = file_name::LONGEST;
/// The longest whole name, in bytes: `PATH_MAX` of Linux. Windows takes 32,767 characters at most, and 259 by default.
const LONGEST_NAME: usize = 4096;

/// Folders around a file.
const DEEPEST: usize = 100;

/// A name that an archive must not contain.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// There is no name, or a component is empty.
    #[error("entry name `{0}` is empty or has an empty part")]
    Empty(String),
    /// `/x`, `C:\x`, `\\server\x`.
    #[error("entry name `{0}` is absolute")]
    Absolute(String),
    /// `..` or `.` as a component.
    #[error("entry name `{0}` has `.` or `..` in its path")]
    Dots(String),
    /// A backslash separates folders on Windows and is part of the name elsewhere.
    #[error("entry name `{0}` contains a backslash")]
    Backslash(String),
    /// Control characters.
    #[error("entry name `{}` contains a control character", .0.escape_debug())]
    Control(String),
    /// A character that is not seen and changes how the name looks.
    #[error("entry name `{}` has an invisible character", .0.escape_default())]
    Invisible(String),
    /// A part that Windows does not take as it is.
    #[error("entry name `{name}`{} {refusal}", of_part(name, part))]
    Windows {
        /// The whole name.
        name: String,
        /// The part of the path.
        part: String,
        /// Why.
        refusal: Refusal,
    },
    /// Two entries whose names differ in capitals alone.
    #[error("entries `{first}` and `{second}` are one file where capitals do not count")]
    Folded {
        /// The first in the archive.
        first: String,
        /// The second.
        second: String,
    },
    /// Too long for zip or for a file system.
    #[error(
        "entry name `{}` is too long: a part may have {LONGEST_COMPONENT} bytes, the whole {LONGEST_NAME}",
        shortened(.0)
    )]
    Long(String),
    /// Too many folders.
    #[error("entry name `{}` has more than {DEEPEST} folders", shortened(.0))]
    Deep(String),
    /// Two entries of one name.
    #[error("two entries are named `{0}`")]
    Duplicate(String),
    /// One entry is a file, and the folder of another.
    #[error("entry `{file}` would have to be the folder of entry `{below}`")]
    FileAndFolder {
        /// The name of the file.
        file: String,
        /// An entry below it.
        below: String,
    },
}

/// The part, when it is not the whole name.
fn of_part(name: &str, part: &str) -> String {
    if name == part {
        String::new()
    } else {
        format!(": `{part}`")
    }
}

/// The start of a name that is too long to be shown.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &name[..end]),
        None => name.to_owned(),
    }
}

/// Refuses a name that is not a plain relative path with `/`.
pub fn check_name(name: &str) -> Result<(), NameError> {
    let fail = |problem: fn(String) -> NameError| Err(problem(name.to_owned()));
    let drive = name.as_bytes().get(1) == Some(&b':') && name.as_bytes()[0].is_ascii_alphabetic();
    if name.starts_with(['/', '\\']) || drive {
        return fail(NameError::Absolute);
    }
    if name.contains('\\') {
        return fail(NameError::Backslash);
    }
    if name.chars().any(char::is_control) {
        return fail(NameError::Control);
    }
    if name.chars().any(file_name::is_invisible) {
        return fail(NameError::Invisible);
    }
    if name.len() > LONGEST_NAME {
        return fail(NameError::Long);
    }
    if name.bytes().filter(|byte| *byte == b'/').count() > DEEPEST {
        return fail(NameError::Deep);
    }
    for component in name.split('/') {
        match component {
            "" => return fail(NameError::Empty),
            "." | ".." => return fail(NameError::Dots),
            long if long.len() > LONGEST_COMPONENT => return fail(NameError::Long),
            _ => {}
        }
    }
    Ok(())
}

/// Refuses a name that [`check_name`] refuses, and one with a part that Windows does not take as it is.
pub fn check_windows_name(name: &str) -> Result<(), NameError> {
    check_name(name)?;
    for part in name.split('/') {
        file_name::check(part).map_err(|refusal| NameError::Windows {
            name: name.to_owned(),
            part: part.to_owned(),
            refusal,
        })?;
    }
    Ok(())
}

/// Where an archive is unpacked, which decides the names that it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unpacker {
    /// Somewhere: what holds for every system.
    #[default]
    Any,
    /// On macOS, whose file systems do not tell capitals from small letters.
    MacOs,
    /// On Windows, which does not either, and keeps names for itself.
    Windows,
}

impl Unpacker {
    /// For programs of this system, as Go calls it.
    pub fn of_goos(goos: &str) -> Self {
        match goos {
            "windows" => Self::Windows,
            "darwin" | "ios" => Self::MacOs,
            _ => Self::Any,
        }
    }

    /// Checks one name.
    ///
    /// # Errors
    /// Why it cannot be unpacked there.
    pub fn check(self, name: &str) -> Result<(), NameError> {
        match self {
            Self::Any | Self::MacOs => check_name(name),
            Self::Windows => check_windows_name(name),
        }
    }

    fn key(self, name: &str) -> String {
        match self {
            Self::Any => name.to_owned(),
            Self::MacOs | Self::Windows => file_name::folded(name),
        }
    }
}

/// The names of one archive: each safe, and none in the way of another.
#[derive(Debug, Default)]
pub struct Names {
    unpacker: Unpacker,
    /// The names by what the file system knows them by.
    seen: BTreeMap<String, String>,
}

impl Names {
    /// Names that are unpacked there.
    pub fn new(unpacker: Unpacker) -> Self {
        Self {
            unpacker,
            seen: BTreeMap::new(),
        }
    }

    /// Takes one more name.
    ///
    /// # Errors
    /// When it cannot be unpacked, or excludes an earlier one.
    pub fn add(&mut self, name: &str) -> Result<(), NameError> {
        self.unpacker.check(name)?;
        let key = self.unpacker.key(name);
        for (slash, _) in key.match_indices('/') {
            if let Some(file) = self.seen.get(&key[..slash]) {
                return Err(file_and_folder(file, name));
            }
        }
        let folder = format!("{key}/");
        if let Some((_, below)) = self
            .seen
            .range(folder.clone()..)
            .next()
            .filter(|(next, _)| next.starts_with(&folder))
        {
            return Err(file_and_folder(name, below));
        }
        match self.seen.insert(key, name.to_owned()) {
            None => Ok(()),
            Some(first) if first == name => Err(NameError::Duplicate(first)),
            Some(first) => Err(NameError::Folded {
                first,
                second: name.to_owned(),
            }),
        }
    }
}

fn file_and_folder(file: &str, below: &str) -> NameError {
    NameError::FileAndFolder {
        file: file.to_owned(),
        below: below.to_owned(),
    }
}
