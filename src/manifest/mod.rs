//! `release.toml`: from text to a checked [`Manifest`], with all problems at once.
//!
//! text → [`structure`] (keys and types, against the schema) → [`raw`] (serde) → [`check`] → [`Manifest`]. What needs
//! the world (main packages, the Go in use, git) is asked later, by [`crate::plan`].

pub mod check;
pub mod located;
pub mod raw;
pub mod reference;
pub mod schema;
mod structure;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::DeTable;

pub use check::{
    Binary, Build, BuildSettings, Builder, ExtraFile, Hook, Manifest, Msi, MsiBackend, MsiFirewall,
    Override, Package, Project, ServiceConfigFile, ServiceTable, ServiceTexts, VersionSource,
};
pub use located::Located;

use crate::error::Failure;
use crate::problem::{Problem, Problems};

/// The manifest's file name.
pub const FILE_NAME: &str = "release.toml";

/// A manifest's file, for messages that show it.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it was read from.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl Source {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(path).map_err(|error| {
            let failure = Failure::io("read", path, &error);
            let failure = Failure {
                code: crate::error::ExitCode::Manifest,
                ..failure
            };
            match error.kind() {
                std::io::ErrorKind::PermissionDenied => failure,
                _ => failure
                    .hint("`gorelease init` writes a first manifest; --manifest names another one"),
            }
        })?;
        let text = String::from_utf8(bytes).map_err(|_| {
            Failure::new(
                crate::error::ExitCode::Manifest,
                format!("`{}` is not UTF-8", path.display()),
            )
            .hint("save it as UTF-8 without a byte-order mark")
        })?;
        Ok(Self {
            path: path.to_owned(),
            text,
        })
    }

    /// Line and column, both from 1, of a byte offset; the column counts characters.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let before = self
            .text
            .get(..offset.min(self.text.len()))
            .unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        (line, column)
    }
}

/// Reads a manifest's text. What is wrong is noted and left out, so that the rest can be checked too; only what is no
/// TOML at all gives no manifest.
pub fn parse(text: &str) -> (Option<Manifest>, Problems) {
    let mut problems = Problems::default();
    let (mut document, syntax_errors) = DeTable::parse_recoverable(text);
    if !syntax_errors.is_empty() {
        for error in first_of_each_line(text, syntax_errors) {
            problems.push(syntax_problem(text, &error));
        }
        return (None, problems);
    }
    structure::prune(&mut document, schema::manifest_schema(), &mut problems);
    let places = check::deploy_places(&document);
    match raw::RawManifest::deserialize(toml::de::Deserializer::from(document)) {
        Ok(raw) => {
            let deploy = raw.deploy.clone();
            let mut manifest = check::check(raw, &mut problems);
            manifest.deploy = deploy.map(|config| check::Deploy::new(config, places));
            (Some(manifest), problems)
        }
        Err(error) => {
            problems.push(Problem::error(error.message().to_owned()).at_option(error.span()));
            (None, problems)
        }
    }
}

/// A mistake against TOML's grammar, in the parser's words.
fn syntax_problem(text: &str, error: &toml::de::Error) -> Problem {
    let typed = error.span().and_then(|span| text.get(span));
    let problem = match (error.message(), typed) {
        ("duplicate key", Some(key)) => Problem::error(format!("`{key}` is there twice"))
            .label("again")
            .hint("remove one of them, or put the lines of both into one"),
        (message, _) => Problem::error(message.to_lowercase())
            .hint("release.toml is TOML: https://toml.io/en/v1.0.0"),
    };
    problem.at_option(error.span())
}

/// What follows on the same line is mostly the same mistake.
fn first_of_each_line(text: &str, mut errors: Vec<toml::de::Error>) -> Vec<toml::de::Error> {
    let start = |error: &toml::de::Error| error.span().map_or(0, |span| span.start.min(text.len()));
    errors.sort_by_key(start);
    errors.dedup_by_key(|error| {
        let before = &text.as_bytes()[..start(error)];
        before.iter().filter(|byte| **byte == b'\n').count()
    });
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        parse(text)
            .1
            .sorted()
            .into_iter()
            .map(|problem| problem.message)
            .collect()
    }

    #[test]
    fn an_empty_manifest_is_right() {
        assert!(messages("").is_empty());
    }

    #[test]
    fn all_problems_come_at_once() {
        let text = "[project]\nnmae = 'x'\ntitle = 3\n[build]\ntargets = 'all'\n[[binary]]\nmain = './x'\nbuilder = 'gcc'\n";
        let found = messages(text);
        assert_eq!(found.len(), 5, "{found:#?}");
        let text = "[project]\nname = 'a/b'\ntitel = 'x'\n";
        assert_eq!(
            messages(text).len(),
            2,
            "what can be read is checked beside what cannot"
        );
    }

    #[test]
    fn syntax_errors_come_at_once() {
        assert!(messages("a = \nb = [1,\n[x\n").len() >= 2);
    }

    #[test]
    fn the_place_of_an_unknown_key_is_the_key() {
        let text = "[build]\ntaregts = ['linux/amd64']\n";
        let problem = parse(text).1.sorted().remove(0);
        assert_eq!(&text[problem.span.unwrap()], "taregts");
        assert_eq!(problem.hint.as_deref(), Some("did you mean `targets`?"));
    }

    #[test]
    fn versions_come_as_text_or_file() {
        for text in ["version = 'git'", "version = { file = 'VERSION' }"] {
            assert_eq!(
                messages(&format!("[project]\n{text}\n")),
                Vec::<String>::new()
            );
        }
        assert_eq!(messages("[project]\nversion = { path = 'V' }\n").len(), 2);
    }
}
