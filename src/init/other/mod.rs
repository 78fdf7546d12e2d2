//! What the configuration of another release tool says about the programs: names, packages, tags, flags, environment.
//!
//! Nothing else of it is used; every key that is not is reported with its line.

mod goreleaser;
mod promu;
mod template;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::DraftSettings;
use yaml::Node;

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Other {
    /// The file, relative to the project.
    pub file: String,
    /// The name of the project.
    pub project: Option<String>,
    /// The programs; empty when the file names none.
    pub programs: Vec<OtherProgram>,
    /// Environment variables that templates read.
    pub allow_env: BTreeSet<String>,
    /// What was not used.
    pub not_used: Vec<NotUsed>,
}

/// A program, with the settings that its package is compiled with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OtherProgram {
    /// The executable's name, when it is stated.
    pub name: Option<String>,
    /// The folder of its package, relative to the project; empty for the root.
    pub folder: String,
    /// Build tags.
    pub tags: Vec<String>,
    /// Linker flags.
    pub ldflags: Vec<String>,
    /// Further flags of `go build`.
    pub flags: Vec<String>,
    /// Environment.
    pub env: BTreeMap<String, String>,
    /// Where it is in the file.
    pub line: u64,
}

impl OtherProgram {
    /// The settings that its package is compiled with.
    pub fn settings(&self) -> DraftSettings {
        DraftSettings {
            ldflags: self.ldflags.clone(),
            tags: self.tags.clone(),
            flags: self.flags.clone(),
            env: self.env.clone(),
        }
    }
}

/// A part of the file that was not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotUsed {
    /// Its line, from 1.
    pub line: u64,
    /// What it is.
    pub what: String,
}

/// Where the files of GoReleaser and promu may be.
const FILES: [&str; 14] = [
    ".config/goreleaser.yml",
    ".config/goreleaser.yaml",
    ".goreleaser.yml",
    ".goreleaser.yaml",
    "goreleaser.yml",
    "goreleaser.yaml",
    ".project/goreleaser.yml",
    ".project/goreleaser.yaml",
    ".goreleaser/goreleaser.yml",
    ".github/goreleaser.yml",
    ".github/goreleaser.yaml",
    ".github/.goreleaser.yml",
    ".promu.yml",
    ".promu.yaml",
];

impl Other {
    /// Reads the first of the files that the project has. One that cannot be read is reported as not used.
    pub fn find(directory: &Path) -> Option<Self> {
        let file = FILES
            .into_iter()
            .find(|file| directory.join(file).is_file())?;
        let read = std::fs::read_to_string(directory.join(file))
            .map_err(|error| crate::error::io_word(&error))
            .and_then(|text| Self::read(file, &text));
        Some(read.unwrap_or_else(|why| Self {
            file: file.to_owned(),
            not_used: vec![NotUsed {
                line: 1,
                what: format!("all of it: {}", why.lines().next().unwrap_or_default()),
            }],
            ..Self::default()
        }))
    }

    fn read(file: &str, text: &str) -> Result<Self, String> {
        let document = yaml::read(text)?;
        let mut other = Self {
            file: file.to_owned(),
            ..Self::default()
        };
        match file.contains("promu") {
            true => promu::read(&document, &mut other),
            false => goreleaser::read(&document, &mut other),
        }
        other.not_used.sort_by_key(|part| part.line);
        Ok(other)
    }

    fn not_used(&mut self, line: u64, what: impl Into<String>) {
        self.not_used.push(NotUsed {
            line,
            what: what.into(),
        });
    }

    /// The template in our words; one that has no counterpart is reported.
    fn translated(
        &mut self,
        node: &Node,
        key: &str,
        translate: impl Fn(&str) -> Result<template::Translated, String>,
    ) -> Option<String> {
        let text = node.text()?;
        match translate(text) {
            Ok(translated) => {
                self.allow_env.extend(translated.env);
                Some(translated.text)
            }
            Err(_) => {
                self.not_used(node.line, format!("`{key}`: {}", text.trim()));
                None
            }
        }
    }
}

/// A path from the project's root, without `./` and without a file's name: `main` may name a file.
fn folder(dir: &str, main: &str) -> String {
    let main = match main.ends_with(".go") {
        true => main.rsplit_once('/').map_or("", |(folder, _)| folder),
        false => main,
    };
    let parts = dir.split('/').chain(main.split('/'));
    let parts: Vec<&str> = parts
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    parts.join("/")
}

#[cfg(test)]
mod tests;
