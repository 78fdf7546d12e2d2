//! The licence files in a module's folder.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::{Detection, Licence, LicenceError, detect};

/// The most of a licence file that is read.
const MAX_FILE: u64 = 1 << 20;

/// Beginnings of names that licence files have, in upper case.
const STEMS: [&str; 7] = [
    "LICENSE",
    "LICENCE",
    "COPYING",
    "COPYRIGHT",
    "UNLICENSE",
    "NOTICE",
    "PATENTS",
];

/// One licence file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceFile {
    /// File name without folder.
    pub name: String,
    /// Its text: UTF-8, lines ended by a line feed.
    pub text: String,
    /// The licences in it.
    pub detections: Vec<Detection>,
}

impl LicenceFile {
    /// Whether the file accompanies a licence (attribution, patents) rather than being one.
    pub fn is_notice(&self) -> bool {
        let name = self.name.to_ascii_uppercase();
        ["NOTICE", "PATENTS", "COPYRIGHT"]
            .iter()
            .any(|stem| name.starts_with(stem))
    }
}

/// Reads the licence files that lie directly in a folder; links are not followed.
///
/// # Errors
/// When a folder or a file is there and cannot be read; a folder that is not there has no licence.
pub fn read_folder(folder: &Path) -> Result<Licence, LicenceError> {
    let failed = |path: &Path, source| LicenceError {
        path: path.to_owned(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Licence::default()),
        Err(error) => return Err(failed(folder, error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| failed(folder, error))?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = entry.path();
        if !is_licence_name(&name) || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let text = read_text(&path).map_err(|error| failed(&path, error))?;
        let detections = detect(&text);
        files.push(LicenceFile {
            name,
            text,
            detections,
        });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Licence { files })
}

/// `LICENSE`, `LICENSE.md`, `COPYING-LESSER`, but not `license.go` or `licenses_test.json`.
fn is_licence_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let Some(rest) = STEMS.iter().find_map(|stem| upper.strip_prefix(stem)) else {
        return false;
    };
    let text_like = match rest.rsplit_once('.') {
        None | Some((_, "TXT" | "MD" | "RST")) => true,
        Some((_, extension)) => {
            extension.starts_with(|c: char| c.is_ascii_digit()) || is_licence_word(extension)
        }
    };
    text_like && (rest.is_empty() || rest.starts_with(['.', '-', '_']))
}

/// `LICENSE.MIT`, `LICENSE.BSD`: the licence's name as an extension.
fn is_licence_word(extension: &str) -> bool {
    [
        "APACHE", "BSD", "GPL", "LESSER", "LGPL", "LIBYAML", "MIT", "MPL",
    ]
    .iter()
    .any(|word| extension.starts_with(word))
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licence_files_are_told_from_source_files() {
        for name in [
            "LICENSE",
            "Licence.txt",
            "LICENSE-MIT",
            "COPYING.LESSER",
            "LICENSE.md",
            "NOTICE",
            "License.Apache-2.0",
            "LICENSE_2.0.txt",
        ] {
            assert!(is_licence_name(name), "{name}");
        }
        for name in [
            "license.go",
            "licenses.json",
            "LICENSED",
            "copying_test.go",
            "README.md",
            "notices.html",
        ] {
            assert!(!is_licence_name(name), "{name}");
        }
    }

    #[test]
    fn an_unrecognised_licence_text_leaves_the_expression_open() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let (_, mit) = spdx::text::LICENSE_TEXTS
            .iter()
            .find(|(id, _)| *id == "MIT")
            .unwrap();
        write("LICENSE", mit);
        write("NOTICE", "This product includes software of others.\r\n");
        let licence = read_folder(folder.path()).unwrap();
        assert_eq!(licence.expression().as_deref(), Some("MIT"));
        assert_eq!(
            licence.files[1].text,
            "This product includes software of others.\n"
        );

        write("LICENSE.enterprise", "skipped");
        write("LICENSE-commercial", "You may not do anything with this.");
        let licence = read_folder(folder.path()).unwrap();
        assert_eq!(licence.files.len(), 3);
        assert_eq!(licence.expression(), None);
    }

    #[test]
    fn a_missing_folder_has_no_licence() {
        assert_eq!(
            read_folder(Path::new("no/such/folder")).unwrap(),
            Licence::default()
        );
    }
}
