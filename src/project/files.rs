//! Files of a project that a release usually carries along.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// Well-known files at the root of a project, by their names, each list sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// Licence texts: `LICENSE`, `LICENSE.txt`, `LICENSE-MIT`, `COPYING`, `NOTICE` and the like.
    pub licenses: Vec<String>,
    /// Readme files.
    pub readmes: Vec<String>,
    /// Lists of changes.
    pub changelogs: Vec<String>,
}

impl Files {
    /// Looks into `directory`. A folder that cannot be read has none of them.
    pub fn gather(directory: &Path) -> Self {
        let mut names: Vec<String> = std::fs::read_dir(directory)
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .filter(|entry| entry.path().is_file())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort();
        let called = |stems: &[&str]| {
            let is_one = |name: &&String| stems.iter().any(|stem| is_document(name, stem));
            names.iter().filter(is_one).cloned().collect()
        };
        Self {
            licenses: called(&["license", "licence", "copying", "unlicense", "notice"]),
            readmes: called(&["readme"]),
            changelogs: called(&["changelog", "changes"]),
        }
    }
}

/// Whether `name` is `stem` in any case, alone or with a suffix, and a text by its extension.
fn is_document(name: &str, stem: &str) -> bool {
    const TEXTS: [&str; 5] = ["md", "txt", "rst", "adoc", "rtf"];
    let name = name.to_ascii_lowercase();
    let Some(rest) = name.strip_prefix(stem) else {
        return false;
    };
    match rest.rsplit_once('.') {
        Some((suffix, extension)) => {
            is_suffix(suffix)
                && (TEXTS.contains(&extension) || !suffix.is_empty() && is_version(rest))
        }
        None => is_suffix(rest),
    }
}

/// Nothing, or what is set off from the stem: `-mit`, `_zh`.
fn is_suffix(text: &str) -> bool {
    text.is_empty() || text.starts_with(['-', '_', '.'])
}

/// `-apache-2.0`: the dot belongs to a version.
fn is_version(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_documents_whatever_their_case() {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            "CHANGELOG",
            "LICENSE-APACHE-2.0",
            "Licence.md",
            "README.rst",
            "README.zh.md",
            "license.go",
            "licenses.md",
            "readme_test.go",
        ];
        for name in files {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("LICENSE")).unwrap();
        let found = Files::gather(folder.path());
        assert_eq!(found.licenses, ["LICENSE-APACHE-2.0", "Licence.md"]);
        assert_eq!(found.readmes, ["README.rst", "README.zh.md"]);
        assert_eq!(found.changelogs, ["CHANGELOG"]);
    }
}
