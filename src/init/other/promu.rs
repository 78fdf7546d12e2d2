//! `.promu.yml`, the release tool of the Prometheus project.

use super::goreleaser::words;
use super::yaml::Node;
use super::{Other, OtherProgram, folder, template};

pub(super) fn read(document: &Node, other: &mut Other) {
    let repository = document.get("repository").and_then(|node| node.get("path"));
    let repository = repository
        .and_then(Node::text)
        .unwrap_or_default()
        .to_owned();
    for (key, node) in document.entries() {
        match key.as_str() {
            "repository" => {}
            "build" => build(node, &repository, other),
            "go" => {
                for (name, node) in node.entries() {
                    if name != "cgo" || node.text() != Some("false") {
                        other.not_used(node.line, format!("`go.{name}`"));
                    }
                }
            }
            _ => other.not_used(node.line, format!("`{key}`")),
        }
    }
}

fn build(node: &Node, repository: &str, other: &mut Other) {
    let mut settings = OtherProgram::default();
    let mut binaries = Vec::new();
    for (key, node) in node.entries() {
        match (key.as_str(), node.text()) {
            ("binaries", _) => binaries = node.items(),
            ("flags", Some(text)) => flags(node.line, text, &mut settings, other),
            ("tags", _) => {
                let tags = node.items().into_iter().filter_map(Node::text);
                settings.tags.extend(tags.flat_map(words));
            }
            ("ldflags", Some(text)) => ldflags(node.line, text, repository, &mut settings, other),
            ("prefix", _) => {}
            _ => other.not_used(node.line, format!("`build.{key}`")),
        }
    }
    for binary in binaries {
        let text = |name: &str| binary.get(name).and_then(Node::text);
        other.programs.push(OtherProgram {
            name: text("name").map(str::to_owned),
            folder: folder("", text("path").unwrap_or_default()),
            line: binary.line,
            ..settings.clone()
        });
    }
    if other.programs.is_empty() {
        other.programs.push(OtherProgram {
            name: repository.rsplit('/').next().map(str::to_owned),
            ..settings
        });
    }
}

/// `-a -tags 'netgo builtinassets'`.
fn flags(line: u64, text: &str, settings: &mut OtherProgram, other: &mut Other) {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        rest = after.trim_start();
        match word {
            "-a" | "-v" | "-x" | "-trimpath" => {}
            "-tags" => {
                let (tags, after) = quoted(rest);
                settings.tags.extend(words(tags));
                rest = after.trim_start();
            }
            _ => other.not_used(line, format!("`build.flags`: {word}")),
        }
    }
}

/// The first word, or all between quotes, and what follows.
fn quoted(text: &str) -> (&str, &str) {
    let quote = text.chars().next().filter(|c| "'\"".contains(*c));
    match quote.and_then(|quote| text[1..].split_once(quote)) {
        Some(found) => found,
        None => text.split_once(' ').unwrap_or((text, "")),
    }
}

/// One flag each line; one whose template has no counterpart is left out.
fn ldflags(
    line: u64,
    text: &str,
    repository: &str,
    settings: &mut OtherProgram,
    other: &mut Other,
) {
    let pieces = text.replace('\n', " ");
    for piece in pieces
        .split(" -")
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
    {
        let flag = format!("-{}", piece.trim_start_matches('-'));
        match template::promu(&flag, repository) {
            Ok(translated) => settings.ldflags.push(translated.text),
            Err(part) => other.not_used(line, format!("`build.ldflags`: {flag}: {part}")),
        }
    }
}
