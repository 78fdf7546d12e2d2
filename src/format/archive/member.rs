//! Names of archive members: relative, portable, below the folder into which somebody unpacks.

use std::collections::BTreeSet;

use thiserror::Error;

/// The longest component that the common file systems take, in bytes.
const LONGEST_COMPONENT: usize = 255;
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

/// The names of one archive: each safe, and none in the way of another.
#[derive(Debug, Default)]
pub(super) struct Names {
    seen: BTreeSet<String>,
}

impl Names {
    pub(super) fn add(&mut self, name: &str) -> Result<(), NameError> {
        check_name(name)?;
        for (slash, _) in name.match_indices('/') {
            if self.seen.contains(&name[..slash]) {
                return Err(file_and_folder(&name[..slash], name));
            }
        }
        let folder = format!("{name}/");
        if let Some(below) = self
            .seen
            .range(folder.clone()..)
            .next()
            .filter(|next| next.starts_with(&folder))
        {
            return Err(file_and_folder(name, below));
        }
        if !self.seen.insert(name.to_owned()) {
            return Err(NameError::Duplicate(name.to_owned()));
        }
        Ok(())
    }
}

fn file_and_folder(file: &str, below: &str) -> NameError {
    NameError::FileAndFolder {
        file: file.to_owned(),
        below: below.to_owned(),
    }
}
